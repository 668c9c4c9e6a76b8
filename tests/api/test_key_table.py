"""Access keys in a database, as a running server sees them: fresh when somebody asks, however long nobody did."""

from __future__ import annotations

import datetime as dt
import os
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest

from api import access_key_table
from api.access_key_table import STALE_S, KeyTable, LiveKeyTable
from ledger.errors import StoreError
from ledger.stores.postgres_store import PostgresStore
from tests.fakes import FrozenClock
from tests.postgres_server import fresh_address

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from api.access_keys import AccessKey

_WAIT_S = 60


class _Watched(KeyTable):
    """A table that tells each reading, and can be out of reach."""

    read_once: threading.Semaphore
    away = False

    def read_on(self, connection: psycopg.Connection[Any]) -> tuple[AccessKey, ...] | None:
        try:
            if self.away:
                raise psycopg.OperationalError("nobody there")
            return super().read_on(connection)
        finally:
            self.read_once.release()

    def await_reading(self) -> None:
        """Wait for a reading that began after now, and for what follows from it: the next one has begun then."""
        while self.read_once.acquire(blocking=False):
            pass
        for _ in range(3):
            assert self.read_once.acquire(timeout=_WAIT_S)


@pytest.fixture
def table(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Watched:
    monkeypatch.setattr(access_key_table, "_LOOK_S", 0.01)
    address = fresh_address(database_url, tmp_path)
    PostgresStore(address, create=True).close()
    made = _Watched(address)
    made.read_once = threading.Semaphore(0)
    return made


def test_the_first_who_asks_after_a_quiet_time_is_let_in_by_what_holds_then(table: _Watched) -> None:
    clock = FrozenClock()
    revoked, text = table.add("Gone", "reader", actor="gone", clock=clock, random=os.urandom)
    live = LiveKeyTable(table, clock)
    with live.followed():
        table.revoke(revoked.id, clock=clock)
        _, other = table.add("Desk", "reader", actor="desk", clock=clock, random=os.urandom)
        clock.advance(dt.timedelta(hours=8))
        table.await_reading()

        assert live.look()
        assert live.find(text) is None
        assert live.find(other) is not None


def test_nobody_is_let_in_where_the_database_was_away_for_long_and_all_are_once_it_is_back(
    table: _Watched,
) -> None:
    clock = FrozenClock()
    table.add("Desk", "reader", actor="desk", clock=clock, random=os.urandom)
    live = LiveKeyTable(table, clock)
    with live.followed():
        table.await_reading()
        table.away = True
        table.await_reading()
        clock.advance(dt.timedelta(seconds=STALE_S))
        assert live.look()
        clock.advance()
        table.await_reading()
        with pytest.raises(StoreError, match="nobody is let in by them"):
            live.look()

        table.away = False
        table.await_reading()
        assert live.look()
