"""The file of the stored views: how it is opened to be written and to be read, and who may write it (ADR 12).

Nothing in it is the only copy of anything, so it is synced less strictly than the ledger: a power cut may take its last transactions, and
they are made again. What was erased has to be gone all the same: deleted rows are overwritten, and the write-ahead log is emptied.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from sqlalchemy import create_engine, event, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool
from sqlalchemy.schema import CreateTable

from ledger.errors import LockedError, StoreError, UnavailableError
from ledger.stores.lock import WriterLock
from projections.search import create_index, fill_index
from projections.tables import METADATA, TRACKING, indexes, schema_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Row

__all__ = [
    "APPLICATION",
    "LOCK",
    "NAME",
    "ReadFile",
    "copy_over",
    "create_tables",
    "finish_tables",
    "is_readable",
    "only_one",
    "open_to_read",
    "open_to_write",
    "remove",
    "said_plainly",
    "settle",
    "tracked",
    "truncate_log",
]

NAME = "views.db"
LOCK = "views.lock"
APPLICATION = "incident-ledger"
"""The name under which the tracking position is kept."""

BUSY_S = 30
_PATIENCE_MS = 500
"""How long emptying the write-ahead log waits for those who read, in milliseconds; it is tried again."""

_WRITING = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=ON",  # the triggers on the texts write to the index of words
    "PRAGMA cache_size=-32768",
)
_BUILDING = (
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    "PRAGMA trusted_schema=ON",  # the triggers on the texts write to the index of words
    "PRAGMA cache_size=-32768",
)


@contextmanager
def said_plainly(path: Path) -> Iterator[None]:
    """What the database complains of, as a StoreError."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        why = error.orig if isinstance(error, DBAPIError) else error
        raise StoreError(
            f"the stored views in {path.name} refused: {why}; the ledger itself is not concerned, and they can be made anew with: "
            "incident-ledger rebuild"
        ) from error


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        _uri(path, mode), uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_S
    )


def _begin(how: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(how)

    return begin


def open_to_write(path: Path, *, in_place: bool = True) -> Engine:
    """An engine of one connection that writes; the file is made where it is not. Only whoever holds the lock may have one.

    A file that is not `in_place` has no journal: it is of no use to anybody before it is settled.
    """

    def connect() -> sqlite3.Connection:
        made = _connected(path, "rwc")
        try:
            for pragma in _WRITING if in_place else _BUILDING:
                made.execute(pragma).fetchall()
        except BaseException:
            made.close()
            raise
        return made

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)
    event.listen(engine, "begin", _begin("BEGIN IMMEDIATE"))
    return engine


def open_to_read(path: Path) -> Engine:
    """An engine whose connections only read; each transaction sees the tables as they stand at one position."""
    engine = create_engine("sqlite://", creator=lambda: _connected(path, "ro"), poolclass=QueuePool)
    event.listen(engine, "begin", _begin("BEGIN"))
    return engine


class ReadFile:
    """The stored views as readers open them: anew where the file was put in place by another. Safe for many threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._inode = 0

    def _current(self) -> Engine:
        with self._lock:
            try:
                inode = self._path.stat().st_ino
            except OSError as error:
                raise UnavailableError(
                    "there are no stored views yet; make them with: incident-ledger rebuild"
                ) from error
            if self._engine is None or inode != self._inode:
                if self._engine is not None:
                    self._engine.dispose()
                if not is_readable(self._path):
                    self._engine = None
                    raise UnavailableError(
                        "the stored views were made by another version; make them anew with: incident-ledger rebuild"
                    )
                self._engine, self._inode = open_to_read(self._path), inode
            return self._engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction, in which the tables stand still. Raises UnavailableError where there are none that can be read."""
        engine = self._current()
        with said_plainly(self._path), engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """The right to write the stored views. Whoever dies gives it back. Raises LockedError where another process has it."""
    lock = WriterLock(folder / LOCK)
    try:
        lock.__enter__()
    except LockedError as error:
        raise LockedError(
            "another process keeps the stored views of this ledger; wait until it has stopped"
        ) from error
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def create_tables(connection: Connection) -> None:
    """Make the tables, without the indexes."""
    for table in METADATA.sorted_tables:
        connection.execute(CreateTable(table))
    create_index(connection)


def finish_tables(connection: Connection) -> None:
    """Make the indexes over the rows that are there."""
    for index in indexes():
        index.create(connection, checkfirst=True)
    fill_index(connection)


def tracked(connection: Connection) -> Row[tuple[str, int, bytes, str, int]] | None:
    """The tracking row; None where there is none."""
    query = select(TRACKING).where(TRACKING.c.application == APPLICATION)
    return connection.execute(query).one_or_none()


def is_readable(path: Path) -> bool:
    """Whether the file holds tables of the form that this program knows, with a tracking position."""
    if not path.is_file():
        return False
    try:
        with closing(_connected(path, "ro")) as connection:
            found = connection.execute(
                "SELECT schema FROM tracking WHERE application = ?", (APPLICATION,)
            ).fetchone()
    except (sqlite3.Error, UnicodeDecodeError):
        return False
    return bool(found == (schema_digest(),))


def truncate_log(engine: Engine) -> bool:
    """Empty the write-ahead log. False where somebody who reads was in the way."""
    with engine.connect() as connection:
        raw = cast("sqlite3.Connection", connection.connection.driver_connection)
        raw.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        try:
            busy: tuple[int, int, int] = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return busy[0] == 0
        finally:
            raw.execute(f"PRAGMA busy_timeout={BUSY_S * 1_000}")


def settle(path: Path) -> None:
    """Let a file that was built without a journal be one that is read and written beside others, and outlast a power cut."""
    with closing(_connected(path, "rw")) as connection:
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    with path.open("rb") as file:
        os.fsync(file.fileno())


def remove(path: Path) -> None:
    """Remove a file of stored views and its logs."""
    for name in (path.name, path.name + "-wal", path.name + "-shm", path.name + "-journal"):
        path.with_name(name).unlink(missing_ok=True)


def copy_over(source: Path, destination: Path) -> None:
    """Let the destination hold what the source holds, in one transaction: those who read see the one or the other.

    Where somebody who reads is in the way, what was there until then stays in the file for now, and that is noted beside the position.
    """
    with closing(_connected(source, "ro")) as new, closing(_connected(destination, "rw")) as old:
        old.execute("PRAGMA secure_delete=ON")
        new.backup(old)
        old.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        if old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] != 0:
            old.execute("UPDATE tracking SET erasing = 1")
