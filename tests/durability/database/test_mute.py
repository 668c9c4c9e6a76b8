"""A database that falls mute while its connections live: whoever asks it is told or asks anew, and what only takes long is not cut off."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest

from api import access_key_table
from api.access_key_table import KeyTable, LiveKeyTable
from ledger.clock import SystemClock
from ledger.errors import StoreError
from ledger.removal.database import search_tables
from ledger.stores import postgres_datastore
from ledger.stores.postgres_listening import Listener
from ledger.stores.postgres_store import PostgresStore
from ledger.verify import verify_ledger
from ledger.watchful_connection import connected
from projections.in_database.catch_up import DatabaseCatchUp
from projections.in_database.schema import ReadSchema
from tests.api.command_line import ask
from tests.database_desk import DatabaseDesk
from tests.desk import begun
from tests.durability.database.cutting import CuttingProxy
from tests.postgres_server import Server, as_option, fresh_address, started
from tests.projections.keeping import no_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.access_keys import AccessKey
    from ledger.address import DatabaseAddress

_LONG = "SELECT pg_sleep(1.5)"
_MUCH = "SELECT repeat('x', 1000) FROM generate_series(1, 20000)"
_GIVEN_UP = "no answer came for"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    yield from started()


@pytest.fixture
def proxy(server: Server) -> Iterator[CuttingProxy]:
    with CuttingProxy(server.socket) as made:
        yield made


@pytest.fixture
def address(proxy: CuttingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatabaseAddress:
    """A small ledger behind the proxy, whose answers are waited for for half a second."""
    monkeypatch.setattr(postgres_datastore, "_LATE_S", 0.2)
    address = msgspec.structs.replace(fresh_address(proxy.url, tmp_path), answer_s=0.5)
    begun(DatabaseDesk(address)).close()
    return address


@pytest.fixture
def store(address: DatabaseAddress) -> Iterator[PostgresStore]:
    with closing(PostgresStore(address)) as made:
        yield made


def test_what_is_read_on_a_mute_connection_is_asked_again_on_another(
    store: PostgresStore, proxy: CuttingProxy
) -> None:
    assert 6 == store.head().position
    proxy.mute_open()

    assert 6 == store.head().position
    assert 6 == len(list(store.rows()))


def test_who_reads_from_a_server_that_stays_mute_is_told(
    store: PostgresStore, proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_datastore, "RECOVERY_S", 0.2)
    monkeypatch.setattr(store.recorder.datastore.pool, "timeout", 0.2)
    assert 6 == store.head().position
    proxy.mute_open()
    proxy.cut = "every word"

    with pytest.raises(StoreError, match="timeout"):
        store.head()

    proxy.cut = "nothing"
    assert 6 == store.head().position


def test_a_query_that_takes_too_long_is_ended_by_the_server_and_not_cut_off(store: PostgresStore) -> None:
    with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
        store.recorder.datastore.fetch(_LONG)


def test_the_canary_and_what_clears_tables_do_not_wait_on_a_mute_connection(
    store: PostgresStore, proxy: CuttingProxy
) -> None:
    for asked in (store.beat, store.truncate_wal):
        asked()
        proxy.mute_open()

        with pytest.raises(StoreError, match=_GIVEN_UP):
            asked()
        asked()


def test_tables_that_another_makes_for_long_are_waited_for(
    address: DatabaseAddress, store: PostgresStore
) -> None:
    with psycopg.connect(address.url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"ledger {address.schema}",))
        ending = threading.Timer(1.5, other.rollback)
        ending.start()
        store.recorder.create_table()
        ending.join(60)


def test_what_works_for_long_is_waited_for_where_the_server_says_so(address: DatabaseAddress) -> None:
    with connected(address, asks=True) as connection:
        assert [("",)] == connection.execute(_LONG).fetchall()


def test_what_works_for_long_would_be_cut_off_if_nobody_asked(address: DatabaseAddress) -> None:
    with (
        closing(connected(address)) as connection,
        pytest.raises(psycopg.errors.ConnectionTimeout, match=_GIVEN_UP),
    ):
        connection.execute(_LONG)


@pytest.mark.parametrize("then", ["mute_open", "stand_still"])
def test_a_connection_on_which_nothing_gets_through_is_cut_off_though_the_server_answers_others(
    address: DatabaseAddress, proxy: CuttingProxy, then: str
) -> None:
    with closing(connected(address, asks=True)) as connection:
        connection.execute("SELECT 1")
        getattr(proxy, then)()
        with pytest.raises(psycopg.errors.ConnectionTimeout, match=_GIVEN_UP):
            connection.execute(_MUCH)


def test_what_comes_in_pieces_is_not_silent_however_long_the_whole_takes(address: DatabaseAddress) -> None:
    slow = "SELECT pg_sleep(0.2), repeat('x', 20000) FROM generate_series(1, 6)"
    with connected(address) as connection:
        assert 6 == len(connection.execute(slow).fetchall())


def test_who_listens_to_a_mute_server_listens_anew(address: DatabaseAddress, proxy: CuttingProxy) -> None:
    woken = threading.Semaphore(0)
    proxy.deaf_to = b"LISTEN"
    with closing(Listener(address, woken.release)):
        assert not woken.acquire(timeout=1)
        proxy.deaf_to = b""
        assert woken.acquire(timeout=30)


def test_the_stored_views_are_read_and_kept_on_another_connection(
    address: DatabaseAddress, store: PostgresStore, proxy: CuttingProxy
) -> None:
    with closing(DatabaseCatchUp(store, address, no_text)) as views, closing(ReadSchema(address)) as read:
        assert 6 == views.run()
        with read.reading():
            pass
        proxy.mute_open()

        with read.reading():
            pass
        assert 6 == views.position()


def test_stored_views_that_another_keeps_for_long_are_waited_for(
    address: DatabaseAddress, store: PostgresStore
) -> None:
    with closing(DatabaseCatchUp(store, address, no_text)) as views, psycopg.connect(address.url) as other:
        views.run()
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", (f"{address.schema}_views",))
        ending = threading.Timer(1.5, other.rollback)
        ending.start()
        assert 6 == views.position()
        ending.join(60)


class _Watched(KeyTable):
    """A table that tells each reading."""

    read_once: threading.Semaphore

    def read_on(self, connection: psycopg.Connection[Any]) -> tuple[AccessKey, ...] | None:
        found = super().read_on(connection)
        self.read_once.release()
        return found


def test_access_keys_are_looked_at_again_after_the_database_was_mute(
    address: DatabaseAddress, proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_key_table, "_LOOK_S", 0.01)
    table, clock = _Watched(address), SystemClock()
    table.read_once = threading.Semaphore(0)
    live = LiveKeyTable(table, clock)
    assert table.read_once.acquire(timeout=30), "read as it is made"
    with live.followed():
        assert table.read_once.acquire(timeout=30), "read by who follows"
        proxy.mute_open()
        _, text = KeyTable(address).add("Desk", "reader", actor="desk", clock=clock, random=os.urandom)
        while table.read_once.acquire(blocking=False):
            pass

        for _ in range(2):
            assert table.read_once.acquire(timeout=30), "read on another connection"
        assert live.find(text) is not None


def test_a_check_and_a_search_of_tables_that_go_mute_are_told_and_not_waited_for(
    address: DatabaseAddress, proxy: CuttingProxy
) -> None:
    proxy.deaf_to = b"REPEATABLE READ"

    with pytest.raises(StoreError, match=_GIVEN_UP):
        verify_ledger(address)
    with pytest.raises(StoreError, match=_GIVEN_UP):
        search_tables(address, [[b"words"]])


def test_a_command_waits_as_long_as_the_variable_says(
    address: DatabaseAddress, proxy: CuttingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_BLOBS", str(tmp_path))
    monkeypatch.setenv("LEDGER_ANSWER_S", "1")
    proxy.deaf_to = b"REPEATABLE READ"

    found = ask("verify", "--ledger", as_option(address))

    assert 4 == found.code
    assert "no answer came for 1 s" in found.err


def test_a_variable_that_says_no_number_of_seconds_is_refused(
    address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_ANSWER_S", "0")

    found = ask("show", "stop", "--ledger", as_option(address))

    assert 2 == found.code
    assert "LEDGER_ANSWER_S must be a whole number from 1 to 3600" in " ".join(found.err.split())
