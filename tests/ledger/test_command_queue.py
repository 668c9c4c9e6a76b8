"""The queue before the writer: who waits is committed together, what does not fit is refused, what was taken is answered."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

import pytest

from ledger.append import Ask, Request
from ledger.command_queue import CommandQueue
from ledger.errors import ConflictError, QueueFullError, QuotationError, StoreError, UnavailableError
from ledger.read_command import read_command
from ledger.verify import verify_file
from tests.desk import DESK, Desk, cited, fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ledger.append import Outcome, Ready
    from ledger.values import Json

WAIT_S = 30


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    made.begin()
    yield made
    made.close()


def asked(desk: Desk, given: dict[str, Json], key: str | None = None) -> Ask:
    request = None if key is None else Request(idempotency_key=key, content=repr(given).encode())
    return Ask(command=read_command(given, desk.ids), caller=DESK, request=request)


class Gate:
    """Holds the writer at its door until it is opened, and counts what goes through at a time."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held = threading.Event()
        self.open = threading.Event()
        self.sizes: list[int] = []
        record_all = desk.writer.record_all

        def slow(asks: Sequence[Ask | Ready], *, atomic: bool = False) -> list[Outcome]:
            self.sizes.append(len(asks))
            self.held.set()
            assert self.open.wait(WAIT_S)
            return record_all(asks, atomic=atomic)

        monkeypatch.setattr(desk.writer, "record_all", slow)


def test_those_who_wait_while_one_is_committed_are_committed_together(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(desk, monkeypatch)
    with CommandQueue(desk.writer) as queue:
        first = queue.submit(asked(desk, fact("first")))
        assert gate.held.wait(WAIT_S)
        others = [queue.submit(asked(desk, fact(f"f{number}"))) for number in range(40)]
        gate.open.set()
        positions = [one.result(WAIT_S).position for one in (first, *others)]

    assert list(range(4, 45)) == positions
    assert [1, 40] == gate.sizes
    assert 2 == len({row.recorded_us for row in desk.store.rows(4)})


def test_more_than_fit_are_refused_at_once_and_the_accepted_go_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(desk, monkeypatch)
    with CommandQueue(desk.writer, capacity=2) as queue:
        taken = [queue.submit(asked(desk, fact("first")))]
        assert gate.held.wait(WAIT_S)
        taken += [queue.submit(asked(desk, fact(f"f{number}"))) for number in range(2)]
        with pytest.raises(QueueFullError, match="2 commands are waiting") as refused:
            queue.submit(asked(desk, fact("too-many")))
        gate.open.set()
        assert [4, 5, 6] == [one.result(WAIT_S).position for one in taken]

    assert refused.value.retry_after_s >= 1
    assert 6 == desk.store.head().position


def test_a_refusal_reaches_its_own_caller_only(desk: Desk) -> None:
    desk.act(fact())
    wrong = {"type": "TextQuoteSelector", "exact": "about 51 feet"}
    misquoting = fact("b", citations=[cited(snapshot=desk.capture(), selector=[wrong])])
    with CommandQueue(desk.writer) as queue:
        futures = [queue.submit(asked(desk, one)) for one in (fact("a"), fact(), misquoting, fact("c"))]
        found = [one.exception(WAIT_S) for one in futures]

    assert [None, ConflictError, QuotationError, None] == [one if one is None else type(one) for one in found]
    assert [1, 2, 3, 4] == [row.version for row in desk.store.stream("incident/stop")]


def test_what_the_machine_refuses_is_told_to_all_and_the_next_may_go(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with CommandQueue(desk.writer) as queue:
        with monkeypatch.context() as patched:
            patched.setattr(desk.store, "append", full)
            futures = [queue.submit(asked(desk, fact(f"f{number}"))) for number in range(5)]
            assert [StoreError] * 5 == [type(one.exception(WAIT_S)) for one in futures]
        assert 4 == queue.submit(asked(desk, fact())).result(WAIT_S).position


def test_one_that_is_given_up_before_its_turn_is_not_recorded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(desk, monkeypatch)
    with CommandQueue(desk.writer) as queue:
        first = queue.submit(asked(desk, fact("first")))
        assert gate.held.wait(WAIT_S)
        given_up, kept = (queue.submit(asked(desk, fact(ident))) for ident in ("given-up", "kept"))
        assert given_up.cancel()
        gate.open.set()
        assert [4, 5] == [one.result(WAIT_S).position for one in (first, kept)]

    with pytest.raises(CancelledError):
        given_up.result(WAIT_S)
    assert 5 == desk.store.head().position


def test_closing_answers_what_was_taken_and_takes_nothing_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(desk, monkeypatch)
    queue = CommandQueue(desk.writer)
    futures = [queue.submit(asked(desk, fact(f"f{number}"))) for number in range(10)]
    assert gate.held.wait(WAIT_S)

    assert not queue.close(timeout_s=0)
    with pytest.raises(UnavailableError, match="being closed"):
        queue.submit(asked(desk, fact("late")))
    gate.open.set()
    assert queue.close(WAIT_S)

    assert list(range(4, 14)) == sorted(one.result(0).position or 0 for one in futures)


def test_many_threads_with_retries_lose_nothing_and_double_nothing(desk: Desk) -> None:
    threads, each = 8, 25
    positions: list[int] = []

    def work(name: int) -> None:
        for number in range(each):
            ask = asked(desk, fact(f"t{name}-{number}"), key=f"t{name}-{number}")
            futures = [queue.submit(ask), queue.submit(ask)]
            told = {one.result(WAIT_S).position or 0 for one in futures}
            assert 1 == len(told)
            positions.extend(told)

    with CommandQueue(desk.writer) as queue:
        workers = [threading.Thread(target=work, args=(name,), daemon=True) for name in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    assert list(range(4, 4 + threads * each)) == sorted(positions)
    assert 3 + threads * each == desk.store.head().position
    assert "OK" == verify_file(desk.path).verdict
