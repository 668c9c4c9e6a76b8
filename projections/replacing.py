"""Putting rows into the stored tables: what is new goes in, what is no more goes out, and what stands is left alone (ADR 12)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, insert, select

from projections.tables import EDGES, METADATA, OF_INCIDENT, SOURCES, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Dialect, Table

    from projections.runs import Row, Rows

__all__ = ["Filling", "insert_rows", "replace_incident", "replace_source"]

_TEXT_ID = "id"


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if table is not TEXTS or column.name != _TEXT_ID]


_COLUMNS = {table.name: _columns(table) for table in METADATA.sorted_tables}


def _named(table: Table, rows: Iterable[Row]) -> list[dict[str, Any]]:
    columns = _COLUMNS[table.name]
    return [dict(zip(columns, row, strict=True)) for row in rows]


@lru_cache(maxsize=64)
def _statement(dialect: Dialect, table: Table) -> str | None:
    """How a driver that takes parameters by their places inserts a row; None for one that takes them by names."""
    made = insert(table).compile(dialect=dialect, column_keys=_COLUMNS[table.name])
    return made.string if made.positiontup == _COLUMNS[table.name] else None


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows: as they are where the driver allows it, since naming every value takes longer than inserting it."""
    statement = _statement(connection.dialect, table)
    if statement is None:
        connection.execute(insert(table), _named(table, rows))
    else:
        connection.exec_driver_sql(statement, [*rows])


def insert_rows(connection: Connection, rows: Rows) -> None:
    """Insert rows where none of their incident or source are."""
    for name, some in rows.items():
        if some:
            _insert(connection, METADATA.tables[name], some)


def _replace(connection: Connection, table: Table, of_unit: ColumnElement[bool], rows: Iterable[Row]) -> None:
    names = _COLUMNS[table.name]
    keys = [table.c[_TEXT_ID]] if table is TEXTS else list(table.primary_key)
    before = {
        tuple(row[: len(names)]): tuple(row[len(names) :])
        for row in connection.execute(select(*(table.c[name] for name in names), *keys).where(of_unit))
    }
    after = set(rows)
    gone = [
        {f"old_{key.name}": value for key, value in zip(keys, found, strict=True)}
        for row, found in before.items()
        if row not in after
    ]
    if gone:
        which = and_(*(key == bindparam(f"old_{key.name}") for key in keys))
        connection.execute(delete(table).where(which), gone)
    come = after - before.keys()
    if come:
        _insert(connection, table, list(come))


def replace_incident(connection: Connection, incident: int, rows: Rows) -> None:
    """Let the rows of an incident be these."""
    for table in OF_INCIDENT:
        _replace(connection, table, table.c.incident == incident, rows.get(table.name, ()))


def replace_source(connection: Connection, number: int, source: str, rows: Rows) -> None:
    """Let the rows of a source be these."""
    _replace(connection, SOURCES, SOURCES.c.source == number, rows.get(SOURCES.name, ()))
    _replace(connection, EDGES, EDGES.c.source == source, rows.get(EDGES.name, ()))


class Filling:
    """Rows on their way into empty tables, many at a time."""

    def __init__(self, connection: Connection, limit: int) -> None:
        self._connection = connection
        self._limit = limit
        self._waiting: Rows = {}
        self._count = 0

    def add(self, rows: Rows) -> None:
        """Take rows of another incident or source."""
        for name, some in rows.items():
            self._waiting.setdefault(name, []).extend(some)
            self._count += len(some)
        if self._count >= self._limit:
            self.flush()

    def flush(self) -> None:
        """Insert what waits."""
        insert_rows(self._connection, self._waiting)
        self._waiting, self._count = {}, 0
