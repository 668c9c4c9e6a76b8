"""What speaks to one fact: each attestation, what it states, when it was published, and whether it counts (model §4, §5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ledger.citation import Attestation, position_of, quote_of
from ledger.events import AttestationWithdrawn, FactAmended, FactCorrected, FactReported
from ledger.fact import AsStated, Content
from ledger.quotation_folding import fold
from ledger.values import Absent
from ledger.when import latest_instant, parse_datetime
from ledger.wording_fields import with_wording
from projections.axes import citations_of, is_out, publication
from projections.source_view import copied_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.citation import Selector, TextQuoteSelector
    from ledger.events import FactAct, Recorded
    from projections.axes import Axes
    from projections.source_view import Notice, SourceAt

__all__ = ["KnownContent", "Passage", "Why", "known_contents", "passages_of", "superseded", "taken_back_by"]

Why: TypeAlias = Literal["counted", "withdrawn", "superseded", "settled", "mentions", "declines"]
"""Whether a passage counts towards status and origins, and if not, why not."""

_SUPERSEDING = ("correction", "retraction", "takedown")


class KnownContent(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a fact after an act, as known. `base`: version of the report or correction whose content it is."""

    content: Content
    base: int


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One attestation as known. `stated` is what it says for ever; `base` as in KnownContent, None where it has `as_stated`."""

    attestation: Attestation
    version: int
    stated: Content | AsStated
    kind: str
    base: int | None
    published: dt.datetime | None
    misread: bool = False


def known_contents(acts: Sequence[Recorded[FactAct]]) -> dict[int, KnownContent]:
    """The content of the fact after each act, by stream version, with nothing filtered."""
    contents: dict[int, KnownContent] = {}
    now: KnownContent | None = None
    for event in acts:
        act = event.body
        if isinstance(act, FactReported | FactCorrected):
            now = KnownContent(content=act.content, base=event.version)
        elif isinstance(act, FactAmended) and now is not None:
            now = KnownContent(content=with_wording(now.content, act.set), base=now.base)
        if now is not None:
            contents[event.version] = now
    return contents


def passages_of(
    acts: Sequence[Recorded[FactAct]], contents: Mapping[int, KnownContent], sources: Mapping[str, SourceAt]
) -> dict[str, Passage]:
    """Every attestation of the fact, by id, in the order recorded."""
    found: dict[str, Passage] = {}
    for event in acts:
        act = event.body
        known = contents[event.version]
        for attestation in citations_of(act)[0]:
            own = attestation.as_stated
            found[attestation.id] = Passage(
                attestation=attestation,
                version=event.version,
                stated=known.content if own is None else own,
                kind=known.content.kind,
                base=known.base if own is None else None,
                published=publication(attestation, sources, event.recorded_at),
            )
        if isinstance(act, FactCorrected | AttestationWithdrawn) and act.cause == "our-misreading":
            gone = act.withdraws if isinstance(act, FactCorrected) else (act.attestation,)
            for ident in gone:
                found[ident] = msgspec.structs.replace(found[ident], misread=True)
    return found


def _words_meet(one: TextQuoteSelector | None, other: TextQuoteSelector | None) -> bool:
    """Whether one quotation contains the other, white space and the form of quotation marks apart: as quotations are found."""
    if one is None or other is None:
        return False
    words, others = fold(one.exact), fold(other.exact)
    return words in others or others in words


def _as_cited(selector: tuple[Selector, ...] | Absent) -> Attestation:
    """The passage that a notice names, in the form in which selectors are asked for words and positions."""
    return Attestation(id="n", source="n", stance="mentions", selector=selector)


def _meets(cited: Attestation, selector: tuple[Selector, ...] | Absent) -> bool:
    """Whether the passage that a notice names meets the cited one: by words that contain each other, or by position."""
    named = _as_cited(selector)
    if _words_meet(quote_of(cited), quote_of(named)):
        return True
    place, at = position_of(cited), position_of(named)
    return place is not None and at is not None and place.start < at.end and at.start < place.end


def _put_out_since(attestation: Attestation, instant: dt.datetime) -> bool:
    """Whether the passage by its own date was put out at an instant or after it."""
    own = attestation.published
    if own is None or own.earliest is None or own.earliest in ("unknown", "open"):
        return False
    return parse_datetime(own.earliest, field="/published/earliest") >= instant


def _in_scope(attestation: Attestation, notice: Notice, public_from: dt.datetime) -> bool:
    if _put_out_since(attestation, public_from):
        return False
    act = notice.act
    return act.scope == "all" or any(_meets(attestation, passage.selector) for passage in act.passages)


def superseded(attestation: Attestation, source: SourceAt | None, axes: Axes) -> bool:
    """Whether a notice of the source, recorded and published by then, has taken the cited passage's words back.

    What the source put out with or after the notice is not taken back by it.
    """
    for notice in source.notices if source is not None else ():
        if notice.act.type not in _SUPERSEDING:
            continue
        public_from = latest_instant(notice.act.published) or notice.recorded_at
        if is_out(public_from, axes) and _in_scope(attestation, notice, public_from):
            return True
    return False


def taken_back_by(attestation: Attestation, sources: Mapping[str, SourceAt], axes: Axes) -> tuple[str, ...]:
    """The sources behind a passage that have taken back what it passes on: the one it relays, and those that either work copies.

    Superseding is of passages in the scope of the source's own notice (model §4), so that this is shown and decides nothing. A notice
    about passages reaches a copy by the words that both quote, never by position, which is the origin's own text. What was put out
    with or after a correction may have copied the corrected text; a retraction or takedown leaves nothing to copy.
    """
    behind = dict.fromkeys(copied_by(attestation.source, sources))
    if attestation.relays is not None:
        behind.update(dict.fromkeys((attestation.relays, *copied_by(attestation.relays, sources))))
    behind.pop(attestation.source, None)
    return tuple(
        ident
        for ident in behind
        if ident in sources
        and any(_takes_back(notice, attestation, axes) for notice in sources[ident].notices)
    )


def _takes_back(notice: Notice, copy: Attestation, axes: Axes) -> bool:
    act = notice.act
    if act.type not in _SUPERSEDING:
        return False
    public_from = latest_instant(act.published) or notice.recorded_at
    if not is_out(public_from, axes) or (act.type == "correction" and _put_out_since(copy, public_from)):
        return False
    quote = quote_of(copy)
    return act.scope == "all" or any(
        _words_meet(quote, quote_of(_as_cited(one.selector))) for one in act.passages
    )
