"""First known: for each fact when it occurred, when and by which source it was first public, when it was first recorded, and the lags.

First public is the certain publication that establishes the fact (model §5): the earliest among the passages that support it and were
not misread. It has two ends, for a source's day of publication is a stretch of time: it was public *by* the one and not *before* the
other, which stays unknown where a passage is dated only by our own copy or record of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ledger.citation import quote_of
from ledger.clock import format_instant
from ledger.values import Absence, Absent
from ledger.when import When, latest_instant, parse_datetime
from projections.axes import is_out
from projections.course import Course
from projections.incident_view import incident_view
from projections.lags import Lag, Span, lag
from projections.tight_bounds import occurring
from projections.timeline import timeline

if TYPE_CHECKING:
    from ledger.citation import Citation
    from ledger.events import Act, Recorded
    from ledger.when import Published
    from projections.axes import Axes
    from projections.fact_fold import FactFold
    from projections.passages import Passage
    from projections.source_view import SourceAt
    from projections.timeline import TimelineEntry

__all__ = [
    "FirstKnown",
    "FirstPublic",
    "FirstRecorded",
    "IncidentFirstKnown",
    "Occurred",
    "Teller",
    "first_known",
]

Basis: TypeAlias = Literal["passage", "source", "captured", "recorded"]
"""What dates a publication: the passage's own date, its source's, the first copy that we took of it, or our record of it."""


class Occurred(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a fact occurred: its words, and the bounds as relations tighten them; `derived` names those. An end left out is not known."""

    as_stated: str | None = None
    earliest: str | None = None
    latest: str | None = None
    derived: tuple[Literal["earliest", "latest"], ...] = ()
    approximate: bool = False
    absent: Absence | None = None


class Teller(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A passage that tells the fact, and what dates it."""

    source: str
    attestation: str
    quote: str | None = None
    basis: Basis


class FirstPublic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a fact was first public: certainly `by`, and not before `not_before`, which is left out where nobody can say.

    `told_by` are the passages that were certainly public then; `perhaps_earlier` others, which may have been before them.
    """

    by: str
    not_before: str | None = None
    told_by: tuple[Teller, ...]
    perhaps_earlier: tuple[Teller, ...] = ()


class FirstRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """The act that first recorded a fact."""

    recorded_at: str
    position: int
    version: int
    actor: str


class FirstKnown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact. `first_public` is left out where no passage that tells it is certainly public; then its lags are left out too."""

    fact: str
    kind: str
    statement: str | Absent | None = None
    decided: tuple[Literal["redacted", "retracted"], ...] = ()
    occurred: Occurred | None = None
    first_public: FirstPublic | None = None
    first_recorded: FirstRecorded
    occurred_to_public: Lag | None = None
    public_to_recorded: Lag | None = None


class IncidentFirstKnown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of an incident at a point of both axes, in order of occurrence."""

    incident: str
    title: str | Absent
    zone: str | Absent
    position: int
    public_at: str | None = None
    facts: tuple[FirstKnown, ...]


def first_known(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> IncidentFirstKnown | None:
    """When each fact that was established occurred, was first public and first recorded; None where the incident was not known yet."""
    view = incident_view(events, incident, axes.point)
    if view is None:
        return None
    told = occurring(view.facts, axes.occurred)
    course = Course(events, incident)
    sources = course.sources(axes.known)
    views = {fact.fact: fact for fact in view.facts}
    found = []
    for entry in timeline(view.facts):
        fold = course.fold(entry.fact, axes, sources) if entry.fact in told else None
        if fold is None:
            continue
        fact = views[entry.fact]
        recorded = fold.acts[0]
        public = _first_public(fold, sources)
        known = FirstKnown(
            fact=fact.fact,
            kind=fact.content.kind,
            statement=fact.content.statement,
            decided=fact.decided,
            occurred=_occurred(fact.content.occurred, entry),
            first_public=public,
            first_recorded=FirstRecorded(
                recorded_at=format_instant(recorded.recorded_at),
                position=recorded.position,
                version=recorded.version,
                actor=recorded.actor,
            ),
        )
        if public is not None:
            span = Span(earliest=_instant(public.not_before), latest=_instant(public.by))
            occurred = Span(earliest=_instant(entry.earliest), latest=_instant(entry.latest))
            at = Span(earliest=recorded.recorded_at, latest=recorded.recorded_at)
            known = msgspec.structs.replace(
                known, occurred_to_public=lag(occurred, span), public_to_recorded=lag(span, at)
            )
        found.append(known)
    return IncidentFirstKnown(
        incident=incident,
        title=view.title,
        zone=view.zone,
        position=view.position,
        public_at=view.public_at,
        facts=tuple(found),
    )


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


def _occurred(when: When | None, entry: TimelineEntry) -> Occurred | None:
    if when is None and entry.undated:
        return None
    return Occurred(
        as_stated=None if when is None else when.as_stated,
        earliest=entry.earliest,
        latest=entry.latest,
        derived=entry.derived,
        approximate=entry.approximate,
        absent=None if when is None else when.absent,
    )


def _first_public(fold: FactFold, sources: Mapping[str, SourceAt]) -> FirstPublic | None:
    """The earliest certain publication among the passages that may establish the fact, and what may have come before it."""
    telling = [
        one
        for one in fold.passages.values()
        if one.attestation.stance == "supports"
        and not one.misread
        and one.published is not None
        and is_out(one.published, fold.axes)
    ]
    by = min((one.published for one in telling if one.published is not None), default=None)
    if by is None:
        return None
    dated = [(one, *_dated(one.attestation, sources)) for one in telling]
    perhaps = [each for each in dated if each[0].published != by and (each[2] is None or each[2] < by)]
    first = [each for each in dated if each[0].published == by]
    not_before = [each[2] for each in (*first, *perhaps)]
    known = [one for one in not_before if one is not None]
    return FirstPublic(
        by=by.isoformat(),
        not_before=min(known).isoformat() if len(known) == len(not_before) else None,
        told_by=tuple(_teller(one, basis) for one, basis, _ in first),
        perhaps_earlier=tuple(_teller(one, basis) for one, basis, _ in perhaps),
    )


def _teller(passage: Passage, basis: Basis) -> Teller:
    quote = quote_of(passage.attestation)
    return Teller(
        source=passage.attestation.source,
        attestation=passage.attestation.id,
        quote=None if quote is None else quote.exact,
        basis=basis,
    )


def _dated(citation: Citation, sources: Mapping[str, SourceAt]) -> tuple[Basis, dt.datetime | None]:
    """What dates a citation's publication, in the order of axes.publication, and before when it cannot have been."""
    source = sources.get(citation.source)
    if citation.published is not None and latest_instant(citation.published) is not None:
        return "passage", _earliest(citation.published)
    if source is not None and source.published is not None and source.published != "never":
        if latest_instant(source.published) is not None:
            return "source", _earliest(source.published)
        captured = source.captured.get(citation.snapshot or "")
        return ("recorded" if captured is None else "captured"), _earliest(source.published)
    if source is not None and source.captured.get(citation.snapshot or "") is not None:
        return "captured", None
    return "recorded", None


def _earliest(published: Published) -> dt.datetime | None:
    text = published.earliest
    return None if text in (None, "open", "unknown") else parse_datetime(str(text), field="/earliest")
