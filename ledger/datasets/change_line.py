"""One line of a data set's change stream, read strictly enough that nothing is taken for what it is not (docs/importing.md).

A line is one published state's difference from the state before: its commit, when that was published, and the changes in order. Members
that are not known here stay in the line's bytes, which are kept as the snapshot that every citation names.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import msgspec

from ledger.datasets.cell import stored
from ledger.errors import InvalidError
from ledger.strict_json import read_any_json
from ledger.when import parse_datetime

if TYPE_CHECKING:
    import datetime as dt

    from ledger.values import Json

__all__ = ["DEPTH_LIMIT", "LINE_LIMIT", "MAX_CHANGES", "Change", "ChangeLine", "Op", "read_change_line"]

Op: TypeAlias = Literal["add", "change", "delete"]

LINE_LIMIT: Final = 64 * 1024 * 1024
"""Most bytes of one line: it is kept as a snapshot of text."""

DEPTH_LIMIT: Final = 253
"""Most objects and lists inside one another in a line: three around each value, and 250 in it."""

MAX_CHANGES: Final = 500_000
"""Most changes of one line: they are one transaction."""

_OPS: Final[dict[str, Op]] = {op: op for op in get_args(Op)}
_MISSING: Final = object()
_PLAIN = frozenset((str, bool, type(None)))


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `field` None: the record itself appears or is withdrawn. Values as stored (cell.py); None: there is none.

    `start` and `end`: where it stands in the text of the line, in characters.
    """

    op: Op
    record: str
    field: str | None
    old: Json
    new: Json
    start: int
    end: int


class ChangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `at` is when it was published, as written and as an instant; `commit` names it, if it has a name."""

    at: str
    instant: dt.datetime
    commit: str | None
    changes: tuple[Change, ...]


class _Raw(msgspec.Struct):
    changes: list[msgspec.Raw]


class _RawValues(msgspec.Struct):
    old: msgspec.Raw = msgspec.Raw(b"null")
    new: msgspec.Raw = msgspec.Raw(b"null")


def read_change_line(data: bytes) -> ChangeLine:
    """The line that `data` holds, without its line end. Raises InvalidError naming the member by JSON pointer."""
    line = read_any_json(data, max_bytes=LINE_LIMIT, max_depth=DEPTH_LIMIT)
    if not isinstance(line, dict):
        raise InvalidError("a line is a JSON object with the members committed_at and changes")
    at = line.get("committed_at")
    if not isinstance(at, str):
        raise InvalidError("is required: the date-time of the commit, with its offset", field="/committed_at")
    instant = parse_datetime(at, field="/committed_at")
    commit = line.get("commit")
    if commit is not None and not isinstance(commit, str):
        raise InvalidError("must be text", field="/commit")
    given = line.get("changes")
    if not isinstance(given, list):
        raise InvalidError("is required: the list of changes, empty where there are none", field="/changes")
    if len(given) > MAX_CHANGES:
        raise InvalidError(f"has {len(given)} changes; at most {MAX_CHANGES} are taken", field="/changes")
    raws = msgspec.json.decode(data, type=_Raw).changes if given else []
    spans = _spans(data, raws)
    changes = [_change(one, index, bytes(raws[index]), spans[index]) for index, one in enumerate(given)]
    return ChangeLine(at=at, instant=instant, commit=commit or None, changes=tuple(changes))


def _spans(data: bytes, raws: list[msgspec.Raw]) -> list[tuple[int, int]]:
    """Where each change stands in the text of the line, in characters. They stand there one after another."""
    cuts = [0]
    for raw in raws:
        size = len(memoryview(raw))
        start = data.index(raw, cuts[-1])
        cuts += (start, start + size)
    if not data.isascii():
        pieces = (len(data[one:other].decode()) for one, other in pairwise(cuts))
        cuts = [0, *accumulate(pieces)]
    return list(zip(cuts[1::2], cuts[2::2], strict=True))


def _change(given: Json, index: int, raw: bytes, span: tuple[int, int]) -> Change:
    field = f"/changes/{index}"
    if not isinstance(given, dict):
        raise InvalidError("a change is a JSON object", field=field)
    said = given.get("op")
    op = _OPS.get(said) if isinstance(said, str) else None
    if op is None:
        raise InvalidError(f"is one of {', '.join(_OPS)}", field=f"{field}/op")
    record = given.get("incident_id")
    if not isinstance(record, str):
        raise InvalidError("is required: the id of the record, as text", field=f"{field}/incident_id")
    name = given.get("field", _MISSING)
    if name is not None and not isinstance(name, str):
        raise InvalidError(
            "is required: the name of a field, or null for the record itself", field=f"{field}/field"
        )
    old, new = given.get("old"), given.get("new")
    if name is None:
        if op == "change":
            raise InvalidError(
                "a record as a whole is added or deleted; a field of it changes", field=f"{field}/op"
            )
        return Change(op=op, record=record, field=None, old=None, new=None, start=span[0], end=span[1])
    if op != "delete" and "new" not in given:
        raise InvalidError("is required: the value from now on", field=f"{field}/new")
    texts = None if type(old) in _PLAIN and type(new) in _PLAIN else msgspec.json.decode(raw, type=_RawValues)
    return Change(
        op=op,
        record=record,
        field=name,
        old=None if old is None else stored(old, None if texts is None else bytes(texts.old)),
        new=None if op == "delete" else stored(new, None if texts is None else bytes(texts.new)),
        start=span[0],
        end=span[1],
    )
