"""The Merkle tree of a log: a reader of the log that hashes what is new, and proofs made from what it hashed."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Protocol

from ledger.errors import IntegrityError, InvalidError, UnknownError
from ledger.merkle import HASH_BYTES, consistency_proof, inclusion_proof, leaf_hash, leaf_index, range_hash
from ledger.transparency.levels import Levels
from ledger.transparency.tiles import TILE_WIDTH, bundle_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.stores.contract import Head
    from ledger.transparency.tiles import Tile

__all__ = ["BATCH_LEAVES", "Entries", "LogTree"]

BATCH_LEAVES = 256 * TILE_WIDTH
"""Most leaves that are hashed before they are made durable."""


class Entries(Protocol):
    """What is read of a store (ledger/stores/contract.py)."""

    def head(self) -> Head:
        """Where the log ends now."""
        ...

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[bytes]:
        """The stored bytes of events in order of position, from `start` to `stop`, both included."""
        ...


class LogTree:
    """The tree of one log, in the folder `tree` beside it. `writing`: this process extends it; one does at a time."""

    def __init__(self, log: Entries, folder: Path, *, writing: bool = False) -> None:
        """See how far the tree on disk is whole and of this log. Raises StoreError where it cannot be read."""
        self._log = log
        self._levels = Levels(folder, writing=writing)
        self._writing = writing
        self._extending = threading.Lock()
        self._levels.load()
        self._check_whose()

    def _check_whose(self) -> None:
        """Throw away a tree that is not of this log."""
        if self._writing and not self._is_of_the_log():
            self._levels.forget()

    def _is_of_the_log(self) -> bool:
        """Whether the last leaf on disk is that of the event at its position; a tree of no leaves is of every log."""
        size = self._levels.size
        if size == 0:
            return True
        last = next(iter(self._log.entries(size, size)), None)
        return last is not None and leaf_hash(last) == self._levels.hashes(0, size - 1, size)

    @property
    def size(self) -> int:
        """How many events the tree holds."""
        return self._levels.size

    def catch_up(self) -> int:
        """Take in what the log has got since; the size then. The stored bytes are hashed, whatever is written beside them.

        A tree that is only read follows the process that writes it. Of those that may write, one is to call this at a time.

        Raises StoreError where the disk refuses, and IntegrityError where an event is missing.
        """
        with self._extending:
            if self._levels.refresh():
                self._check_whose()
            if not self._writing:
                return self._levels.size
            head = self._log.head().position
            while self._levels.size < head:
                first = self._levels.size + 1
                last = min(first + BATCH_LEAVES - 1, head)
                self._levels.extend(self._hashed(first, last))
            return self._levels.size

    def _hashed(self, first: int, last: int) -> bytes:
        sha256 = hashlib.sha256
        leaves = b"".join([sha256(b"\x00" + entry).digest() for entry in self._log.entries(first, last)])
        if len(leaves) != (last - first + 1) * HASH_BYTES:
            raise IntegrityError("the log ends before it", where=f"position {last}")
        return leaves

    def forget(self) -> None:
        """Throw the tree away; `catch_up` builds it anew from the log. Raises StoreError where the disk refuses."""
        with self._extending:
            self._levels.forget()

    def root(self, size: int) -> bytes:
        """The root of the first `size` events. Raises UnknownError where the tree does not go so far."""
        self._reaches(size)
        return range_hash(0, size, self._levels.subtree)

    def subtree(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree (`merkle.SubtreeHash`)."""
        return self._levels.subtree(level, index)

    def leaf(self, position: int) -> bytes:
        """The leaf hash of the event at a position."""
        self._reaches(position)
        return self._levels.hashes(0, position - 1, position)

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """The path from the event at `position` to the root of the first `size` events.

        Raises InvalidError where the event is not among them, and UnknownError where the tree does not go so far.
        """
        self._reaches(size)
        if not 1 <= position <= size:
            raise InvalidError(f"position {position} is not among the first {size}", field="/position")
        return inclusion_proof(leaf_index(position), size, self._levels.subtree)

    def consistency(self, first: int, second: int) -> list[bytes]:
        """The hashes that show the first `first` events to be the beginning of the first `second`.

        Raises InvalidError unless 0 < first <= second, and UnknownError where the tree does not go so far.
        """
        self._reaches(second)
        return consistency_proof(first, second, self._levels.subtree)

    def tile(self, tile: Tile) -> bytes:
        """The bytes of a tile or of an entry bundle. Raises UnknownError where the tree has no such tile, or not so wide.

        An entry is given only where it still is what the tree was made of: IntegrityError otherwise.
        """
        if tile.leaves > self._levels.size:
            raise UnknownError("tile", tile.path, hint=f"the tree has {self._levels.size} leaves")
        if tile.level is not None:
            return self._levels.hashes(tile.level, tile.start, tile.end)
        entries = list(self._log.entries(tile.start + 1, tile.end))
        hashes = self._levels.hashes(0, tile.start, tile.end)
        for at, entry in enumerate(entries):
            if leaf_hash(entry) != hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES]:
                raise IntegrityError(
                    "the bytes of the event are not those that the Merkle tree was made of",
                    where=f"position {tile.start + at + 1}",
                )
        return bundle_of(entries)

    def _reaches(self, size: int) -> None:
        if size > self._levels.size:
            raise UnknownError("tree of size", str(size), hint=f"the tree has {self._levels.size} leaves")

    def close(self) -> None:
        """Let the files go."""
        self._levels.close()
