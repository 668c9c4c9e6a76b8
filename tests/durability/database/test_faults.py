"""What a database may do to a writer: nothing acknowledged is lost, nothing is recorded twice, and writing goes on by itself."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Literal

import msgspec
import psycopg
import pytest

from ledger.append import Request
from ledger.errors import OutcomeUnknownError, StoreError
from ledger.stores import postgres_datastore, postgres_writing
from ledger.stores.contract import Batch
from ledger.stores.postgres_datastore import READERS
from ledger.stores.postgres_listening import Listener
from ledger.stores.postgres_store import PostgresStore
from ledger.stores.postgres_writing import WritingConnection
from tests.batches import event
from tests.database_desk import DatabaseDesk
from tests.desk import begun, fact
from tests.durability.database.cutting import CuttingProxy
from tests.durability.database.load import Load
from tests.durability.database.several import begin, faults_of
from tests.durability.database.writing import report
from tests.durability.trials import LONG, Dice
from tests.postgres_server import Server, fresh_address, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that these tests break."""
    yield from started()


@pytest.fixture
def proxy(server: Server) -> Iterator[CuttingProxy]:
    with CuttingProxy(server.socket) as made:
        yield made


@pytest.fixture
def desk(proxy: CuttingProxy, tmp_path: Path) -> Iterator[DatabaseDesk]:
    made = DatabaseDesk(fresh_address(proxy.url, tmp_path))
    begun(made)
    yield made
    made.close()


def _facts(desk: DatabaseDesk, ident: str) -> int:
    return sum(f'"fact":"{ident}"'.encode() in row.event for row in desk.store.rows())


def test_a_lost_answer_to_commit_is_looked_up_and_the_act_acknowledged(
    desk: DatabaseDesk, proxy: CuttingProxy
) -> None:
    proxy.cut = "the answer to COMMIT"

    receipt = desk.act(fact("cut"))

    assert (1, 7) == (proxy.lost, receipt.position)
    assert 1 == _facts(desk, "cut")
    assert 8 == desk.act(fact("after")).position


def test_without_the_look_up_a_recorded_act_would_be_called_lost(
    desk: DatabaseDesk, proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WritingConnection, "_is_stored", lambda *_: False)
    proxy.cut = "the answer to COMMIT"

    with pytest.raises(StoreError, match="nothing was recorded"):
        desk.act(fact("cut"))
    assert 1 == _facts(desk, "cut")


def test_a_commit_that_never_came_is_told_and_can_be_asked_again(
    desk: DatabaseDesk, proxy: CuttingProxy
) -> None:
    proxy.cut = "COMMIT"

    with pytest.raises(StoreError, match="nothing was recorded") as refused:
        desk.act(fact("cut"))

    assert not isinstance(refused.value, OutcomeUnknownError)
    assert 0 == _facts(desk, "cut")
    assert 7 == desk.act(fact("cut")).position


def test_where_no_server_answers_the_outcome_is_not_known_and_the_key_tells_it_later(
    desk: DatabaseDesk, proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writing, "RECOVERY_S", 0.2)
    request = Request(idempotency_key="key-1", content=b"cut")
    connect = desk.database.recorder.datastore.connect_to_write

    def gone() -> None:
        raise psycopg.OperationalError("nobody there")

    proxy.cut = "the answer to COMMIT"
    monkeypatch.setattr(desk.database.recorder.writing, "_connect", gone)
    with pytest.raises(OutcomeUnknownError, match="ask again with the same idempotency key"):
        desk.act(fact("cut"), request=request)
    monkeypatch.setattr(desk.database.recorder.writing, "_connect", connect)

    again = desk.act(fact("cut"), request=request)

    assert (True, 7) == (again.replayed, again.position)
    assert 1 == _facts(desk, "cut")


@pytest.fixture
def impatient(proxy: CuttingProxy, tmp_path: Path) -> Iterator[DatabaseDesk]:
    """A desk that waits half a second for an answer."""
    address = msgspec.structs.replace(fresh_address(proxy.url, tmp_path), answer_s=0.5)
    with closing(DatabaseDesk(address)) as made:
        begun(made)
        yield made


def test_a_commit_that_falls_mute_on_a_living_connection_is_looked_up(
    impatient: DatabaseDesk, proxy: CuttingProxy
) -> None:
    proxy.cut = "every answer from COMMIT on"

    receipt = impatient.act(fact("mute"))

    assert (1, 7) == (proxy.lost, receipt.position)
    assert 1 == _facts(impatient, "mute")
    assert 8 == impatient.act(fact("after")).position


@pytest.mark.parametrize("then", ["everything", "every word"])
def test_where_the_server_stays_mute_the_outcome_is_not_known_and_a_retry_never_doubles(
    impatient: DatabaseDesk,
    proxy: CuttingProxy,
    monkeypatch: pytest.MonkeyPatch,
    then: Literal["everything", "every word"],
) -> None:
    monkeypatch.setattr(postgres_writing, "RECOVERY_S", 0.2)
    request = Request(idempotency_key="key-1", content=b"mute")
    proxy.cut, proxy.then = "every answer from COMMIT on", then
    with pytest.raises(OutcomeUnknownError, match="ask again with the same idempotency key"):
        impatient.act(fact("mute"), request=request)
    with pytest.raises(StoreError, match="nothing was recorded"):
        impatient.act(fact("meanwhile"))
    proxy.cut = "nothing"

    again = impatient.act(fact("mute"), request=request)

    assert (True, 7) == (again.replayed, again.position)
    assert 1 == _facts(impatient, "mute")
    assert 8 == impatient.act(fact("after")).position


def test_a_commit_that_a_mute_connection_swallowed_is_not_recorded_and_can_be_asked_again(
    impatient: DatabaseDesk, proxy: CuttingProxy
) -> None:
    proxy.cut = "all from COMMIT on"

    with pytest.raises(StoreError, match="nothing was recorded") as refused:
        impatient.act(fact("mute"))

    assert not isinstance(refused.value, OutcomeUnknownError)
    assert 0 == _facts(impatient, "mute")
    assert 7 == impatient.act(fact("mute")).position


def test_a_turn_is_begun_anew_where_the_connection_is_mute_before_it(
    impatient: DatabaseDesk, proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writing, "LOCK_WAIT_MS", 0)
    proxy.mute_open()

    with impatient.database.turn():
        assert 6 == impatient.database.recorder.writing.head.position  # type: ignore[union-attr]  # it is this thread's turn


def test_a_server_that_falls_mute_while_a_connection_is_made_ready_is_not_waited_for(
    impatient: DatabaseDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    datastore = impatient.database.recorder.datastore
    monkeypatch.setattr(
        datastore, "_prepare", lambda connection, _: connection.execute("SELECT pg_sleep(20)")
    )

    with pytest.raises(psycopg.OperationalError):
        datastore.connect_to_write()


def test_what_ends_in_time_is_left_alone_however_long_it_is_held(
    impatient: DatabaseDesk, proxy: CuttingProxy
) -> None:
    with impatient.database.turn():
        time.sleep(1)
        assert 6 == len(list(impatient.database.rows()))
    assert 7 == impatient.act(fact("later")).position
    assert 0 == proxy.lost


def _restart_often(server: Server, folder: Path, trials: int) -> int:
    address = fresh_address(server.url, folder)
    begin(address)
    desk = DatabaseDesk(address)
    load, dice = Load(desk), Dice("restart")
    try:
        for _ in range(trials):
            load.wait_for(1 + dice.below(20))
            server.restart("immediate")
            # Writing goes on by itself, in the same process.
            load.wait_for(1)
    finally:
        load.stop()
        desk.close()
    assert [] == faults_of(address, load.acknowledged)
    return len(load.acknowledged)


def test_a_server_that_goes_down_under_load_loses_nothing_and_is_found_again(
    server: Server, tmp_path: Path
) -> None:
    assert _restart_often(server, tmp_path, 2) > 2


@pytest.mark.long
def test_a_server_that_goes_down_often_loses_nothing(server: Server, tmp_path: Path) -> None:
    trials = max(1, LONG // 10)
    assert _restart_often(server, tmp_path, trials) > trials


def test_acts_acknowledged_before_they_are_committed_would_be_lost_and_are_caught(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = fresh_address(server.url, tmp_path)
    begin(address)
    connect = postgres_datastore.PostgresLedgerDatastore.connect_to_write

    def hasty(self: postgres_datastore.PostgresLedgerDatastore) -> psycopg.Connection[object]:
        made = connect(self)
        made.execute("SET synchronous_commit = off")
        return made

    monkeypatch.setattr(postgres_datastore.PostgresLedgerDatastore, "connect_to_write", hasty)
    server.set(wal_writer_delay="10s")
    server.reload()
    desk = DatabaseDesk(address)
    receipt = desk.act(report("stop-0", "early"))
    server.restart("immediate")

    found = faults_of(address, {"early": (receipt.position or 0, receipt.version)})
    desk.store.close()
    assert any("acknowledged and is lost" in fault for fault in found), found


def test_when_every_reader_is_busy_writing_goes_on(
    desk: DatabaseDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = desk.database
    monkeypatch.setattr(store.recorder.datastore.pool, "timeout", 0.1)
    with ExitStack() as busy:
        for _ in range(READERS):
            busy.enter_context(store.recorder.datastore.get_connection())

        assert 7 == desk.act(fact("busy")).position
        with pytest.raises(StoreError, match="every connection that reads was in use"):
            store.head()
    assert 7 == store.head().position


def test_a_server_that_is_away_is_waited_for_once_and_then_each_who_asks_is_told(
    server: Server, desk: DatabaseDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_datastore, "RECOVERY_S", 0.2)
    store = desk.database
    try_once, tried = store.recorder.datastore._try_once, []

    def counted() -> None:
        tried.append(True)
        try_once()

    monkeypatch.setattr(store.recorder.datastore, "_try_once", counted)
    server.stop("immediate")
    try:
        with pytest.raises(StoreError, match="nothing was recorded"):
            store.head()
        assert len(tried) > 1
        for _ in range(3):
            tried.clear()
            with pytest.raises(StoreError, match="nothing was recorded"):
                store.head()
            assert [True] == tried
    finally:
        server.start()

    assert 6 == store.head().position
    tried.clear()
    assert 6 == store.head().position
    assert [] == tried


def test_a_process_that_freezes_in_its_turn_loses_it_and_records_nothing(
    desk: DatabaseDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_datastore, "_FROZEN_MS", 200)
    with closing(PostgresStore(desk.address())) as frozen, frozen.turn():
        # It says nothing for longer than it may; the other then takes its turn.
        assert 7 == desk.act(fact("mine")).position

        with pytest.raises(StoreError):
            frozen.append(Batch(after=6, recorded_us=2**50, events=[event("frozen", 1)]))
    assert 1 == _facts(desk, "mine")
    assert 7 == desk.store.head().position


def test_commits_of_others_are_heard_and_silence_is_not_believed(
    server: Server, proxy: CuttingProxy, tmp_path: Path
) -> None:
    address = fresh_address(server.url, tmp_path)
    desk = begun(DatabaseDesk(address))
    woken = threading.Semaphore(0)
    through = msgspec.structs.replace(address, url=proxy.url)
    with closing(Listener(through, woken.release, silence_s=1.0)) as listener:
        assert woken.acquire(timeout=30), "it looks once when it begins to listen"
        desk.act(fact("heard"))
        assert woken.acquire(timeout=30)
        assert listener.heard >= 1

        # Half open: nothing comes through any more, and nobody says so.
        proxy.mute_open()
        desk.act(fact("unheard"))
        assert woken.acquire(timeout=30), "it listens anew by itself, and looks"
    desk.close()
