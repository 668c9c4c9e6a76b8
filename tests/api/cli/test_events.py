"""events: the stored bytes as lines of the log, of an incident, a source or the whole, and what is withheld said first."""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger.stores.sqlite_store import SQLiteStore
from ledger.strict_json import canonical
from tests.api.command_line import INCIDENT, ask, desk, record

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.stores.contract import Row

REDACTION = {
    "op": "redact",
    "incident": INCIDENT,
    "facts": [{"fact": "drag", "paths": ["statement"]}],
    "legal_basis": "court order",
    "authority": "a court",
    "reason": "Sealed.",
}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk())
    return path


def _rows(ledger: Path) -> list[Row]:
    with closing(SQLiteStore(ledger, read_only=True)) as store:
        return list(store.rows())


def test_the_whole_log_is_every_event_with_the_bytes_that_are_stored(ledger: Path) -> None:
    answer = ask("events", "--all", "--ledger", ledger)

    lines = answer.out.splitlines()
    told = [json.loads(line) for line in lines]
    assert [(row.position, row.event, row.disclosures) for row in _rows(ledger)] == [
        (one["position"], one["event"].encode(), "\n".join(one["disclosures"]).encode()) for one in told
    ]
    assert lines == [canonical(one).decode() for one in told]
    assert (0, "") == (answer.code, answer.err)


@pytest.mark.parametrize(
    ("which", "positions"),
    [([INCIDENT], [4, 5]), (["--source", "station"], [2, 3]), (["--all"], [1, 2, 3, 4, 5])],
    ids=["an incident", "a source", "the whole log"],
)
def test_the_events_are_those_of_one_stream_or_of_all(
    ledger: Path, which: list[str], positions: list[int]
) -> None:
    answer = ask("events", *which, "--ledger", ledger)

    assert positions == [one["position"] for one in answer.json_lines]


def test_the_events_at_a_position_are_those_up_to_it(ledger: Path) -> None:
    earlier = ask("events", INCIDENT, "--known-at", "4", "--ledger", ledger)

    assert [4] == [one["position"] for one in earlier.json_lines]
    assert "" == ask("events", "--all", "--known-at", "0", "--ledger", ledger).out


def test_asking_for_json_changes_nothing(ledger: Path) -> None:
    assert (
        ask("events", "--all", "--json", "--ledger", ledger).out
        == ask("events", "--all", "--ledger", ledger).out
    )


def test_a_copy_without_disclosures_says_so_first_and_has_none(ledger: Path) -> None:
    first, *events = ask("events", "--all", "--without-disclosures", "--ledger", ledger).json_lines

    assert {"disclosures": "withheld", "format": "incident-ledger/1"} == first
    assert [{"event", "position"}] * 5 == [set(one) for one in events]


def test_after_a_redaction_the_event_stays_to_the_byte_and_the_words_are_gone(ledger: Path) -> None:
    before = ask("events", INCIDENT, "--ledger", ledger)
    record(ledger, REDACTION)

    after = ask("events", INCIDENT, "--known-at", "5", "--ledger", ledger)

    assert [one["event"] for one in before.json_lines] == [one["event"] for one in after.json_lines]
    assert "An officer was dragged about 15 feet." in before.out
    assert "An officer was dragged about 15 feet." not in after.out


def test_every_disclosure_has_the_digest_that_its_event_holds(ledger: Path) -> None:
    for one in ask("events", "--all", "--ledger", ledger).json_lines:
        committed = json.loads(one["event"])["committed"]
        digests = [
            base64.urlsafe_b64encode(hashlib.sha256(line.encode()).digest()).rstrip(b"=").decode()
            for line in one["disclosures"]
        ]
        assert sorted(committed.values()) == sorted(digests)


@pytest.mark.parametrize(
    "which",
    [[], [INCIDENT, "--all"], [INCIDENT, "--source", "station"], ["--all", "--source", "station"]],
    ids=["nothing", "incident and all", "incident and source", "all and source"],
)
def test_what_is_asked_for_is_one_of_the_three(ledger: Path, which: list[str]) -> None:
    answer = ask("events", *which, "--ledger", ledger)

    assert (2, "") == (answer.code, answer.out)
    assert "one of the three" in answer.err


@pytest.mark.parametrize(
    ("which", "said"),
    [
        (["nowhere"], "incident 'nowhere' is not in this ledger; it has: stop\n"),
        (["--source", "nobody"], "source 'nobody' is not in this ledger; it has: station\n"),
        (
            [INCIDENT, "--known-at", "3"],
            "incident 'stop' was not known yet at position 3; it was opened at 4\n",
        ),
        (
            ["--source", "station", "--known-at", "1"],
            "source 'station' was not known yet at position 1; it was registered at 2\n",
        ),
    ],
    ids=["no incident", "no source", "incident not yet", "source not yet"],
)
def test_what_is_not_there_is_refused_and_said(ledger: Path, which: list[str], said: str) -> None:
    answer = ask("events", *which, "--ledger", ledger)

    assert (3, "", said) == (answer.code, answer.out, answer.err)


def test_what_was_public_leaves_out_the_acts_upon_what_was_not(ledger: Path) -> None:
    early, late = (
        ("--public-at", day, "--ledger", ledger) for day in ("2021-05-07T00:00:00Z", "2021-06-01T00:00:00Z")
    )

    assert ["IncidentOpened"] == _types(ask("events", INCIDENT, *early).out)
    assert ["IncidentOpened", "FactReported"] == _types(ask("events", INCIDENT, *late).out)
    answer = ask("events", "--all", *early)
    assert (2, "") == (answer.code, answer.out)
    assert answer.err.startswith("--public-at is about the facts of an incident")


def _types(out: str) -> list[str]:
    return [json.loads(json.loads(line)["event"])["type"] for line in out.splitlines()]
