"""A batch in the queue has one turn: it is answered whole, and where it is atomic, it is recorded whole or not at all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ledger.append import Ask, Receipt
from ledger.command_queue import CommandQueue
from ledger.errors import ConflictError, QueueFullError, RuleError, StaleError, UnavailableError
from ledger.read_command import read_command
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


def asked(desk: Desk, given: dict[str, Json], stream_version: int | None = None) -> Ask:
    return Ask(command=read_command(given, desk.ids), caller=DESK, stream_version=stream_version)


def kinds(outcomes: Sequence[Outcome]) -> list[type[object]]:
    return [type(one) for one in outcomes]


@pytest.mark.parametrize(
    ("atomic", "expected", "head"),
    [(False, [Receipt, ConflictError, Receipt], 5), (True, [RuleError, ConflictError, RuleError], 3)],
)
def test_a_refused_line_stops_an_atomic_batch_and_no_other(
    desk: Desk,
    atomic: bool,  # noqa: FBT001  a column of the table
    expected: list[type[object]],
    head: int,
) -> None:
    lines = [fact("a"), fact("a", id="a"), fact("c")]
    with CommandQueue(desk.writer) as queue:
        found = queue.submit_batch([asked(desk, one) for one in lines], atomic=atomic).result(WAIT_S)

    assert expected == kinds(found)
    assert head == desk.store.head().position


def test_a_line_may_quote_what_a_line_before_it_captures(desk: Desk) -> None:
    text = "It was about 15 feet."
    capture = {"op": "capture-snapshot", "source": "release", "media_type": "text/plain", "text": text}
    digest = desk.act(capture, dry_run=True).id
    quote = {"type": "TextQuoteSelector", "exact": "about 15 feet"}
    citation = cited(snapshot=digest, selector=[quote], extraction=digest)
    lines = [capture, fact(citations=[citation])]
    with CommandQueue(desk.writer) as queue:
        found = queue.submit_batch([asked(desk, one) for one in lines], atomic=True).result(WAIT_S)

    assert [Receipt, Receipt] == kinds(found)


class Gate:
    """Holds the writer at its door until it is opened."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held, self.open = threading.Event(), threading.Event()
        self.turns: list[tuple[int, bool]] = []
        record_all = desk.writer.record_all

        def slow(asks: Sequence[Ask | Ready], *, atomic: bool = False) -> list[Outcome]:
            self.turns.append((len(asks), atomic))
            self.held.set()
            assert self.open.wait(WAIT_S)
            return record_all(asks, atomic=atomic)

        monkeypatch.setattr(desk.writer, "record_all", slow)


def test_an_atomic_batch_is_alone_in_its_turn_and_others_keep_their_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(desk, monkeypatch)
    with CommandQueue(desk.writer) as queue:
        first = queue.submit(asked(desk, fact("first")))
        assert gate.held.wait(WAIT_S)
        single = queue.submit(asked(desk, fact("single")))
        group = queue.submit_batch([asked(desk, fact("g1")), asked(desk, fact("g2"))])
        atomic = queue.submit_batch([asked(desk, fact("a1")), asked(desk, fact("a2"))], atomic=True)
        last = queue.submit(asked(desk, fact("last")))
        gate.open.set()
        found = [first.result(WAIT_S), single.result(WAIT_S)]
        found += [one for one in group.result(WAIT_S) if isinstance(one, Receipt)]
        found += [one for one in atomic.result(WAIT_S) if isinstance(one, Receipt)]
        found.append(last.result(WAIT_S))

    assert list(range(4, 11)) == [one.position for one in found]
    assert [(1, False), (3, False), (2, True), (1, False)] == gate.turns


def test_a_batch_takes_one_place_and_a_place_may_be_given_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(desk, monkeypatch)
    with CommandQueue(desk.writer, capacity=2) as queue:
        first = queue.submit(asked(desk, fact("first")))
        assert gate.held.wait(WAIT_S)
        queue.submit_batch([asked(desk, fact(f"b{number}")) for number in range(5)])
        queue.reserve()
        with pytest.raises(QueueFullError):
            queue.reserve()
        queue.give_back()
        assert 1 == queue.waiting
        gate.open.set()
        first.result(WAIT_S)

    assert 9 == desk.store.head().position


def test_those_who_wait_when_the_time_to_finish_is_over_are_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(desk, monkeypatch)
    queue = CommandQueue(desk.writer)
    first = queue.submit(asked(desk, fact("first")))
    assert gate.held.wait(WAIT_S)
    waiting, many = queue.submit(asked(desk, fact("b"))), queue.submit_batch([asked(desk, fact("c"))])
    assert not queue.close(0)

    assert 2 == queue.refuse_waiting()
    gate.open.set()
    assert queue.close(WAIT_S)

    assert 4 == first.result(WAIT_S).position
    for refused in (waiting, many):
        with pytest.raises(UnavailableError, match="nothing was recorded"):
            refused.result(WAIT_S)
    assert 4 == desk.store.head().position


def test_a_stream_that_moved_is_told_with_both_versions(desk: Desk) -> None:
    amend = {"op": "amend-incident", "incident": "stop", "title": "Traffic stops", "reason": "spelling"}
    with CommandQueue(desk.writer) as queue:
        error = queue.submit(asked(desk, amend, stream_version=2)).exception(WAIT_S)
        assert isinstance(error, StaleError)
        assert (2, 1) == (error.expected, error.current)
        assert 2 == queue.submit(asked(desk, amend, stream_version=1)).result(WAIT_S).version
