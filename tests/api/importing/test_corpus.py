"""A real editing history with an oracle of its own: the state at each of its commits, digests and full states.

The files belong to others and are only read. What is compared is what `export records` gives: the folded records as lines of JSON.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from typing import TYPE_CHECKING

import pytest

from api.importing.index import listing
from api.opening import open_for_reading
from api.records.reading import DatasetRecords, line_of
from ledger.decisions.decision import incident_stream
from ledger.events import FactAct
from ledger.when import latest_instant, parse_datetime
from projections.axes import Axes, citations_of
from tests.api.command_line import ask
from tests.api.importing.streams import records
from tests.durability.trials import LONG, Dice

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from ledger.values import Json

NAME = "police-brutality"
SAMPLE = 4
"""How many full states are also asked of the command itself; every one in the long trials."""


@pytest.fixture(scope="module")
def corpus(shared: Path) -> Path:
    folder = shared / "corpora" / NAME
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}")
    return folder


@pytest.fixture(scope="module")
def ledger(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.ledger"
    answer = ask(
        "import", "changes", corpus / "stream.ndjson.gz", "--dataset", NAME, "--ledger", path, "--json"
    )
    counted = answer.json
    assert (0, 1270, 23095, 0, 0) == (
        answer.code,
        counted["recorded"],
        counted["changes"],
        counted["notes"],
        counted["refused"],
    )
    return path


def _times(corpus: Path) -> list[str]:
    with gzip.open(corpus / "stream.ndjson.gz") as lines:
        return [json.loads(line)["committed_at"] for line in lines]


def _oracle(corpus: Path) -> dict[int, Json]:
    states = sorted((corpus / "oracle").glob("*.json.gz"))
    return {
        int(path.name.partition("_")[0]): json.loads(gzip.decompress(path.read_bytes()))["state"]
        for path in states
    }


def _digests(corpus: Path) -> list[str]:
    lines = (corpus / "oracle_digests.ndjson").read_bytes().splitlines()
    return [json.loads(line)["sha256"] for line in lines]


def _digest(state: dict[str, bytes]) -> str:
    """As the corpus says: `{id: {field: value}}`, keys sorted, no spaces."""
    pairs = (json.dumps(key, ensure_ascii=False).encode() + b":" + state[key] for key in sorted(state))
    return hashlib.sha256(b"{" + b",".join(pairs) + b"}").hexdigest()


def _moments(path: Path) -> dict[dt.datetime, set[str]]:
    """Every instant at which something of an incident becomes public, with the incidents: between two of them nothing can change."""
    found: dict[dt.datetime, set[str]] = {}
    with open_for_reading(path) as opened:
        for incident in {one for one, _, _ in listing(opened.history)}:
            for event in opened.history.stream(incident_stream(incident)):
                assert not isinstance(event.body, FactAct) or any(citations_of(event.body))
                for cited in (one for some in _cited(event.body) for one in some):
                    instant = None if cited.published is None else latest_instant(cited.published)
                    assert instant is not None
                    found.setdefault(instant, set()).add(incident)
    return found


def _cited(act: object) -> tuple[tuple[Json, ...], ...]:
    return citations_of(act) if isinstance(act, FactAct) else ()


def test_the_state_at_every_commit_is_exactly_that_commits(corpus: Path, ledger: Path) -> None:
    moments = _moments(ledger)
    times = [parse_datetime(one, field="") for one in _times(corpus)]
    digests, oracle = _digests(corpus), _oracle(corpus)
    state: dict[str, bytes] = {}
    ids: dict[str, str] = {}
    agreed, full = 0, 0
    with open_for_reading(ledger) as opened:
        whole = DatasetRecords(opened.history, NAME, Axes(known=opened.history.head().position))
        assert sorted(set(moments) - set(times)) == []
        for seq, at in enumerate(times):
            records_at = whole.at(at)
            for incident in moments.pop(at, ()):
                record = records_at.record(incident)
                state.pop(ids.get(incident, ""), None)
                if record is not None:
                    ids[incident] = record.id
                    state[record.id] = json.dumps(
                        json.loads(line_of(record, records_at.many))["fields"],
                        ensure_ascii=False,
                        sort_keys=True,
                        separators=(",", ":"),
                    ).encode()
            agreed += digests[seq] == _digest(state)
            if seq in oracle:
                full += oracle[seq] == {key: json.loads(value) for key, value in state.items()}
    sys.stderr.write(f"\n{agreed} of {len(digests)} digests and {full} of {len(oracle)} full states agreed\n")

    assert (1270, 59) == (agreed, full)


def _asked(corpus: Path, ledger: Path, seqs: list[int]) -> None:
    times, oracle = _times(corpus), _oracle(corpus)
    agreed = sum(oracle[seq] == records(ledger, "--public-at", times[seq], dataset=NAME) for seq in seqs)
    sys.stderr.write(f"\n{agreed} of {len(seqs)} full states agreed with what the command gives\n")

    assert len(seqs) == agreed


def test_the_command_gives_a_commits_state_by_its_time(corpus: Path, ledger: Path) -> None:
    _asked(corpus, ledger, [64, *Dice("states").some(sorted(_oracle(corpus)), SAMPLE - 1)])


@pytest.mark.long
def test_the_command_gives_every_full_state_by_its_time(corpus: Path, ledger: Path) -> None:
    _asked(corpus, ledger, sorted(_oracle(corpus))[:LONG])


def test_the_newest_state_is_that_of_the_last_commit_without_any_time(corpus: Path, ledger: Path) -> None:
    assert _oracle(corpus)[1269] == records(ledger, dataset=NAME)


def test_the_report_agrees_with_what_was_counted_in_the_corpus(corpus: Path, ledger: Path) -> None:
    stats = json.loads((corpus / "stats.json").read_bytes())
    answer = ask("import", "changes", "-", "--dataset", NAME, "--ledger", ledger, "--report", "--json")
    told = answer.json["report"]
    links = {"link": stats["links_removed_while_incident_lives"]}

    assert {
        "records": stats["incidents_ever"],
        "records_now": stats["incidents_at_end"],
        "records_withdrawn": stats["incident_retractions"],
        "records_reinstated": stats["incident_re_additions"],
        "facts_now": stats["facts_at_end"],
        "corrections": stats["corrections_value_changed"],
        "corrections_by_class": {"other": stats["corrections_value_changed"]},
        "corrections_by_field": stats["corrections_per_field"],
        "retractions": stats["field_level"]["delete"],
        "retracted_alone": {**stats["field_retractions_per_field"], **links},
        "back_and_forth": stats["flip_flops_value_A_B_A"],
        "last": "2021-10-19T17:48:31.000000Z",
    }.items() <= told.items()
    # Added is what was reported or brought back.
    assert stats["field_level"]["add"] == told["facts"] + told["reinstatements"]
    assert [
        (round(one["days"], 1), one["incident_id"], one["field"]) for one in stats["longest_to_correction"]
    ][:5] == [(round(one["days"], 1), one["record"], one["field"]) for one in told["longest_to_correction"]]
