"""One follower: from where, what of it, how long it may take nothing, and when it ends."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.http.connections import ABORT
from api.http.feed.frames import place
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from api.http.feed.frames import Wanted
    from api.http.feed.tail import Tail

__all__ = ["HEARTBEAT_S", "SLOW_S", "EventStream", "messages"]

HEARTBEAT_S = 15.0
"""How long a stream is silent at most, in seconds: proxies close what says nothing."""

SLOW_S = 30.0
"""How long a follower may take nothing of what is sent, in seconds, before it is cut."""

PIECE_BYTES = 65_536
"""About how many bytes are sent at a time to one who is behind."""

RETRY_MS = 1_000
"""How long whoever was cut waits before it comes back, in milliseconds."""

_ABORT_S = 1.0
_logger = logging.getLogger(__name__)


async def messages(
    tail: Tail, after: int, wanted: Wanted, *, until: int | None = None, heartbeat_s: float = HEARTBEAT_S
) -> AsyncIterator[bytes]:
    """What is sent to one follower, from the event after a position on; to the event at `until`, else for ever.

    It is made of what the store holds when it is sent: where a redaction came after something was read, that is read anew.
    """
    yield b"retry: %d\n\n" % RETRY_MS
    position = after
    while not tail.closed and (until is None or position < until):
        epoch = tail.epoch
        frames = await tail.after(position, wait_s=heartbeat_s)
        pieces: list[bytes] = []
        size, told = 0, position
        for frame in frames:
            if not tail.still_holds(epoch) or (until is not None and frame.position > until):
                break
            kind = None if wanted.kind is None else await tail.kind_of(frame)
            position = frame.position
            if wanted.takes(frame, kind):
                pieces.append(frame.data)
                size, told = size + len(frame.data), position
                if size >= PIECE_BYTES:
                    break
        if pieces and not await tail.is_looked_at(wait_s=heartbeat_s):
            # Nothing of it was sent, and nothing is before it is known what was redacted.
            position = after
            yield place(position)
            continue
        if pieces and not tail.still_holds(epoch):
            # Nothing of it was sent yet.
            position = told = after
            continue
        if told < position or not frames:
            # Also where the rest of a page was passed over, so that whoever comes back need not read it again.
            pieces.append(place(position))
        if pieces:
            tail.sent += len(pieces)
            yield b"".join(pieces)
        after = position


class EventStream(Response):
    """The answer that does not end by itself. Each follower is one task and no thread."""

    media_type = "text/event-stream"

    def __init__(self, tail: Tail, made: AsyncIterator[bytes], *, slow_s: float = SLOW_S) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._tail = tail
        self._made = made
        self._slow_s = slow_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the follower goes, is too slow, or the server ends."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        self._tail.join()
        gone = asyncio.create_task(_gone(receive))
        sending = asyncio.create_task(self._send_all(send))
        try:
            await asyncio.wait((gone, sending), return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and not sending.result():
                self._tail.cut += 1
                await _abort(scope, gone)
        finally:
            self._tail.leave()
            for task in (gone, sending):
                task.cancel()
            await asyncio.gather(gone, sending, return_exceptions=True)

    async def _send_all(self, send: Send) -> bool:
        """Send every message, and the end. False where the follower took nothing for too long."""
        try:
            async for message in self._made:
                async with asyncio.timeout(self._slow_s):
                    await send({"type": "http.response.body", "body": message, "more_body": True})
        except TimeoutError:
            return False
        except LedgerError as error:
            _logger.warning("a stream of the feed ends: %s", error.code)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return True


async def _abort(scope: Scope, gone: asyncio.Task[None]) -> None:
    """Close a connection at once, what was not taken with it. Raises ConnectionAbortedError where the server knows no such end."""
    abort = (scope.get("extensions") or {}).get(ABORT)
    if abort is None:
        raise ConnectionAbortedError("a follower of the feed took nothing for too long")
    abort()
    await asyncio.wait((gone,), timeout=_ABORT_S)


async def _gone(receive: Receive) -> None:
    """Wait until the follower has gone away."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
