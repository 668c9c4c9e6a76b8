"""A load generator on loopback: prepared bytes over connections that are kept, in one thread that does as little as it can."""

from __future__ import annotations

import asyncio
import time
from itertools import cycle, takewhile
from typing import TYPE_CHECKING, cast

import msgspec
import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Load", "get", "load", "load_beside", "post", "quantile"]


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests a second were answered, and how long each took, in seconds, the shortest first.

    `refused`: how long those took that were answered 503, where that was expected too.
    """

    rate: float
    waits: tuple[float, ...]
    refused: tuple[float, ...] = ()

    def quantile(self, part: float) -> float:
        """The time that this part of the requests was answered in."""
        return quantile(self.waits, part)


def quantile(waits: Sequence[float], part: float) -> float:
    """The time that this part of the requests was answered in; `waits` has the shortest first."""
    return waits[min(len(waits) - 1, int(len(waits) * part))]


def get(path: str) -> bytes:
    """A GET as it is sent."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    """A POST of JSON as it is sent."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class _Connection(asyncio.Protocol):
    """One connection, with one request under way at a time."""

    def __init__(
        self, left: Iterator[bytes], expected: bytes, waits: list[float], refused: list[float] | None
    ) -> None:
        self.made: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = left
        self._expected = expected
        self._waits = waits
        self._refused = refused
        self._told = waits
        self._held = bytearray()
        self._missing = -1
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        # uvloop has a transport of its own making.
        self._transport = cast("asyncio.Transport", transport)
        self.made.set_result(None)

    def begin(self) -> None:
        """Send the first request."""
        self._next()

    def data_received(self, data: bytes) -> None:
        """Read an answer; with its end, send the next request."""
        self._held += data
        if self._missing < 0:
            end = self._held.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._held[: end + 2])
            if self._refused is not None and head.startswith(b"HTTP/1.1 503"):
                self._told = self._refused
            else:
                assert head.startswith(b"HTTP/1.1 " + self._expected), bytes(self._held)
                self._told = self._waits
            length = head.lower().index(b"content-length:") + 15
            self._missing = end + 4 + int(head[length : head.index(b"\r\n", length)])
        if len(self._held) >= self._missing:
            self._told.append(time.perf_counter() - self._sent_at)
            self._held.clear()
            self._missing = -1
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that it was lost, where that was too early."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _next(self) -> None:
        request = next(self._left, None)
        if request is None:
            self.done.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def close(self) -> None:
        """Let go."""
        self._transport.close()


async def _load(
    port: int, requests: Iterable[bytes], expected: int, connections: int, *, may_refuse: bool = False
) -> Load:
    waits: list[float] = []
    refused: list[float] = []
    left = iter(requests)
    loop = asyncio.get_running_loop()
    made = [
        (
            await loop.create_connection(
                lambda: _Connection(left, str(expected).encode(), waits, refused if may_refuse else None),
                "127.0.0.1",
                port,
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(one.made for one in made))
    started = time.perf_counter()
    for one in made:
        one.begin()
    await asyncio.gather(*(one.done for one in made))
    spent = time.perf_counter() - started
    for one in made:
        one.close()
    answered = len(waits) + len(refused)
    return Load(rate=answered / spent, waits=tuple(sorted(waits)), refused=tuple(sorted(refused)))


def load(
    port: int, requests: Sequence[bytes], *, expected: int, connections: int = 64, may_refuse: bool = False
) -> Load:
    """Send requests over some connections at once, each one as soon as the one before it on its connection is answered.

    An answer of another status than the expected fails, unless it is 503 and the server `may_refuse`.
    """
    found = uvloop.run(_load(port, requests, expected, connections, may_refuse=may_refuse))
    assert len(requests) == len(found.waits) + len(found.refused)
    return found


async def _load_beside(
    port: int, reads: Sequence[bytes], readers: int, writes: Sequence[bytes], writers: int
) -> tuple[Load, Load]:
    written: list[Load] = []

    async def write() -> None:
        written.append(await _load(port, writes, 201, writers))

    while_written = takewhile(lambda _: not written, cycle(reads))
    read, _ = await asyncio.gather(_load(port, while_written, 200, readers), write())
    return read, written[0]


def load_beside(
    port: int, reads: Sequence[bytes], writes: Sequence[bytes], *, readers: int, writers: int = 64
) -> tuple[Load, Load]:
    """Reads, again and again over connections of their own, for as long as writes are sent: how either fared.

    An answer that is not 200 or 201 fails. Both are sent by one thread, whose own waits are in what the reads took.
    """
    return uvloop.run(_load_beside(port, reads, readers, writes, writers))
