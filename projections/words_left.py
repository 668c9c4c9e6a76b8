"""Whether the index of words still holds a word of a text that was redacted, in any piece of it (docs/redaction.md).

A file searched for bytes does not tell: the index writes of each word only how it goes on from the one before. So the terms of every leaf
of every segment are read as the index wrote them (SQLite, FTS5, "segment leaf"), those of segments that a merge should have taken away too.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from ledger.errors import StoreError
from projections.tokens import tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["words_left"]

_LEAF = "SELECT block FROM words_data WHERE id >> 37 > 0 AND (id >> 31) & 63 = 0"
"""Of segments, at height 0, and not the index into long lists of rows (which is bit 36)."""

_LOW, _MORE, _BITS, _LONGEST = 0x7F, 0x80, 7, 9
_OFFSET, _HEADER = 2, 4
_LOOKED_AT = 100
"""Most texts that are looked at to see whether one says a word rightly."""


def words_left(path: Path, texts: Iterable[str]) -> int:
    """How many words of the redacted `texts` the index in a file of stored views holds, though no text there says them.

    0 where there is no file. Raises StoreError where it cannot be read.
    """
    sought = {token for whole, _ in tokens_of([(text, "") for text in texts]) for token in whole}
    if not sought or not path.is_file():
        return 0
    try:
        uri = f"file:{quote(str(path.absolute()))}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as database:
            database.execute("BEGIN")
            held = {
                term for (block,) in database.execute(_LEAF) for term in _terms_of(block) if term in sought
            }
            return sum(not _is_said(database, term) for term in held)
    except (sqlite3.DatabaseError, IndexError) as error:
        raise StoreError(f"the index of words in {path.name} could not be searched: {error}") from error


def _is_said(database: sqlite3.Connection, term: str) -> bool:
    query = (
        "SELECT t.statement, t.others FROM words w JOIN texts t ON t.id = w.rowid WHERE words MATCH ? LIMIT ?"
    )
    found = database.execute(query, ('"{}"'.format(term.replace('"', '""')), _LOOKED_AT)).fetchall()
    return any(term in tokens for tokens, _ in tokens_of(found))


def _terms_of(block: bytes) -> Iterator[str]:
    """The terms of a leaf: where each stands is written at its end, and of each how much it has of the one before, and the rest."""
    at = int.from_bytes(block[_OFFSET:_HEADER], "big")
    place, term = 0, None
    while at < len(block):
        step, at = _number(block, at)
        place += step
        kept, begins = (0, place) if term is None else _number(block, place)
        size, begins = _number(block, begins)
        term = (term or b"")[:kept] + block[begins : begins + size]
        # The first byte says of which index of the table it is.
        yield term[1:].decode(errors="replace")


def _number(block: bytes, at: int) -> tuple[int, int]:
    """A number as SQLite writes it, seven bits a byte, and what stands after it."""
    value = 0
    for place in range(at, at + _LONGEST - 1):
        value = value << _BITS | block[place] & _LOW
        if not block[place] & _MORE:
            return value, place + 1
    return value << (_BITS + 1) | block[at + _LONGEST - 1], at + _LONGEST
