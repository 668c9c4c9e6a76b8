"""The hashes of the tree on disk: the tiles of each level one after another in a file, and a file that says how far they are whole.

Nothing in them is evidence: they are made from the log and can be thrown away. What counts is that no hash is given out which was not
written whole: the levels are synced first and `built` is replaced after them, so what lies beyond it is a tail that nobody trusts and the
next writer writes over (ledger-format §7.3).
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from ledger.errors import IntegrityError, StoreError
from ledger.folders import make_folder, replace_file
from ledger.merkle import EMPTY_ROOT, HASH_BYTES, pair_up, range_hash
from ledger.transparency.tiles import TILE_BITS, TILE_WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Levels"]

_BUILT = re.compile(
    rb"(incident-ledger-tree/1 size (0|[1-9][0-9]{0,18}) root ([0-9a-f]{64})) sha256 ([0-9a-f]{64})\n"
)
_MAX_BUILT_BYTES = 4_096
_WHOLE_KEPT = 64
"""Whole tiles above the leaves whose inner nodes are kept in memory, 16 KiB each: they are over 4 million leaves."""

_BEGUN_KEPT = 8
"""The same of tiles that are not whole yet: one a level, and those of a tree that was a little smaller."""


class Levels:
    """The folder `tree`. One process may extend it while others read: what they were told is whole stays as it is."""

    def __init__(self, folder: Path, *, writing: bool = False) -> None:
        self._folder = folder
        self._writing = writing
        self._lock = threading.Lock()
        self._files: dict[int, int] = {}
        self._size = 0
        self._seen: tuple[int, int] | None = None
        self._whole = lru_cache(maxsize=_WHOLE_KEPT)(self._rows_inside)
        self._begun = lru_cache(maxsize=_BEGUN_KEPT)(self._rows_inside)

    @property
    def size(self) -> int:
        """How many leaves the tree on disk has, as far as it is whole."""
        return self._size

    @contextmanager
    def _on_disk(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"the Merkle tree in {self._folder.name} could not be {what}: {error.strerror or error}"
            ) from error

    def load(self) -> None:
        """See how far the tree on disk is whole; nothing is, where its files do not agree. Raises StoreError where they cannot be read."""
        self.close()
        with self._on_disk("read"):
            self._seen = self._stamp()
            size, root = self._built()
            if size and (not self._long_enough(size) or self._root_of(size) != root):
                size = 0
                self._forget_kept()
        self._size = size

    def refresh(self) -> bool:
        """Look again if another process wrote since; whether one did. Raises as `load`."""
        with self._on_disk("read"):
            moved = self._stamp() != self._seen
        if moved:
            self.load()
        return moved

    def _stamp(self) -> tuple[int, int] | None:
        """What tells one `built` from another: each is a file of its own."""
        try:
            found = (self._folder / "built").stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _built(self) -> tuple[int, bytes]:
        try:
            with (self._folder / "built").open("rb") as file:
                data = file.read(_MAX_BUILT_BYTES)
        except FileNotFoundError:
            return 0, EMPTY_ROOT
        found = _BUILT.fullmatch(data)
        if found is None or hashlib.sha256(found[1]).hexdigest().encode() != found[4]:
            return 0, EMPTY_ROOT
        return int(found[2]), bytes.fromhex(found[3].decode())

    def _path(self, level: int) -> Path:
        return self._folder / f"level-{level}"

    def _long_enough(self, size: int) -> bool:
        level = 0
        while size:
            path = self._path(level)
            if not path.is_file() or path.stat().st_size < size * HASH_BYTES:
                return False
            level, size = level + 1, size >> TILE_BITS
        return True

    def _root_of(self, size: int) -> bytes:
        self._size = size
        return range_hash(0, size, self.subtree)

    def _file(self, level: int) -> int:
        with self._lock:
            found = self._files.get(level)
            if found is None:
                flags = os.O_RDWR | os.O_CREAT if self._writing else os.O_RDONLY
                found = os.open(self._path(level), flags | os.O_CLOEXEC, 0o644)
                self._files[level] = found
            return found

    def hashes(self, level: int, start: int, end: int) -> bytes:
        """The hashes of a level of tiles from `start` up to `end`, without gaps.

        Raises IntegrityError where the tree on disk does not go so far, and StoreError where it cannot be read.
        """
        if end << (TILE_BITS * level) > self._size:
            raise IntegrityError(f"the tree has {self._size} leaves and does not go so far", where="the tree")
        with self._on_disk("read"):
            data = os.pread(self._file(level), (end - start) * HASH_BYTES, start * HASH_BYTES)
        if len(data) != (end - start) * HASH_BYTES:
            raise IntegrityError("a level of the tree was cut short", where=f"the tree, level {level}")
        return data

    def subtree(self, level: int, index: int) -> bytes:
        """The hash of the `index`-th complete subtree of 2**`level` leaves. Raises as `hashes`."""
        tiles, inside = divmod(level, TILE_BITS)
        start, end = index << inside, (index + 1) << inside
        begun = start & -TILE_WIDTH
        width = min(TILE_WIDTH, (self._size >> (TILE_BITS * tiles)) - begun)
        if inside == 0 or end > begun + width or (tiles == 0 and width == TILE_WIDTH):
            row = self.hashes(tiles, start, end)
            for _ in range(inside):
                row = pair_up(row)
            return row
        rows = (self._whole if width == TILE_WIDTH else self._begun)(tiles, begun, width)
        at = ((start - begun) >> inside) * HASH_BYTES
        return rows[inside][at : at + HASH_BYTES]

    def _rows_inside(self, level: int, begun: int, width: int) -> tuple[bytes, ...]:
        """The nodes over the first hashes of a tile, from these hashes up.

        Those of the last tiles and of those above the leaves are kept, since most proofs need them, however large the log has become.
        """
        rows = [self.hashes(level, begun, begun + width)]
        for _ in range(TILE_BITS - 1):
            pairs = len(rows[-1]) // (2 * HASH_BYTES)
            rows.append(pair_up(rows[-1][: pairs * 2 * HASH_BYTES]))
        return tuple(rows)

    def extend(self, leaves: bytes) -> None:
        """Add leaves by their hashes, without gaps, and make them durable. Raises StoreError where the disk refuses."""
        with self._on_disk("written"):
            make_folder(self._folder)
            new, at, row, level = self._size + len(leaves) // HASH_BYTES, self._size, leaves, 0
            while row:
                self._write(level, at, row)
                begun, whole = at & -TILE_WIDTH, (at + len(row) // HASH_BYTES) & -TILE_WIDTH
                before = self._before(level, begun, at) if begun < at and begun < whole else b""
                row = (before + row)[: max(whole - begun, 0) * HASH_BYTES]
                for _ in range(TILE_BITS):
                    row = pair_up(row)
                at, level = begun >> TILE_BITS, level + 1
            for one in self._files.values():
                os.fsync(one)
            # The names of new levels are synced with that of `built`: one that outlasts a name is not believed (_long_enough).
            record = f"incident-ledger-tree/1 size {new} root {self._root_of(new).hex()}".encode()
            digest = hashlib.sha256(record).hexdigest().encode()
            replace_file(self._folder / "built", record + b" sha256 " + digest + b"\n")
            self._seen = self._stamp()

    def _before(self, level: int, start: int, end: int) -> bytes:
        return os.pread(self._file(level), (end - start) * HASH_BYTES, start * HASH_BYTES)

    def _write(self, level: int, start: int, row: bytes) -> None:
        if os.pwrite(self._file(level), row, start * HASH_BYTES) != len(row):
            raise StoreError(
                f"the Merkle tree in {self._folder.name} could not be written whole; is the disk full?"
            )

    def forget(self) -> None:
        """Begin anew, with no leaves. Raises StoreError where the disk refuses."""
        self.close()
        self._size = 0
        with self._on_disk("emptied"):
            (self._folder / "built").unlink(missing_ok=True)
            for path in self._folder.glob("level-*"):
                path.unlink()
            self._seen = None

    def close(self) -> None:
        """Let the files go, and what was kept of them."""
        self._forget_kept()
        with self._lock:
            for one in self._files.values():
                os.close(one)
            self._files.clear()

    def _forget_kept(self) -> None:
        self._whole.cache_clear()
        self._begun.cache_clear()
