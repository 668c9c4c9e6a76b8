"""From the pieces of a body to its lines, and from a line to what is asked; in constant memory, whatever is sent."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from api.lines import LINE_LIMIT
from ledger.append import Ask, Caller, Request
from ledger.errors import InvalidError
from ledger.ids import Ids
from ledger.read_command import read_command
from ledger.strict_json import canonical, read_json

__all__ = ["Line", "LineSplitter", "ask_of_line"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is not blank, counted from 1; without its bytes where it is longer than a line may be."""

    number: int
    data: bytes | None


class LineSplitter:
    """Puts lines together from pieces. It holds no more than one line, and of one that is too long nothing."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self._limit = limit
        self._held = bytearray()
        self._too_long = False
        self._number = 0

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """The lines that are complete with this piece."""
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            self._add(chunk[start:end])
            yield from self._line()
            start = end + 1
        self._add(chunk[start:])

    def end(self) -> Iterator[Line]:
        """The last line, where the body ended without a line end."""
        if self._held or self._too_long:
            yield from self._line()

    def _add(self, piece: bytes) -> None:
        # One more, for the carriage return of a line that has one.
        if len(self._held) + len(piece) > self._limit + 1:
            self._too_long = True
            self._held.clear()
        elif not self._too_long:
            self._held += piece

    def _line(self) -> Iterator[Line]:
        self._number += 1
        data = bytes(self._held.removesuffix(b"\r"))
        too_long = self._too_long or len(data) > self._limit
        self._held.clear()
        self._too_long = False
        if too_long or data.strip():
            yield Line(number=self._number, data=None if too_long else data)


def ask_of_line(line: Line, ids: Ids, caller: Caller) -> Ask:
    """What a line asks for. Raises InvalidError."""
    if line.data is None:
        raise InvalidError(f"is longer than {LINE_LIMIT} bytes, the most that a line may have")
    try:
        given = read_json(line.data, max_bytes=LINE_LIMIT)
    except InvalidError as error:
        # The line is counted by the answer; within it only the column tells anything.
        raise InvalidError(error.rule.replace("(line 1, column", "(column"), field=error.field) from None
    if not isinstance(given, dict):
        raise InvalidError("a line is a JSON object with the member op")
    key = given.pop("key", None)
    if key is not None and not isinstance(key, str):
        raise InvalidError("must be a string", field="/key")
    request = None
    if key is not None:
        request = Request(idempotency_key=key, content=canonical(given))
    return Ask(command=read_command(given, ids), caller=caller, request=request)
