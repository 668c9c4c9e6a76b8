"""What speaks to one fact: each attestation, what it states, when it was published, and whether it counts (model §4, §5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ledger.citation import Attestation, position_of, quote_of
from ledger.events import AttestationWithdrawn, FactAmended, FactCorrected, FactReported
from ledger.fact import AsStated, Content
from ledger.values import Absent
from ledger.when import latest_instant, parse_datetime
from ledger.wording_fields import with_wording
from projections.axes import citations_of, is_out, publication

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.citation import Selector
    from ledger.events import FactAct, Recorded
    from projections.axes import Axes
    from projections.source_view import Notice, SourceAt

__all__ = ["KnownContent", "Passage", "Why", "known_contents", "passages_of", "superseded"]

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


def _meets(cited: Attestation, selector: tuple[Selector, ...] | Absent) -> bool:
    """Whether the passage that a notice names meets the cited one: by words that contain each other, or by position."""
    if isinstance(selector, Absent):
        return False
    named = Attestation(id="n", source="n", stance="mentions", selector=selector)
    quote, other = quote_of(cited), quote_of(named)
    if quote is not None and other is not None and (quote.exact in other.exact or other.exact in quote.exact):
        return True
    place, at = position_of(cited), position_of(named)
    return place is not None and at is not None and place.start < at.end and at.start < place.end


def _in_scope(attestation: Attestation, notice: Notice, public_from: dt.datetime) -> bool:
    own = attestation.published
    put_out = None if own is None or own.earliest in (None, "unknown", "open") else own.earliest
    if put_out is not None and parse_datetime(put_out, field="/published/earliest") >= public_from:
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
