"""The lines of a transferred log: what each sort of line holds, how it is written, and how it is read (ledger-format §8)."""

from __future__ import annotations

import base64
import binascii
import re
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import msgspec

from ledger.codec import FORMAT
from ledger.errors import InvalidError, UnreadableError
from ledger.strict_json import canonical, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO, NoReturn

    from ledger.values import Json

__all__ = [
    "LINE_LIMIT",
    "PIECE_BYTES",
    "EventLine",
    "Holding",
    "LastLine",
    "Line",
    "LineSource",
    "Lines",
    "SnapshotLine",
    "first_line",
    "last_line",
    "refuse",
    "snapshot_lines",
]

LINE_LIMIT = 8 * 1_048_576
"""Most bytes of a line: an event and its disclosures, escaped as wastefully as JSON can."""

PIECE_BYTES = 768 * 1024
"""How many bytes of a snapshot one line holds at most; the last may hold fewer."""

_DEPTH = 2
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ROOT_BYTES = 32


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """What the first line says: how many events come, and whether disclosures and snapshots are among the lines.

    `events` is None where nothing was said of their number: then nobody can tell whether some are missing at the end.
    """

    events: int | None = None
    disclosures: Literal["included", "withheld"] = "included"
    snapshots: Literal["included", "left-out"] = "left-out"


class EventLine(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was stored, and its disclosures; None where the line has none, which is not the same as no line of them."""

    position: int
    event: bytes
    disclosures: bytes | None


class SnapshotLine(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the bytes of a snapshot: those from `at`, counted from 0, of `size_bytes` in all."""

    digest: str
    at: int
    size_bytes: int
    piece: bytes


class LastLine(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a log: how many events came, and the root of the Merkle tree over them."""

    events: int
    root: bytes


Line: TypeAlias = Holding | EventLine | SnapshotLine | LastLine


def refuse(number: int, rule: str) -> NoReturn:
    """Refuse a line of a file, counted from 1. Raises InvalidError."""
    raise InvalidError(f"line {number}: {rule}")


def first_line(holding: Holding) -> bytes:
    """The line that says what the file holds."""
    return _written({"format": FORMAT, **msgspec.to_builtins(holding)})


def last_line(events: int, root: bytes) -> bytes:
    """The line that ends the file."""
    return _written({"events": events, "root": base64.b64encode(root).decode()})


def snapshot_lines(digest: str, file: BinaryIO, size_bytes: int) -> Iterator[bytes]:
    """The lines of one snapshot, read from where `file` stands; one without bytes is one line."""
    at = 0
    for piece in iter(partial(file.read, PIECE_BYTES), b""):
        yield _snapshot_line(digest, at, size_bytes, piece)
        at += len(piece)
    if not at:
        yield _snapshot_line(digest, 0, 0, b"")


def _snapshot_line(digest: str, at: int, size_bytes: int, piece: bytes) -> bytes:
    encoded = base64.b64encode(piece).decode()
    return _written({"at": at, "base64": encoded, "size_bytes": size_bytes, "snapshot": digest})


def _written(members: dict[str, Json]) -> bytes:
    return canonical(members) + b"\n"


class LineSource(Protocol):
    """What lines are read from: a file, or what unpacks one."""

    def readline(self, size: int, /) -> bytes:
        """The next line with its end, or `size` bytes of it; nothing at the end. UnreadableError where it cannot be unpacked."""
        ...


class Lines:
    """The lines of a file, each read strictly. `number` is that of the line last given, counted from 1."""

    def __init__(self, file: LineSource) -> None:
        self._file = file
        self.number = 0
        self.read_bytes = 0

    def __iter__(self) -> Iterator[Line]:
        """Every line. Raises InvalidError naming the line that is none of this format, or is not ended by a newline."""
        while data := self._next():
            self.number += 1
            self.read_bytes += len(data)
            if not data.endswith(b"\n"):
                what = (
                    "is longer than any of this format"
                    if len(data) > LINE_LIMIT
                    else "is cut off: it has no end"
                )
                refuse(self.number, what)
            try:
                yield _line(read_json(data, max_bytes=LINE_LIMIT + 1, max_depth=_DEPTH))
            except InvalidError as error:
                raise InvalidError(f"line {self.number}: {error.message}") from error

    def _next(self) -> bytes:
        try:
            return self._file.readline(LINE_LIMIT + 1)
        except UnreadableError as error:
            refuse(self.number + 1, error.message)

    def refuse(self, rule: str) -> NoReturn:
        """Refuse the line last given. Raises InvalidError."""
        refuse(self.number, rule)


def _line(members: Json) -> Line:
    if not isinstance(members, dict):
        raise InvalidError("is no JSON object")
    if "event" in members:
        return _event_line(members)
    if "snapshot" in members:
        return _snapshot_piece(members)
    if "root" in members:
        return _end(members)
    if "format" in members:
        return _holding(members)
    raise InvalidError("is neither an event, nor a snapshot, nor the first or last line of a log")


def _only(members: dict[str, Json], needed: set[str], more: set[str] | None = None) -> None:
    if unknown := sorted(members.keys() - needed - (more or set())):
        raise InvalidError(f"has a member that nobody knows: {unknown[0]!a}")
    if missing := sorted(needed - members.keys()):
        raise InvalidError(f"has no member {missing[0]!r}")


def _count(members: dict[str, Json], name: str) -> int:
    value = members[name]
    if type(value) is not int or value < 0:
        raise InvalidError(f"{name!r} must be a whole number from 0")
    return value


def _text(members: dict[str, Json], name: str) -> str:
    value = members[name]
    if not isinstance(value, str):
        raise InvalidError(f"{name!r} must be text")
    return value


def _event_line(members: dict[str, Json]) -> EventLine:
    _only(members, {"event", "position"}, {"disclosures"})
    told = members.get("disclosures")
    if told is not None and (
        not isinstance(told, list) or not all(isinstance(one, str) and one for one in told)
    ):
        raise InvalidError("'disclosures' must be a list of texts")
    if any("\n" in one for one in told or ()):
        raise InvalidError("a disclosure is one line")
    return EventLine(
        position=_count(members, "position"),
        event=_text(members, "event").encode(),
        disclosures=None if told is None else "\n".join(told).encode(),
    )


def _snapshot_piece(members: dict[str, Json]) -> SnapshotLine:
    _only(members, {"at", "base64", "size_bytes", "snapshot"})
    digest = _text(members, "snapshot")
    if _DIGEST.fullmatch(digest) is None:
        raise InvalidError("'snapshot' must be sha256: and 64 hexadecimal digits in lower case")
    at, size_bytes, piece = _count(members, "at"), _count(members, "size_bytes"), _bytes(members, "base64")
    if len(piece) > PIECE_BYTES or at + len(piece) > size_bytes or (size_bytes and not piece):
        raise InvalidError("the piece of the snapshot is not as long as it may be there")
    return SnapshotLine(digest=digest, at=at, size_bytes=size_bytes, piece=piece)


def _bytes(members: dict[str, Json], name: str) -> bytes:
    try:
        return base64.b64decode(_text(members, name), validate=True)
    except binascii.Error as error:
        raise InvalidError(f"{name!r} is not base64: {error}") from error


def _end(members: dict[str, Json]) -> LastLine:
    _only(members, {"events", "root"})
    root = _bytes(members, "root")
    if len(root) != _ROOT_BYTES:
        raise InvalidError("'root' must be the base64 of 32 bytes")
    return LastLine(events=_count(members, "events"), root=root)


def _holding(members: dict[str, Json]) -> Holding:
    _only(members, {"disclosures", "format"}, {"events", "snapshots"})
    if members["format"] != FORMAT:
        raise InvalidError(f"the log is of another format than {FORMAT!r}, the one that this program reads")
    try:
        return msgspec.convert({name: value for name, value in members.items() if name != "format"}, Holding)
    except msgspec.ValidationError as error:
        raise InvalidError(str(error)) from error
