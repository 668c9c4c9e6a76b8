"""How many independent tellers stand behind a fact, counted as passages come and go (model §4, Origins).

The same number as origins.origins_of gives, for a history of which every step is wanted: a passage that comes is joined to those that are
there, and only when a teller goes is everything joined anew. Passages with one source, one relayed source and one speaker count once.
Where two of the works are joined by lineage, or a speaker was removed, chains alone do not tell: then it is origins_of that counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from projections.origins import is_anybody, origins_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.passages import Passage
    from projections.source_view import SourceAt

__all__ = ["Tellers"]


class _Teller(NamedTuple):
    """What origins are told by: whose work it is, whom it passes on, and who speaks; `unread` names a passage without its speaker."""

    source: str
    relays: str | None
    speaker: str | None
    unread: str | None


def _teller(passage: Passage) -> _Teller:
    attestation = passage.attestation
    speaker = None if attestation.speaker is None else attestation.speaker.id
    unread = attestation.id if is_anybody(passage) else None
    return _Teller(attestation.source, attestation.relays, speaker, unread)


class Tellers:
    """The tellers of the passages that count in support of one fact.

    `lineage` names the origin of each source's work; `sources` is what is known of each, and may grow meanwhile.
    """

    def __init__(self, sources: Mapping[str, SourceAt]) -> None:
        self.sources = sources
        self.lineage: Mapping[str, str] = {}
        self._passages: dict[_Teller, dict[str, Passage]] = {}
        self._is_stale = False
        self._begin()

    def _begin(self) -> None:
        self._parent: dict[str, str] = {}
        self._groups = 0
        self._of_work: dict[str, str] = {}
        self._chains_tell = True
        self._counted: int | None = None

    def join_by(self, lineage: Mapping[str, str]) -> None:
        """Works are joined by this lineage from here on."""
        self.lineage = lineage
        self._is_stale = True

    def add(self, passage: Passage) -> None:
        """One more passage counts in support."""
        teller = _teller(passage)
        alike = self._passages.setdefault(teller, {})
        alike[passage.attestation.id] = passage
        if len(alike) == 1 and not self._is_stale:
            self._join(teller)

    def remove(self, passage: Passage) -> None:
        """A passage does not count any more."""
        teller = _teller(passage)
        del self._passages[teller][passage.attestation.id]
        if not self._passages[teller]:
            del self._passages[teller]
            self._is_stale = True

    def origins(self) -> int:
        """How many origins there are."""
        if self._is_stale:
            self._is_stale = False
            self._begin()
            for teller in self._passages:
                self._join(teller)
        if self._chains_tell:
            return self._groups
        if self._counted is None:
            each = [next(iter(alike.values())) for alike in self._passages.values()]
            self._counted = len(set(origins_of(each, self.lineage, self.sources).values()))
        return self._counted

    def _join(self, teller: _Teller) -> None:
        self._counted = None
        told = "source:" + self._work(teller.relays or teller.source)
        self._root(told)
        if teller.speaker is not None:
            self._unite(told, "speaker:" + teller.speaker)
        other = self._of_work.setdefault(self._work(teller.source), teller.source)
        self._chains_tell = self._chains_tell and other == teller.source and teller.unread is None

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
