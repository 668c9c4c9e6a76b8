"""Words as SQLite's full-text index cuts and folds them, for a database that has another index of words (ADR 15).

PostgreSQL's own parser knows hosts, file names and hyphens, and folds otherwise: the same question would find other facts there. So both
are asked about the same tokens. A text is put into an index of SQLite's make, in memory, and its terms are read back in their order.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["TOKENIZE", "Tokens", "phrases_of", "tokens_of"]

TOKENIZE = "tokenize='unicode61 remove_diacritics 2'"
_MAX_TOKEN = 400
"""Characters of a token that count where it is looked up: PostgreSQL takes no longer ones. The phrase is compared as a whole besides."""

_BETWEEN = " \x1f "
"""Stands between the statement and the other words, so that no phrase goes across."""


class Tokens:
    """Cuts texts. Safe for many threads: they take turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index: sqlite3.Connection | None = None

    def of(self, texts: Sequence[tuple[str, str]]) -> list[tuple[list[str], list[str]]]:
        """The tokens of the two columns of each text, in order."""
        with self._lock:
            if self._index is None:
                self._index = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
                self._index.execute(f"CREATE VIRTUAL TABLE words USING fts5(first, second, {TOKENIZE})")
                self._index.execute("CREATE VIRTUAL TABLE cut USING fts5vocab(words, instance)")
            index = self._index
            index.execute("BEGIN")
            try:
                index.executemany(
                    "INSERT INTO words (rowid, first, second) VALUES (?, ?, ?)",
                    [(number, *text) for number, text in enumerate(texts)],
                )
                found: list[tuple[list[str], list[str]]] = [([], []) for _ in texts]
                for number, column, term in index.execute(
                    "SELECT doc, col, term FROM cut ORDER BY doc, col, offset"
                ):
                    found[number][column == "second"].append(term)
            finally:
                index.execute("ROLLBACK")
        return found


_TOKENS = Tokens()


def tokens_of(texts: Sequence[tuple[str, str]]) -> list[tuple[list[str], str]]:
    """What is stored of each text: its different tokens, and all of them in order, each between blanks."""
    stored = []
    for first, second in _TOKENS.of(texts):
        whole = f" {' '.join(first)}{_BETWEEN}{' '.join(second)} "
        stored.append((sorted({token[:_MAX_TOKEN] for token in (*first, *second)}), whole))
    return stored


def phrases_of(words: Iterable[str]) -> tuple[str, list[str]]:
    """What is asked for: a tsquery of the tokens that have to be among those of a text, and the phrases that have to stand in it.

    A token is letters and digits, so that none has to be escaped.
    """
    asked = [first for first, _ in _TOKENS.of([(word, "") for word in words])]
    tokens = sorted({token[:_MAX_TOKEN] for some in asked for token in some})
    return " & ".join(f"'{token}'" for token in tokens), [f" {' '.join(some)} " for some in asked]
