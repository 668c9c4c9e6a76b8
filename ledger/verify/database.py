"""Checking a ledger in a PostgreSQL schema: its rows are read in one transaction into a file of the verifier's own, and checked there.

What is asked of the rows is then the very same as for a ledger file (check.py), and the server answers nothing but what lies in the tables.
The file is thrown away; it takes as much room as the ledger. Whether the guards stand is asked of the server.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import SQL, Identifier

from ledger.errors import StoreError
from ledger.verify.check import Asked, Beside, Check, address_of
from ledger.verify.high_water import HighWater, read_high_water
from ledger.verify.withheld import read_withheld
from ledger.watchful_connection import connected

if TYPE_CHECKING:
    from psycopg import Connection

    from ledger.address import DatabaseAddress
    from ledger.verify.report import Report

__all__ = ["verify_schema"]

_LAYOUT = 1
_AT_A_TIME = 1_000
_COLUMNS = {
    "head": ("one", "position", "recorded_us"),
    "streams": ("stream_no", "stream"),
    "events": ("position", "stream_no", "version", "recorded_us", "topic", "event", "leaf"),
    "disclosures": ("position", "lines"),
    "idempotency": ("caller", "key", "salt", "digest", "answer", "position"),
}
_GUARDS = (
    "disclosures_are_never_deleted",
    "disclosures_are_never_emptied",
    "disclosures_only_lose_lines",
    "events_are_never_deleted",
    "events_are_never_emptied",
    "events_are_never_updated",
    "head_are_never_emptied",
    "head_is_never_deleted",
    "head_never_goes_back",
    "streams_are_never_deleted",
    "streams_are_never_emptied",
    "streams_are_never_updated",
)
_STANDING = (
    "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = %s AND t.tgenabled IN ('O', 'A')"
)


def verify_schema(address: DatabaseAddress, asked: Asked | None = None) -> Report:
    """Check a ledger in a database and the snapshots in its folder, also while others write. Nothing is changed.

    Raises StoreError where there is no ledger to check, where no server answers, or where its layout is a newer one.
    """
    asked = asked or Asked()
    report = _verified(address, asked)
    return report if report.verdict == "OK" else _verified(address, asked)


def _verified(address: DatabaseAddress, asked: Asked) -> Report:
    # The marks are read before the reading of the rows begins: whoever writes moves the rows on first.
    marks = [read_high_water(path) for path in sorted((address.folder / "marks").glob("mark.*"))]
    first, *more = marks or [HighWater(where="marks", state="missing")]
    with (
        closing(Beside(address.folder, asked)) as beside,
        tempfile.TemporaryDirectory(prefix="incident-ledger-verify-") as folder,
        closing(sqlite3.connect(Path(folder) / "copy", isolation_level=None)) as copy,
    ):
        copy.execute("PRAGMA journal_mode=OFF")
        copy.execute("PRAGMA synchronous=OFF")
        try:
            with connected(address, asks=True) as connection:
                missing = _copied(connection, address, copy)
        except psycopg.Error as error:
            why = (str(error).splitlines() or [type(error).__name__])[0]
            raise StoreError(f"the database at {address} cannot be read: {why}") from error
        withheld = read_withheld(address.folder / "withheld")
        copied = address_of(Path(folder) / "copy")
        check = Check(copy, address.folder, first, withheld, beside, address=copied)
        for guard in missing:
            check.corrupt(f"the trigger {guard} is missing or disabled", "the schema")
        check.run()
        check.marks(more)
        return check.report()


def _copied(connection: Connection[Any], address: DatabaseAddress, copy: sqlite3.Connection) -> list[str]:
    """Copy the tables as they stand at one moment. Gives the guards that do not stand."""
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    query = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
    tables = {row[0] for row in connection.execute(query, (address.schema,))}
    if not tables >= {*_COLUMNS, "about"}:
        raise StoreError(f"there is no ledger at {address}")
    schema = Identifier(address.schema)
    layout = connection.execute(SQL("SELECT layout FROM {}.about").format(schema)).fetchone()
    if layout is None or layout[0] > _LAYOUT:
        raise StoreError(f"{address} has another table layout; verify it with a newer program")
    copy.execute("BEGIN")
    for table, columns in _COLUMNS.items():
        key = " PRIMARY KEY" if columns[0] == "position" else ""
        copy.execute(f"CREATE TABLE {table} ({columns[0]} INTEGER{key}, {', '.join(columns[1:])})")
        named = SQL(", ").join(map(Identifier, columns))
        insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})"  # noqa: S608  constants of this file
        with connection.cursor(f"read_{table}", binary=True) as cursor:
            cursor.itersize = _AT_A_TIME
            cursor.execute(SQL("SELECT {} FROM {}.{}").format(named, schema, Identifier(table)))
            copy.executemany(insert, cursor)
    copy.execute("CREATE INDEX events_of_stream ON events (stream_no, version)")
    copy.execute("COMMIT")
    standing = {row[0] for row in connection.execute(_STANDING, (address.schema,))}
    return [guard for guard in _GUARDS if guard not in standing]
