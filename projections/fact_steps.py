"""One fact folded act by act, so that how it stood after each of them is known at the cost of one fold (ADR 12).

It is `FactFold` with nothing filtered by publication, given its acts one after another instead of all at once. What a view works out from
all passages (which count, whether they exclude each other, how many origins they have) is kept up to date here, so that a fact with ten
thousand acts does not cost the square. That every step is what the fold answers at that position is a property test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.events import (
    AttestationWithdrawn,
    DisputeResolved,
    FactAmended,
    FactCorrected,
    FactReported,
)
from ledger.wording_fields import with_wording
from projections.axes import Axes, citations_of
from projections.comparison import disjoint_paths
from projections.fact_fold import FactFold
from projections.passages import KnownContent, Passage
from projections.tellers import Tellers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ledger.events import FactAct, Recorded
    from ledger.fact import AsStated, Content
    from projections.fact_fold import Status
    from projections.passages import Why
    from projections.source_view import SourceAt

__all__ = ["FactSteps"]

_EVERYTHING = Axes(known=0)
"""No `public_at`: every act is out as soon as it is recorded. Positions play no part, since no later act is ever given."""


class _Agreement:
    """Whether statements that count in support exclude each other. As long as two are known that do, no others are compared."""

    def __init__(self) -> None:
        self._slug = ""
        self._supports: dict[str, Content | AsStated] = {}
        self._agreeing: dict[int, tuple[Content | AsStated, set[str]]] = {}
        self._waiting: dict[str, None] = {}
        self._pair: tuple[str, str] | None = None

    def add(self, passage: Passage) -> None:
        """One more passage counts in support."""
        ident = passage.attestation.id
        self._supports[ident] = passage.stated
        self._waiting[ident] = None

    def remove(self, ident: str) -> None:
        """A passage does not count any more."""
        stated = self._supports.pop(ident)
        if ident in self._waiting:
            del self._waiting[ident]
        elif self._pair is not None and ident in self._pair:
            self._begin_anew()
        else:
            idents = self._agreeing[id(stated)][1]
            idents.discard(ident)
            if not idents:
                del self._agreeing[id(stated)]

    def _begin_anew(self) -> None:
        self._pair = None
        self._agreeing = {}
        self._waiting = dict.fromkeys(self._supports)

    def is_broken(self, slug: str) -> bool:
        """Whether two of the statements exclude each other, for a fact of kind `slug`."""
        if slug != self._slug:
            self._slug = slug
            self._begin_anew()
        while self._pair is None and self._waiting:
            ident = next(iter(self._waiting))
            del self._waiting[ident]
            stated = self._supports[ident]
            held = self._agreeing.get(id(stated))
            if held is not None:
                held[1].add(ident)
                continue
            for other, idents in self._agreeing.values():
                if disjoint_paths(slug, stated, other):
                    self._pair = (ident, next(iter(idents)))
                    break
            # Also of a pair, so that each is found when it stops counting.
            self._agreeing[id(stated)] = (stated, {ident})
        return self._pair is not None


class FactSteps(FactFold):
    """A fact that is told its acts, and what happens to its sources, one after another."""

    def __init__(self, sources: Mapping[str, SourceAt]) -> None:
        super().__init__((), sources, _EVERYTHING)
        self.history: list[Recorded[FactAct]] = []
        self.now: dict[str, Why] = {}
        self.judged: tuple[str, ...] = ()
        self._positions: dict[int, int] = {}
        self._known: KnownContent | None = None
        self._tellers = Tellers(sources)
        self._agreement = _Agreement()
        self._supports: dict[str, Passage] = {}
        self._against: set[str] = set()
        self._first: tuple[int, str] | None = None

    def add(self, event: Recorded[FactAct]) -> tuple[Passage, ...]:
        """Fold the next act upon the fact. Gives the passages that it brought."""
        act = event.body
        self.history.append(event)
        if isinstance(act, FactReported | FactCorrected):
            self._known = KnownContent(content=act.content, base=event.version)
        elif isinstance(act, FactAmended) and self._known is not None:
            self._known = KnownContent(
                content=with_wording(self._known.content, act.set), base=self._known.base
            )
        brought: tuple[Passage, ...] = ()
        if self._known is not None:
            self.contents[event.version] = self._known
            brought = tuple(
                Passage(
                    attestation=one,
                    version=event.version,
                    stated=self._known.content if one.as_stated is None else one.as_stated,
                    kind=self._known.content.kind,
                    base=self._known.base if one.as_stated is None else None,
                    published=None,
                )
                for one in citations_of(act)[0]
            )
            self.passages.update((one.attestation.id, one) for one in brought)
        gone = _taken_away(act)
        misread = gone if isinstance(act, FactCorrected | AttestationWithdrawn) else ()
        if misread and act.cause == "our-misreading":  # type: ignore[union-attr]  # both of them have a cause
            for ident in misread:
                self.passages[ident] = msgspec.structs.replace(self.passages[ident], misread=True)
        if self._first is not None and self.passages[self._first[1]].misread:
            self._establish_anew()
        else:
            self._fold(len(self.history) - 1)
        self.judged = (
            *(one.attestation.id for one in brought),
            *(one for one in gone if one in self.passages),
        )
        self.judge(self.judged)
        self._positions[event.version] = event.position
        return brought

    def cited_at(self, passage: Passage) -> int:
        """The position at which a passage was recorded."""
        return self._positions[passage.version]

    def _fold(self, index: int) -> None:
        event = self.history[index]
        was = self.content
        self._take(event)
        if was is None and self.content is not None:
            passage = self._establishing(event)
            self._first = None if passage is None else (index, passage.attestation.id)

    def _establish_anew(self) -> None:
        """What established the fact turns out to be our misreading: something later does, if anything (model §5)."""
        start = 0 if self._first is None else self._first[0]
        self.content, self.base, self._first = None, None, None
        self.version, self.first_version, self.retracted, self.disputes = 0, 0, False, {}
        for index in range(start, len(self.history)):
            self._fold(index)

    def judge(self, idents: Iterable[str]) -> None:
        """Look again at whether some passages count."""
        for ident in idents:
            passage = self.passages[ident]
            before, now = self.now.get(ident), self.why(passage)
            self.now[ident] = now
            if (before == "counted") == (now == "counted"):
                continue
            if passage.attestation.stance != "supports":
                self._against.symmetric_difference_update({ident})
            elif now == "counted":
                self._supports[ident] = passage
                self._tellers.add(passage)
                self._agreement.add(passage)
            else:
                self._tellers.remove(self._supports.pop(ident))
                self._agreement.remove(ident)

    def citing(self, source: str) -> list[str]:
        """The passages that cite a source."""
        return [ident for ident, one in self.passages.items() if one.attestation.source == source]

    def join_by(self, lineage: Mapping[str, str]) -> None:
        """Works are joined by this lineage from here on."""
        self._tellers.join_by(lineage)

    def origins(self) -> int:
        """How many independent tellers support the fact."""
        return self._tellers.origins()

    def status(self) -> Status:
        """The computed status of the fact as it stands (model §4)."""
        if self.content is None:
            return "unsupported"
        contested = any(one.stands in ("open", "left-open") for one in self.disputes.values())
        if contested or self._against or self._agreement.is_broken(self.content.slug):
            return "disputed"
        if not self._supports:
            return "unsupported"
        return "corroborated" if self.origins() > 1 else "reported"


def _taken_away(act: FactAct) -> tuple[str, ...]:
    """The passages that an act withdraws or settles."""
    match act:
        case AttestationWithdrawn():
            return (act.attestation,)
        case FactCorrected():
            return act.withdraws
        case DisputeResolved():
            return act.settles
        case _:
            return ()
