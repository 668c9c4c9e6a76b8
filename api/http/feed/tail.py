"""The end of the log, followed for all: what was read last is kept, as much as fits, and whoever waits is woken.

It looks when it is woken (a commit of this process; a notification of a database, where there is one) and a few times a second besides,
since a hint may be lost. A redaction empties what is kept, so that nothing is sent with words that are gone: what a follower still
has to take is then read anew. This process tells of its own before it answers them; where others write the log too, they answer theirs
without asking, so that the end of the log is looked at before anything is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from api.http.feed.frames import Frame, frame_of
from ledger.errors import LedgerError
from ledger.events import FactCorrected, FactReported
from ledger.stores.mapper import proved_entry_of

if TYPE_CHECKING:
    from ledger.stores.contract import Store

__all__ = ["LOOK_S", "PAGE_ROWS", "Tail"]

LOOK_S = 0.1
"""How often the end of the log is looked at while somebody follows, in seconds."""

PAGE_ROWS = 256
"""Most events that are handed on at a time."""

KEPT_BYTES = 4 * 1_048_576
"""Most bytes of messages that are kept for those who are a little behind; others read them from the store."""

KEPT_KINDS = 65_536
"""Of how many facts the kind is remembered."""

_OF_KINDS = ("FactReported@1", "FactCorrected@1")
RETRY_S = 1.0
_logger = logging.getLogger(__name__)


class Tail:
    """One log, and those who follow it. Everything but `wake` belongs to the loop in which it was started.

    `shared`: whether other processes may write it.
    """

    def __init__(self, store: Store, *, shared: bool = False) -> None:
        self._store = store
        self._shared = shared
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="ledger-feed")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._moved = asyncio.Event()
        self._kept: deque[Frame] = deque()
        self._kept_bytes = 0
        self._kinds: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._begun = self._looked = self._awaited = 0
        self.head = 0
        self.epoch = 0
        self.followers = 0
        self.cut = 0
        self.sent = 0
        self.closed = False

    def start(self) -> None:
        """Begin to follow, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self.head = self._store.head().position
        self._task = self._loop.create_task(self._follow(), name="ledger-feed")

    def wake(self) -> None:
        """Look at the end of the log now. From any thread; a hint that may be lost."""
        if self._loop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        # Until it was looked what came, it may be a redaction: nothing that is kept is sent before.
        self._awaited = self._begun + 1
        self._woken.set()

    @property
    def _unsure(self) -> bool:
        """Whether something came, which may be a redaction, since the last look began. Of a shared log nobody knows: it is looked at."""
        return not self._shared and self._looked < self._awaited

    def end_streams(self) -> None:
        """Have everybody who follows come to an end: the server is told to stop. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self.closed = True
        self._woken.set()
        self._tell()

    async def stop(self) -> None:
        """Stop following, and let go of the thread."""
        self._end()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await asyncio.to_thread(self._reader.shutdown)

    def join(self) -> None:
        """One more follows."""
        self.followers += 1
        self._wake()

    def leave(self) -> None:
        """One less follows."""
        self.followers -= 1

    async def _follow(self) -> None:
        following = False
        while not self.closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S if self.followers else None):
                    await self._woken.wait()
            self._woken.clear()
            if not self.followers:
                # Nobody is told, so nothing is read; the next to come begins where the log then ends.
                following = False
                continue
            try:
                if not following:
                    await self._begin()
                    following = True
                await self._read_on()
            except LedgerError as error:
                _logger.warning("the feed stands still: %s", error.code)
                await asyncio.sleep(RETRY_S)

    async def _begin(self) -> None:
        """Begin at the end of the log: who wants more reads it from the store."""
        self._kept.clear()
        self._kept_bytes = 0
        self.epoch += 1
        loop = asyncio.get_running_loop()
        self.head = (await loop.run_in_executor(self._reader, self._store.head)).position

    async def _read_on(self) -> None:
        """Look what came. What is known then is what was there when it began."""
        self._begun += 1
        number = self._begun
        while True:
            frames = await self._page(self.head, PAGE_ROWS)
            for frame in frames:
                self._keep(frame)
            if frames:
                self.head = frames[-1].position
            if len(frames) < PAGE_ROWS:
                break
        self._looked = number
        self._tell()

    def _tell(self) -> None:
        """Wake everybody who waits; who comes later waits for the next time."""
        self._moved.set()
        self._moved = asyncio.Event()

    def _keep(self, frame: Frame) -> None:
        if frame.redacts:
            self.epoch += 1
            self._kept.clear()
            self._kept_bytes = 0
        self._kept.append(frame)
        self._kept_bytes += len(frame.data)
        while self._kept_bytes > KEPT_BYTES and len(self._kept) > 1:
            self._kept_bytes -= len(self._kept.popleft().data)

    async def _page(self, after: int, limit: int) -> list[Frame]:
        """Events after a position, read from the store in the one thread that reads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, self._read, after, limit)

    def _read(self, after: int, limit: int) -> list[Frame]:
        return [frame_of(row) for row in islice(self._store.rows(after + 1, after + limit), limit)]

    async def after(self, position: int, *, wait_s: float) -> list[Frame]:
        """The next events after a position, at most PAGE_ROWS; none where nothing came in time, or the server ends.

        Raises LedgerError where the store cannot be read.
        """
        while not self.closed and (position >= self.head or self._unsure):
            moved = self._moved
            try:
                async with asyncio.timeout(wait_s):
                    await moved.wait()
            except TimeoutError:
                if position >= self.head:
                    return []
        if self.closed:
            return []
        first = self._kept[0].position if self._kept else self.head + 1
        if position + 1 >= first:
            begin = position + 1 - first
            return list(islice(self._kept, begin, begin + PAGE_ROWS))
        return await self._page(position, min(PAGE_ROWS, self.head - position))

    async def is_looked_at(self, *, wait_s: float) -> bool:
        """Have the end of a shared log looked at from now on. False where it could not be read in time, or the server ends."""
        wanted = self._begun + 1
        try:
            async with asyncio.timeout(wait_s):
                while self._shared and self._looked < wanted:
                    if self.closed:
                        return False
                    self._woken.set()
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    def still_holds(self, epoch: int) -> bool:
        """Whether what was handed on at an epoch may still be sent: no redaction came since, nor may one have come."""
        return epoch == self.epoch and not self._unsure

    async def kind_of(self, frame: Frame) -> str | None:
        """The kind of the fact that an event acts upon, as it stood with that event; None where it acts upon none."""
        if frame.fact is None:
            return None
        place = (frame.stream, frame.fact)
        if frame.kind is not None:
            self._remember(place, frame.kind)
            return frame.kind
        known = self._kinds.get(place)
        if known is None or frame.position <= self.head - PAGE_ROWS:
            loop = asyncio.get_running_loop()
            known = await loop.run_in_executor(self._reader, self._kind_at, frame)
        return known

    def _remember(self, place: tuple[str, str], kind: str) -> None:
        self._kinds[place] = kind
        self._kinds.move_to_end(place)
        while len(self._kinds) > KEPT_KINDS:
            self._kinds.popitem(last=False)

    def _kind_at(self, frame: Frame) -> str | None:
        """The kind of a fact up to an event, read from its stream."""
        kind = None
        for row in self._store.stream(frame.stream, until=frame.position):
            if row.topic in _OF_KINDS:
                act = proved_entry_of(row).body
                if isinstance(act, FactReported | FactCorrected) and act.fact == frame.fact:
                    kind = act.content.slug
        return kind
