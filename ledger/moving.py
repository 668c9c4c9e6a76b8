"""Moving a ledger from one store to another: rows, kept answers and snapshots, as they lie there (ADR 15).

Nothing is decoded and nothing made anew: a moved ledger has the same root. What was moved before and matches to the byte is gone on from,
so that a move which was cut off is made again by the same command; rows that differ are never written over.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from ledger.errors import ConflictError, IntegrityError
from ledger.merkle import Frontier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ledger.blobs import Blobs
    from ledger.stores.contract import Answer, Row, Store

__all__ = ["Moved", "move"]

_ROWS = 1_000
_CHUNK_BYTES = 1 << 20
_SNAPSHOT_LIMIT = 1 << 40


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What was moved: up to which position, how much of it now, and the root of the Merkle tree in both (RFC 6962)."""

    position: int
    events: int
    answers: int
    snapshots: int
    root: str


def _say_nothing(_position: int) -> None:
    pass


def move(
    source: Store,
    source_blobs: Blobs,
    destination: Store,
    destination_blobs: Blobs,
    told: Callable[[int], None] = _say_nothing,
) -> Moved:
    """Move all that the source holds. Nobody else may write to either meanwhile. `told` is told positions as they are reached.

    Raises ConflictError where the destination holds another ledger or has gone further, and IntegrityError where what is read does not
    match its hash.
    """
    frontier = Frontier()
    before = destination.head().position
    if before > source.head().position:
        raise ConflictError(f"the destination is at position {before} already; name another")
    rows = source.rows()
    for mine, theirs in zip(islice(rows, before), destination.rows(), strict=True):
        if mine != theirs:
            raise ConflictError(
                f"the destination holds another event at position {theirs.position}, or other words of it; name another"
            )
        frontier.append(theirs.leaf)
    # Before the events that name them, as when they were recorded.
    snapshots = sum(_copied(digest, source_blobs, destination_blobs) for digest in source_blobs.digests())
    events = 0
    while some := list(islice(rows, _ROWS)):
        destination.restore(some)
        frontier.extend(row.leaf for row in some)
        events += len(some)
        told(some[-1].position)
    answers = 0
    for page in _pages(source.answers()):
        new = [one for one in page if destination.answer(one.caller, one.key) is None]
        destination.restore([], new)
        answers += len(new)
    position = source.head().position
    if destination.head() != source.head() or frontier.size != position:
        raise IntegrityError(
            "the source moved on while it was read; do it again", where=f"position {position}"
        )
    root = _root_of(destination.rows())
    if root != frontier.root():
        raise IntegrityError("the destination does not hold what was written to it", where="the root")
    return Moved(position=position, events=events, answers=answers, snapshots=snapshots, root=root.hex())


def _pages(answers: Iterator[Answer]) -> Iterator[list[Answer]]:
    while page := list(islice(answers, _ROWS)):
        yield page


def _root_of(rows: Iterator[Row]) -> bytes:
    frontier = Frontier()
    frontier.extend(row.leaf for row in rows)
    return frontier.root()


def _copied(digest: str, source: Blobs, destination: Blobs) -> bool:
    """Copy a snapshot, unless it is there; whether it was not."""
    if destination.has(digest):
        return False
    with source.open(digest) as file:
        held = destination.receive(iter(lambda: file.read(_CHUNK_BYTES), b""), _SNAPSHOT_LIMIT)
    try:
        if held.digest != digest:
            raise IntegrityError("the bytes of the snapshot do not match its name", where=digest)
        destination.take(held)
    finally:
        destination.discard(held)
    return True
