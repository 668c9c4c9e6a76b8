"""The points at which the known-as-of control can stand: the acts along *known*, the instants of publication along *public*."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from ledger.clock import format_instant
from ledger.events import (
    FactAct,
    IncidentAmended,
    IncidentOpened,
    LineageDeclared,
    LineageRevoked,
    Redacted,
    SourceNoticeRecorded,
)
from ledger.when import latest_instant
from projections.axes import Axes
from projections.course import Course
from projections.told_facts import acts_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api.http.time_travel import Point
    from api.pages.framing import Clock
    from api.pages.links import Links
    from ledger.events import Act, Recorded
    from projections.fact_fold import FactView

__all__ = ["ACTS", "Controls", "Stop", "controls"]

MOST_STOPS = 240
"""How many points a control offers at most: those next to the present one, and of the others every so many."""

_NEAR = 40

ACTS = {
    "IncidentOpened": "incident opened",
    "IncidentAmended": "incident amended",
    "FactReported": "reported",
    "FactAttested": "attested",
    "AttestationWithdrawn": "citation withdrawn",
    "FactCorrected": "corrected",
    "FactAmended": "reworded",
    "FactRetracted": "retracted",
    "FactReinstated": "reinstated",
    "FactDisputed": "disputed",
    "DisputeResolved": "dispute answered",
    "SourceNoticeRecorded": "notice of a source",
    "LineageDeclared": "copying declared",
    "LineageRevoked": "copying revoked",
    "Redacted": "redacted",
    "SourceRegistered": "source registered",
    "SourceAmended": "source amended",
    "SnapshotCaptured": "copy captured",
}
"""What an act is called, in a word or two."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One point. `value` is as a query says it, "" where nothing is asked for."""

    value: str
    label: str
    href: str
    is_here: bool = False


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """One control: its points from the earliest to the latest, and those next to the present one."""

    stops: tuple[Stop, ...]
    earlier: Stop | None
    later: Stop | None
    here: Stop
    first_day: str
    last_day: str
    left_out: int


class Controls(msgspec.Struct, frozen=True, kw_only=True):
    """Both controls. `action` resolves what a form asks for; `permalink` is the present point, whatever comes later."""

    known: Axis
    public: Axis
    action: str
    permalink: str
    then_now: str


_MOVING = (
    FactAct,
    IncidentOpened,
    IncidentAmended,
    Redacted,
    SourceNoticeRecorded,
    LineageDeclared,
    LineageRevoked,
)


def _thinned(stops: list[Stop], at: int) -> tuple[Stop, ...]:
    if len(stops) <= MOST_STOPS:
        return tuple(stops)
    step = -(-len(stops) // (MOST_STOPS - 2 * _NEAR))
    kept = {*range(0, len(stops), step), *range(at - _NEAR, at + _NEAR + 1), len(stops) - 1}
    return tuple(stops[number] for number in sorted(kept) if 0 <= number < len(stops))


def _axis(stops: list[Stop], at: int, days: Sequence[str]) -> Axis:
    stops[at] = msgspec.structs.replace(stops[at], is_here=True)
    shown = _thinned(stops, at)
    return Axis(
        stops=shown,
        earlier=stops[at - 1] if at > 0 else None,
        later=stops[at + 1] if at + 1 < len(stops) else None,
        here=stops[at],
        first_day=min(days, default=""),
        last_day=max(days, default=""),
        left_out=len(stops) - len(shown),
    )


def _act(event: Recorded[Act]) -> str:
    what = ACTS.get(event.type, event.type)
    if isinstance(event.body, FactAct):
        return f"{event.body.fact} {what}"
    return f"{what}: {event.stream.partition('/')[2]}" if event.stream.startswith("source/") else what


def _known(
    events: Sequence[Recorded[Act]], incident: str, own: int, *, point: Point, links: Links, clock: Clock
) -> Axis:
    stream = f"incident/{incident}"
    whole = Axes(known=max(event.position for event in events), public=point.public)
    out = None if point.public is None else acts_out(events, incident, whole)
    acts = [
        event
        for event in events
        if isinstance(event.body, _MOVING)
        and event.position >= own
        and (event.stream == stream or event.stream.startswith("source/"))
        and (out is None or not isinstance(event.body, FactAct) or event.position in out)
    ]
    stops = []
    for number, event in enumerate(acts, 1):
        newest = number == len(acts)
        value = str(event.position)
        target = msgspec.structs.replace(links, known=None if newest else value)
        label = f"{event.position} · {clock.day(format_instant(event.recorded_at))} · {_act(event)}"
        stops.append(Stop(value="" if newest else value, label=label, href=target.incident(incident)))
    positions = [event.position for event in acts]
    at = max((number for number, position in enumerate(positions) if position <= point.known), default=0)
    return _axis(stops, at, [clock.shows(event.recorded_at).date().isoformat() for event in acts])


def _instants(
    events: Sequence[Recorded[Act]], incident: str, known: int, facts: Iterable[FactView]
) -> list[dt.datetime]:
    """Every instant at which something of an incident was certainly public, as known."""
    found = {
        dt.datetime.fromisoformat(one.published_by)
        for fact in facts
        for one in fact.attestations
        if one.published_by is not None
    }
    course = Course(events, incident)
    sources = course.sources(known)
    for fact in course.facts:
        found |= {one for one in course.outs(fact, known, sources).values() if one is not None}
    for event in events:
        if isinstance(event.body, SourceNoticeRecorded) and event.position <= known:
            found.add(latest_instant(event.body.published) or event.recorded_at)
    return sorted(found)


def _labels(instants: Sequence[dt.datetime], clock: Clock) -> list[str]:
    """Each instant in words: to the minute, and where several would read alike, as exactly as it takes to tell all apart."""
    labels = [clock.bound(instant) for instant in instants]
    often = Counter(labels)
    finer = labels
    for digits in (0, 3, 6):
        finer = [
            f"{label}:{instant:%S.%f}"[: digits - 6 or None].removesuffix(".") if often[label] > 1 else label
            for label, instant in zip(labels, instants, strict=True)
        ]
        if len({*finer}) == len(finer):
            break
    return finer


def _public(instants: Sequence[dt.datetime], incident: str, point: Point, links: Links, clock: Clock) -> Axis:
    stops = [
        Stop(
            value=instant.isoformat(),
            label=label,
            href=msgspec.structs.replace(links, public=instant.isoformat()).incident(incident),
        )
        for instant, label in zip(instants, _labels(instants, clock), strict=True)
    ]
    whole = msgspec.structs.replace(links, public=None).incident(incident)
    stops.append(Stop(value="", label="whenever published", href=whole))
    days = [clock.shows(instant).date().isoformat() for instant in instants]
    if point.public is None:
        return _axis(stops, len(stops) - 1, days)
    between = [number for number, instant in enumerate(instants) if instant <= point.public]
    if between and instants[between[-1]] == point.public:
        return _axis(stops, between[-1], days)
    here = Stop(
        value=point.public.isoformat(),
        label=clock.bound(point.public),
        href=links.incident(incident),
    )
    at = between[-1] + 1 if between else 0
    stops.insert(at, here)
    return _axis(stops, at, days)


def controls(
    events: Sequence[Recorded[Act]],
    incident: str,
    own: int,
    point: Point,
    *,
    facts: Iterable[FactView],
    links: Links,
    clock: Clock,
) -> Controls:
    """The controls of an incident's page. `own`: where its stream begins; `facts`: as known, nothing filtered by publication."""
    known = _known(events, incident, own, point=point, links=links, clock=clock)
    public = _public(_instants(events, incident, point.known, facts), incident, point, links, clock)
    pinned = msgspec.structs.replace(links, known=str(point.known))
    plain = msgspec.structs.replace(links, known=None, public=None)
    since = {"from": known.here.value or None, "public_at": links.public}
    return Controls(
        known=known,
        public=public,
        action=plain.incident(incident, "/at"),
        permalink=pinned.incident(incident),
        then_now=plain.incident(incident, "/changes", query=since),
    )
