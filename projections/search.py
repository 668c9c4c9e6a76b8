"""Full-text search over the stored texts, in SQLite's FTS5 (ADR 12).

The index has no copy of the texts: it points into the table `texts`, and triggers keep the two together. Words are folded by case and
diacritics. A deleted text leaves its words in older segments until these are merged, so that after a redaction `forget` merges them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, column, create_engine, literal_column, select, table
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, Text

from projections.tokens import TOKENIZE, phrases_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine, Select
    from sqlalchemy.sql.compiler import SQLCompiler

__all__ = ["Index", "create_index", "fill_index", "forget", "matching"]

_CREATE = f"CREATE VIRTUAL TABLE words USING fts5(statement, others, content='texts', content_rowid='id', {TOKENIZE})"
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
    asked = tuple(words)
    found = _Matching(
        bindparam(parameter, callable_=lambda: _expression(asked), type_=Text()),
        bindparam(f"{parameter}_tokens", callable_=lambda: phrases_of(asked)[0], type_=Text()),
        bindparam(f"{parameter}_phrases", callable_=lambda: phrases_of(asked)[1], type_=ARRAY(Text())),
    )
    return select(literal_column("rowid")).select_from(_WORDS).where(found)


class _Matching(FunctionElement[Any]):
    """Whether words stand in a text: its arguments are an expression of FTS5's, a tsquery, and phrases (tokens.py)."""

    # Not Boolean: where a database has no such type, its truth would be compared with 1, and MATCH is no value.
    type = NullType()
    inherit_cache = True


@compiles(_Matching)
def _in_file(element: _Matching, compiler: SQLCompiler, **kwargs: Any) -> str:
    expression, _, _ = element.clauses
    return f"words MATCH {compiler.process(expression, **kwargs)}"


@compiles(_Matching, "postgresql")
def _in_database(element: _Matching, compiler: SQLCompiler, **kwargs: Any) -> str:
    _, query, phrases = (compiler.process(one, **kwargs) for one in element.clauses)
    missing = f"SELECT 1 FROM unnest(CAST({phrases} AS text[])) AS phrase WHERE strpos(tokens, phrase) = 0"  # noqa: S608  the values are in placeholders
    return f"(found @@ CAST({query} AS tsquery) AND NOT EXISTS ({missing}))"


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
                    f"CREATE VIRTUAL TABLE words USING fts5(statement, others, {TOKENIZE})"
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
