"""Where a tile stands, after C2SP tlog-tiles: its level, its index, its width, and the path that says them.

A tile holds 256 hashes beside each other: at level 0 those of leaves, above it those of whole tiles of the level below. The last of a
level may be partial. An entry bundle holds the entries of a tile of level 0. Pure: it knows no hash and no file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ledger.errors import InvalidError

__all__ = ["MAX_LEVEL", "TILE_BITS", "TILE_WIDTH", "Tile", "bundle_of"]

TILE_BITS = 8
"""How many levels of the tree one level of tiles spans."""

TILE_WIDTH = 1 << TILE_BITS
"""Hashes of a whole tile."""

MAX_LEVEL = 63
"""The highest level of tiles that the specification knows."""

_ENTRY_LIMIT = 65_535
_LENGTH_BYTES = 2
_LEVEL = re.compile(r"entries|0|[1-9][0-9]?", re.ASCII)
_INDEX = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}", re.ASCII)
_WIDTH = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
_MAX_INDEX_PARTS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One tile, or with `level` None the bundle of the entries below a tile of level 0. `width` is at most TILE_WIDTH."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def start(self) -> int:
        """The first hash of the tile among those of its level, or the first leaf of the bundle."""
        return self.index * TILE_WIDTH

    @property
    def end(self) -> int:
        """The hash after the last."""
        return self.start + self.width

    @property
    def leaves(self) -> int:
        """How many leaves a tree must have to hold it."""
        return self.end << (TILE_BITS * (self.level or 0))

    @property
    def path(self) -> str:
        """The path below `tile/`."""
        level = "entries" if self.level is None else str(self.level)
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        *first, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
        whole = "/".join([level, *(f"x{part}" for part in first), last])
        return whole if self.width == TILE_WIDTH else f"{whole}.p/{self.width}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """The tile that a path below `tile/` names. Raises InvalidError for one that the specification does not write."""
        level, _, rest = path.partition("/")
        index, partial, width = rest.partition(".p/")
        if (
            _LEVEL.fullmatch(level) is None
            or (level != "entries" and int(level) > MAX_LEVEL)
            or _INDEX.fullmatch(index) is None
            or index.count("/") >= _MAX_INDEX_PARTS
            or (partial and (_WIDTH.fullmatch(width) is None or int(width) >= TILE_WIDTH))
        ):
            raise InvalidError(
                "a tile is <level>/<index> or entries/<index>, perhaps with .p/<width>, as C2SP tlog-tiles writes them"
            )
        found = cls(
            level=None if level == "entries" else int(level),
            index=int(index.replace("/", "").replace("x", "")),
            width=int(width) if partial else TILE_WIDTH,
        )
        if found.path != path:
            raise InvalidError(
                "the index of a tile has no more leading zeros than fill its first three digits"
            )
        return found


def bundle_of(entries: list[bytes]) -> bytes:
    """The bytes of an entry bundle: each entry after its length in two bytes, the higher first. Raises InvalidError for one too long."""
    if any(len(entry) > _ENTRY_LIMIT for entry in entries):
        raise InvalidError(f"an entry of a bundle has at most {_ENTRY_LIMIT} bytes")
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)
