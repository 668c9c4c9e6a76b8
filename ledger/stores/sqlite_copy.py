"""A copy of a ledger file as it stands at one moment, made by SQLite itself while others read and write it (ADR 5).

`VACUUM INTO` reads within one transaction and writes every row anew: the writer goes on, positions, triggers and marks stay, and what
was erased is in no free page of the copy. Reading the file itself would give half of a transaction, and would drop the locks that
SQLite holds on it for this process.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from ledger.errors import IntegrityError, StoreError
from ledger.stores.sqlite_datastore import open_connection
from ledger.stores.sqlite_schema import check_guards, is_ledger

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["copy_into"]

_PRIMARY_CODE = 0xFF
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def copy_into(path: Path, destination: Path) -> None:
    """Copy the ledger file `path` into the file `destination`, which must not be there, and sync it. The mode is kept.

    Raises StoreError where there is no ledger, where it has lost its guards, or where the disk refuses, and IntegrityError where SQLite
    cannot read the file. What was written of the copy by then is left to the caller.
    """
    try:
        with closing(open_connection(path, "ro")) as connection:
            if not is_ledger(connection, str(path)):
                raise StoreError(f"{path} is an empty database, not a ledger")
            check_guards(connection, path.name)
            connection.execute("VACUUM INTO ?", (str(destination.absolute()),))
        destination.chmod(path.stat().st_mode & 0o777)
        _sync(destination)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if (getattr(error, "sqlite_errorcode", None) or 0) & _PRIMARY_CODE in _DAMAGED:
            raise IntegrityError(f"SQLite cannot read it: {error}", where=path.name) from error
        raise StoreError(f"{path.name} could not be copied: {error}") from error
    except OSError as error:
        raise StoreError(f"{path.name} could not be copied: {error.strerror or error}") from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
