"""The connections to a ledger in PostgreSQL: one that writes, and a pool of readers (ADR 15).

What durability rests on is asked of the server at each new connection, since after a failover it is another one: its version, checksums
of its pages, fsync, and `synchronous_commit`, which is set and read back. Connections that broke are replaced: what reads is asked
again for a moment, what writes is told apart into stored, not stored and not known (postgres_writing.py).
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import psycopg
from eventsourcing.postgres import ConnectionPool, PostgresDatastore
from psycopg_pool import PoolTimeout, TooManyRequests

from ledger.errors import StoreError
from ledger.watchful_connection import WATCHFUL, WatchfulConnection, connected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

    from ledger.address import DatabaseAddress

__all__ = [
    "LOCK_WAIT_MS",
    "MINIMUM_POSTGRES",
    "POOL_WAIT_S",
    "READERS",
    "RECOVERY_S",
    "PostgresLedgerDatastore",
]

MINIMUM_POSTGRES = 170_000
"""PostgreSQL 17: before it, a role that does not own a table cannot clear it of what was erased."""

READERS = 8
"""How many connections read at a time."""

POOL_WAIT_S = 5.0
"""How long who reads waits for a connection, in seconds."""

RECOVERY_S = 5.0
"""How long a lost connection is tried anew before it is told, in seconds: a server that restarts answers in less."""

_PAUSE_S = 0.05
LOCK_WAIT_MS = 30_000
"""How long the server lets who writes wait for the turn of another, in milliseconds."""

_FROZEN_MS = 15_000
"""How long a process may hold the right to write and say nothing before the server takes it away, in milliseconds."""

_LATE_S = 5.0
"""How much later than the server ends a query that takes too long it is given up for mute, in seconds."""


class PostgresLedgerDatastore(PostgresDatastore):
    """The library's datastore for reading, and connections of our own making for writing. Safe for many threads."""

    def __init__(self, address: DatabaseAddress, *, read_only: bool = False) -> None:
        self.address = address
        self.read_only = read_only
        self.closed = False
        self._lock = threading.Lock()
        self._away_since: float | None = None
        self._failed_at = 0.0
        super().__init__(
            "", "", "", "", "", schema=address.schema, originator_id_type="text", connect_timeout=POOL_WAIT_S
        )
        # The library's own pool knows a host and a port, and no address of a cluster; it has not opened any connection yet.
        self.pool = ConnectionPool(
            address.url,
            connection_class=WatchfulConnection,
            kwargs={**WATCHFUL, "autocommit": True, "target_session_attrs": _readers_go(address.url)},
            min_size=1,
            max_size=READERS,
            open=False,
            configure=lambda made: self._prepare_reader(cast("WatchfulConnection", made)),
            timeout=POOL_WAIT_S,
            max_waiting=0,
            reconnect_timeout=0,
        )

    def register_type_adapters(self) -> None:
        """Nothing: arrays of plain types are sent, and no type of the library's."""

    def _prepare(self, connection: Connection[Any], settings: dict[str, str]) -> None:
        version = connection.info.server_version
        if version < MINIMUM_POSTGRES:
            raise StoreError(
                f"PostgreSQL {version // 10_000} is too old; {MINIMUM_POSTGRES // 10_000} or newer is needed"
            )
        settings = {"search_path": f'"{self.schema}"', "client_min_messages": "warning"} | settings
        chosen = ", ".join(["set_config(%s, %s, false)"] * len(settings))
        values = [part for pair in settings.items() for part in pair]
        connection.execute(f"SELECT {chosen}", values)
        names = ("data_checksums", "fsync", "full_page_writes", "server_encoding")
        asked = ", ".join(f"current_setting('{name}')" for name in names)
        found = connection.execute(f"SELECT {asked}").fetchone()
        checksums, *syncs, encoding = found or ("",) * len(names)
        if syncs != ["on", "on"]:
            raise StoreError(
                "the database runs without fsync or full_page_writes; acknowledged facts would not be safe"
            )
        if checksums != "on":
            raise StoreError(
                "the database keeps no checksums of its pages, so a disk that errs would not be noticed; "
                "turn them on with: pg_checksums --enable"
            )
        if encoding != "UTF8":
            raise StoreError(f"the database is encoded in {encoding}; a ledger needs one in UTF8")

    def _prepare_reader(self, connection: WatchfulConnection) -> None:
        """The server ends what takes longer than an answer may; who hears nothing even so is not waiting for a query."""
        connection.answer_s = self.address.answer_s + _LATE_S
        longest = f"{round(self.address.answer_s * 1_000)}ms"
        self._prepare(connection, {"default_transaction_read_only": "on", "statement_timeout": longest})

    def connect_to_write(self) -> WatchfulConnection:
        """A connection on which durability can rest.

        Raises StoreError where the server will not have it, and psycopg.Error where none is to be had.
        Nothing cancels what runs on it: a COMMIT that is cut short while it waits for a standby would look as if it had succeeded.
        No answer is waited for for longer than the address says.
        """
        if self.closed:
            raise StoreError(f"{self.address} was closed")
        if self.read_only:
            raise StoreError(f"{self.address} was opened read-only; nothing was recorded")
        connection = connected(self.address, autocommit=True, target_session_attrs="read-write")
        try:
            found = connection.execute("SELECT current_setting('synchronous_commit')").fetchone()
            synchronous = "remote_apply" if found == ("remote_apply",) else "on"
            settings = {
                "synchronous_commit": synchronous,
                "statement_timeout": "0",
                "transaction_timeout": "0",
                "idle_session_timeout": "0",
                "lock_timeout": str(LOCK_WAIT_MS),
                "idle_in_transaction_session_timeout": str(_FROZEN_MS),
            }
            self._prepare(connection, settings)
            _check_synchronous(connection, synchronous)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def get_connection(self) -> Iterator[Connection[Any]]:
        """A connection that only reads, from the pool. Raises StoreError where all are in use, or the store is closed."""
        if self.closed:
            raise StoreError(f"{self.address} was closed")
        with self._lock:
            if self.pool.closed:
                # The pool asks a server that refuses again and again in threads of its own; why it does, it does not tell.
                self._try_once()
                self.pool.open()
        try:
            connection = self.pool.getconn()
        except (PoolTimeout, TooManyRequests) as error:
            self._try_once()
            raise StoreError(
                f"every connection that reads was in use for {POOL_WAIT_S:g} s; ask again in a moment"
            ) from error
        try:
            yield connection
        finally:
            self.pool.putconn(connection)

    def _try_once(self) -> None:
        with connected(self.address, autocommit=True) as connection:
            self._prepare_reader(connection)

    def fetch(self, query: Any, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401  as psycopg has it
        """Every row that a query finds, read to the end. It is asked again where the connection was lost, for a moment.

        That moment is one for all who ask: where no server has answered for so long, each tries once, and is told.
        Raises StoreError as get_connection, and psycopg.Error.
        """
        failed_at: float | None = None
        while True:
            try:
                if self._away_since is not None:
                    # The pool would be a long time in telling that nobody is there.
                    self._try_once()
                with self.get_connection() as connection:
                    found = connection.execute(query, values, binary=True).fetchall()
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if isinstance(error, psycopg.errors.QueryCanceled) or self._is_away_for_long():
                    raise
                # Where each try waits for hosts that are mute, failures come too seldom to be seen as one.
                failed_at = failed_at or time.monotonic()
                if time.monotonic() - failed_at > RECOVERY_S:
                    raise
                self._replace(mute=isinstance(error, psycopg.errors.ConnectionTimeout))
            else:
                self._away_since = None
                return found
            time.sleep(_PAUSE_S)

    def _replace(self, *, mute: bool) -> None:
        """Those beside a lost connection in the pool are likely to be lost too; to ask one that is mute would take as long again."""
        if mute:
            self.pool.drain()
        else:
            self.pool.check()

    def _is_away_for_long(self) -> bool:
        """Whether no server has answered for as long as it is waited for; a failure that nobody saw for so long begins anew."""
        with self._lock:
            now, before = time.monotonic(), self._failed_at
            self._failed_at = now
            if self._away_since is None or now - before > RECOVERY_S:
                self._away_since = now
            return now - self._away_since > RECOVERY_S

    def close(self) -> None:
        """Close the pool. What reads by then is finished, and nothing new is begun."""
        self.closed = True
        super().close()


def _readers_go(url: str) -> str:
    """To the primary, where everything acknowledged can be read, unless the address itself says that they may go to standbys."""
    said = psycopg.conninfo.conninfo_to_dict(url).get("target_session_attrs")
    return str(said) if said is not None else "read-write"


def _check_synchronous(connection: Connection[Any], synchronous: str) -> None:
    """Read back what an acknowledgement rests on. Raises StoreError where it is otherwise."""
    query = "SELECT current_setting('synchronous_commit'), pg_is_in_recovery()"
    if connection.execute(query).fetchone() != (synchronous, False):
        raise StoreError(
            f"the server does not keep synchronous_commit={synchronous}, or is a standby; acknowledged facts would not be safe"
        )
