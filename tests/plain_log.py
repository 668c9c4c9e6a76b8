"""A log without a store: entries in memory, as the Merkle tree reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from ledger.stores.contract import Head

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ORIGIN", "PlainLog", "opening"]

ORIGIN = "0190e0f0-5f7a-7000-8000-000000000001"
"""The id of the ledger that `opening` says."""


def opening(origin: str = ORIGIN) -> bytes:
    """The first event of a ledger, as far as its log is concerned."""
    return orjson.dumps({"body": {"ledger": origin}, "type": "LedgerOpened"})


class PlainLog:
    """Entries that grow, or are changed by the test. `read` counts how many were asked for."""

    def __init__(self, size: int = 0) -> None:
        self.stored: list[bytes] = []
        self.read = 0
        self.grow(size)

    def grow(self, count: int) -> None:
        """Record so many entries more; the first of all says whose log it is."""
        for _ in range(count):
            number = len(self.stored)
            self.stored.append(opening() if number == 0 else b"entry %d" % number)

    def head(self) -> Head:
        """Where the log ends."""
        return Head(position=len(self.stored), recorded_us=len(self.stored))

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[bytes]:
        """The entries from `start` to `stop`, both included."""
        for one in self.stored[max(start, 1) - 1 : stop]:
            self.read += 1
            yield one
