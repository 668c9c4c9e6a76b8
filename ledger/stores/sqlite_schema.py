"""The tables of a ledger file: the final layout (ledger-format §7), and whether a file has them.

Positions are an explicit key, never the implicit rowid that SQLite re-uses and renumbers (ADR 5). Streams have small
integers, so that the index of (stream, version) stays small and new rows land near its end. Triggers make the events
table know no UPDATE and no DELETE, nor the REPLACE that SQLite carries out without firing either. `canary` is for readiness: a
row that is written to see whether writing works.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import lru_cache

from ledger.errors import StoreError

__all__ = [
    "APPLICATION_ID",
    "LAYOUT",
    "RARE_TOPICS",
    "STATEMENTS",
    "check_guards",
    "is_ledger",
    "make_tables",
]

APPLICATION_ID = 0x1ED6E201
"""Marks the file as a ledger (SQLite file header, offset 68)."""

LAYOUT = 1
"""The version of the table layout, kept in `PRAGMA user_version`."""

RARE_TOPICS = ("LineageDeclared@1", "Redacted@1")
"""Topics that have an index of their own."""

STATEMENTS = (
    """CREATE TABLE head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        position INTEGER NOT NULL,
        recorded_us INTEGER NOT NULL)""",
    "INSERT INTO head VALUES (1, 0, 0)",
    """CREATE TABLE streams (
        stream_no INTEGER PRIMARY KEY,
        stream TEXT NOT NULL UNIQUE)""",
    """CREATE TABLE events (
        position INTEGER PRIMARY KEY,
        stream_no INTEGER NOT NULL REFERENCES streams,
        version INTEGER NOT NULL,
        recorded_us INTEGER NOT NULL,
        topic TEXT NOT NULL,
        event BLOB NOT NULL,
        leaf BLOB NOT NULL)""",
    "CREATE UNIQUE INDEX events_of_stream ON events (stream_no, version)",
    # Few among many, and asked for across all streams: who copied whom, and what was redacted.
    f"""CREATE INDEX events_of_rare_topics ON events (topic, position)
        WHERE topic IN {RARE_TOPICS}""",
    """CREATE TABLE disclosures (
        position INTEGER PRIMARY KEY REFERENCES events,
        lines BLOB NOT NULL)""",
    """CREATE TABLE idempotency (
        caller TEXT NOT NULL,
        key TEXT NOT NULL,
        salt BLOB NOT NULL,
        digest BLOB NOT NULL,
        answer BLOB NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (caller, key)) WITHOUT ROWID""",
    "CREATE INDEX idempotency_of_position ON idempotency (position)",
    """CREATE TABLE canary (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        beat INTEGER NOT NULL)""",
    """CREATE TRIGGER events_are_never_replaced BEFORE INSERT ON events
        WHEN NEW.position <= (SELECT position FROM head) OR EXISTS (
            SELECT 1 FROM events WHERE stream_no = NEW.stream_no AND version = NEW.version)
        BEGIN SELECT RAISE(ABORT, 'events are never replaced'); END""",
    """CREATE TRIGGER streams_are_never_replaced BEFORE INSERT ON streams
        WHEN EXISTS (SELECT 1 FROM streams WHERE stream = NEW.stream OR stream_no = NEW.stream_no)
        BEGIN SELECT RAISE(IGNORE); END""",
    """CREATE TRIGGER disclosures_are_never_replaced BEFORE INSERT ON disclosures
        WHEN NEW.position <= (SELECT position FROM head)
        BEGIN SELECT RAISE(ABORT, 'disclosures only lose lines'); END""",
    """CREATE TRIGGER head_is_never_replaced BEFORE INSERT ON head
        WHEN EXISTS (SELECT 1 FROM head)
        BEGIN SELECT RAISE(ABORT, 'the head is never replaced'); END""",
    """CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are never updated'); END""",
    """CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END""",
    """CREATE TRIGGER streams_are_never_updated BEFORE UPDATE ON streams
        BEGIN SELECT RAISE(ABORT, 'streams are never renamed'); END""",
    """CREATE TRIGGER streams_are_never_deleted BEFORE DELETE ON streams
        BEGIN SELECT RAISE(ABORT, 'streams are never deleted'); END""",
    """CREATE TRIGGER disclosures_are_never_deleted BEFORE DELETE ON disclosures
        BEGIN SELECT RAISE(ABORT, 'disclosures only lose lines'); END""",
    """CREATE TRIGGER disclosures_only_lose_lines BEFORE UPDATE ON disclosures
        WHEN NEW.position <> OLD.position OR length(NEW.lines) >= length(OLD.lines)
        BEGIN SELECT RAISE(ABORT, 'disclosures only lose lines'); END""",
    """CREATE TRIGGER head_never_goes_back BEFORE UPDATE ON head
        WHEN NEW.position < OLD.position OR NEW.recorded_us < OLD.recorded_us
        BEGIN SELECT RAISE(ABORT, 'the head never goes back'); END""",
    """CREATE TRIGGER head_is_never_deleted BEFORE DELETE ON head
        BEGIN SELECT RAISE(ABORT, 'the head is never deleted'); END""",
)


def _objects(connection: sqlite3.Connection) -> dict[str, str]:
    """Every table, index and trigger by its name, with the statement that made it; SQLite's own are left out."""
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return dict(found.fetchall())


def is_ledger(connection: sqlite3.Connection, where: str) -> bool:
    """Whether the database is a ledger; False where it has no table yet, so that one may be made in it.

    Raises StoreError where it is the database of something else, or of another layout than this program knows.
    """
    found = _objects(connection)
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    if not found and mark == 0:
        return False
    if mark != APPLICATION_ID or "events" not in found:
        raise StoreError(f"{where} is a database, but not a ledger")
    layout = connection.execute("PRAGMA user_version").fetchone()[0]
    if layout != LAYOUT:
        advice = (
            "use a newer program" if layout > LAYOUT else "bring it up to date with: incident-ledger migrate"
        )
        raise StoreError(f"{where} has table layout {layout} and this program knows {LAYOUT}; {advice}")
    return True


@lru_cache(maxsize=1)
def _intended() -> dict[str, str]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in STATEMENTS:
            connection.execute(statement)
        return _objects(connection)


def check_guards(connection: sqlite3.Connection, where: str) -> None:
    """Refuse a ledger whose tables, indexes or triggers are not those of its layout: somebody took a guard away.

    Raises StoreError naming the first that is missing, foreign or changed.
    """
    found, intended = _objects(connection), _intended()
    for name in sorted(found.keys() | intended.keys()):
        if found.get(name) != intended.get(name):
            what = (
                "is missing"
                if name not in found
                else "is not part of it"
                if name not in intended
                else "was changed"
            )
            raise StoreError(
                f"{where}: {name} {what}; a ledger without its guards is not written to, check it with: incident-ledger"
                " verify"
            )


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables and triggers, and mark the file as a ledger. Within the caller's transaction."""
    for statement in STATEMENTS:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={LAYOUT}")
