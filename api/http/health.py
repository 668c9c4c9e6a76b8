"""Whether the server can do its work: asked by whoever runs it, at most once in five seconds of the disk (docs/operations.md).

Ready means that a write would be taken and made durable. Reads of one incident fold the log itself, so stored views that stand still
are told and are no reason to be sent nothing: another server could not do better, there is one writer.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal

import msgspec

from api.http.serving import Served
from ledger.errors import LedgerError, StoreError

__all__ = ["CANARY_S", "FULL_S", "Health", "Readiness"]

CANARY_S = 5
"""How long what the disk said holds, in seconds."""

FULL_S = 5
"""How long a queue may take nothing on before the server is not ready, in seconds."""

BEAT_S = 2.0
"""How long the disk may take for one row, in seconds."""

_logger = logging.getLogger(__name__)


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """What is well and what is not. `views` tells, and does not count."""

    writing: Literal["ok", "refused", "slow"]
    queue: Literal["ok", "full"]
    views: Literal["ok", "stalled"]

    @property
    def ready(self) -> bool:
        """Whether a write would be taken."""
        return self.writing == "ok" and self.queue == "ok"


class Health:
    """Looks after a ledger that is served. `stalled` says whether the stored views stand still."""

    def __init__(self, served: Served, stalled: Callable[[], bool], *, beat_s: float = BEAT_S) -> None:
        self._served = served
        self._stalled = stalled
        self._beat_s = beat_s
        self._lock = asyncio.Lock()
        # A thread of its own: those of the reads may all be busy, and that is no fault of the disk.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger-canary")
        self._beating: Future[None] | None = None
        self._beat_at: dt.timedelta | None = None
        self._writing: Literal["ok", "refused", "slow"] = "ok"

    async def look(self) -> Readiness:
        """See how things are."""
        async with self._lock:
            now = self._served.clock.elapsed()
            if self._beat_at is None or now - self._beat_at >= dt.timedelta(seconds=CANARY_S):
                self._beat_at = now
                self._writing = await self._beat()
        return Readiness(
            writing=self._writing,
            queue="full" if self._is_full() else "ok",
            views="stalled" if self._stalled() else "ok",
        )

    async def _beat(self) -> Literal["ok", "refused", "slow"]:
        if self._beating is None or self._beating.done():
            self._beating = self._thread.submit(self._served.beat)
        try:
            # Shielded: one that is under way is waited for by the next to look, and no second is begun beside it.
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._beating)), self._beat_s)
        except TimeoutError:
            return "slow"
        except LedgerError as error:
            if not isinstance(error, StoreError):
                _logger.error("the canary met %s", type(error).__qualname__)  # noqa: TRY400  its text may name files
            return "refused"
        return "ok"

    def _is_full(self) -> bool:
        served = self._served
        since = served.full_since
        if since is None or served.waiting < served.settings.queue_capacity:
            return False
        return served.clock.elapsed() - since >= dt.timedelta(seconds=FULL_S)

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown(wait=False)
