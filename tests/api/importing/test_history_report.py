"""What --report tells of a history agrees with what is counted in the stream that it came from."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import example, given, settings

from tests.api.importing.strategies_streams import streams
from tests.api.importing.streams import add, appear, change, commit, delete, go, import_stream, replayed

if TYPE_CHECKING:
    from ledger.values import Json


_EVERYTHING: list[Json] = [
    commit(
        0,
        appear("a"),
        add("a", "city", "Bonn"),
        add("a", "n", 1),
        add("a", "text", "x"),
        add("a", "link", "x"),
    ),
    commit(30, change("a", "city", "Bonn", "Rome"), change("a", "n", 1, True), delete("a", "link", "x")),
    commit(50, change("a", "city", "Rome", "Bonn"), delete("a", "text", "x"), add("a", "link", "x")),
    commit(55, appear("b"), add("b", "n", 1), go("b")),
    commit(60, add("a", "text", "x"), delete("a", "n", True), go("a")),
    commit(
        90,
        appear("a"),
        add("a", "city", "Bonn"),
        add("a", "text", "x"),
        add("a", "n", 2),
        change("a", "n", 2, 3),
    ),
    commit(95, change("a", "text", "x", "y")),
]


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


def _told_of_values(lines: list[Json]) -> dict[str, Json]:
    """What becomes of each value of a field that holds one, in the order of the stream; a value of many is a fact of its own."""
    values: dict[tuple[str, str], list[str]] = {}
    since: dict[tuple[str, str], dt.datetime] = {}
    waited: list[float] = []
    otherwise = 0
    for line in lines:
        at = dt.datetime.fromisoformat(line["committed_at"])
        for one in line["changes"]:
            if one["field"] in (None, "link") or one["op"] == "delete":
                continue
            place, new = (one["incident_id"], one["field"]), json.dumps(one["new"])
            held = values.setdefault(place, [])
            if one["op"] == "change":
                waited.append((at - since[place]).total_seconds() / 86_400)
            else:
                otherwise += bool(held) and held[-1] != new
            if one["op"] == "change" or held[-1:] != [new]:
                held.append(new)
            since[place] = at
    return {
        "back_and_forth": sum(
            any(
                one == other != between for one, between, other in zip(held, held[1:], held[2:], strict=False)
            )
            for held in values.values()
        ),
        "came_back_otherwise": otherwise,
        "longest_to_correction": [round(days, 2) for days in sorted(waited, reverse=True)[:5]],
    }


def _facts(fields: dict[str, object]) -> int:
    return sum(len(held) if name == "link" and isinstance(held, list) else 1 for name, held in fields.items())


@settings(max_examples=max(1, settings().max_examples // 2))  # each makes a ledger
@example(_EVERYTHING)
@given(streams())
def test_a_report_agrees_with_the_stream(lines: list[Json]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        answer = import_stream(Path(folder) / "desk.ledger", lines, "--report", "--json")
    told = answer.json["report"]
    told["longest_to_correction"] = [one["days"] for one in told["longest_to_correction"]]

    expected = _counted(lines) | _told_of_values(lines)
    times = sorted(dt.datetime.fromisoformat(line["committed_at"]) for line in lines if line["changes"])
    assert (times[:1], times[-1:]) == tuple(
        [dt.datetime.fromisoformat(one)] if one else [] for one in (told["first"], told["last"])
    )
    assert expected.pop("added") == told["facts"] + told["reinstatements"]
    assert expected == {name: told[name] for name in expected}
    assert {"other": told["corrections"]} == told["corrections_by_class"] or not told["corrections"]


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
