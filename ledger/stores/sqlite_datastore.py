"""The connections to a ledger file: one that writes and checkpoints, and readers that can do neither (ADR 2, ADR 5).

`synchronous=FULL` and what erasure rests on are set on every connection and read back. After a failed sync nobody knows
what the disk holds, so the write connection is fenced until the file is opened again.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool, SQLiteDatastore

from ledger.errors import StoreError
from ledger.stores.sqlite_schema import is_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from eventsourcing.sqlite import SQLiteCursor

__all__ = ["BUSY_S", "LedgerDatastore", "file_uri", "is_unmade", "open_connection"]

BUSY_S = 30
"""How long a connection waits for another process, in seconds."""

CHECKPOINT_BUSY_MS = 2_000
"""How long emptying the write-ahead log waits for those who read, in milliseconds."""
_PRIMARY_CODE = 0xFF
_FENCED_BY = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PRAGMAS = (
    ("synchronous", "FULL", 2),
    ("fullfsync", "1", 1),
    ("checkpoint_fullfsync", "1", 1),
    ("secure_delete", "ON", 1),
    ("foreign_keys", "OFF", 0),
    ("trusted_schema", "OFF", 0),
)
_CHECKPOINT_PAGES = 20_000
"""Pages of the write-ahead log, 4 KiB each, at which a commit moves them into the file; SQLite's own 1,000 make a bulk append
write the same pages to the file again and again. A redaction and the closing empty the log whatever it has. After a crash
the next to open the file reads it once."""


def file_uri(path: Path, mode: str) -> str:
    """The URI by which SQLite opens a file. `mode`: ro, rw (the file must be there) or rwc (it is made)."""
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def _prepare(connection: sqlite3.Connection, where: str) -> None:
    for pragma, value, got in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}={value}").fetchall()
        if connection.execute(f"PRAGMA {pragma}").fetchone() != (got,):
            raise StoreError(
                f"{where}: SQLite does not keep PRAGMA {pragma}={value}; acknowledged facts would not be safe"
            )


def _begin_log(connection: sqlite3.Connection, where: str) -> None:
    if connection.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
        raise StoreError(f"{where}: SQLite cannot keep a write-ahead log there; is it a network folder?")
    # SQLite opens a read-only file without a word, also to write; a write that is rolled back makes it say so.
    layout = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f"PRAGMA user_version={layout}")
    finally:
        connection.execute("ROLLBACK")


def open_connection(path: Path, mode: str) -> sqlite3.Connection:
    """A connection in autocommit mode on which durability and erasure can rest; `mode` as in file_uri.

    Raises StoreError where the database will not have the settings, and sqlite3.Error where it cannot be opened.
    """
    connection = sqlite3.connect(
        file_uri(path, mode), uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_S
    )
    try:
        _prepare(connection, path.name)
    except BaseException:
        connection.close()
        raise
    return connection


def is_unmade(path: Path) -> bool:
    """Whether the file is what is left of a ledger that was cut off while it was made: a database without a table.

    Also where SQLite has to roll it back before anybody can read it: a ledger has a rollback journal only while it is made.
    """
    try:
        with closing(open_connection(path, "ro")) as connection:
            return not is_ledger(connection, path.name)
    except StoreError:
        return False
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY_ROLLBACK


class _ReadOnlyPool(SQLiteConnectionPool):
    """The library's pool; its connections are prepared as all others, and open the file read-only."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        inner = connection._sqlite_conn  # noqa: SLF001  the library has no accessor
        inner.row_factory = None
        try:
            _prepare(inner, self.db_name)
        except BaseException:
            connection.close()
            raise
        return connection


class LedgerDatastore(SQLiteDatastore):
    """The library's datastore for reading, and one connection of our own for writing (ADR 2).

    Safe for many threads: they write one after another. `fenced` says that a failed sync has stopped the writing.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        self._write_lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._closed = False
        self._reading = threading.Condition()
        self._readers = 0
        self._refusing = False
        self.fenced = False
        name = file_uri(path, "ro")
        super().__init__(name, lock_timeout=BUSY_S, originator_id_type="text")
        # The library's own pool would open connections that write and checkpoint; it has not opened any yet.
        self.pool.close()
        self.pool = _ReadOnlyPool(db_name=name, lock_timeout=BUSY_S)

    def _connected(self) -> sqlite3.Connection:
        name = self._path.name
        if self._closed:
            raise StoreError(f"{name} was closed")
        if self._read_only:
            raise StoreError(f"{name} was opened read-only; nothing was recorded")
        if self.fenced:
            raise StoreError(f"{name}: a write failed on the disk; open the ledger again and verify it first")
        if self._writer is None:
            # The first commit makes the file; a name that stands for no file yet is no ledger to anybody.
            writer = open_connection(self._path, "rwc")
            try:
                is_ledger(writer, name)
                _begin_log(writer, name)
                writer.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}").fetchall()
            except BaseException:
                writer.close()
                raise
            self._writer = writer
        return self._writer

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The write connection within BEGIN IMMEDIATE; committed at the end, rolled back on any error.

        Raises StoreError where the store is closed, read-only or fenced, or where the disk failed; sqlite3.Error else.
        """
        with self._write_lock:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                with suppress(sqlite3.Error):
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error) and _is_broken(error):
                    self.fenced = True
                    raise StoreError(
                        f"{self._path.name}: the disk failed ({error}); whether the act was recorded shows when the"
                        " ledger is opened again"
                    ) from error
                raise

    def checkpoint(self, *, wait: bool = True) -> bool:
        """Move the write-ahead log into the file and empty it. Only the write connection ever does this (ADR 2).

        False where a reader was in the way: the log still holds what was erased, and it has to be tried again.
        """
        with self._write_lock:
            connection = self._connected()
            connection.execute(f"PRAGMA busy_timeout={CHECKPOINT_BUSY_MS if wait else 0}")
            try:
                busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                connection.execute(f"PRAGMA busy_timeout={BUSY_S * 1_000}")
            return bool(busy == 0)

    def close(self) -> None:
        """Close the pool and then the write connection, which empties the write-ahead log as the last one out.

        Reads under way are waited for: the library's pool closes connections that others are using, and SQLite's module
        does not survive that (the process ends with a segmentation fault).
        """
        with self._reading:
            self._refusing = True
            idle = self._reading.wait_for(lambda: self._readers == 0, timeout=BUSY_S)
        if idle:
            super().close()
        with self._write_lock:
            self._closed = True
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def transaction(self, *, commit: bool) -> AbstractContextManager[SQLiteCursor]:  # type: ignore[override]  # as wide as it is used
        """The library's transaction, for reading. Raises StoreError for one that would commit, or after close."""
        if commit:
            raise StoreError("a ledger is written through its one write connection; use writing()")
        return self._read()

    @contextmanager
    def _read(self) -> Iterator[SQLiteCursor]:
        with self._reading:
            if self._refusing:
                raise StoreError(f"{self._path.name} was closed")
            self._readers += 1
        try:
            with super().transaction(commit=False) as cursor:
                yield cursor
        finally:
            with self._reading:
                self._readers -= 1
                self._reading.notify_all()


def _is_broken(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & _PRIMARY_CODE in _FENCED_BY
