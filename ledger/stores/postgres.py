"""The log in a PostgreSQL schema, as eventsourcing's recorder (ADR 2, ADR 15).

As sqlite.py: state is opaque bytes, versions are the writer's rule, and what is kept is the sequence. Positions come from the locked row
of the head, so that no refused append burns one, and who reads by position misses nothing: the order of positions is that of commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from eventsourcing import persistence
from eventsourcing.postgres import PostgresApplicationRecorder

from ledger.disclosure import erase
from ledger.stores.contract import Head, leaf_hash
from ledger.stores.postgres_schema import check_guards, has_tables, make_tables
from ledger.stores.postgres_writing import WritingConnection
from ledger.stores.restoring import check_restored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from eventsourcing.persistence import Notification, StoredEvent
    from psycopg import Connection

    from ledger.stores.contract import Answer, Removal, Row
    from ledger.stores.postgres_datastore import PostgresLedgerDatastore
    from ledger.stores.postgres_writing import Turn

__all__ = ["CHANNEL", "SELECT_ROWS", "PostgresLedgerRecorder"]

CHANNEL = "ledger_events"
"""What a transaction wakes those who LISTEN on; the name of the schema and the position are said with it."""

SELECT_ROWS = (
    "SELECT e.position, s.stream, e.version, e.recorded_us, e.topic, e.event, coalesce(d.lines, ''::bytea), e.leaf "
    "FROM events e JOIN streams s USING (stream_no) LEFT JOIN disclosures d USING (position) "
)
_INSERT_STREAMS = """INSERT INTO streams
    SELECT (SELECT coalesce(max(stream_no), 0) FROM streams) + row_number() OVER (ORDER BY given.at), given.stream
    FROM unnest(%b::text[]) WITH ORDINALITY AS given (stream, at)
    WHERE NOT EXISTS (SELECT 1 FROM streams known WHERE known.stream = given.stream)"""
_INSERT_EVENTS = """INSERT INTO events
    SELECT given.position, known.stream_no, given.version, given.recorded_us, given.topic, given.event, given.leaf
    FROM unnest(%b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::text[], %b::bytea[], %b::bytea[])
        AS given (position, stream, version, recorded_us, topic, event, leaf)
    JOIN streams known USING (stream)"""
_INSERT_DISCLOSURES = "INSERT INTO disclosures SELECT * FROM unnest(%b::bigint[], %b::bytea[])"
_INSERT_ANSWERS = """INSERT INTO idempotency SELECT * FROM
    unnest(%b::text[], %b::text[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bigint[])"""
_LAST = 2**62


class PostgresLedgerRecorder(PostgresApplicationRecorder):
    """The library's application recorder over our tables.

    Deliberate differences are those of LedgerRecorder; besides, there is no lock on a table, and no insert is sent twice.
    """

    datastore: PostgresLedgerDatastore

    def __init__(self, datastore: PostgresLedgerDatastore) -> None:
        super().__init__(datastore, events_table_name="events")
        self.channel_name = CHANNEL
        self.writing = WritingConnection(datastore.connect_to_write)

    def create_table(self) -> None:
        """Make the schema and the tables where there are none.

        Raises StoreError where the schema has other tables, or a ledger in it has lost one of its guards.
        """
        schema = self.datastore.schema
        with self.writing.alone(for_long=True) as connection, connection.transaction():
            # Two processes that make one ledger at the same time take turns at it.
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"ledger {schema}",))
            if has_tables(connection, schema):
                check_guards(connection, schema)
            else:
                make_tables(connection, schema)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append events in one transaction, as the library asks for it; keywords as those of `insert`."""
        events = [(str(e.originator_id), e.originator_version, e.topic, e.state) for e in stored_events]
        try:
            return self.insert(events, **kwargs)
        except psycopg.IntegrityError as error:
            raise persistence.IntegrityError(error) from error
        except psycopg.Error as error:
            raise persistence.OperationalError(error) from error

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
        """Append events in one transaction, each as its stream, version, topic and bytes; gives their positions.

        Raises psycopg.Error where they are refused, and OutcomeUnknownError where it cannot be told what became of them.
        """
        with self.writing.turn() as turn:
            head = turn.head
            us = head.recorded_us + 1 if recorded_us is None else recorded_us
            if after not in (None, head.position):
                raise psycopg.IntegrityError(f"decided against head {after}, the head is at {head.position}")
            if events and us <= head.recorded_us:
                raise psycopg.IntegrityError("recorded_at must be later than the last")
            positions = list(range(head.position + 1, head.position + 1 + len(events)))
            streams, versions, topics, states = zip(*events, strict=True) if events else ((), (), (), ())
            self._append(
                turn,
                [positions, list(streams), list(versions), [us] * len(events), list(topics), list(states)],
                None if disclosures is None else list(disclosures),
                removals,
                answers,
            )
            return positions

    def restore(self, rows: Sequence[Row], answers: Sequence[Answer]) -> None:
        """Append rows as they lie in another store, in one transaction, with the answers kept there.

        Raises IntegrityError of ours for rows that do not follow the head, and psycopg.Error where the database refuses.
        """
        with self.writing.turn() as turn:
            check_restored(turn.head, rows, answers)
            columns: list[list[Any]] = [
                [getattr(row, name) for row in rows]
                for name in ("position", "stream", "version", "recorded_us", "topic", "event")
            ]
            self._append(turn, columns, [row.disclosures for row in rows], (), answers)

    def _append(
        self,
        turn: Turn,
        columns: list[list[Any]],
        disclosures: list[bytes] | None,
        removals: Sequence[Removal],
        answers: Sequence[Answer],
    ) -> None:
        """Make rows durable and end the turn. `columns`: positions, streams, versions, times, topics and bytes."""
        positions, streams, _, times, _, events = columns
        leaves = [leaf_hash(event) for event in events]
        left = _left_of(turn.connection, removals)

        def statements(connection: Connection[Any]) -> None:
            if positions:
                connection.execute(_INSERT_STREAMS, (list(dict.fromkeys(streams)),))
                connection.execute(_INSERT_EVENTS, (*columns, leaves))
                if disclosures is not None:
                    connection.execute(_INSERT_DISCLOSURES, (positions, disclosures))
            for position, lines in left.items():
                connection.execute("UPDATE disclosures SET lines = %b WHERE position = %s", (lines, position))
            if removals:
                gone = [removal.position for removal in removals]
                connection.execute(
                    "UPDATE idempotency SET salt = '', digest = '' WHERE position = ANY (%b)", (gone,)
                )
            if answers:
                kept = zip(
                    *((a.caller, a.key, a.salt, a.digest, a.answer, a.position) for a in answers), strict=True
                )
                connection.execute(_INSERT_ANSWERS, tuple(map(list, kept)))
            if positions:
                connection.execute(
                    "UPDATE head SET position = %s, recorded_us = %s", (positions[-1], times[-1])
                )
                connection.execute(
                    "SELECT pg_notify(%s, %s)", (CHANNEL, f"{self.datastore.schema} {positions[-1]}")
                )

        self.writing.commit(turn, statements, (positions[-1], leaves[-1]) if positions else None)

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
        where = "WHERE s.stream = %s AND e.version > %s AND e.version <= %s "
        order = f"ORDER BY e.version {'DESC' if desc else 'ASC'} LIMIT %s"
        bounds = (str(originator_id), -1 if gt is None else gt, _LAST if lte is None else lte, limit)
        return [
            persistence.StoredEvent(
                originator_id=row[1], originator_version=row[2], topic=row[4], state=row[5]
            )
            for row in self.datastore.fetch(SELECT_ROWS + where + order, bounds)
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
        where = "WHERE e.position >= %s AND e.position <= %s "
        if topics:
            where += "AND e.topic = ANY (%s) "
        bounds = (first, _LAST if stop is None else stop, *([list(topics)] if topics else ()), limit)
        return [
            persistence.Notification(
                id=row[0], originator_id=row[1], originator_version=row[2], topic=row[4], state=row[5]
            )
            for row in self.datastore.fetch(SELECT_ROWS + where + "ORDER BY e.position LIMIT %s", bounds)
        ]

    def max_notification_id(self) -> int | None:
        """The last position; None while there is none, as the library has it."""
        found: int | None = self.datastore.fetch("SELECT nullif(position, 0) FROM head")[0][0]
        return found

    def locked_head(self) -> Head | None:
        """Where the log ends, for the thread whose turn it is."""
        return self.writing.head

    def close(self) -> None:
        """Close every connection."""
        self.datastore.close()
        self.writing.close()


def _left_of(connection: Connection[Any], removals: Sequence[Removal]) -> dict[int, bytes]:
    """What is left of the disclosures of which lines are to go, by position; those that lose none are left out."""
    if not removals:
        return {}
    query = "SELECT position, lines FROM disclosures WHERE position = ANY (%s)"
    gone = [removal.position for removal in removals]
    before = {row[0]: bytes(row[1]) for row in connection.execute(query, (gone,), binary=True)}
    left = dict(before)
    for removal in removals:
        if removal.position in left:
            left[removal.position] = erase(left[removal.position], removal.paths)
    return {position: lines for position, lines in left.items() if lines != before[position]}
