"""The live feed: how long after its commit an event is with a hundred who follow, each over a connection of its own."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from typing import TYPE_CHECKING

from api.client import Client
from benchmarks.http import our_server

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["feed_delay"]

_FOLLOWERS = 100
_TARGET_MS = 50.0
_PAUSE_S = 0.05


async def _follow(port: int, after: int, count: int, arrived: dict[int, list[float]]) -> None:
    """Take a stream apart as it comes, as cheaply as can be: who measures runs on the same machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /v1/events?after={after} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    seen = 0
    while seen < count:
        line = await reader.readline()
        if line.startswith(b"id: "):
            arrived.setdefault(int(line[4:]), []).append(time.perf_counter())
            seen += 1
    writer.close()
    await writer.wait_closed()


async def _measured(port: int, acts: int) -> tuple[list[float], list[float]]:
    """The milliseconds from the beginning of each request, and so from before its commit, to its answer and to each delivery."""
    client = Client(f"http://127.0.0.1:{port}")
    after = client.record({"op": "open-incident", "title": "Feed", "zone": "UTC"}).position or 0
    arrived: dict[int, list[float]] = {}
    following = [asyncio.create_task(_follow(port, after, acts, arrived)) for _ in range(_FOLLOWERS)]
    await asyncio.sleep(1)
    sent: dict[int, tuple[float, float]] = {}
    for number in range(acts):
        begun = time.perf_counter()
        given = {"op": "open-incident", "title": f"Feed {number}", "zone": "UTC"}
        receipt = await asyncio.to_thread(client.record, given)
        sent[receipt.position or 0] = begun, time.perf_counter()
        await asyncio.sleep(_PAUSE_S)
    await asyncio.gather(*following)
    client.close()
    asked = [(answered - begun) * 1_000 for begun, answered in sent.values()]
    delays = [(at - sent[position][0]) * 1_000 for position, times in arrived.items() for at in times]
    return asked, delays


def feed_delay(folder: Path, *, acts: int) -> None:
    """Print the delay from the beginning of the request, so the commit is in it, to the delivery to each of a hundred."""
    with our_server(folder) as (port, _):
        asked, delays = asyncio.run(_measured(port, acts))
    quantiles = statistics.quantiles(delays, n=100)
    met = "met" if quantiles[98] <= _TARGET_MS else "NOT MET"
    sys.stdout.write(
        f"feed: request of an act to delivery to {_FOLLOWERS} followers, {len(delays):,} deliveries\n"
        f"    the request itself: p50 {statistics.median(asked):.1f} ms\n"
        f"    p50 {quantiles[49]:.1f} ms, p99 {quantiles[98]:.1f} ms  p99 must be at most {_TARGET_MS:.0f} ms: {met}\n"
    )
    sys.stdout.flush()
