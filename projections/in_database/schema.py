"""The schema of the stored views: how it is made, opened to be written and to be read, and who may write it (ADR 15).

Nothing in it is the only copy of anything: it may be dropped at any time, and its commits wait for no standby.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ledger.errors import LockedError, StoreError, UnavailableError
from ledger.watchful_connection import connected
from projections.catch_up_file import tracked
from projections.tables import METADATA, schema_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from ledger.address import DatabaseAddress

__all__ = [
    "ReadSchema",
    "is_readable",
    "make_tables",
    "only_one",
    "open_engine",
    "said_plainly",
    "schema_of",
    "vacuum",
]

READERS = 8
POOL_WAIT_S = 5.0
_WORDS = (
    """CREATE TABLE words (
        rowid bigint PRIMARY KEY REFERENCES texts (id) ON DELETE CASCADE,
        found tsvector NOT NULL,
        tokens text COLLATE "C" NOT NULL)""",
    "CREATE INDEX words_found ON words USING gin (found) WITH (fastupdate = off)",
)


def schema_of(address: DatabaseAddress) -> str:
    """The name of the schema in which the views of a ledger lie."""
    return f"{address.schema}_views"


@contextmanager
def said_plainly(address: DatabaseAddress) -> Iterator[None]:
    """What the database complains of, as a StoreError."""
    try:
        yield
    except (SQLAlchemyError, psycopg.Error) as error:
        why = str(error.orig if isinstance(error, DBAPIError) else error).splitlines() or [
            type(error).__name__
        ]
        raise StoreError(
            f"the stored views in {schema_of(address)} refused: {why[0]}; the ledger itself is not concerned, and they can be made anew"
            " with: incident-ledger rebuild"
        ) from error


def _connect(address: DatabaseAddress, *, read_only: bool) -> psycopg.Connection[Any]:
    """A connection that sees the views first. The server ends nothing by itself: what is built or cleared may take long."""
    connection = connected(address, asks=True, autocommit=True)
    connection.execute(
        "SELECT set_config('search_path', %s, false), set_config('default_transaction_read_only', %s, false),"
        " set_config('synchronous_commit', 'local', false), set_config('client_min_messages', 'warning', false)",
        (f'"{schema_of(address)}"', "on" if read_only else "off"),
    )
    connection.autocommit = False
    return connection


def open_engine(address: DatabaseAddress, *, read_only: bool) -> Engine:
    """An engine whose connections see the views first. Those that only read see the tables as they stand at one position."""
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: _connect(address, read_only=read_only),
        isolation_level="REPEATABLE READ" if read_only else "READ COMMITTED",
        pool_size=READERS if read_only else 1,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        pool_pre_ping=True,
        use_native_hstore=False,
    )


def is_readable(connection: Connection) -> bool:
    """Whether the schema holds tables of the form that this program knows, with a tracking position."""
    if connection.execute(text("SELECT to_regclass('tracking')")).scalar_one() is None:
        return False
    found = tracked(connection)
    return found is not None and found.schema == schema_digest()


def make_tables(connection: Connection, address: DatabaseAddress) -> None:
    """Make the schema where it is not, and empty tables in it; tables of another form are dropped. Within the caller's transaction."""
    schema = schema_of(address)
    there = connection.execute(
        text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": schema}
    ).first()
    if there is None:
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))
    if is_readable(connection):
        for table in ("words", *(table.name for table in METADATA.sorted_tables)):
            # Not TRUNCATE, which would keep those who read waiting: they see what was there until this is committed.
            connection.execute(text(f'DELETE FROM "{table}"'))  # noqa: S608  names of this program
        return
    query = text("SELECT tablename FROM pg_tables WHERE schemaname = :name")
    for name in list(connection.execute(query, {"name": schema}).scalars()):
        connection.execute(text('DROP TABLE "{}" CASCADE'.format(name.replace('"', '""'))))
    METADATA.create_all(connection, checkfirst=False)
    for statement in _WORDS:
        connection.execute(text(statement))


def vacuum(address: DatabaseAddress) -> None:
    """Clear the tables of rows that are gone, so that erased words leave them. Raises StoreError where the database refuses."""
    with said_plainly(address), _connect(address, read_only=False) as connection:
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM")


@contextmanager
def only_one(address: DatabaseAddress) -> Iterator[None]:
    """The right to write the stored views: a lock that the server gives back when the connection ends, however it ends.

    Raises LockedError where another process has it. Where the connection is lost unnoticed two may keep the views for a while; each
    step then waits for the other's, and goes on from there.
    """
    with said_plainly(address):
        connection = _connect(address, read_only=False)
    try:
        with said_plainly(address):
            connection.autocommit = True
            query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 1))"
            found = connection.execute(query, (schema_of(address),)).fetchone()
        if found != (True,):
            raise LockedError(
                "another process keeps the stored views of this ledger; wait until it has stopped"
            )
        try:
            yield
        finally:
            # The server ends a connection some time after it was closed here.
            with suppress(psycopg.Error):
                connection.execute("SELECT pg_advisory_unlock_all()")
    finally:
        with suppress(psycopg.Error):
            connection.close()


class ReadSchema:
    """The stored views as readers open them. Safe for many threads."""

    def __init__(self, address: DatabaseAddress) -> None:
        self._address = address
        self._engine = open_engine(address, read_only=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction, in which the tables stand still. Raises UnavailableError where there are none that can be read."""
        with said_plainly(self._address), self._engine.connect() as connection:
            if not is_readable(connection):
                raise UnavailableError(
                    "there are no stored views yet; make them with: incident-ledger rebuild"
                )
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
