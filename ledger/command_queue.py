"""The bounded queue before the writer: many wait, one commits for all of them (ADR 2).

A disk syncs a transaction in about the time in which it syncs one event, so commands that arrive while a transaction is made durable
are put into the next one together. The queue is bounded: what does not fit is refused at once, and what was taken is answered.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Self

from ledger.asking import Receipt
from ledger.errors import QueueFullError, UnavailableError
from ledger.transaction import TRANSACTION_COMMANDS

if TYPE_CHECKING:
    from types import TracebackType

    from ledger.append import Ask, Ready, Writer

__all__ = ["CAPACITY", "CommandQueue"]

CAPACITY = 1_024
"""How many commands may wait."""

RETRY_AFTER_S = 1
DRAIN_S = 10


class CommandQueue:
    """Takes commands from any thread; a thread of its own hands them to the writer.

    A future is answered with a receipt, or with the error that `Writer.record` would raise. One that is cancelled before its turn
    is not recorded. Leaving the context answers what was taken and takes nothing more.
    """

    def __init__(self, writer: Writer, *, capacity: int = CAPACITY) -> None:
        """Begin to take commands. `capacity`: how many may wait, at least 1."""
        self._writer = writer
        self._capacity = capacity
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Ready, Future[Receipt]]] = deque()
        self._coming = 0
        self._closed = False
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
        """How many commands were taken and are not with the writer yet."""
        return len(self._waiting) + self._coming

    def submit(self, ask: Ask) -> Future[Receipt]:
        """Take a command on. Raises QueueFullError where too many wait, UnavailableError where the queue was closed.

        Quotations are looked up here, in the caller's thread, so that nobody waits for another's long text.
        """
        with self._changed:
            if self._closed:
                raise UnavailableError("the ledger is being closed; nothing was recorded")
            if self.waiting >= self._capacity:
                raise QueueFullError(
                    f"{self._capacity} commands are waiting to be recorded; nothing was recorded, try again",
                    retry_after_s=RETRY_AFTER_S,
                )
            self._coming += 1
        future: Future[Receipt] = Future()
        try:
            ready = self._writer.ready(ask)
        except BaseException:
            with self._changed:
                self._coming -= 1
                self._changed.notify_all()
            raise
        with self._changed:
            self._coming -= 1
            self._waiting.append((ready, future))
            self._changed.notify_all()
        return future

    def close(self, timeout_s: float = DRAIN_S) -> bool:
        """Take nothing more, and wait until what was taken is answered. False where that took longer than `timeout_s`.

        The store must not be closed before this has given True: the writer may be using it.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while batch := self._next():
            self._answer(batch)

    def _next(self) -> list[tuple[Ready, Future[Receipt]]]:
        """Those who wait, as many as one transaction takes; none when the queue was closed and is empty."""
        batch: list[tuple[Ready, Future[Receipt]]] = []
        while not batch:
            with self._changed:
                while not self._waiting:
                    if self._closed and not self._coming:
                        return []
                    self._changed.wait()
                count = min(len(self._waiting), TRANSACTION_COMMANDS)
                taken = [self._waiting.popleft() for _ in range(count)]
            batch = [(ready, future) for ready, future in taken if future.set_running_or_notify_cancel()]
        return batch

    def _answer(self, batch: list[tuple[Ready, Future[Receipt]]]) -> None:
        for (_, future), outcome in zip(
            batch, self._writer.record_all([ready for ready, _ in batch]), strict=True
        ):
            if isinstance(outcome, Receipt):
                future.set_result(outcome)
            else:
                future.set_exception(outcome)
