"""proof: a file for a stranger, up to the newest checkpoint, with the values that were chosen."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger.stores.sqlite_store import SQLiteStore
from ledger.transparency import Transparency
from tests.api.command_line import INCIDENT, ask, desk, record
from tests.fakes import CountingBytes
from tests.transparency.fact_proofs import checked

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk())
    return path


def _sign(ledger: Path) -> str:
    """Sign the head of the log; the public key."""
    folder = ledger.with_name(ledger.name + ".d")
    with (
        closing(SQLiteStore(ledger, read_only=True)) as store,
        closing(Transparency(store, folder, writing=True)) as transparency,
    ):
        transparency.make_key(CountingBytes())
        head = transparency.sign()
        assert head is not None
        return str(head.signers[0])


def _fact_of(ledger: Path) -> str:
    events = [json.loads(line["event"]) for line in ask("events", INCIDENT, "--ledger", ledger).json_lines]
    return str(next(one["body"]["fact"] for one in events if one["type"] == "FactReported"))


def test_a_proof_goes_to_a_file_and_is_good(ledger: Path, tmp_path: Path) -> None:
    key, fact, file = _sign(ledger), _fact_of(ledger), tmp_path / "fact.json"

    answer = ask("proof", INCIDENT, fact, "--ledger", ledger, "-o", file)

    assert (0, "") == (answer.code, answer.err)
    assert f"in a signed history of 5 events: {file}" in answer.out
    found = checked(file.read_bytes(), key, tmp_path)
    assert (0, "") == (found.code, found.err)
    assert "FactReported" in found.out


def test_chosen_paths_alone_are_shown_and_the_file_may_be_standard_output(
    ledger: Path, tmp_path: Path
) -> None:
    key, fact = _sign(ledger), _fact_of(ledger)

    answer = ask("proof", INCIDENT, fact, "--ledger", ledger, "--path", "statement")

    proof = json.loads(answer.out)
    assert 1 == sum(len(act["disclosures"]) for act in proof["acts"])
    assert 0 == checked(answer.out.encode(), key, tmp_path).code


def test_what_was_written_is_said_in_json_too(ledger: Path, tmp_path: Path) -> None:
    _sign(ledger)
    file = tmp_path / "fact.json"

    told = ask("proof", INCIDENT, _fact_of(ledger), "--ledger", ledger, "-o", file, "--json").json

    assert {"file": str(file), "acts": 3, "checkpoint_size": 5} == told


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--version", "9"), 3, "acts upon the fact are 2"),
        (("--path", "nothing"), 3, "names nothing that stands in these acts"),
        (("--known-at", "1"), 3, "it was not reported by then"),
        (("--json",), 2, "the proof is JSON already"),
        (("-o", "/nonexistent/folder/file"), 2, "cannot be written"),
    ],
)
def test_what_cannot_be_proved_is_said(ledger: Path, options: tuple[str, ...], code: int, said: str) -> None:
    _sign(ledger)

    answer = ask("proof", INCIDENT, _fact_of(ledger), "--ledger", ledger, *options)

    assert code == answer.code
    assert said in answer.err


def test_a_log_that_was_not_signed_so_far_is_to_be_signed_first(ledger: Path) -> None:
    fact = _fact_of(ledger)
    answer = ask("proof", INCIDENT, fact, "--ledger", ledger)
    assert 3 == answer.code
    assert "sign it with: incident-ledger checkpoint" in answer.err

    _sign(ledger)
    statement = {"op": "retract-fact", "incident": INCIDENT, "fact": fact, "cause": "our-misreading"}
    record(ledger, {**statement, "reason": "it was another officer"})
    answer = ask("proof", INCIDENT, fact, "--ledger", ledger)

    assert 3 == answer.code
    assert "the newest covers 5; sign the log first" in answer.err
