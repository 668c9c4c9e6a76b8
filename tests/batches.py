"""Batches for a store without a writer: events that are bytes and nothing more, with real disclosures where words matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.disclosure import make
from ledger.stores.contract import Answer, Batch, NewEvent, Removal
from tests.fakes import CountingBytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.stores.contract import Store

__all__ = ["append", "event", "words"]

_random = CountingBytes("batches")


def words(**paths: str) -> bytes:
    """Disclosures of some paths; `__` in a name stands for `/`."""
    return make([(path.replace("__", "/"), value) for path, value in paths.items()], _random)[1]


def event(stream: str, version: int, disclosures: bytes = b"", size: int = 0) -> NewEvent:
    """An event of a stream, padded by `size` bytes."""
    return NewEvent(
        stream=stream,
        version=version,
        topic="Thing@1",
        event=f"{stream}/{version}/{'x' * size}".encode(),
        disclosures=disclosures,
    )


def append(
    store: Store,
    *events: NewEvent,
    us: int | None = None,
    removals: Sequence[Removal] = (),
    answers: Sequence[Answer] = (),
) -> list[int]:
    """Append a batch after the head, at `us` or one microsecond after the last; its positions."""
    head = store.head()
    batch = Batch(
        after=head.position,
        recorded_us=head.recorded_us + 1 if us is None else us,
        events=events,
        removals=removals,
        answers=answers,
    )
    return list(store.append(batch))
