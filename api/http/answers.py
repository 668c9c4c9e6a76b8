"""Answers from the writer's thread to the event loop: all that one turn of the writer gives are handed over together (ADR 18).

To wake a loop from another thread costs about as much as to decide a command, so it is woken once, however many wait.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Answers", "Pending"]

T = TypeVar("T")


class Pending(Generic[T]):
    """What the queue answers (command_queue.py), and the future of the loop that it answers for."""

    __slots__ = ("_hand", "future")

    def __init__(self, future: asyncio.Future[T], hand: Callable[[Callable[[], None]], None]) -> None:
        self.future = future
        self._hand = hand

    def set_running_or_notify_cancel(self) -> bool:
        """Whether somebody still waits."""
        return not self.future.cancelled()

    def set_result(self, result: T) -> None:
        """Answer."""

        def tell() -> None:
            if not self.future.done():
                self.future.set_result(result)

        self._hand(tell)

    def set_exception(self, error: Exception) -> None:
        """Refuse."""

        def tell() -> None:
            if not self.future.done():
                self.future.set_exception(error)

        self._hand(tell)


class Answers:
    """Where the answers for one event loop gather. Made and asked for in the loop; answered from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._told: list[Callable[[], None]] = []

    def pending(self) -> Pending[T]:
        """One that waits to be answered."""
        return Pending(self._loop.create_future(), self._hand)

    def is_for(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether this is the loop that the answers are for."""
        return self._loop is loop

    def _hand(self, tell: Callable[[], None]) -> None:
        with self._lock:
            self._told.append(tell)
            is_first = len(self._told) == 1
        # A loop that was closed has nobody who waits.
        if is_first and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        with self._lock:
            told, self._told = self._told, []
        for tell in told:
            tell()
