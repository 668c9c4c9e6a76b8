"""Rows into the tables, many to a statement, and the small integers that stand for streams (ADR 18).

Python's SQLite module gives the interpreter's lock away at each step of a statement and has to wait to get it back. One statement a
row would let every other thread of a busy server go before each row; one statement for many rows is a single step. SQLite's own work
is the same.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

__all__ = ["ROWS", "StreamNumbers", "insert_rows"]

ROWS = 64
"""Most rows of one statement. There are statements of 64, 32, 16 … 1 rows, so that each is prepared once and then kept."""

REMEMBERED = 32_768
"""How many streams' numbers are remembered."""


@lru_cache(maxsize=64)
def _insertion(into: str, width: int, rows: int) -> str:
    row = f"({', '.join('?' * width)})"
    return f"INSERT INTO {into} VALUES {', '.join([row] * rows)}"  # noqa: S608  a table of ours, and marks


def insert_rows(connection: sqlite3.Connection, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, all of one width, in their order. `into`: a table, with the names of columns if some are left out."""
    at = 0
    while at < len(rows):
        size = min(ROWS, 1 << ((len(rows) - at).bit_length() - 1))
        part = rows[at : at + size]
        connection.execute(_insertion(into, len(part[0]), size), list(chain.from_iterable(part)))
        at += size


class StreamNumbers:
    """The small integer that stands for each stream. What a transaction adds is remembered once it is durable.

    A stream never loses its number (the triggers of sqlite_schema.py), and nobody else gives any while this process writes.
    """

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._tentative: dict[str, int] = {}

    def of(self, connection: sqlite3.Connection, streams: Iterable[str]) -> dict[str, int]:
        """The number of each stream, within a transaction that writes; a new stream is given the next."""
        known = self._known
        numbers: dict[str, int] = {}
        asked: list[str] = []
        for stream in dict.fromkeys(streams):
            number = known.get(stream)
            if number is None:
                asked.append(stream)
            else:
                numbers[stream] = number
        if asked:
            found = _found(connection, asked)
            new = [(stream,) for stream in asked if stream not in found]
            if new:
                insert_rows(connection, "streams (stream)", new)
                found |= _found(connection, [stream for (stream,) in new])
            self._tentative = found
            numbers |= found
        return numbers

    def settle(self) -> None:
        """The transaction is durable."""
        if len(self._known) + len(self._tentative) > REMEMBERED:
            self._known.clear()
        self._known |= self._tentative
        self._tentative = {}

    def take_back(self) -> None:
        """The transaction is not durable, or nobody knows."""
        self._tentative = {}


def _found(connection: sqlite3.Connection, streams: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at in range(0, len(streams), ROWS):
        part = streams[at : at + ROWS]
        # As many marks as a full statement has, so that there is one statement to prepare.
        filled = [*part, *[None] * (ROWS - len(part))] if len(part) > 1 else part
        query = f"SELECT stream, stream_no FROM streams WHERE stream IN ({', '.join('?' * len(filled))})"  # noqa: S608  marks alone
        found.update(connection.execute(query, filled).fetchall())
    return found
