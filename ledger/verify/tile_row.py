"""Leaves taken together, a tile of them at a time: a part of the tree, for whoever puts it together (anchors.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.merkle import Frontier, pair_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["TILE", "TileRow", "root_of", "taken_tiles"]

TILE = 256
"""Leaves of a tile."""

_LEVELS = 8


class TileRow:
    """Leaves from somewhere in the log on, where a tile begins, for whoever puts the tree together: see anchors.py.

    `tiles` are the roots of whole tiles, `rest` the leaves after them, and `roots` those of the leaves of a begun tile, by the size
    that the tree had: at the sizes that are asked for.
    """

    def __init__(self, size: int, heads: Iterable[int]) -> None:
        self.size = size
        self.tiles: list[bytes] = []
        self.rest: list[bytes] = []
        self.roots: dict[int, bytes] = {}
        self._heads = sorted(one for one in heads if one > size)
        self._next = 0

    def take_leaves(self, leaves: Sequence[bytes]) -> None:
        """Take in the next leaves by their hashes."""
        taken = 0
        while (
            self._next < len(self._heads)
            and (needed := self._heads[self._next] - self.size) <= len(leaves) - taken
        ):
            self._take(leaves[taken : taken + needed])
            taken += needed
            if self.rest:
                self.roots[self.size] = root_of(self.rest)
            self._next += 1
        self._take(leaves[taken:])

    def _take(self, leaves: Sequence[bytes]) -> None:
        self.size += len(leaves)
        self.rest.extend(leaves)
        self.tiles.extend(taken_tiles(self.rest))


def taken_tiles(leaves: list[bytes]) -> Iterator[bytes]:
    """The roots of the whole tiles that the leaves begin with, which are taken from them."""
    whole = len(leaves) // TILE * TILE
    for at in range(0, whole, TILE):
        row = b"".join(leaves[at : at + TILE])
        for _ in range(_LEVELS):
            row = pair_up(row)
        yield row
    del leaves[:whole]


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root of a tree of these leaves alone."""
    tree = Frontier()
    tree.extend(leaves)
    return tree.root()
