"""Access keys of a ledger in a database: the same list as in the file (access_keys.py), in one row that every host sees."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from api.access_keys import AccessKey, KeyFile, LiveKeys
from ledger.address import DatabaseAddress
from ledger.clock import Clock
from ledger.errors import StoreError
from ledger.stores.opening import lies_there, open_store
from ledger.watchful_connection import connected

__all__ = ["STALE_S", "KeyTable", "LiveKeyTable"]

_LOOK_S = 0.5
"""How often the table is looked at, in seconds: a revocation holds within a second."""

STALE_S = 15.0
"""How long the keys hold that were known last where the database does not answer, in seconds; then nobody is let in."""


class KeyTable(KeyFile):
    """The row of a ledger's access keys. Several hosts may change it: they do so one after another."""

    def __init__(self, address: DatabaseAddress) -> None:
        super().__init__(Path(str(address)))
        self._address = address

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection to the table, for as long as the context lasts. Raises StoreError, also for psycopg.Error within."""
        answer_s = min(STALE_S, self._address.answer_s)
        try:
            with connected(self._address, answer_s=answer_s) as connection:
                connection.execute(SQL("SET search_path TO {}").format(Identifier(self._address.schema)))
                yield connection
        except psycopg.Error as error:
            why = (str(error).splitlines() or [type(error).__name__])[0]
            raise StoreError(f"the access keys of {self._address} cannot be reached: {why}") from error

    def read(self) -> tuple[AccessKey, ...] | None:
        """Every key that was ever made; None where none was, or there is no ledger. Raises StoreError where the database refuses."""
        if not lies_there(self._address):
            return None
        with self.connected() as connection:
            return self.read_on(connection)

    def read_on(self, connection: psycopg.Connection[Any]) -> tuple[AccessKey, ...] | None:
        """As read, on a connection that is there. Raises psycopg.Error."""
        found = connection.execute("SELECT keys FROM access_keys").fetchone()
        connection.commit()
        return None if found is None else self.decoded(bytes(found[0]))

    def _change(
        self, change: Callable[[tuple[AccessKey, ...]], tuple[AccessKey, ...]]
    ) -> tuple[AccessKey, ...]:
        if not lies_there(self._address):
            open_store(self._address, create=True).close()
        with self.connected() as connection:
            connection.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 3))", (self._address.schema,)
            )
            found = connection.execute("SELECT keys FROM access_keys").fetchone()
            changed = change(() if found is None else self.decoded(bytes(found[0])))
            connection.execute(
                "INSERT INTO access_keys VALUES (1, 1, %b)"
                " ON CONFLICT (one) DO UPDATE SET revision = access_keys.revision + 1, keys = excluded.keys",
                (self.encoded(changed),),
            )
            return changed


class LiveKeyTable(LiveKeys):
    """The keys as a running server sees them. Who asks never waits for the database: it is looked at in a thread, asked or not."""

    def __init__(self, table: KeyTable, clock: Clock) -> None:
        """Read them. Raises StoreError where the database refuses."""
        self._table = table
        self._there = False
        self._looked_at = clock.elapsed()
        super().__init__(table, clock)
        self._take(table.read())

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Look again and again, in a thread, for as long as the context lasts: also while nobody asks."""
        ending = threading.Event()
        thread = threading.Thread(target=self._follow, args=(ending,), name="ledger-keys", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()

    def look(self) -> bool:
        """See what is known now; whether a key was ever made.

        Raises StoreError where the database has not answered for so long that a key may have been revoked meanwhile.
        """
        if self._clock.elapsed() - self._looked_at > dt.timedelta(seconds=STALE_S):
            raise StoreError("the access keys cannot be looked at; nobody is let in by them")
        return self._there

    def _follow(self, ending: threading.Event) -> None:
        while not ending.is_set():
            # Until it answers again, `look` says when that has gone on for too long.
            with suppress(StoreError), self._table.connected() as connection:
                while not ending.is_set():
                    began = self._clock.elapsed()
                    self._take(self._table.read_on(connection))
                    self._looked_at = began
                    ending.wait(_LOOK_S)
            ending.wait(_LOOK_S)

    def _take(self, keys: tuple[AccessKey, ...] | None) -> None:
        if keys is not None:
            self._keys, self._there = {key.id: key for key in keys}, True
