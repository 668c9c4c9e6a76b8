"""What can be asked of the tables as a whole: SQLite's own check, the guards, the sorts of values, the streams and the head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.verify.report import MAX_FINDINGS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ledger.verify.findings import Findings

__all__ = ["TABLES", "check_guards", "check_sorts", "check_tables", "integrity_of"]

TABLES = {"disclosures", "events", "head", "idempotency", "streams"}
"""The tables without which a database is no ledger."""

_GUARDS = (
    "disclosures_are_never_deleted",
    "disclosures_are_never_replaced",
    "disclosures_only_lose_lines",
    "events_are_never_deleted",
    "events_are_never_replaced",
    "events_are_never_updated",
    "head_is_never_deleted",
    "head_is_never_replaced",
    "head_never_goes_back",
    "streams_are_never_deleted",
    "streams_are_never_replaced",
    "streams_are_never_updated",
)
_SORTS = (
    ("events", "stream_no", "integer"),
    ("events", "version", "integer"),
    ("events", "recorded_us", "integer"),
    ("events", "topic", "text"),
    ("events", "event", "blob"),
    ("events", "leaf", "blob"),
    ("disclosures", "lines", "blob"),
    ("idempotency", "caller", "text"),
    ("idempotency", "key", "text"),
    ("idempotency", "salt", "blob"),
    ("idempotency", "digest", "blob"),
    ("idempotency", "answer", "blob"),
    ("idempotency", "position", "integer"),
)


def check_guards(database: sqlite3.Connection, findings: Findings) -> None:
    """Check that the triggers of a ledger file stand. Raises sqlite3.DatabaseError where SQLite cannot read on."""
    triggers = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    for guard in _GUARDS:
        if guard not in triggers:
            findings.corrupt(f"the trigger {guard} is missing", "the file")


def integrity_of(database: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong with its file, in its own words. Raises as check_guards."""
    return [line for (line,) in database.execute("PRAGMA integrity_check(20)") if line != "ok"]


def check_tables(database: sqlite3.Connection, findings: Findings) -> None:
    """Check all of them, but for the sorts of values that are seen when the events are read. Raises as check_guards."""
    check_sorts(database, ("idempotency",), findings)
    _streams(database, findings)
    _versions(database, findings)
    _head(database, findings)


def check_sorts(database: sqlite3.Connection, tables: Sequence[str], findings: Findings) -> None:
    """SQLite keeps whatever sort of value it is given; what is of another sort is found here and cast elsewhere. Raises as check_guards."""
    of_another = [table for table in tables if _is_mixed(database, table)]
    for table, column, sort in _SORTS:
        if table not in of_another:
            continue
        query = f"SELECT position FROM {table} WHERE typeof({column}) <> '{sort}' LIMIT {MAX_FINDINGS}"  # noqa: S608  constants of this file
        for (position,) in database.execute(query):
            findings.corrupt(f"{column} in {table} is no {sort}", f"position {position}")


def _is_mixed(database: sqlite3.Connection, table: str) -> bool:
    """Whether any column of a table holds a value of another sort: the table is read once for all of them."""
    another = " OR ".join(f"typeof({column}) <> '{sort}'" for of, column, sort in _SORTS if of == table)
    query = f"SELECT 1 FROM {table} WHERE {another} LIMIT 1"  # noqa: S608  constants of this file
    return database.execute(query).fetchone() is not None


def _streams(database: sqlite3.Connection, findings: Findings) -> None:
    """The streams are numbered from 1 in the order in which they began, each has a name of its own and an event."""
    last_number, last_began = 0, 0
    query = (
        "SELECT s.stream_no, s.stream, min(e.position) FROM streams s LEFT JOIN events e USING (stream_no)"
        " GROUP BY s.stream_no ORDER BY s.stream_no"
    )
    for number, stream, began in database.execute(query):
        where = f"stream {stream}"
        if number != last_number + 1:
            findings.corrupt(f"number {number} comes after number {last_number}", where)
        if began is None:
            findings.corrupt(f"number {number} was given to it, and it has no event", where)
        elif began < last_began:
            findings.corrupt(f"number {number} comes after {last_number}, and the stream began before", where)
        last_number, last_began = number, began or last_began
    for (stream,) in database.execute("SELECT stream FROM streams GROUP BY +stream HAVING count(*) > 1"):
        findings.corrupt("it has two numbers", f"stream {stream}")


def _versions(database: sqlite3.Connection, findings: Findings) -> None:
    """Each stream counts its versions from 1, in the order of positions."""
    last_stream, last_version, last_position = 0, 0, 0
    # Where a bit of the schema is flipped, position may be no key any more, and empty.
    query = (
        "SELECT stream_no, coalesce(CAST(version AS INTEGER), 0), coalesce(position, 0) FROM events"
        " ORDER BY stream_no, version"
    )
    for stream, version, position in database.execute(query):
        if stream != last_stream:
            last_stream, last_version, last_position = stream, 0, 0
        if version != last_version + 1:
            findings.corrupt(f"version {version} comes after version {last_version}", f"position {position}")
        if position < last_position:
            findings.corrupt(f"version {version} comes before version {last_version}", f"position {position}")
        last_version, last_position = version, position


def _head(database: sqlite3.Connection, findings: Findings) -> None:
    """One row, and it says where the log ends."""
    query = "SELECT position, coalesce(CAST(recorded_us AS INTEGER), 0) FROM events ORDER BY position DESC LIMIT 1"
    last = database.execute(query).fetchone() or (0, 0)
    # `one` is looked at here: integrity_check passes over the constraint of a table's key where it may only read.
    heads = database.execute("SELECT position, recorded_us, one FROM head").fetchall()
    if heads != [(*last, 1)]:
        findings.corrupt(f"the head says {heads}, the last event is {last}", "the head")
