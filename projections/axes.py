"""The axes of every question: known by the ledger, made public by the sources, and when things occurred (model §5).

One place decides when an act is *out*, and what lies in a window of time: views ask here and nowhere else. Without `public` nothing is
filtered, and without `occurred` every fact that the state holds is told.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from ledger.bounds import Interval
from ledger.citation import Attestation, Citation
from ledger.events import (
    AttestationWithdrawn,
    DisputeResolved,
    FactAct,
    FactAmended,
    FactAttested,
    FactCorrected,
    FactDisputed,
    FactReinstated,
    FactReported,
    FactRetracted,
)
from ledger.when import latest_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.source_view import SourceAt

__all__ = ["Axes", "Overlap", "Window", "citations_of", "is_out", "mends_our_own", "publication"]

_OURS = ("our-misreading", "our-typo")


Overlap: TypeAlias = Literal["possible", "certain"]


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time in which facts occurred: `possible`, they may have, or `certain`, all of it did. Two equal ends are an instant."""

    occurred_from: dt.datetime | None = None
    occurred_to: dt.datetime | None = None
    overlap: Overlap = "possible"

    @property
    def interval(self) -> Interval:
        """The stretch, its end not included."""
        start, end = self.occurred_from, self.occurred_to
        return Interval(earliest=start, latest=end, closed=start is not None and start == end)

    def holds(self, occurred: Interval) -> bool:
        """Whether a fact with these bounds, as relations tighten them, is asked for."""
        return (
            occurred.certain(self.interval) if self.overlap == "certain" else occurred.possible(self.interval)
        )

    @property
    def said(self) -> dict[str, Any]:
        """The window as an answer says it, under the names of its parameters."""
        told: dict[str, Any] = {
            name: end.isoformat()
            for name, end in (("occurred_from", self.occurred_from), ("occurred_to", self.occurred_to))
            if end is not None
        }
        return {**told, "overlap": self.overlap}


class Axes(msgspec.Struct, frozen=True, kw_only=True):
    """The point at which a question stands: the ledger's prefix up to position `known`, and what was public by `public`.

    `occurred` is no part of the point: it says which of the facts that the state holds are told.
    """

    known: int
    public: dt.datetime | None = None
    occurred: Window | None = None

    @property
    def point(self) -> Axes:
        """The point alone, at which all facts are told."""
        return Axes(known=self.known, public=self.public)


def is_out(instant: dt.datetime | None, axes: Axes) -> bool:
    """Whether something published at `instant` is out. None: never, or not known ever to have been."""
    return axes.public is None or (instant is not None and instant <= axes.public)


def publication(
    citation: Citation, sources: Mapping[str, SourceAt], recorded_at: dt.datetime
) -> dt.datetime | None:
    """When a citation was certainly public; None for a source that was never published (model §5).

    The latest bound of its own `published`; else of its source's as known; else when its snapshot was captured; else when the act
    that carries it was recorded. An unknown or open bound counts as not given.
    """
    source = sources.get(citation.source)
    if source is not None and source.published == "never":
        return None
    if citation.published is not None and (own := latest_instant(citation.published)) is not None:
        return own
    if source is not None:
        if source.published is not None and source.published != "never":
            whole = latest_instant(source.published)
            if whole is not None:
                return whole
        captured = source.captured.get(citation.snapshot or "")
        if captured is not None:
            return captured
    return recorded_at


def is_public(
    citation: Citation, sources: Mapping[str, SourceAt], recorded_at: dt.datetime, axes: Axes
) -> bool:
    """Whether a citation, in an act that was recorded then, was out."""
    return axes.public is None or is_out(publication(citation, sources, recorded_at), axes)


def citations_of(act: FactAct) -> tuple[tuple[Attestation, ...], tuple[Citation, ...]]:
    """The new attestations and the plain citations that an act carries."""
    match act:
        case FactReported():
            return act.attestations, ()
        case FactCorrected():
            return act.attestations, ()
        case FactAttested():
            return (act.attestation,), ()
        case AttestationWithdrawn() | FactAmended() | FactRetracted() | FactReinstated() | FactDisputed():
            return (), act.citations
        case DisputeResolved():
            return (), ()


def mends_our_own(act: FactAct) -> bool:
    """Whether an act mends our own work: it is out as soon as the act it answers is (model §5)."""
    match act:
        case FactCorrected() | FactRetracted() | FactReinstated() | AttestationWithdrawn():
            return act.cause in _OURS
        case FactAmended():
            return not act.citations
        case FactReported() | FactAttested() | FactDisputed() | DisputeResolved():
            return False
