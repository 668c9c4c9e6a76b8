"""What each guard against a fault of the database is for: it is taken out, and what was promised no longer holds.

Three more stand beside what they guard: the look-up of a lost COMMIT and waiting for the disk (test_faults.py), and the warning of a server
that waits for its standby no more (test_cluster.py). That of a half-open LISTEN is in tests/api/feed/test_feed_between_processes.py.
"""

from __future__ import annotations

import datetime as dt
import signal
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from ledger.append import Request
from ledger.clock_watch import ClockWatch, Stamped
from ledger.errors import StoreError
from ledger.stores import postgres, postgres_datastore, postgres_writing
from ledger.stores.contract import Batch
from ledger.stores.postgres_datastore import READERS
from ledger.stores.postgres_store import PostgresStore
from ledger.stores.postgres_writing import WritingConnection
from tests.batches import event
from tests.database_desk import DatabaseDesk
from tests.desk import begun, fact
from tests.durability.database.cutting import CuttingProxy
from tests.durability.database.several import begin, faults_of, process, told
from tests.fakes import NOON, FrozenClock
from tests.postgres_server import Server, fresh_address, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.address import DatabaseAddress


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that these tests break."""
    yield from started()


@pytest.fixture
def address(server: Server, tmp_path: Path) -> DatabaseAddress:
    return fresh_address(server.url, tmp_path)


@pytest.fixture
def desk(address: DatabaseAddress) -> Iterator[DatabaseDesk]:
    made = DatabaseDesk(address)
    begun(made)
    yield made
    made.close()


def test_without_a_new_connection_in_place_of_the_lost_one_nothing_is_recorded_after_a_restart(
    server: Server, desk: DatabaseDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writing, "RECOVERY_S", 0.2)
    with monkeypatch.context() as without:
        without.setattr(WritingConnection, "_drop", lambda _: None)
        server.restart("immediate")
        for _ in range(2):
            with pytest.raises(StoreError, match="nothing was recorded"):
                desk.act(fact("after"))

    assert 7 == desk.act(fact("after")).position


def test_without_a_connection_of_its_own_a_writer_waits_for_readers_and_records_nothing(
    desk: DatabaseDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    datastore = desk.database.recorder.datastore
    monkeypatch.setattr(datastore.pool, "timeout", 0.1)
    request = Request(idempotency_key="key-1", content=b"busy")
    with ExitStack() as busy:
        for _ in range(READERS):
            busy.enter_context(datastore.get_connection())
        with monkeypatch.context() as without:
            without.setattr(WritingConnection, "own", None)
            with pytest.raises(StoreError, match="every connection that reads was in use"):
                desk.act(fact("busy"), request=request)

        assert 7 == desk.act(fact("busy"), request=request).position


def test_without_the_kept_answer_an_act_whose_outcome_was_not_known_is_recorded_twice(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with CuttingProxy(server.socket) as proxy, monkeypatch.context() as without:
        address = fresh_address(proxy.url, tmp_path)
        begin(address)
        desk = DatabaseDesk(address)
        without.setattr(PostgresStore, "answer", lambda *_: None)
        without.setattr(WritingConnection, "_is_stored", lambda *_: False)
        command = {**fact("none"), "incident": "stop-0"}
        del command["id"]
        request = Request(idempotency_key="key-1", content=b"twice")
        proxy.cut = "the answer to COMMIT"
        before = desk.store.head().position
        with pytest.raises(StoreError, match="nothing was recorded"):
            desk.act(command, request=request)
        without.setattr(postgres, "_INSERT_ANSWERS", postgres._INSERT_ANSWERS + " ON CONFLICT DO NOTHING")
        desk.act(command, request=request)

        assert before + 2 == desk.store.head().position
        desk.close()


def test_without_counting_on_from_the_newest_time_a_host_whose_clock_is_behind_records_nothing(
    address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = DatabaseDesk(address, clock=FrozenClock())
    one.begin()
    other = DatabaseDesk(address, clock=FrozenClock(NOON - dt.timedelta(hours=1)))

    def by_the_clock(watch: ClockWatch, _: int) -> Stamped:
        now = watch._clock.now()
        return Stamped(us=int(now.timestamp() * 1_000_000), stepped_back=False)

    with monkeypatch.context() as without:
        without.setattr(ClockWatch, "stamp", by_the_clock)
        with pytest.raises(StoreError, match="recorded_at must be later than the last"):
            other.act(fact("behind"))

    assert other.act(fact("behind")).clock_stepped_back
    one.close()
    other.close()


def test_acts_told_before_they_are_committed_are_lost_with_the_process_that_is_killed(
    address: DatabaseAddress,
) -> None:
    begin(address)
    doomed = process(address, "doomed", 4, 1, module="writing_early")
    assert doomed.stdout is not None
    heard = b"".join(doomed.stdout.readline() for _ in range(4))
    doomed.kill()
    doomed.communicate()

    assert -signal.SIGKILL == doomed.returncode
    acknowledged = told(heard)
    assert 4 == len(acknowledged)
    found = faults_of(address, acknowledged)
    assert [f"{ident} was acknowledged and is lost" for ident in acknowledged] == found[:4]
    assert "the mark says that the log had got to position 14, and it ends at 10" in found[4]


def test_without_taking_the_turn_away_a_process_that_freezes_in_it_keeps_all_others_waiting(
    address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_datastore, "LOCK_WAIT_MS", 200)
    desk = begun(DatabaseDesk(address))
    monkeypatch.setattr(postgres_datastore, "_FROZEN_MS", 0)
    with (
        closing(PostgresStore(address)) as frozen,
        frozen.turn(),
        pytest.raises(StoreError, match="another process did not give the turn to write back in time"),
    ):
        desk.act(fact("waiting"))
    assert 7 == desk.act(fact("waiting")).position
    desk.close()


def test_without_the_lock_on_the_head_two_processes_decide_upon_one_state(
    address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = begun(DatabaseDesk(address))
    monkeypatch.setattr(postgres_writing, "_BEGIN", postgres_writing._BEGIN.replace(" FOR UPDATE", ""))
    with closing(PostgresStore(address)) as other, other.turn():
        assert 7 == desk.act(fact("mine")).position
        # It has seen none of it, and its act would be at the same place: only the key of the table is left to refuse it.
        assert 6 == other.head().position
        with pytest.raises(StoreError, match="duplicate key"):
            other.append(Batch(after=6, recorded_us=2**51, events=[event("other", 1)]))
    desk.close()
