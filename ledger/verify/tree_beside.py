"""The Merkle tree on disk, held against the events that it is made from (ledger-format §7.3)."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

    from ledger.verify.findings import Findings

__all__ = ["TreeBeside"]

_BUILT = re.compile(
    rb"(incident-ledger-tree/1 size (?P<size>\d{1,19}) root [0-9a-f]{64}) sha256 (?P<sum>[0-9a-f]{64})\n"
)
_HASH_BYTES = 32


class TreeBeside:
    """The leaves of the tree as far as it says that it is whole, `size` of them. To be opened before the events are read.

    A part of them is that of the leaves `after` a number of others, up to a `size` that is given.
    """

    def __init__(self, folder: Path, *, after: int = 0, size: int | None = None) -> None:
        self._file: BinaryIO | None = None
        self._wrong = 0
        self._first_wrong = 0
        self._position = after
        self.folder, self.size = folder, 0
        try:
            self.size = _built(folder) if size is None else size
            if self.size > after:
                self._file = (folder / "level-0").open("rb")
                self._file.seek(after * _HASH_BYTES)
        except OSError:
            self.size = 0 if size is None else self.size
        self._left = max(0, self.size - after)

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()

    def passed(self, leaves: int) -> None:
        """Take in leaves that were held against the tree in parts, and were right."""
        self._left = max(0, self._left - leaves)
        self._position += leaves

    def take_leaves(self, leaves: Sequence[bytes]) -> None:
        """Hold the next leaves against the tree."""
        asked = leaves[: self._left]
        if not asked:
            return
        there = self._file.read(len(asked) * _HASH_BYTES) if self._file else b""
        if there != b"".join(asked):
            for number, leaf in enumerate(asked):
                if there[number * _HASH_BYTES : (number + 1) * _HASH_BYTES] != leaf:
                    self._wrong += 1
                    self._first_wrong = self._first_wrong or self._position + number + 1
        self._left -= len(asked)
        self._position += len(asked)

    def check(self, findings: Findings) -> None:
        """Say what was found."""
        if self._wrong or self._left:
            findings.diverged(
                f"{self._wrong + self._left} of its leaves are not those of the events,"
                f" the first at position {self._first_wrong or self._position + 1}; it is built anew before the next signature",
                "the Merkle tree beside it",
            )


def _built(folder: Path) -> int:
    """How many leaves the tree says that it has."""
    built = _BUILT.fullmatch((folder / "built").read_bytes())
    if built and hashlib.sha256(built[1]).hexdigest().encode() == built["sum"]:
        return int(built["size"])
    return 0
