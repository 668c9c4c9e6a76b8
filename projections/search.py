"""Full-text search over the stored texts, in SQLite's FTS5 (ADR 12).

The index has no copy of the texts: it points into the table `texts`, and triggers keep the two together. Words are folded by case and
diacritics. A deleted text leaves its words in older segments until these are merged, so that after a redaction `forget` merges them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import column, create_engine, literal_column, select, table, text
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine, Select

__all__ = ["Index", "create_index", "fill_index", "forget", "matching"]

_TOKENIZE = "tokenize='unicode61 remove_diacritics 2'"
_CREATE = f"CREATE VIRTUAL TABLE words USING fts5(statement, others, content='texts', content_rowid='id', {_TOKENIZE})"
_TRIGGERS = (
    (
        "CREATE TRIGGER texts_came AFTER INSERT ON texts BEGIN "
        "INSERT INTO words (rowid, statement, others) VALUES (new.id, new.statement, new.others); END"
    ),
    (
        "CREATE TRIGGER texts_went AFTER DELETE ON texts BEGIN "
        "INSERT INTO words (words, rowid, statement, others) VALUES ('delete', old.id, old.statement, old.others); END"
    ),
)
_WORDS = table("words", column("rowid"))


def create_index(connection: Connection) -> None:
    """Make the index, empty and not yet kept up: fill_index does that once the texts are there."""
    connection.exec_driver_sql(_CREATE)


def fill_index(connection: Connection) -> None:
    """Index every text, and keep the index up from here on."""
    connection.exec_driver_sql("INSERT INTO words (words) VALUES ('rebuild')")
    for trigger in _TRIGGERS:
        connection.exec_driver_sql(trigger)


def forget(connection: Connection) -> None:
    """Leave no word in the index of a text that is gone: all segments become one."""
    connection.exec_driver_sql("INSERT INTO words (words) VALUES ('optimize')")


def _expression(words: Sequence[str]) -> str:
    """Every word has to stand there, each as it is asked for: nothing that a caller writes is an operator."""
    quoted = (word.replace('"', '""') for word in words)
    return " AND ".join(f'"{word}"' for word in quoted)


def matching(words: Sequence[str], *, parameter: str = "words") -> Select[tuple[int]]:
    """The ids of the texts in which all the words stand."""
    found = text(f"words MATCH :{parameter}").bindparams(**{parameter: _expression(words)})
    return select(literal_column("rowid")).select_from(_WORDS).where(found)


class Index:
    """Whether words stand in a text, told as the stored index tells it: by an index of the same make, of one text, in memory."""

    def __init__(self) -> None:
        self._engine: Engine | None = None

    def has(self, texts: tuple[str, str], words: Sequence[str]) -> bool:
        """Whether all the words stand in the statement or in the other words of a fact."""
        if self._engine is None:
            self._engine = create_engine("sqlite://", poolclass=StaticPool)
            with self._engine.begin() as connection:
                connection.exec_driver_sql(
                    f"CREATE VIRTUAL TABLE words USING fts5(statement, others, {_TOKENIZE})"
                )
        with self._engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM words")
            connection.exec_driver_sql("INSERT INTO words VALUES (?, ?)", texts)
            return connection.execute(matching(words)).first() is not None

    def close(self) -> None:
        """Forget the text."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
