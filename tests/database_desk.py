"""A desk whose ledger is in a real PostgreSQL database."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ledger.stores.postgres_store import PostgresStore
from tests.desk import Desk

if TYPE_CHECKING:
    from ledger.address import DatabaseAddress
    from ledger.stores.sqlite_store import SQLiteStore
    from tests.fakes import FrozenClock

__all__ = ["DatabaseDesk"]


class DatabaseDesk(Desk):
    """One writer on one ledger in a database. Several may stand beside each other on the same."""

    mark_name = "marks/mark.1"

    def __init__(self, address: DatabaseAddress, *, clock: FrozenClock | None = None) -> None:
        self._address = address
        self.database: PostgresStore
        super().__init__(address.folder, clock=clock)

    def address(self) -> DatabaseAddress:
        """The address of the database."""
        return self._address

    def opened(self) -> SQLiteStore:
        """Its store; what a desk asks of it is what every store promises."""
        self.database = PostgresStore(self._address, create=True)
        return cast("SQLiteStore", self.database)
