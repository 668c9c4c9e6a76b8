"""The log in one SQLite file, as eventsourcing's recorder (ADR 2, ADR 5).

The recorder takes state as opaque bytes and does not judge versions: dense versions from 1 are the writer's rule
(append.py). What it does keep is the sequence: positions count from the head row, dense and never used twice.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from eventsourcing import persistence
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from ledger.disclosure import erase
from ledger.stores.contract import Head, leaf_hash
from ledger.stores.restoring import check_restored
from ledger.stores.sqlite_rows import StreamNumbers, insert_rows
from ledger.stores.sqlite_schema import STATEMENTS, check_guards, is_ledger, make_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from eventsourcing.persistence import Notification, StoredEvent

    from ledger.stores.contract import Answer, Removal, Row
    from ledger.stores.sqlite_datastore import LedgerDatastore

__all__ = ["SELECT_ROWS", "LedgerRecorder", "leaf_hash"]

SELECT_ROWS = (
    "SELECT e.position, s.stream, e.version, e.recorded_us, e.topic, e.event, coalesce(d.lines, x''), e.leaf "
    "FROM events e JOIN streams s USING (stream_no) LEFT JOIN disclosures d USING (position) "
)
_LAST = 2**62


class LedgerRecorder(SQLiteApplicationRecorder):
    """The library's application recorder over our tables.

    Deliberate differences: positions come from the head row, dense and never re-used; a stream's text id maps to a small integer;
    rows carry recorded_at, leaf and disclosures; writes use their own connection.
    """

    datastore: LedgerDatastore

    @cached_property
    def _numbers(self) -> StreamNumbers:
        return StreamNumbers()

    def construct_create_table_statements(self) -> list[str]:
        """The tables and triggers of sqlite_schema.py."""
        return list(STATEMENTS)

    def create_table(self) -> None:
        """Make the tables where there are none, and mark the file as a ledger.

        Raises StoreError where the file has other tables, or has lost one of ours.
        """
        with self.datastore.writing() as connection:
            if is_ledger(connection, "the file"):
                check_guards(connection, "the file")
            else:
                make_tables(connection)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append events in one transaction, as the library asks for it; keywords as those of `insert`."""
        events = [(str(e.originator_id), e.originator_version, e.topic, e.state) for e in stored_events]
        return self.insert(events, **kwargs)

    def insert(
        self,
        events: Sequence[tuple[str, int, str, bytes]],
        *,
        recorded_us: int | None = None,
        disclosures: Sequence[bytes] | None = None,
        removals: Sequence[Removal] = (),
        answers: Sequence[Answer] = (),
        after: int | None = None,
    ) -> Sequence[int]:
        """Append events in one transaction, each as its stream, version, topic and bytes; gives their positions."""
        with self._appending() as (connection, head):
            us = head.recorded_us + 1 if recorded_us is None else recorded_us
            _check_follows(head.position, after)
            if events:
                _check_later(head.recorded_us, us)
            positions = range(head.position + 1, head.position + 1 + len(events))
            numbers = self._numbers.of(connection, [stream for stream, _, _, _ in events])
            rows = [
                (at, numbers[stream], version, us, topic, event, leaf_hash(event))
                for at, (stream, version, topic, event) in zip(positions, events, strict=True)
            ]
            insert_rows(connection, "events", rows)
            if disclosures is not None:
                insert_rows(connection, "disclosures", list(zip(positions, disclosures, strict=True)))
            for removal in removals:
                self._remove(connection, removal.position, removal.paths)
            _keep_answers(connection, answers)
            if events:
                connection.execute("UPDATE head SET position = ?, recorded_us = ?", (positions[-1], us))
        return list(positions)

    def restore(self, rows: Sequence[Row], answers: Sequence[Answer]) -> None:
        """Append rows as they lie in another store, in one transaction, with the answers kept there.

        Raises IntegrityError of ours for rows that do not follow the head, and the library's where the database refuses.
        """
        with self._appending() as (connection, head):
            check_restored(head, rows, answers)
            numbers = self._numbers.of(connection, [row.stream for row in rows])
            given = [
                (r.position, numbers[r.stream], r.version, r.recorded_us, r.topic, r.event, r.leaf)
                for r in rows
            ]
            insert_rows(connection, "events", given)
            insert_rows(connection, "disclosures", [(row.position, row.disclosures) for row in rows])
            _keep_answers(connection, answers)
            if rows:
                last = (rows[-1].position, rows[-1].recorded_us)
                connection.execute("UPDATE head SET position = ?, recorded_us = ?", last)

    @contextmanager
    def _appending(self) -> Iterator[tuple[sqlite3.Connection, Head]]:
        """A transaction that appends, and the head that it begins from. Raises the library's errors where the database refuses."""
        try:
            with self.datastore.writing() as connection:
                position, last_us = connection.execute("SELECT position, recorded_us FROM head").fetchone()
                yield connection, Head(position=position, recorded_us=last_us)
        except BaseException as error:
            self._numbers.take_back()
            if isinstance(error, sqlite3.IntegrityError):
                raise persistence.IntegrityError(error) from error
            if isinstance(error, sqlite3.Error):
                raise persistence.OperationalError(error) from error
            raise
        self._numbers.settle()

    def _remove(self, connection: sqlite3.Connection, position: int, paths: Sequence[str]) -> None:
        found = connection.execute("SELECT lines FROM disclosures WHERE position = ?", (position,)).fetchone()
        if found is None:
            return
        left = erase(found[0], paths)
        if left != found[0]:
            connection.execute("UPDATE disclosures SET lines = ? WHERE position = ?", (left, position))
        connection.execute("UPDATE idempotency SET salt = x'', digest = x'' WHERE position = ?", (position,))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of one stream, as the library asks for them."""
        where = "WHERE s.stream = ? AND e.version > ? AND e.version <= ? "
        order = f"ORDER BY e.version {'DESC' if desc else 'ASC'} LIMIT ?"
        bounds = (str(originator_id), -1 if gt is None else gt, _LAST if lte is None else lte, _all(limit))
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(SELECT_ROWS + where + order, bounds)
            return [
                persistence.StoredEvent(
                    originator_id=row[1], originator_version=row[2], topic=row[4], state=row[5]
                )
                for row in cursor.fetchall()
            ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The events of the whole sequence, as the library asks for them. `id` is the position."""
        first = 1 if start is None else start if inclusive_of_start else start + 1
        where = "WHERE e.position >= ? AND e.position <= ? "
        if topics:
            where += f"AND e.topic IN ({','.join('?' * len(topics))}) "
        bounds = (first, _LAST if stop is None else stop, *topics, limit)
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(SELECT_ROWS + where + "ORDER BY e.position LIMIT ?", bounds)
            return [
                persistence.Notification(
                    id=row[0], originator_id=row[1], originator_version=row[2], topic=row[4], state=row[5]
                )
                for row in cursor.fetchall()
            ]

    def _max_notification_id(self, c: SQLiteCursor) -> Any:  # noqa: ANN401  the library says int and gives None
        """The last position; None while there is none, as the library has it."""
        c.execute("SELECT nullif(position, 0) FROM head")
        return c.fetchone()[0]


def _keep_answers(connection: sqlite3.Connection, answers: Sequence[Answer]) -> None:
    rows = [(a.caller, a.key, a.salt, a.digest, a.answer, a.position) for a in answers]
    insert_rows(connection, "idempotency", rows)


def _check_follows(position: int, after: int | None) -> None:
    """Refuse what was decided against another head."""
    if after not in (None, position):
        raise sqlite3.IntegrityError(f"decided against head {after}, the head is at {position}")


def _check_later(last_us: int, us: int) -> None:
    """Refuse a recorded_at that is not later than the last."""
    if us <= last_us:
        raise sqlite3.IntegrityError("recorded_at must be later than the last")


def _all(limit: int | None) -> int:
    return -1 if limit is None else limit
