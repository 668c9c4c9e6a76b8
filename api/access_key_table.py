"""Access keys of a ledger in a database: the same list as in the file (access_keys.py), in one row that every host sees."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from api.access_keys import AccessKey, KeyFile, LiveKeys
from ledger.address import DatabaseAddress
from ledger.clock import Clock
from ledger.errors import StoreError
from ledger.stores.opening import lies_there, open_store

__all__ = ["KeyTable", "LiveKeyTable"]

FRESH_S = 1.0
"""How old what is known of the table may be before it is looked at again, in seconds: a revocation holds within that time."""

STALE_S = 15.0
"""How long the keys hold that were known last where the database does not answer, in seconds; then nobody is let in."""

_CONNECT_S = 3


class KeyTable(KeyFile):
    """The row of a ledger's access keys. Several hosts may change it: they do so one after another."""

    def __init__(self, address: DatabaseAddress) -> None:
        super().__init__(Path(str(address)))
        self._address = address

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        kwargs: dict[str, Any] = {"connect_timeout": _CONNECT_S}
        try:
            with psycopg.connect(self._address.url, **kwargs) as connection:
                connection.execute(SQL("SET search_path TO {}").format(Identifier(self._address.schema)))
                yield connection
        except psycopg.Error as error:
            why = (str(error).splitlines() or [type(error).__name__])[0]
            raise StoreError(f"the access keys of {self._address} cannot be reached: {why}") from error

    def read(self) -> tuple[AccessKey, ...] | None:
        """Every key that was ever made; None where none was, or there is no ledger. Raises StoreError where the database refuses."""
        if not lies_there(self._address):
            return None
        with self._connected() as connection:
            found = connection.execute("SELECT keys FROM access_keys").fetchone()
        return None if found is None else self.decoded(bytes(found[0]))

    def _change(
        self, change: Callable[[tuple[AccessKey, ...]], tuple[AccessKey, ...]]
    ) -> tuple[AccessKey, ...]:
        if not lies_there(self._address):
            open_store(self._address, create=True).close()
        with self._connected() as connection:
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
    """The keys as a running server sees them. It never waits for the database: what is known is looked at again in a thread."""

    def __init__(self, table: KeyTable, clock: Clock) -> None:
        """Read them. Raises StoreError where the database refuses."""
        self._table = table
        self._looking = threading.Lock()
        self._looked_at = clock.elapsed()
        self._there = False
        self._began = False
        super().__init__(table, clock)

    def look(self) -> bool:
        """See what is known now; whether a key was ever made.

        Raises StoreError where the database has not answered for so long that a key may have been revoked meanwhile.
        """
        if not self._began:
            self._take(self._table.read())
            self._began = True
        age = self._clock.elapsed() - self._looked_at
        if age > dt.timedelta(seconds=FRESH_S) and self._looking.acquire(blocking=False):
            threading.Thread(target=self._look_again, name="ledger-keys", daemon=True).start()
        if age > dt.timedelta(seconds=STALE_S):
            raise StoreError("the access keys cannot be looked at; nobody is let in by them")
        return self._there

    def _look_again(self) -> None:
        try:
            self._take(self._table.read())
        except StoreError:
            # It is tried again with the next request; `look` says when that has gone on for too long.
            pass
        finally:
            self._looking.release()

    def _take(self, keys: tuple[AccessKey, ...] | None) -> None:
        if keys is not None:
            self._keys, self._there = {key.id: key for key in keys}, True
        self._looked_at = self._clock.elapsed()
