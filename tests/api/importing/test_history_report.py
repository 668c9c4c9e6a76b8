"""What --report tells of a history agrees with what is counted in the stream that it came from."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings

from tests.api.importing.strategies_streams import streams
from tests.api.importing.streams import add, appear, change, commit, delete, import_stream, replayed

if TYPE_CHECKING:
    from ledger.values import Json


def _counted(lines: list[Json]) -> dict[str, Json]:
    """The counts of a stream, by its operations; a record that goes takes back what it still held."""
    appeared: Counter[str] = Counter()
    ops: Counter[str] = Counter()
    corrected: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for number, line in enumerate(lines):
        gone = {
            one["incident_id"] for one in line["changes"] if one["op"] == "delete" and one["field"] is None
        }
        for index, one in enumerate(line["changes"]):
            record, field, op = one["incident_id"], one["field"], one["op"]
            if field is not None:
                ops[op] += 1
                corrected[field] += op == "change"
                alone[field] += op == "delete" and record not in gone
            elif op == "add":
                appeared[record] += 1
            else:
                ops["go"] += 1
                before = replayed([*lines[:number], {"changes": line["changes"][:index]}])
                ops["delete"] += _facts(before[record])
    state = replayed(lines)
    return {
        "records": len(appeared),
        "records_now": len(state),
        "records_withdrawn": ops["go"],
        "records_reinstated": appeared.total() - len(appeared),
        "facts_now": sum(map(_facts, state.values())),
        "corrections": ops["change"],
        "corrections_by_field": dict(+corrected),
        "retractions": ops["delete"],
        "retracted_alone": dict(+alone),
        "added": ops["add"],
    }


def _facts(fields: dict[str, object]) -> int:
    return sum(len(held) if name == "link" and isinstance(held, list) else 1 for name, held in fields.items())


@settings(max_examples=max(1, settings().max_examples // 2))  # each makes a ledger
@given(streams())
def test_a_report_agrees_with_the_stream(lines: list[Json]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        answer = import_stream(Path(folder) / "desk.ledger", lines, "--report", "--json")
    told = answer.json["report"]

    expected = _counted(lines)
    assert expected.pop("added") == told["facts"] + told["reinstatements"]
    assert expected == {name: told[name] for name in expected}


def test_what_changes_once_more_after_it_came_back_as_another_is_corrected(tmp_path: Path) -> None:
    lines = [
        commit(0, appear("a"), add("a", "city", "Bonn")),
        commit(1, delete("a", "city", "Bonn")),
        commit(2, add("a", "city", "Rome"), change("a", "city", "Rome", "Oslo")),
        commit(3, delete("a", "city", "Oslo")),
        commit(4, add("a", "city", "Oslo"), change("a", "city", "Oslo", "Kyiv")),
    ]
    told = import_stream(tmp_path / "desk.ledger", lines, "--report", "--json").json["report"]

    assert (2, 1) == (told["corrections"], told["came_back_otherwise"])
