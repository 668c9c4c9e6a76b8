"""Which facts of an incident hang together by relations, so that a change of one may move the bounds of the others (ADR 12)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Ties"]


class Ties:
    """Ties between facts, each way the same; two facts may be tied by several relations."""

    def __init__(self) -> None:
        self._tied: dict[str, Counter[str]] = {}

    def tie(self, fact: str, others: Iterable[str]) -> None:
        """A fact relates to others."""
        for other in others:
            for one, two in ((fact, other), (other, fact)):
                self._tied.setdefault(one, Counter())[two] += 1

    def untie(self, fact: str, others: Iterable[str]) -> None:
        """A fact does not relate to others any more."""
        for other in others:
            for one, two in ((fact, other), (other, fact)):
                self._tied[one][two] -= 1
                if not self._tied[one][two]:
                    del self._tied[one][two]

    def has(self, fact: str) -> bool:
        """Whether a fact is tied to any other."""
        return bool(self._tied.get(fact))

    def reached_from(self, fact: str) -> set[str]:
        """A fact and all that are tied to it, at whatever remove."""
        reached, left = {fact}, [fact]
        while left:
            for other in self._tied.get(left.pop(), ()):
                if other not in reached:
                    reached.add(other)
                    left.append(other)
        return reached
