"""Who keeps the stored views beside a running server, and those who wait for them (docs/http-reads.md).

It is a thread of the server, or a process of its own (views_process.py). It looks at where the log ends a few times a second, and at once
when somebody wakes it. Where it fails, the log goes on without it: answers from the stored views say how far these have read and that
they are stalled, and it tries again. Another process may keep the views (a rebuild, another server process); then this one follows how
far that one is.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import msgspec

from api.http.problems import ProblemError
from ledger.errors import LedgerError, LockedError
from projections.views_at import catch_up_at, only_one_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.stores.contract import Store
    from projections.anchoring import Texts
    from projections.views_at import Place

__all__ = ["Stalled", "ViewsKeeper", "ViewsThread", "behind"]

LOOK_S = 0.1
"""How often the end of the log is looked at, in seconds."""

IDLE_STEPS = 20
"""After so many looks without anything new, what a reader prevented before is tried again: to empty the log of the views' file."""

REST_S = 0.02
"""How long it rests at least after it read on: under load many commits are one batch, and the writer has the machine to itself."""

REST_SHARE = 4
"""How many times as long as it read on it rests, so that it takes at most a fifth of a thread from those who write and read (ADR 18)."""

MOST_REST_S = 2.0
"""How long it rests at most. Somebody who waits for the views ends the rest at once."""

RETRY_S = 1.0
STOP_S = 10
WAIT_S = 5.0
"""How long a read waits for the stored views, in seconds."""

_RETRY_AFTER_S = 1
_logger = logging.getLogger(__name__)


class Stalled(msgspec.Struct, frozen=True, kw_only=True):
    """The stored views cannot be caught up: the code of the error, and the position that they have read to."""

    code: str
    position: int


class ViewsKeeper(ABC):
    """Knows how far the stored views have read, and has those wait who ask for more. Whoever keeps the views tells it."""

    def __init__(self, *, wait_s: float = WAIT_S) -> None:
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._reached = -1
        self.stalled: Stalled | None = None

    @abstractmethod
    def start(self) -> None:
        """Begin."""

    @abstractmethod
    def stop(self) -> bool:
        """Stop after the batch in hand. False where that took too long: then the store must not be closed under it."""

    @abstractmethod
    def wake(self) -> None:
        """Look at the end of the log now: something was recorded."""

    @abstractmethod
    def hurry(self) -> None:
        """Rest no longer: somebody waits."""

    @abstractmethod
    def calm(self) -> None:
        """Nobody waits any more."""

    @property
    def reached(self) -> int:
        """How far the stored views have read."""
        return max(self._reached, 0)

    async def until(self, position: int) -> None:
        """Wait until the stored views have read up to a position. Raises ProblemError (503) where they have not in time."""
        if self._reached >= position:
            return
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        waiter = (position, loop, future)
        with self._lock:
            if self._reached >= position:
                return
            self._waiting.append(waiter)
            self.hurry()
        self.wake()
        try:
            await asyncio.wait_for(future, self._wait_s)
        except TimeoutError:
            raise behind(self.reached, position) from None
        finally:
            with self._lock:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)

    def tell(self, reached: int) -> None:
        """The stored views have read so far."""
        with self._lock:
            self._reached = reached
            ready = [one for one in self._waiting if one[0] <= reached]
            self._waiting = [one for one in self._waiting if one[0] > reached]
            if not self._waiting:
                self.calm()
        for _, loop, future in ready:
            # A loop that was closed has nobody who waits.
            if not loop.is_closed():
                loop.call_soon_threadsafe(_finish, future)

    def stall(self, code: str, told: str) -> None:
        """The stored views cannot be caught up. `told` is for the log of the program, and has no content in it."""
        if self.stalled is None or self.stalled.code != code:
            _logger.error("the stored views stand still: %s (%s)", code, told)
        self.stalled = Stalled(code=code, position=self.reached)

    def go_on(self) -> None:
        """The stored views are caught up again."""
        self.stalled = None


class ViewsThread(ViewsKeeper):
    """Catches the stored views up in a thread until it is stopped. `position` tells how far they are where another process keeps them.

    It rests `share` times as long as it read on.
    """

    def __init__(
        self,
        store: Store,
        place: Place,
        texts: Texts,
        position: Callable[[], int],
        *,
        wait_s: float = WAIT_S,
        share: float = REST_SHARE,
    ) -> None:
        super().__init__(wait_s=wait_s)
        self._store = store
        self._place = place
        self._texts = texts
        self._position = position
        self._share = share
        self._stopped = threading.Event()
        self._woken = threading.Event()
        self._hurried = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger-views", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> bool:
        """Stop after the batch in hand. False where that took too long: then the store must not be closed under it."""
        with self._lock:
            self._stopped.set()
            self._hurried.set()
        self._woken.set()
        self._thread.join(STOP_S)
        return not self._thread.is_alive()

    def wake(self) -> None:
        """Look at the end of the log now: something was recorded."""
        self._woken.set()

    def hurry(self) -> None:
        """Rest no longer: somebody waits."""
        self._hurried.set()

    def calm(self) -> None:
        """Nobody waits any more."""
        if not self._stopped.is_set():
            self._hurried.clear()

    def _pause(self, seconds: float) -> None:
        self._woken.wait(seconds)
        self._woken.clear()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                with only_one_at(self._place):
                    self._keep()
            except LockedError:
                self._follow_another()
            except Exception as error:  # noqa: BLE001  whatever it is, the log goes on, and so does this thread
                self._stall(error)
                self._pause(RETRY_S)

    def _keep(self) -> None:
        views = catch_up_at(self._place, self._store, self._texts)
        try:
            if views.position() == 0:
                views.run()
            reached, idle = views.position(), IDLE_STEPS
            while not self._stopped.is_set():
                idle += 1
                if self._store.head().position > reached or idle > IDLE_STEPS:
                    idle = 0
                    began = time.perf_counter()
                    while not self._stopped.is_set() and views.step():
                        reached = views.position()
                        self.tell(reached)
                    self._hurried.wait(rest_after(time.perf_counter() - began, self._share))
                self.tell(reached)
                self.go_on()
                self._pause(LOOK_S)
        finally:
            views.close()

    def _follow_another(self) -> None:
        try:
            self.tell(self._position())
        except LedgerError as error:
            self._stall(error)
        self._pause(LOOK_S)

    def _stall(self, error: Exception) -> None:
        self.stall(error.code if isinstance(error, LedgerError) else "internal", type(error).__qualname__)


def rest_after(spent_s: float, share: float = REST_SHARE) -> float:
    """How long to rest after reading on took so long, in seconds: `share` times as long, within bounds."""
    return min(max(REST_S, share * spent_s), MOST_REST_S)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def behind(reached: int, asked: int) -> ProblemError:
    """The problem of stored views that have not read as far as is asked for."""
    return ProblemError.of(
        503,
        "views-behind",
        f"the stored views have read up to position {reached}, and {asked} is asked for; ask again",
        headers={"Retry-After": str(_RETRY_AFTER_S)},
    )
