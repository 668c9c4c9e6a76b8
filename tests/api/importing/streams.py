"""Change streams made by hand, and the state that replaying one gives: a few lines that know nothing of the ledger."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

from ledger.stores.mapper import entry_of
from ledger.stores.sqlite_store import SQLiteStore
from tests.api.command_line import ask

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ledger.events import Act, Recorded
    from ledger.values import Json
    from tests.api.command_line import Answer

__all__ = [
    "State",
    "add",
    "appear",
    "change",
    "commit",
    "delete",
    "entries",
    "go",
    "import_stream",
    "records",
    "replayed",
    "written",
]

State = dict[str, dict[str, object]]


def appear(record: str) -> Json:
    """A record appears."""
    return {"op": "add", "incident_id": record, "field": None, "old": None, "new": None}


def go(record: str) -> Json:
    """A record is withdrawn."""
    return {"op": "delete", "incident_id": record, "field": None, "old": None, "new": None}


def add(record: str, field: str, new: Json) -> Json:
    """A field gains a value."""
    return {"op": "add", "incident_id": record, "field": field, "old": None, "new": new}


def change(record: str, field: str, old: Json, new: Json) -> Json:
    """A field has another value."""
    return {"op": "change", "incident_id": record, "field": field, "old": old, "new": new}


def delete(record: str, field: str, old: Json) -> Json:
    """A field loses a value."""
    return {"op": "delete", "incident_id": record, "field": field, "old": old, "new": None}


def commit(number: int, *changes: Json, at: str | None = None, **more: Json) -> Json:
    """A line: the commit of an hour, unless another time is said."""
    when = at or f"2021-03-{number // 24 + 1:02}T{number % 24:02}:00:00Z"
    return {"seq": number, "commit": f"{number:040x}", "committed_at": when, **more, "changes": list(changes)}


def written(lines: Iterable[Json]) -> bytes:
    """The bytes of a stream; bytes are lines as they are."""
    return b"".join(
        (one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode()) + b"\n"
        for one in lines
    )


def import_stream(ledger: Path, lines: Iterable[Json], *more: object, dataset: str = "set") -> Answer:
    """Import a stream from standard input."""
    return ask(
        "import", "changes", "-", "--dataset", dataset, "--ledger", ledger, *more, stdin=written(lines)
    )


def records(ledger: Path, *more: object, dataset: str = "set") -> State:
    """The records of a data set, as `export records` gives them."""
    answer = ask("export", "records", "--dataset", dataset, "--ledger", ledger, *more)
    assert 0 == answer.code, answer.err
    lines = answer.json_lines
    assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)
    return {line["id"]: line["fields"] for line in lines}


def entries(ledger: Path) -> list[Recorded[Act]]:
    """Every event of a ledger, in order."""
    with closing(SQLiteStore(ledger, read_only=True)) as store:
        return [entry_of(row) for row in store.rows()]


def replayed(lines: Iterable[Json], *, many: frozenset[str] = frozenset({"link"})) -> State:
    """The state after lines, each change done as it says, and lists of many values sorted."""
    state: State = {}
    for line in lines:
        for one in line["changes"]:
            record, field, new = one["incident_id"], one["field"], one["new"]
            if field is None:
                if one["op"] == "add":
                    state[record] = {}
                else:
                    del state[record]
            elif field in many:
                held = [*state[record].get(field, [])]  # type: ignore[misc]  # a list, as many values always are
                held = [value for value in held if one["op"] == "add" or value != one["old"]]
                held = sorted(held if one["op"] == "delete" else {*held, new})
                state[record][field] = held
                if not held:
                    del state[record][field]
            elif one["op"] == "delete":
                del state[record][field]
            else:
                state[record][field] = new
    return state
