"""How often a thing that depends on chance is tried, and where the chance comes from: the same dice for the same seed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.fakes import CountingBytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    T = TypeVar("T")

__all__ = ["IN_CI", "LONG", "Dice"]

IN_CI = bool(os.environ.get("CI"))
"""Whether there is more time than a developer has."""

LONG = int(os.environ.get("TRIALS", "300"))
"""How many trials the tests marked `long` make."""


class Dice:
    """Numbers that look random and are the same in every run; another `seed` gives others."""

    def __init__(self, seed: str) -> None:
        self._bytes = CountingBytes(seed)

    def below(self, end: int) -> int:
        """A number from 0 up to and without `end`."""
        return int.from_bytes(self._bytes(8), "big") % end

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different ones of `items` in their order; all where there are no more."""
        places = list(range(len(items)))
        chosen: set[int] = set()
        while places and len(chosen) < count:
            chosen.add(places.pop(self.below(len(places))))
        return [items[place] for place in sorted(chosen)]
