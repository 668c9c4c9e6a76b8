"""The bounded queue before the writer: many wait, one commits for all of them (ADR 2).

A disk syncs a transaction in about the time in which it syncs one event, so commands that arrive while a transaction is made durable
are put into the next one together. The queue is bounded: what does not fit is refused at once, and what was taken is answered.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias, TypeVar

import msgspec

from ledger.asking import Receipt
from ledger.commands import CaptureSnapshot
from ledger.errors import QueueFullError, UnavailableError
from ledger.transaction import TRANSACTION_COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from ledger.append import Ask, Outcome, Ready, Writer

__all__ = ["CAPACITY", "Answered", "CommandQueue"]

CAPACITY = 1_024
"""How many commands may wait. A batch waits as one."""

RETRY_AFTER_S = 1
DRAIN_S = 10


T_contra = TypeVar("T_contra", contravariant=True)


class Answered(Protocol[T_contra]):
    """Who waits for an answer: the writer's side of a future (concurrent.futures.Future)."""

    def set_running_or_notify_cancel(self) -> bool:
        """Whether somebody still waits. From here on the answer comes."""
        ...

    def set_result(self, result: T_contra, /) -> None:
        """Answer."""
        ...

    def set_exception(self, error: Exception, /) -> None:
        """Refuse."""
        ...


class _One(msgspec.Struct, frozen=True):
    """A command that waits."""

    ready: Ready
    future: Answered[Receipt]

    @property
    def asks(self) -> Sequence[Ask | Ready]:
        return (self.ready,)

    @property
    def alone(self) -> bool:
        return False

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        outcome = outcomes[0]
        if isinstance(outcome, Receipt):
            self.future.set_result(outcome)
        else:
            self.future.set_exception(outcome)

    def tell_at_all(self) -> bool:
        return self.future.set_running_or_notify_cancel()


class _Many(msgspec.Struct, frozen=True):
    """A batch that waits. With `alone` it is one transaction, or none."""

    asks: Sequence[Ask | Ready]
    future: Future[list[Outcome]]
    alone: bool

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        self.future.set_result(list(outcomes))

    def tell_at_all(self) -> bool:
        return self.future.set_running_or_notify_cancel()


_Turn: TypeAlias = _One | _Many


class CommandQueue:
    """Takes commands from any thread; a thread of its own hands them to the writer.

    A future is answered with a receipt, or with the error that `Writer.record` would raise. One that is cancelled before its turn
    is not recorded. Leaving the context answers what was taken and takes nothing more.
    """

    def __init__(
        self,
        writer: Writer,
        *,
        capacity: int = CAPACITY,
        told: Callable[[Sequence[Outcome], float], None] | None = None,
    ) -> None:
        """Begin to take commands. `capacity`: how many may wait, at least 1.

        `told` is called after each turn, with its outcomes and the seconds that it took; it must raise nothing.
        """
        self._writer = writer
        self._told = told
        self._capacity = capacity
        self._changed = threading.Condition()
        self._waiting: deque[_Turn] = deque()
        self._coming = 0
        self._closed = False
        self._idle = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """The queue itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Answer what was taken, and stop."""
        self.close()

    @property
    def waiting(self) -> int:
        """How many commands and batches were taken and are not with the writer yet."""
        return len(self._waiting) + self._coming

    def submit(self, ask: Ask) -> Future[Receipt]:
        """Take a command on. Raises QueueFullError where too many wait, UnavailableError where the queue was closed.

        Quotations are looked up here, in the caller's thread, so that nobody waits for another's long text.
        """
        self.reserve()
        return self.enter(ask)

    def submit_batch(self, asks: Sequence[Ask], *, atomic: bool = False) -> Future[list[Outcome]]:
        """Take a batch on, which has one turn: an outcome for each command, in order, as `Writer.record_all` gives them.

        With `atomic` it is one transaction, or nothing. Raises as submit does.
        """
        self.reserve()
        return self.enter_batch(asks, atomic=atomic)

    def reserve(self) -> None:
        """Take a place for one that is about to enter, or to give it back. Never waits. Raises as submit does."""
        with self._changed:
            if self._closed:
                raise UnavailableError("the ledger is being closed; nothing was recorded")
            if self.waiting >= self._capacity:
                raise QueueFullError(
                    f"{self._capacity} commands are waiting to be recorded; nothing was recorded, try again",
                    retry_after_s=RETRY_AFTER_S,
                )
            self._coming += 1

    def give_back(self) -> None:
        """Give a reserved place back without entering."""
        with self._changed:
            self._coming -= 1
            self._changed.notify_all()

    def enter(self, ask: Ask) -> Future[Receipt]:
        """Put a command in the place that was reserved. It looks quotations up and describes captures, which may take long."""
        future: Future[Receipt] = Future()
        self.enter_for(ask, future)
        return future

    def enter_for(self, ask: Ask, waiting: Answered[Receipt]) -> None:
        """As enter, for somebody who has a future of another sort."""
        try:
            ready = self._writer.ready(ask)
        except BaseException:
            self.give_back()
            raise
        self._put(_One(ready, waiting))

    def enter_batch(self, asks: Sequence[Ask], *, atomic: bool = False) -> Future[list[Outcome]]:
        """Put a batch in the place that was reserved. It looks quotations up and describes captures, which may take long."""
        future: Future[list[Outcome]] = Future()
        try:
            given = [self._given(ask) for ask in asks]
        except BaseException:
            self.give_back()
            raise
        self._put(_Many(given, future, atomic))
        return future

    def _given(self, ask: Ask) -> Ask | Ready:
        """What is handed to the writer: readied, unless a line before it in the batch may yet bring what it names."""
        ready = self._writer.ready(ask)
        return ask if ready.refusal is not None and not isinstance(ask.command, CaptureSnapshot) else ready

    def _put(self, turn: _Turn) -> None:
        with self._changed:
            self._coming -= 1
            self._waiting.append(turn)
            if self._idle:
                self._changed.notify_all()

    def close(self, timeout_s: float = DRAIN_S) -> bool:
        """Take nothing more, and wait until what was taken is answered. False where that took longer than `timeout_s`.

        The store must not be closed before this has given True: the writer may be using it.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def refuse_waiting(self) -> int:
        """Refuse those who wait with UnavailableError, and say how many. What the writer has in hand goes on."""
        with self._changed:
            refused = list(self._waiting)
            self._waiting.clear()
        for turn in refused:
            if turn.tell_at_all():
                turn.future.set_exception(
                    UnavailableError("the ledger was closed before it came to this; nothing was recorded")
                )
        return len(refused)

    def _run(self) -> None:
        while turns := self._next():
            self._answer(turns)

    def _next(self) -> list[_Turn]:
        """Those who wait, as many as one transaction takes; none when the queue was closed and is empty."""
        turns: list[_Turn] = []
        while not turns:
            with self._changed:
                while not self._waiting:
                    if self._closed and not self._coming:
                        return []
                    self._idle = True
                    self._changed.wait()
                self._idle = False
                taken = self._taken()
            turns = [turn for turn in taken if turn.tell_at_all()]
        return turns

    def _taken(self) -> list[_Turn]:
        taken = [self._waiting.popleft()]
        count = len(taken[0].asks)
        while not taken[0].alone and self._waiting and not self._waiting[0].alone:
            count += len(self._waiting[0].asks)
            if count > TRANSACTION_COMMANDS:
                break
            taken.append(self._waiting.popleft())
        return taken

    def _answer(self, turns: list[_Turn]) -> None:
        asks = [ask for turn in turns for ask in turn.asks]
        began = time.perf_counter()
        outcomes = self._writer.record_all(asks, atomic=turns[0].alone)
        if self._told is not None:
            self._told(outcomes, time.perf_counter() - began)
        start = 0
        for turn in turns:
            turn.tell(outcomes[start : start + len(turn.asks)])
            start += len(turn.asks)
