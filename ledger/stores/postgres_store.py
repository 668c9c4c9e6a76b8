"""The store contract on a schema of a PostgreSQL database (contract.py), over the recorder of postgres.py.

Several processes, on one host or many, may have it open to write at the same time: they take turns. No reading stays in a transaction.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

from ledger.errors import IntegrityError, StoreError
from ledger.stores.contract import Answer, Batch, Head
from ledger.stores.paging import POSITION, VERSION, dense_rows, missing, rows_after
from ledger.stores.postgres import SELECT_ROWS, PostgresLedgerRecorder
from ledger.stores.postgres_datastore import PostgresLedgerDatastore
from ledger.stores.postgres_schema import grant, has_tables
from ledger.watchful_connection import connected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.address import DatabaseAddress
    from ledger.stores.contract import Row

__all__ = ["PostgresStore", "is_made", "prepare_for"]

PAGE_ROWS = 1_024
"""How many rows are read at a time: a database is further away than a file."""

ENTRIES = 2_048
"""How many events are read at a time where their bytes alone are wanted."""

_POSITION_AT = """WITH RECURSIVE search (low, high) AS (
        SELECT 0::bigint, position FROM head
        UNION ALL
        SELECT CASE WHEN e.recorded_us <= %(us)s THEN e.position ELSE low END,
            CASE WHEN e.recorded_us <= %(us)s THEN high ELSE e.position - 1 END
        FROM search JOIN events e ON e.position = (low + high + 1) / 2 WHERE low < high)
    SELECT low, high FROM search ORDER BY high - low LIMIT 1"""


class PostgresStore:
    """A ledger in a database."""

    def __init__(self, address: DatabaseAddress, *, create: bool = False, read_only: bool = False) -> None:
        """Open a ledger; `create` makes it where it is not.

        Raises StoreError where there is none, where the schema holds something else or has lost its guards, or where the server is
        too old, not durable, or not to be reached.
        """
        self.address = address
        with self._said_plainly():
            self._recorder = PostgresLedgerRecorder(PostgresLedgerDatastore(address, read_only=read_only))
        try:
            with self._said_plainly():
                if create and not read_only:
                    self._recorder.create_table()
                self._require_ledger()
                if not (create or read_only):
                    self._recorder.create_table()
            if not read_only:
                self._check_end()
        except BaseException:
            self.close()
            raise

    def _require_ledger(self) -> None:
        with self._recorder.datastore.get_connection() as connection:
            if not has_tables(connection, self.address.schema):
                raise StoreError(
                    f"there is no ledger at {self.address}; make one with: incident-ledger append, or incident-ledger demo"
                )

    @contextmanager
    def _said_plainly(self) -> Iterator[None]:
        try:
            yield
        except psycopg.errors.InsufficientPrivilege as error:
            raise StoreError(
                f"the role that {self.address} names may not do this: {_first_line(error)}; nothing was recorded"
            ) from error
        except psycopg.Error as error:
            raise StoreError(
                f"the database at {self.address} refused: {_first_line(error)}; nothing was recorded"
            ) from error

    def _check_end(self) -> None:
        """Refuse a log with events after its end: the next one could not be recorded."""
        head = self.head().position
        last = self._fetch("SELECT max(position) FROM events")[0][0] or 0
        if last > self.head().position:
            raise IntegrityError(
                f"there is an event at position {last}, and the row of the head says that the log ends at {head}",
                where=f"position {last}",
            )

    @property
    def recorder(self) -> PostgresLedgerRecorder:
        """The library's recorder that this store writes through."""
        return self._recorder

    def _fetch(self, query: str, values: Any = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401  by place or by name
        with self._said_plainly():
            own = self._recorder.writing.own
            if own is not None:
                # Whoever has the turn reads on its own connection: what it decides upon is not kept waiting by other readers.
                return own.execute(query, values, binary=True).fetchall()
            return self._recorder.datastore.fetch(query, values)

    def head(self) -> Head:
        """Where the log ends now."""
        locked = self._recorder.locked_head()
        if locked is not None:
            return locked
        found = self._fetch("SELECT position, recorded_us FROM head")
        if not found:
            raise IntegrityError(
                "the ledger has lost the row that says where it ends", where=self.address.schema
            )
        return Head(position=found[0][0], recorded_us=found[0][1])

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the row of the head: no process appends meanwhile. `append` ends it."""
        with self._said_plainly(), self._recorder.writing.turn():
            yield

    def append(self, batch: Batch) -> Sequence[int]:
        """Make a batch durable and give its positions. Raises StoreError where it is not; then nothing of it is stored.

        Raises OutcomeUnknownError where it cannot be told: the connection was lost, or the server stopped waiting for its standby.
        """
        with self._said_plainly():
            return self._recorder.insert(
                [(e.stream, e.version, e.topic, e.event) for e in batch.events],
                recorded_us=batch.recorded_us,
                disclosures=[e.disclosures for e in batch.events],
                removals=batch.removals,
                answers=batch.answers,
                after=batch.after,
            )

    def restore(self, rows: Sequence[Row], answers: Sequence[Answer] = ()) -> None:
        """Append rows as they lie in another store, in one transaction (contract.py).

        Raises IntegrityError for rows that do not follow, and StoreError where they are not durable; then nothing of them is stored.
        """
        with self._said_plainly():
            self._recorder.restore(rows, answers)

    def rows(self, start: int = 1, stop: int | None = None) -> Iterator[Row]:
        """Rows in order of position, from `start` to `stop`, both included, as far as the log goes when the first is read.

        Raises IntegrityError where a position is missing.
        """
        head = self.head().position
        last = head if stop is None else min(stop, head)
        where = "WHERE e.position BETWEEN %s AND %s ORDER BY e.position"
        yield from dense_rows(
            lambda *ends: self._fetch(SELECT_ROWS + where, ends), max(start, 1), last, size=PAGE_ROWS
        )

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[bytes]:
        """The stored bytes of events in order of position, as `rows` gives them."""
        head = self.head().position
        last = head if stop is None else min(stop, head)
        query = "SELECT position, event FROM events WHERE position BETWEEN %s AND %s ORDER BY position"
        at = max(start, 1)
        while at <= last:
            end = min(at + ENTRIES - 1, last)
            for position, event in self._fetch(query, (at, end)):
                if position != at:
                    break
                yield event
                at += 1
            if at <= end:
                raise missing(at)

    def stream(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Row]:
        """Rows of one stream in order of version: versions above `after`, positions not above `until`."""
        last = self.head().position if until is None else until
        where = "WHERE s.stream = %s AND e.version > %s AND e.position <= %s ORDER BY e.version LIMIT %s"
        yield from rows_after(
            lambda after: self._fetch(SELECT_ROWS + where, (stream, after, last, PAGE_ROWS)),
            after,
            by=VERSION,
            size=PAGE_ROWS,
        )

    def of_topic(self, topic: str, *, after: int = 0) -> Iterator[Row]:
        """Rows of one `type@schema` in order of position, above `after`; found by the index of rare topics where it has them."""
        where = "WHERE e.topic = %s AND e.position > %s ORDER BY e.position LIMIT %s"
        yield from rows_after(
            lambda after: self._fetch(SELECT_ROWS + where, (topic, after, PAGE_ROWS)),
            after,
            by=POSITION,
            size=PAGE_ROWS,
        )

    def position_at(self, recorded_us: int) -> int:
        """The last position with recorded_at not after the instant; 0 where there is none. A binary search on the key, in the server."""
        found = self._fetch(_POSITION_AT, {"us": recorded_us})
        low, high = found[0]
        if low < high:
            raise missing((low + high + 1) // 2)
        return int(low)

    def streams(self, prefix: str) -> list[str]:
        """The names of the streams that begin with `prefix`, in the order in which they began."""
        query = "SELECT stream FROM streams WHERE starts_with(stream, %s) ORDER BY stream_no"
        return [row[0] for row in self._fetch(query, (prefix,))]

    def answer(self, caller: str, key: str) -> Answer | None:
        """The kept answer of an idempotent request, if there is one."""
        query = "SELECT caller, key, salt, digest, answer, position FROM idempotency WHERE caller = %s AND key = %s"
        found = self._fetch(query, (caller, key))
        return _answer(found[0]) if found else None

    def answers(self) -> Iterator[Answer]:
        """Every kept answer, in order of caller and key, a page at a time."""
        query = (
            "SELECT caller, key, salt, digest, answer, position FROM idempotency WHERE (caller, key) > (%s, %s)"
            " ORDER BY caller, key LIMIT %s"
        )
        last: tuple[str, str] = ("", "")
        while page := self._fetch(query, (*last, PAGE_ROWS)):
            yield from map(_answer, page)
            last = page[-1][0], page[-1][1]

    def truncate_wal(self, *, wait: bool = True) -> bool:  # noqa: ARG002  nobody who reads is in the way
        """Clear the tables of the rows from which words were erased. What copies of the server's log hold is not the store's to erase.

        False within a turn: it has to be tried again after it.
        """
        if self._recorder.writing.own is not None:
            return False
        with self._said_plainly(), self._recorder.writing.alone(for_long=True) as connection:
            connection.execute("VACUUM (SKIP_LOCKED) disclosures, idempotency")
        return True

    def beat(self) -> None:
        """Write the one row of the canary durably, on the connection that writes. Raises StoreError where that does not work."""
        with self._said_plainly(), self._recorder.writing.alone() as connection:
            connection.execute("UPDATE canary SET beat = beat + 1")

    def close(self) -> None:
        """Close every connection."""
        self._recorder.close()


def is_made(address: DatabaseAddress) -> bool:
    """Whether there is a ledger in a schema. Raises StoreError where that cannot be told, or where something else is in it."""
    datastore = PostgresLedgerDatastore(address, read_only=True)
    try:
        with datastore.get_connection() as connection:
            return has_tables(connection, address.schema)
    except psycopg.Error as error:
        raise StoreError(f"the database at {address} cannot be asked: {_first_line(error)}") from error
    finally:
        datastore.close()


def prepare_for(address: DatabaseAddress, role: str) -> None:
    """Make a ledger as its owner, where it is not, and let a role run the program. Raises StoreError where the database refuses."""
    PostgresStore(address, create=True).close()
    try:
        with connected(address) as connection:
            grant(connection, address.schema, role)
    except psycopg.Error as error:
        needs = (
            f"; it takes an owner who may make schemas in the database and is a member of {role} (GRANT {role} TO …)"
            if isinstance(error, psycopg.errors.InsufficientPrivilege)
            else ""
        )
        raise StoreError(
            f"the database at {address} refused: {_first_line(error)}{needs}; nothing was granted"
        ) from error


def _first_line(error: psycopg.Error) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _answer(found: tuple[Any, ...]) -> Answer:
    caller, key, salt, digest, answer, position = found
    return Answer(caller=caller, key=key, salt=salt, digest=digest, answer=answer, position=position)
