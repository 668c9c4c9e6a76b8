"""How many independent tellers stand behind a fact, counted as passages come and go (model §4, Origins).

The same number as origins.count_origins, for a history of which every step is wanted: a passage that comes is joined to those that are
there, and only when a teller goes is everything joined anew. Passages with one source, one relayed source and one speaker count once.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.passages import Passage

__all__ = ["Tellers"]


class _Teller(NamedTuple):
    """What origins are told by: whose work it is, whom it passes on, and who speaks."""

    source: str
    relays: str | None
    speaker: str | None


def _teller(passage: Passage) -> _Teller:
    attestation = passage.attestation
    speaker = None if attestation.speaker is None else attestation.speaker.id
    return _Teller(attestation.source, attestation.relays, speaker)


class Tellers:
    """The tellers of the passages that count in support of one fact. `lineage` names the origin of each source's work."""

    def __init__(self) -> None:
        self.lineage: Mapping[str, str] = {}
        self._passages: Counter[_Teller] = Counter()
        self._is_stale = False
        self._parent: dict[str, str] = {}
        self._groups = 0
        self._of_work: dict[str, list[_Teller]] = {}

    def join_by(self, lineage: Mapping[str, str]) -> None:
        """Works are joined by this lineage from here on."""
        self.lineage = lineage
        self._is_stale = True

    def add(self, passage: Passage) -> None:
        """One more passage counts in support."""
        teller = _teller(passage)
        self._passages[teller] += 1
        if self._passages[teller] == 1 and not self._is_stale:
            self._join(teller)

    def remove(self, passage: Passage) -> None:
        """A passage does not count any more."""
        teller = _teller(passage)
        self._passages[teller] -= 1
        if not self._passages[teller]:
            del self._passages[teller]
            self._is_stale = True

    def origins(self) -> int:
        """How many origins there are."""
        if self._is_stale:
            self._is_stale = False
            self._parent, self._groups, self._of_work = {}, 0, {}
            for teller in self._passages:
                self._join(teller)
        return self._groups

    def _join(self, teller: _Teller) -> None:
        told = "source:" + self._work(teller.relays or teller.source)
        self._root(told)
        if teller.speaker is not None:
            self._unite(told, "speaker:" + teller.speaker)
        work = self._work(teller.source)
        alike = self._of_work.setdefault(work, [])
        alike.append(teller)
        # Of works that are joined by lineage all are one origin, whatever the one or the other relays (origins.py).
        if len({one.source for one in alike}) > 1:
            for one in alike:
                self._unite("source:" + work, "source:" + self._work(one.relays or one.source))

    def _work(self, source: str) -> str:
        return self.lineage.get(source, source)

    def _root(self, mark: str) -> str:
        parent = self._parent
        if mark not in parent:
            parent[mark] = mark
            self._groups += 1
        while parent[mark] != mark:
            parent[mark] = mark = parent[parent[mark]]
        return mark

    def _unite(self, one: str, other: str) -> None:
        kept, gone = self._root(one), self._root(other)
        if kept != gone:
            self._parent[gone] = kept
            self._groups -= 1
