"""The citations of a fact as a page tells them: the source, the words, and whether they count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.in_words import clipped
from api.pages.links import anchor_of
from api.pages.told_values import Stated, stated_in
from ledger.citation import is_looked_up, quote_of
from ledger.values import Absent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.pages.framing import Clock
    from api.pages.links import Links
    from ledger.citation import Attestation, Speaker
    from projections.fact_fold import AttestationView
    from projections.source_account import SourceAccount

__all__ = ["Cited", "cited", "stance_in_words", "title_of"]

_STANCES = {
    "supports": "",
    "contradicts": "speaks against it",
    "denies": "denies it",
    "mentions": "mentions it, without support",
    "declines": "declines to comment",
}
_STRUCK = {
    "withdrawn": "withdrawn by the desk",
    "superseded": "its source took these words back",
    "settled": "no longer counted since a dispute was settled",
}


class Cited(msgspec.Struct, frozen=True, kw_only=True):
    """One citation. `struck` says why it does not count, `pinning` what is amiss with looking it up; "" where nothing is to be said.

    `quote` is None where no words are quoted; `clipped` where only their beginning is shown.
    """

    ident: str
    source: str
    title: str | Absent
    href: str
    stance: str
    quote: str | Absent | None
    clipped: bool
    struck: str
    pinning: str
    published: str
    relays: str
    speaker: str
    taken_back: str
    states: tuple[Stated, ...]
    origin: str
    language: str


def title_of(source: str, sources: Mapping[str, SourceAccount]) -> str | Absent:
    """The title of a source; its id where it is not known."""
    found = sources.get(source)
    return source if found is None else found.description.title


def stance_in_words(stance: str) -> str:
    """What a passage does to a fact; "" where it supports it."""
    return _STANCES[stance]


def _speaker(speaker: Speaker | None) -> str:
    if speaker is None:
        return ""
    if speaker.absent is not None:
        gone = speaker.absent == "undisclosed"
        return "removed by law, or not disclosed" if gone else "a speaker who is not named"
    name = speaker.name if isinstance(speaker.name, str) else ""
    parts = [one for one in (name, speaker.capacity or "") if one]
    return ", ".join(parts) or (speaker.id or "")


def _language(attestation: Attestation, sources: Mapping[str, SourceAccount]) -> str:
    """The language of the words quoted, else that of their source; "" where nobody says."""
    if isinstance(attestation.language, str):
        return attestation.language
    found = sources.get(attestation.source)
    whole = None if found is None else found.description.language
    return whole if isinstance(whole, str) else ""


def _pinning(view: AttestationView) -> str:
    if not view.pinned:
        return "not pinned: no captured copy of the source is cited"
    if not is_looked_up(view.attestation):
        return "not looked up: the captured copy has no text"
    quote = quote_of(view.attestation)
    if quote is not None and quote.matched_by is not None:
        return "found with other white space or quotation marks"
    return ""


def cited(
    view: AttestationView,
    where: tuple[str, str],
    sources: Mapping[str, SourceAccount],
    links: Links,
    clock: Clock,
    *,
    longest: int | None,
) -> Cited:
    """One citation of a fact. `where` names the incident and the fact; quotations are cut at `longest` characters, if it is given."""
    attestation = view.attestation
    found = quote_of(attestation)
    quote: str | Absent | None = None if found is None else found.exact
    if found is None and isinstance(attestation.selector, Absent):
        quote = attestation.selector
    shown = clipped(quote, longest) if isinstance(quote, str) and longest is not None else quote
    anchor = anchor_of("passage", *where, attestation.id) if attestation.snapshot is not None else ""
    return Cited(
        ident=attestation.id,
        source=attestation.source,
        title=title_of(attestation.source, sources),
        href=links.source(attestation.source, anchor, {"snapshot": attestation.snapshot}),
        stance=_STANCES[attestation.stance],
        quote=shown,
        clipped=isinstance(quote, str) and longest is not None and len(quote) > longest,
        struck="" if view.counts else _STRUCK.get(view.why, ""),
        pinning=_pinning(view),
        published="never published"
        if view.published_by is None
        else f"public by {clock.bound(view.published_by)}",
        relays=attestation.relays or "",
        speaker=_speaker(attestation.speaker),
        taken_back=", ".join(view.taken_back_by),
        states=() if attestation.as_stated is None else stated_in(attestation.as_stated),
        origin=view.origin or "",
        language=_language(attestation, sources),
    )
