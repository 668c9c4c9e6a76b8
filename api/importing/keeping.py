"""The bytes of lines made durable while those before them are recorded: neither waits for the other (ADR 17).

Only bytes are stored ahead, never an act. Bytes that no act comes to name say nothing, and a line that is read again finds them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Weight", "kept_ahead"]

CHUNK_CHANGES = 2_000
"""Lines that together have so many changes are kept together."""

CHUNK_BYTES = 8 * 1024 * 1024
"""Or so many bytes. Two such chunks are in memory: the one that is recorded and the one that is kept."""

T = TypeVar("T")


class Weight(NamedTuple):
    """How much there is of a line."""

    changes: int
    size_bytes: int


def kept_ahead(
    lines: Iterable[T], keep: Callable[[Sequence[T]], None], weigh: Callable[[T], Weight]
) -> Iterator[T]:
    """The lines in order, each after `keep` was done with it; while a chunk of them is used, the next one is read and kept.

    `keep` is called in a thread of its own, with one chunk after another. What it raises is raised in the place of its chunk.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ledger-keeping") as thread:
        before: list[T] = []
        keeping = thread.submit(keep, before)
        for chunk in _chunks(lines, weigh):
            keeping.result()
            keeping = thread.submit(keep, chunk)
            yield from before
            before = chunk
        keeping.result()
        yield from before


def _chunks(lines: Iterable[T], weigh: Callable[[T], Weight]) -> Iterator[list[T]]:
    chunk: list[T] = []
    changes = size_bytes = 0
    for one in lines:
        weight = weigh(one)
        chunk.append(one)
        changes += weight.changes
        size_bytes += weight.size_bytes
        if changes >= CHUNK_CHANGES or size_bytes >= CHUNK_BYTES:
            yield chunk
            chunk, changes, size_bytes = [], 0, 0
    if chunk:
        yield chunk
