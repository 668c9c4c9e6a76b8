"""What the routes work with: one open ledger behind a queue, for as long as the server runs."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from starlette.requests import Request

from api.http.answers import Answers, Pending
from api.http.problems import ProblemError
from api.opening import Opened, open_for_writing
from ledger.address import Address
from ledger.append import Ask, Receipt
from ledger.blobs import Blobs
from ledger.clock import Clock
from ledger.command_queue import CommandQueue
from ledger.errors import QueueFullError
from ledger.history import History
from ledger.ids import Ids, RandomSource
from ledger.settings import Settings
from ledger.snapshot import Held

if TYPE_CHECKING:
    from collections.abc import Collection

    from ledger.append import Outcome
    from ledger.erasing import Erased

__all__ = ["Served", "served_by", "serving"]

_RETRY_AFTER_S = 1
_QUEUE_SHARE, _LAST_SHARE = 0.2, 0.1
"""How much of the time to finish is for what waits in the queue, and for the transaction in hand once what waits was refused."""

_LEFT_OPEN: list[ExitStack] = []
"""Ledgers that could not be closed. They are held, since what nobody holds is closed by Python."""
_logger = logging.getLogger(__name__)


class Served:
    """The ledger that is served."""

    def __init__(self, opened: Opened, queue: CommandQueue, settings: Settings) -> None:
        self.path: Address = opened.path
        self.history: History = opened.history
        self.blobs: Blobs = opened.blobs
        self.clock: Clock = opened.clock
        self.ids: Ids = opened.ids
        self.random: RandomSource = opened.random
        self.settings = settings
        self.in_flight: set[tuple[str, str]] = set()
        self.full_since: dt.timedelta | None = None
        """Since when the queue took nothing on, as the machine's running time; None while it does."""
        self.store = opened.store
        self._writer = opened.writer
        self._queue = queue
        self._receivers = ThreadPoolExecutor(settings.uploads, thread_name_prefix="ledger-receiver")
        self._receiving = 0
        self._answers: Answers | None = None

    @property
    def waiting(self) -> int:
        """How many commands and batches wait for the writer."""
        return self._queue.waiting

    @property
    def erasing(self) -> bool:
        """Whether a redaction that is recorded has yet to leave the files."""
        return self._writer.erasing

    @property
    def unsearched(self) -> tuple[Erased, ...]:
        """What was erased and has not been found to be gone from the files yet. It is content."""
        return self._writer.unsearched

    def searched(self, erased: Collection[Erased]) -> None:
        """No file holds any of this any more."""
        self._writer.searched(erased)

    def beat(self) -> None:
        """Write the row that says nothing. Raises StoreError where writing does not work."""
        self.store.beat()

    def now(self) -> dt.datetime:
        """The present instant."""
        return self.clock.now()

    def _reserve(self) -> None:
        try:
            self._queue.reserve()
        except QueueFullError:
            if self.full_since is None:
                self.full_since = self.clock.elapsed()
            raise
        self.full_since = None

    async def record(self, ask: Ask) -> Receipt:
        """Have a command recorded. Raises what `Writer.record` raises, and QueueFullError.

        What takes long before its turn, such as the text of a capture or the search for a quotation, has a thread of its own. The
        place in the queue is taken before, so that those who are in such a thread count as waiting.
        """
        self._reserve()
        if self._answers is None or not self._answers.is_for(asyncio.get_running_loop()):
            self._answers = Answers()
        pending: Pending[Receipt] = self._answers.pending()
        if self._writer.is_at_hand(ask.command):
            self._queue.enter_for(ask, pending)
        else:
            await asyncio.to_thread(self._queue.enter_for, ask, pending)
        return await pending.future

    async def record_batch(self, asks: Sequence[Ask], *, atomic: bool) -> list[Outcome]:
        """Have a batch recorded, in one turn of the queue; an outcome for each. Raises QueueFullError and UnavailableError."""
        self._reserve()
        future = await asyncio.to_thread(self._queue.enter_batch, asks, atomic=atomic)
        return await asyncio.wrap_future(future)

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """Hold one of the places for long bodies. Raises ProblemError (503) where all are taken."""
        if self._receiving >= self.settings.uploads:
            raise ProblemError.of(
                503,
                "too-busy",
                "as many snapshots and batches as are taken at once are being received; nothing was recorded, try again",
                headers={"Retry-After": str(_RETRY_AFTER_S)},
            )
        self._receiving += 1
        try:
            yield
        finally:
            self._receiving -= 1

    async def receive(self, chunks: AsyncIterator[bytes], limit: int) -> Held:
        """Keep bytes in a temporary file as they come, in a thread that waits for them; none of them is empty.

        Raises as Blobs.receive, and what `chunks` raises.

        Called while holding a place of `receiving`, so that there is a thread. Whoever receives them discards them.
        """
        loop = asyncio.get_running_loop()

        async def following() -> bytes:
            return await anext(chunks, b"")

        def pulled() -> Iterator[bytes]:
            while chunk := asyncio.run_coroutine_threadsafe(following(), loop).result():
                yield chunk

        return await loop.run_in_executor(self._receivers, self.blobs.receive, pulled(), limit)

    def close(self) -> None:
        """Let go of the threads."""
        self._receivers.shutdown(wait=False)


def served_by(request: Request) -> Served:
    """The ledger that the application of a request serves."""
    served = request.app.state.served
    if not isinstance(served, Served):
        raise TypeError("the application was not started: its lifespan opens the ledger")
    return served


@contextmanager
def serving(
    settings: Settings,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    random: RandomSource | None = None,
    told: Callable[[Sequence[Outcome], float], None] | None = None,
) -> Iterator[Served]:
    """Open a ledger for a server. Leaving answers what was accepted, for `drain_s` at most, before the ledger is closed.

    `told` is called after each turn of the queue (command_queue.py). Raises as open_for_writing does.
    """
    with ExitStack() as stack:
        opened = stack.enter_context(open_for_writing(settings.path, clock=clock, ids=ids, random=random))
        queue = CommandQueue(opened.writer, capacity=settings.queue_capacity, told=told)
        served = Served(opened, queue, settings)
        try:
            yield served
        finally:
            served.close()
            if not _drained(queue, settings.drain_s):
                # The writer is in the middle of a transaction: the process ends with it, as after a power cut, and nothing
                # that was acknowledged is lost. To close the store under it could do worse.
                _logger.error("the disk did not answer in time; the ledger is left as it is")
                _LEFT_OPEN.append(stack.pop_all())


def _drained(queue: CommandQueue, drain_s: int) -> bool:
    """Finish what waits. The time to finish is mostly that of the requests, which have been waited for before (server.py)."""
    if queue.close(drain_s * _QUEUE_SHARE):
        return True
    _logger.warning("%d commands were refused: the time to finish them was over", queue.refuse_waiting())
    return queue.close(drain_s * _LAST_SHARE)
