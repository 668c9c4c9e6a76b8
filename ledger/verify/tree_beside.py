"""The Merkle tree on disk, held against the events that it is made from (ledger-format §7.3)."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from ledger.verify.findings import Findings

__all__ = ["TreeBeside"]

_BUILT = re.compile(
    rb"(incident-ledger-tree/1 size (?P<size>\d{1,19}) root [0-9a-f]{64}) sha256 (?P<sum>[0-9a-f]{64})\n"
)
_HASH_BYTES = 32
_BLOCK = 8_192


class TreeBeside:
    """The leaves of the tree as far as it says that it is whole. To be opened before the events are read."""

    def __init__(self, folder: Path) -> None:
        self._file: BinaryIO | None = None
        self._left = 0
        self._block, self._at = b"", 0
        self._wrong = 0
        self._first_wrong = 0
        self._position = 0
        try:
            built = _BUILT.fullmatch((folder / "built").read_bytes())
            if built and hashlib.sha256(built[1]).hexdigest().encode() == built["sum"]:
                self._left = int(built["size"])
                self._file = (folder / "level-0").open("rb")
        except OSError:
            self._left = 0

    def take_leaf(self, leaf: bytes) -> None:
        """Hold the next leaf against the tree."""
        if self._left == 0:
            return
        self._left -= 1
        self._position += 1
        if self._at == len(self._block):
            self._block, self._at = (self._file.read(_BLOCK) if self._file else b""), 0
        if self._block[self._at : self._at + _HASH_BYTES] != leaf:
            self._wrong += 1
            self._first_wrong = self._first_wrong or self._position
        self._at = min(self._at + _HASH_BYTES, len(self._block))

    def check(self, findings: Findings) -> None:
        """Say what was found, and let the file go."""
        if self._file is not None:
            self._file.close()
        if self._wrong or self._left:
            findings.diverged(
                f"{self._wrong + self._left} of its leaves are not those of the events,"
                f" the first at position {self._first_wrong or self._position + 1}; it is built anew before the next signature",
                "the Merkle tree beside it",
            )
