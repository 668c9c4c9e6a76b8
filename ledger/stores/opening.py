"""The store at an address: a ledger file, or a schema of a PostgreSQL database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.address import DatabaseAddress
from ledger.stores.sqlite_store import SQLiteStore

if TYPE_CHECKING:
    from ledger.address import Address
    from ledger.ids import RandomSource
    from ledger.stores.contract import Store

__all__ = ["lies_there", "open_beside", "open_database", "open_store"]


def open_store(address: Address, *, create: bool = False, read_only: bool = False) -> Store:
    """Open the store of a ledger; `create` makes it where it is not. Raises StoreError as SQLiteStore and PostgresStore do."""
    if isinstance(address, DatabaseAddress):
        # Whoever has a file need not load a database's driver.
        from ledger.stores.postgres_store import PostgresStore  # noqa: PLC0415  see above

        return PostgresStore(address, create=create, read_only=read_only)
    return SQLiteStore(address, create=create, read_only=read_only)


def open_database(address: DatabaseAddress, random: RandomSource) -> Store:
    """Open a database's ledger to write together with its folder, which is there; makes it where it is not.

    Raises StoreError as PostgresStore does, and where the folder is that of no ledger or of another one.
    """
    from ledger.stores.postgres_folder import hold_to_folder  # noqa: PLC0415  see open_store
    from ledger.stores.postgres_store import PostgresStore  # noqa: PLC0415  see open_store

    store = PostgresStore(address, create=True)
    try:
        hold_to_folder(store, random)
    except BaseException:
        store.close()
        raise
    return store


def open_beside(address: Address, writing: Store) -> Store:
    """Open a ledger to read, beside the store with which this process writes it. Raises StoreError as open_store."""
    if isinstance(writing, SQLiteStore) and not isinstance(address, DatabaseAddress):
        return SQLiteStore(address, read_only=True, beside=writing)
    return open_store(address, read_only=True)


def lies_there(address: Address) -> bool:
    """Whether something lies at an address: a file, whatever it holds, or a ledger in a schema. Raises StoreError as is_made does."""
    if isinstance(address, DatabaseAddress):
        from ledger.stores.postgres_store import is_made  # noqa: PLC0415  see open_store

        return is_made(address)
    return address.exists()
