"""One fact laid out for the worklist: its acts, its passages and how each counts, and how it would stand otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.citation import quote_of
from ledger.events import FactCorrected
from projections.fact_fold import FactFold
from projections.work_items import CitedWords, Standing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ledger.events import FactAct, Recorded
    from projections.fact_fold import FactView
    from projections.incident_view import Folded
    from projections.passages import Passage, Why
    from projections.source_view import SourceAt

__all__ = ["FactCase"]


class FactCase:
    """A fact of an incident as known at a position, nothing filtered by publication."""

    def __init__(self, incident: str, made: Folded, fold: FactFold, view: FactView) -> None:
        self.incident = incident
        self.fold = fold
        self.view = view
        self.sources: Mapping[str, SourceAt] = made.sources
        self.passages: list[tuple[Passage, Why]] = fold.listed()
        self.acts: dict[int, Recorded[FactAct]] = {event.version: event for event in fold.acts}
        self._lineage = made.lineage

    @property
    def fact(self) -> str:
        """The fact's id."""
        return self.view.fact

    @property
    def is_retracted(self) -> bool:
        """Whether the fact is withdrawn, so that it rests on nothing any more."""
        return "retracted" in self.view.decided

    def counted(self) -> list[Passage]:
        """The passages that count."""
        return [passage for passage, why in self.passages if why == "counted"]

    def recorded(self, passage: Passage) -> int:
        """The position at which a passage was recorded."""
        return self.acts[passage.version].position

    def corrections_after(self, position: int) -> Iterable[FactCorrected]:
        """The corrections of the fact recorded after a position."""
        return (
            event.body
            for event in self.acts.values()
            if event.position > position and isinstance(event.body, FactCorrected)
        )

    def standing(self) -> Standing:
        """How the fact stands."""
        return Standing(status=self.view.status, origins=self.view.origins)

    def standing_if(
        self, *, uncounted: Collection[str] = (), sources: Mapping[str, SourceAt] | None = None
    ) -> Standing:
        """How the fact would stand if some attestations did not count, or if its sources were others."""
        fold = FactFold(self.fold.acts, self.sources if sources is None else sources, self.fold.axes)
        fold.settled.update(uncounted)
        view = fold.view(self._lineage, redacted=False)
        return self.standing() if view is None else Standing(status=view.status, origins=view.origins)

    def cited(self, idents: Collection[str]) -> tuple[CitedWords, ...]:
        """Some of the passages in short, in the order recorded."""
        return tuple(
            CitedWords(
                attestation=passage.attestation.id,
                source=passage.attestation.source,
                stance=passage.attestation.stance,
                why=why,
                quote=None if quote is None else quote.exact,
            )
            for passage, why in self.passages
            if passage.attestation.id in idents
            for quote in (quote_of(passage.attestation),)
        )
