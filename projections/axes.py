"""The axes of every question: known by the ledger, and made public by the sources (model §5).

One place decides when an act is *out*: views ask here and nowhere else. Without `public` nothing is filtered.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

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

__all__ = ["Axes", "citations_of", "is_out", "mends_our_own", "publication"]

_OURS = ("our-misreading", "our-typo")


class Axes(msgspec.Struct, frozen=True, kw_only=True):
    """The point at which a question stands: the ledger's prefix up to position `known`, and what was public by `public`."""

    known: int
    public: dt.datetime | None = None


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
