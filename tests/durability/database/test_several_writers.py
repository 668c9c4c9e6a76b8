"""Several processes on one ledger: no lost update, no duplicate, one order, and every reader sees every event once."""

from __future__ import annotations

import datetime as dt
import signal
from typing import TYPE_CHECKING

import pytest

from ledger.errors import ConflictError, RefusedError, StoreError
from ledger.stores.contract import Batch
from tests.batches import append, event
from tests.database_desk import DatabaseDesk
from tests.desk import fact
from tests.durability.database.several import Tail, begin, faults_of, process, told
from tests.fakes import NOON, FrozenClock
from tests.postgres_server import fresh_address

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.address import DatabaseAddress


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> DatabaseAddress:
    return fresh_address(database_url, tmp_path)


def _write(address: DatabaseAddress, processes: int, clients: int, appends: int) -> None:
    begin(address)
    tails = [Tail(address), Tail(address)]
    running = [process(address, f"p{number}", clients, appends) for number in range(processes)]
    acknowledged: dict[str, tuple[int, int]] = {}
    for one in running:
        lines, errors = one.communicate()
        assert 0 == one.returncode, errors.decode()
        acknowledged |= told(lines)
    seen = [list(tail.stop()) for tail in tails]

    assert processes * clients * appends == len(acknowledged)
    assert [] == faults_of(address, acknowledged)
    last = max(position for position, _ in acknowledged.values())
    assert [list(range(1, last + 1))] * 2 == seen


def test_what_several_processes_append_is_there_once_and_in_order(address: DatabaseAddress) -> None:
    _write(address, processes=3, clients=8, appends=8)


@pytest.mark.long
def test_32_clients_append_2000_times_each_in_four_processes(address: DatabaseAddress) -> None:
    _write(address, processes=4, clients=8, appends=2_000)


def test_a_process_that_is_killed_loses_nothing_and_keeps_nobody_waiting(address: DatabaseAddress) -> None:
    begin(address)
    doomed, other = process(address, "doomed", 4, 10_000), process(address, "other", 4, 10)
    assert doomed.stdout is not None
    heard = b"".join(doomed.stdout.readline() for _ in range(10))
    doomed.kill()
    rest, _ = doomed.communicate()
    lines, errors = other.communicate()

    assert -signal.SIGKILL == doomed.returncode
    assert 0 == other.returncode, errors.decode()
    assert 40 == len(told(lines))
    assert [] == faults_of(address, told(heard + rest) | told(lines))


def test_clocks_that_differ_leave_times_in_the_order_of_positions(address: DatabaseAddress) -> None:
    one = DatabaseDesk(address, clock=FrozenClock())
    one.begin()
    other = DatabaseDesk(address, clock=FrozenClock(NOON - dt.timedelta(hours=1)))

    receipts = [desk.act(fact(f"f{number}")) for number, desk in enumerate((one, other, one, other))]

    rows = list(one.store.rows())
    assert [4, 5, 6, 7] == [receipt.position for receipt in receipts]
    times = [row.recorded_us for row in rows][-4:]
    assert sorted(set(times)) == times
    assert [False, True, False, True] == [receipt.clock_stepped_back for receipt in receipts]
    one.close()
    other.close()


def test_an_act_is_decided_upon_what_another_process_recorded_just_before(address: DatabaseAddress) -> None:
    one, other = DatabaseDesk(address), DatabaseDesk(address)
    one.begin()

    other.act(fact())
    with pytest.raises(ConflictError, match="drag"):
        one.act(fact())
    snapshot = other.capture()
    quote = {"type": "TextQuoteSelector", "exact": "about 15 feet"}
    one.act(
        fact(
            "quoted", citations=[{"id": "a1", "source": "release", "snapshot": snapshot, "selector": [quote]}]
        )
    )
    other.redact(source="release", snapshots=[snapshot])
    with pytest.raises(RefusedError, match="redacted"):
        one.act(fact("again", citations=[{"id": "a1", "source": "release", "snapshot": snapshot}]))
    one.close()
    other.close()


def test_what_was_decided_outside_a_turn_is_refused_where_the_log_has_moved(address: DatabaseAddress) -> None:
    one, other = DatabaseDesk(address), DatabaseDesk(address)
    append(other.store, event("a", 1))

    with pytest.raises(StoreError, match="decided against head 0, the head is at 1"):
        one.store.append(Batch(after=0, recorded_us=9, events=[event("b", 1)]))
    assert ["a"] == one.store.streams("")
    one.close()
    other.close()
