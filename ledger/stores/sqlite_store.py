"""The store contract on a ledger file (contract.py), over the recorder of sqlite.py.

A store may be shared by threads: writes go one after another, and a read is short, in a transaction of its own, under a
lock. No iterator holds the file's past open, so none keeps another thread from seeing the present or the log from being
emptied after a redaction.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from eventsourcing.persistence import PersistenceError

from ledger.errors import IntegrityError, StoreError
from ledger.folders import make_folder
from ledger.stores.contract import Answer, Batch, Head
from ledger.stores.paging import POSITION, VERSION, dense_rows, missing, rows_after
from ledger.stores.sqlite import SELECT_ROWS, LedgerRecorder
from ledger.stores.sqlite_datastore import LedgerDatastore, open_connection
from ledger.stores.sqlite_schema import RARE_TOPICS, is_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ledger.stores.contract import Row

__all__ = ["MINIMUM_SQLITE", "SQLiteStore"]

MINIMUM_SQLITE = (3, 37, 0)
WITHDRAWN_SQLITE = ((3, 52, 0),)
"""Versions that their makers took back. The WAL-reset fault (3.7.0 to 3.51.2) needs two connections that write or move the log
into the file; a ledger has one (ADR 2), so versions with it are let pass."""

PAGE_ROWS = 256
"""How many rows are read at a time."""

ENTRIES = 256
"""How many are read at a time where only their bytes are."""

_POSITION_AT = """WITH RECURSIVE search (low, high) AS (
        VALUES (0, ?1)
        UNION ALL
        SELECT iif(e.recorded_us <= ?2, e.position, low), iif(e.recorded_us <= ?2, high, e.position - 1)
        FROM search CROSS JOIN events e ON e.position = (low + high + 1) / 2 WHERE low < high)
    SELECT low, high FROM search ORDER BY high - low LIMIT 1"""
"""SQLite joins in the order that CROSS JOIN gives: each step of the search reads one event by its key."""


@contextmanager
def _said_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, PersistenceError, UnicodeDecodeError) as error:
        # A complaint of SQLite about a damaged file may quote bytes of it that are no text.
        # The index of the log is made on opening; where the disk is full, SQLite calls that an I/O error.
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHMSIZE
        why = f"{error} (is the disk full?)" if full else str(error)
        raise StoreError(f"the database at {path.name} refused: {why}; nothing was recorded") from error


def _check_sqlite() -> None:
    version = sqlite3.sqlite_version
    needed = ".".join(map(str, MINIMUM_SQLITE))
    if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
        raise StoreError(f"SQLite {version} is too old; {needed} is needed")
    if sqlite3.sqlite_version_info in WITHDRAWN_SQLITE:
        raise StoreError(f"SQLite {version} was withdrawn by its makers; use another one, {needed} or newer")
    if sqlite3.threadsafety == 0:
        raise StoreError(
            f"SQLite {version} was built without threads, and a ledger has several; use another build"
        )


class SQLiteStore:
    """A ledger file. Several read-only stores may stand beside the one that writes."""

    def __init__(
        self,
        path: Path,
        *,
        create: bool = False,
        read_only: bool = False,
        beside: SQLiteStore | None = None,
    ) -> None:
        """Open a ledger file; `create` makes it where it is not.

        `beside`: the store of this process that alone writes the file, under the lock of the ledger. Where it says that the log ends
        is then taken without asking the file.

        Raises StoreError where there is none, where the file is not a ledger or has lost its guards, or where SQLite is
        too old or not durable.
        """
        self.path = path
        _check_sqlite()
        if path.is_dir():
            raise StoreError(f"{path} is a folder; name the ledger file in it")
        if read_only or not create:
            self._require_file()
        else:
            try:
                make_folder(path.parent)
            except OSError as error:
                raise StoreError(f"the folder of {path} cannot be made: {error.strerror or error}") from error
        self._lock = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._beside = beside
        self._end: Head | None = None
        self._recorder = LedgerRecorder(LedgerDatastore(path, read_only=read_only))
        try:
            with _said_plainly(path):
                if not (read_only or create):
                    self._open_reader()
                if not read_only:
                    self._recorder.create_table()
                self._open_reader()
            if not read_only:
                self._check_end()
                self._end = self.head()
        except BaseException:
            self.close()
            raise

    def _require_file(self) -> None:
        if not self.path.is_file() or self.path.stat().st_size == 0:
            raise StoreError(
                f"there is no ledger at {self.path}; make one with: incident-ledger append, or incident-ledger demo"
            )

    def _open_reader(self) -> None:
        if self._reader is None:
            self._reader = open_connection(self.path, "ro")
            if not is_ledger(self._reader, str(self.path)):
                raise StoreError(f"{self.path} is an empty database, not a ledger")

    def _check_end(self) -> None:
        """Refuse a log with events after its end: the next one could not be recorded."""
        head = self.head().position
        found = self._fetch("SELECT max(position) FROM events")
        if (last := found[0][0] or 0) > head:
            raise IntegrityError(
                f"there is an event at position {last}, and the row of the head says that the log ends at {head}",
                where=f"position {last}",
            )

    @property
    def end(self) -> Head | None:
        """Where the log ends, as this store's own last append left it; None where that is not known.

        Right as long as nobody else writes the file, which the lock of a ledger sees to (lock.py).
        """
        return self._end

    @property
    def recorder(self) -> LedgerRecorder:
        """The library's recorder that this store writes through."""
        return self._recorder

    def _fetch(self, query: str, values: tuple[int | str, ...] = ()) -> list[tuple[Any, ...]]:
        """Every row that a query finds, read to the end, so that no transaction stays open behind it."""
        with self._lock, _said_plainly(self.path):
            if self._reader is None:
                raise StoreError(f"{self.path.name} was closed")
            return self._reader.execute(query, values).fetchall()

    def head(self) -> Head:
        """Where the log ends now."""
        if self._beside is not None and (end := self._beside.end) is not None:
            return end
        found = self._fetch("SELECT position, recorded_us FROM head")
        if not found:
            raise IntegrityError("the ledger has lost the row that says where it ends", where=self.path.name)
        return Head(position=found[0][0], recorded_us=found[0][1])

    def turn(self) -> AbstractContextManager[None]:
        """Nothing to be done: one process writes a file, and its writer takes commands one after another (ADR 2)."""
        return nullcontext()

    def append(self, batch: Batch) -> Sequence[int]:
        """Make a batch durable and give its positions. Raises StoreError where it is not; then nothing of it is stored."""
        try:
            with _said_plainly(self.path):
                positions = self._recorder.insert(
                    [(e.stream, e.version, e.topic, e.event) for e in batch.events],
                    recorded_us=batch.recorded_us,
                    disclosures=[e.disclosures for e in batch.events],
                    removals=batch.removals,
                    answers=batch.answers,
                    after=batch.after,
                )
        except BaseException:
            # Whether it was recorded is for the file to say.
            self._end = None
            raise
        if positions:
            self._end = Head(position=positions[-1], recorded_us=batch.recorded_us)
        return positions

    def restore(self, rows: Sequence[Row], answers: Sequence[Answer] = ()) -> None:
        """Append rows as they lie in another store, in one transaction (contract.py).

        Raises IntegrityError for rows that do not follow, and StoreError where they are not durable; then nothing of them is stored.
        """
        with _said_plainly(self.path):
            self._recorder.restore(rows, answers)

    def rows(self, start: int = 1, stop: int | None = None) -> Iterator[Row]:
        """Rows in order of position, from `start` to `stop`, both included, as far as the log goes when the first is read.

        Raises IntegrityError where a position is missing.
        """
        head = self.head().position
        last = head if stop is None else min(stop, head)
        where = "WHERE e.position BETWEEN ? AND ? ORDER BY e.position"
        yield from dense_rows(
            lambda *ends: self._fetch(SELECT_ROWS + where, ends), max(start, 1), last, size=PAGE_ROWS
        )

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[bytes]:
        """The stored bytes of events in order of position, as `rows` gives them."""
        head = self.head().position
        last = head if stop is None else min(stop, head)
        at = max(start, 1)
        between = "FROM events WHERE position BETWEEN ? AND ? ORDER BY position"
        while at <= last:
            end = min(at + ENTRIES - 1, last)
            page = [event for (event,) in self._fetch(f"SELECT event {between}", (at, end))]
            if len(page) == end - at + 1:
                # Positions are a key: as many as there are between the two are all of them.
                yield from page
                at = end + 1
                continue
            there = {position for (position,) in self._fetch(f"SELECT position {between}", (at, end))}
            first = next(position for position in range(at, end + 2) if position not in there)
            yield from page[: first - at]
            raise missing(first)

    def stream(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Row]:
        """Rows of one stream in order of version: versions above `after`, positions not above `until`."""
        last = self.head().position if until is None else until
        where = "WHERE s.stream = ? AND e.version > ? AND e.position <= ? ORDER BY e.version LIMIT ?"
        yield from rows_after(
            lambda after: self._fetch(SELECT_ROWS + where, (stream, after, last, PAGE_ROWS)),
            after,
            by=VERSION,
            size=PAGE_ROWS,
        )

    def of_topic(self, topic: str, *, after: int = 0) -> Iterator[Row]:
        """Rows of one `type@schema` in order of position, above `after`; found by the index of rare topics where it has them."""
        if topic in RARE_TOPICS:
            # SQLite takes a partial index where its very condition is repeated; it would walk the log otherwise.
            select = SELECT_ROWS.replace("FROM events e", "FROM events e INDEXED BY events_of_rare_topics")
            where = f"WHERE e.topic IN {RARE_TOPICS} AND e.topic = ? AND e.position > ? ORDER BY e.position LIMIT ?"
        else:
            select, where = SELECT_ROWS, "WHERE e.topic = ? AND e.position > ? ORDER BY e.position LIMIT ?"
        yield from rows_after(
            lambda after: self._fetch(select + where, (topic, after, PAGE_ROWS)),
            after,
            by=POSITION,
            size=PAGE_ROWS,
        )

    def position_at(self, recorded_us: int) -> int:
        """The last position with recorded_at not after the instant; 0 where there is none. A binary search on the key, in one statement."""
        head = self.head()
        if recorded_us >= head.recorded_us:
            return head.position
        low, high = self._fetch(_POSITION_AT, (head.position, recorded_us))[0]
        if low < high:
            raise missing((low + high + 1) // 2)
        return int(low)

    def streams(self, prefix: str) -> list[str]:
        """The names of the streams that begin with `prefix`, in the order in which they began."""
        query = "SELECT stream FROM streams WHERE substr(stream, 1, ?) = ? ORDER BY stream_no"
        return [row[0] for row in self._fetch(query, (len(prefix), prefix))]

    def answer(self, caller: str, key: str) -> Answer | None:
        """The kept answer of an idempotent request, if there is one."""
        query = "SELECT salt, digest, answer, position FROM idempotency WHERE caller = ? AND key = ?"
        found = self._fetch(query, (caller, key))
        if not found:
            return None
        salt, digest, answer, position = found[0]
        return Answer(caller=caller, key=key, salt=salt, digest=digest, answer=answer, position=position)

    def answers(self) -> Iterator[Answer]:
        """Every kept answer, in order of caller and key, a page at a time."""
        query = (
            "SELECT caller, key, salt, digest, answer, position FROM idempotency WHERE (caller, key) > (?, ?)"
            " ORDER BY caller, key LIMIT ?"
        )
        last = ("", "")
        while page := self._fetch(query, (*last, PAGE_ROWS)):
            for caller, key, salt, digest, answer, position in page:
                yield Answer(
                    caller=caller, key=key, salt=salt, digest=digest, answer=answer, position=position
                )
                last = (caller, key)

    def truncate_wal(self, *, wait: bool = True) -> bool:
        """Move the write-ahead log into the file and empty it, so that erased words are in neither (ADR 5).

        False where somebody who reads was in the way, after two seconds if `wait`; it has to be tried again.
        """
        with _said_plainly(self.path):
            return self._recorder.datastore.checkpoint(wait=wait)

    def beat(self) -> None:
        """Write the one row of the canary, through the connection that writes. Raises StoreError where the disk refuses."""
        with _said_plainly(self.path), self._recorder.datastore.writing() as connection:
            connection.execute(
                "INSERT INTO canary VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET beat = beat + 1"
            )

    def close(self) -> None:
        """Close every connection: readers first, so that the writer as the last one out empties the write-ahead log."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
        self._recorder.datastore.close()
