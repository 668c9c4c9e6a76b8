"""Catching the stored views of a database up: as in a file (catch_up.py), with what a database does otherwise (ADR 15).

A rebuild is one transaction that empties and fills the tables: those who read see what was there until it is committed, and where nothing
differed it is rolled back. The index of words is filled after the texts, with the tokens that a file's index would have.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, text, update

from projections.catch_up import BATCH, CatchUp
from projections.catch_up_file import tracked
from projections.catch_up_rebuild import Rebuilt, fill
from projections.in_database.schema import (
    is_readable,
    make_tables,
    open_engine,
    said_plainly,
    schema_of,
    vacuum,
)
from projections.tables import TEXTS, TRACKING, digests
from projections.tokens import tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from ledger.address import DatabaseAddress
    from ledger.stores.contract import Store
    from projections.anchoring import Texts
    from projections.catch_up import _Touched

__all__ = ["DatabaseCatchUp"]

_AT_A_TIME = 500


class DatabaseCatchUp(CatchUp):
    """Keeps the stored views of one ledger in a database. Whoever makes one holds the right to (schema.only_one)."""

    def __init__(self, store: Store, address: DatabaseAddress, texts: Texts, *, batch: int = BATCH) -> None:
        super().__init__(store, address.folder, texts, batch=batch)
        self.path = Path(schema_of(address))
        self._address = address

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._engine is None:
            self._engine = open_engine(self._address, read_only=False)
        with said_plainly(self._address), self._engine.begin() as connection:
            name = {"name": schema_of(self._address)}
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 2))"), name)
            yield connection

    def position(self) -> int:
        """How far the stored views have read; 0 where there are none of this form and of this ledger."""
        with self._writing() as connection:
            found = tracked(connection) if is_readable(connection) else None
        return 0 if found is None or not self._is_ours(found.position, found.leaf) else found.position

    def _begin(self) -> None:
        with self._writing() as connection:
            self._build(connection, self._store.head().position)

    def _build(
        self,
        connection: Connection,
        until: int,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> None:
        make_tables(connection, self._address)
        fill(connection, self._store, self._texts, until, progress)
        _index_new(connection)

    def rebuild(self, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Rebuilt:
        """Build the tables once more from nothing, compare them with those that are there, and let them be these where they differ."""
        compares = self.position() > 0
        while compares and self.step():
            pass
        until = self.position() if compares else self._store.head().position
        with self._writing() as connection:
            before = digests(connection) if compares else None
            self._build(connection, until, progress)
            tables = digests(connection)
            differing = (
                None if before is None else tuple(name for name in tables if tables[name] != before[name])
            )
            if differing == ():
                connection.rollback()
        return Rebuilt(position=until, tables=tables, differing=differing)

    def _apply(self, connection: Connection, touched: _Touched) -> None:
        super()._apply(connection, touched)
        _index_new(connection)

    def _erase(self) -> None:
        """Let words that were redacted be in no row, not even one that nobody sees any more."""
        vacuum(self._address)
        with self._writing() as connection:
            connection.execute(update(TRACKING).values(erasing=0))


def _index_new(connection: Connection) -> None:
    """Index the texts that came since: their ids grow, so that they come after the last that is indexed."""
    while True:
        query = (
            select(TEXTS.c.id, TEXTS.c.statement, TEXTS.c.others)
            .where(TEXTS.c.id > text("coalesce((SELECT max(rowid) FROM words), 0)"))
            .order_by(TEXTS.c.id)
            .limit(_AT_A_TIME)
        )
        found = connection.execute(query).all()
        if not found:
            return
        stored = tokens_of([(row.statement, row.others) for row in found])
        connection.execute(
            text("INSERT INTO words VALUES (:id, array_to_tsvector(CAST(:found AS text[])), :tokens)"),
            [
                {"id": row.id, "found": tokens, "tokens": whole}
                for row, (tokens, whole) in zip(found, stored, strict=True)
            ],
        )
