"""A tail on a real ledger, followed in a loop of the test, and its messages as they are."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import orjson

from api.http.feed.stream import messages
from api.http.feed.tail import Tail
from ledger.stores.sqlite_store import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.http.feed.frames import Wanted
    from ledger.values import Json
    from tests.desk import Desk

__all__ = ["WAIT_S", "followed", "positions", "said", "tailing"]

WAIT_S = 30
"""How long a test waits for what has to come, in seconds."""


@asynccontextmanager
async def tailing(desk: Desk) -> AsyncIterator[Tail]:
    """A tail that one follows already, so that it looks."""
    store = SQLiteStore(desk.path, read_only=True)
    tail = Tail(store)
    tail.start()
    tail.join()
    try:
        yield tail
    finally:
        await tail.stop()
        store.close()


async def followed(tail: Tail, after: int, wanted: Wanted, until: int) -> bytes:
    """Everything that is sent to one follower, up to a position."""

    async def all_of() -> bytes:
        return b"".join([piece async for piece in messages(tail, after, wanted, until=until)])

    return await asyncio.wait_for(all_of(), WAIT_S)


def said(sent: bytes) -> list[dict[str, str]]:
    """The messages with data, as their fields."""
    fields = [
        dict(line.split(": ", 1) for line in message.split("\n") if line and not line.startswith(":"))
        for message in sent.decode().split("\n\n")
    ]
    return [one for one in fields if "data" in one]


def positions(sent: bytes) -> list[int]:
    """The positions of the events that were sent, which are their ids too."""
    told: list[dict[str, Json]] = [orjson.loads(one["data"]) for one in said(sent)]
    assert [int(one["id"]) for one in said(sent)] == [one["position"] for one in told]
    return [one["position"] for one in told]
