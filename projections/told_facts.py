"""An incident's facts as they are answered: each as it stood, with the acts upon it that made it so (model §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ledger.clock import format_instant
from ledger.events import FactAct, IncidentAmended
from ledger.values import Absent
from projections.axes import Axes, citations_of, is_out, is_public
from projections.course import Course
from projections.fact_fold import FactView, Status
from projections.incident_view import IncidentView, incident_view
from projections.source_view import sources_at
from projections.tight_bounds import occurring
from projections.timeline import TimelineEntry, timeline

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from ledger.events import Act, Recorded

__all__ = [
    "ActUpon",
    "IncidentTimeline",
    "OneFact",
    "TimelineFact",
    "ToldFact",
    "ToldIncident",
    "acts_out",
    "not_out",
    "told_fact",
    "told_incident",
    "told_timeline",
]


class ActUpon(msgspec.Struct, frozen=True, kw_only=True):
    """One act upon a fact: what and when, without what it changed, which its lineage tells."""

    version: int
    position: int
    type: str
    recorded_at: str


class ToldFact(FactView, frozen=True, kw_only=True, omit_defaults=True):
    """A fact as it stood. `lineage`: the acts upon it, oldest first; with `public_at` those that were out."""

    lineage: tuple[ActUpon, ...]


class OneFact(ToldFact, frozen=True, kw_only=True, omit_defaults=True):
    """A fact by itself, with the incident that it is of. `position` is that of the last act that the answer rests on."""

    incident: str
    position: int
    public_at: str | None = None


class ToldIncident(IncidentView, frozen=True, kw_only=True, omit_defaults=True):
    """An incident as it stood. `position` is that of the last act that the answer rests on."""

    facts: tuple[ToldFact, ...]


class TimelineFact(TimelineEntry, frozen=True, kw_only=True, omit_defaults=True):
    """A fact in order of occurrence, and how it stands. `as_stated` is when it happened, in the words of whoever dated it."""

    kind: str
    statement: str | Absent | None = None
    version: int
    status: Status
    decided: tuple[str, ...] = ()
    origins: int
    as_stated: str | None = None


class IncidentTimeline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of an incident in order of occurrence, as it stood at a point of both axes."""

    incident: str
    title: str | Absent
    zone: str | Absent
    position: int
    public_at: str | None = None
    entries: tuple[TimelineFact, ...]


def told_incident(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> ToldIncident | None:
    """The state of one incident; None where it was not known yet. `events` as for incident_view."""
    view = incident_view(events, incident, axes)
    if view is None:
        return None
    upon = _acts_upon(events, incident, axes)
    facts = tuple(ToldFact(**_members(fact), lineage=upon[fact.fact]) for fact in view.facts)
    return ToldIncident(
        incident=view.incident,
        title=view.title,
        zone=view.zone,
        position=view.position,
        public_at=view.public_at,
        facts=facts,
    )


def told_fact(events: Sequence[Recorded[Act]], incident: str, fact: str, axes: Axes) -> OneFact | None:
    """One fact; None where nothing that was known and out had established it. `events` as for incident_view.

    Acts upon other facts of the incident are passed over: none of them matters to it.
    """
    stream = f"incident/{incident}"
    kept = [
        event
        for event in events
        if event.stream != stream or not isinstance(event.body, FactAct) or event.body.fact == fact
    ]
    view = incident_view(kept, incident, axes)
    found = None if view is None else next((one for one in view.facts if one.fact == fact), None)
    if view is None or found is None:
        return None
    return OneFact(
        **_members(found),
        lineage=_acts_upon(kept, incident, axes)[fact],
        incident=incident,
        position=max(event.position for event in kept if event.position <= axes.known),
        public_at=view.public_at,
    )


def told_timeline(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> IncidentTimeline | None:
    """The facts of an incident in order of occurrence; None where it was not known yet. `events` as for incident_view."""
    view = incident_view(events, incident, axes.point)
    if view is None:
        return None
    told = occurring(view.facts, axes.occurred)
    facts = {fact.fact: fact for fact in view.facts}
    return IncidentTimeline(
        incident=incident,
        title=view.title,
        zone=view.zone,
        position=view.position,
        public_at=view.public_at,
        entries=tuple(
            _placed(entry, facts[entry.fact]) for entry in timeline(view.facts) if entry.fact in told
        ),
    )


def acts_out(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> frozenset[int]:
    """The positions of the acts in the incident's stream that were known and, where they are upon facts, out.

    With `axes.public` acts upon a fact that was not established by then are none of them. `events` as for incident_view.
    """
    stream = f"incident/{incident}"
    own = [event for event in events if event.stream == stream and event.position <= axes.known]
    outs = _outs(events, incident, axes)
    view = incident_view(events, incident, axes.point)
    told = set() if view is None else {fact.fact for fact in view.facts}
    return frozenset(
        event.position
        for event in own
        if not isinstance(event.body, FactAct)
        or axes.public is None
        or (event.body.fact in told and is_out(outs[event.body.fact].get(event.version), axes))
    )


def not_out(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> dict[int, frozenset[str]]:
    """By position of an act of the incident, the paths of its citations that were not out; acts that had none such are left out.

    `events` as for incident_view.
    """
    sources = sources_at(events, axes.known)
    found: dict[int, frozenset[str]] = {}
    for event in events:
        if event.stream == f"incident/{incident}" and isinstance(event.body, FactAct | IncidentAmended):
            act = event.body
            new, plain = ((), act.citations) if isinstance(act, IncidentAmended) else citations_of(act)
            named = [("attestations", one) for one in new] + [("citations", one) for one in plain]
            found[event.position] = frozenset(
                f"{name}/{one.id}"
                for name, one in named
                if not is_public(one, sources, event.recorded_at, axes)
            )
    return {position: paths for position, paths in found.items() if paths}


def _outs(
    events: Sequence[Recorded[Act]], incident: str, axes: Axes
) -> Mapping[str, Mapping[int, dt.datetime | None]]:
    course = Course(events, incident)
    sources = course.sources(axes.known)
    return {fact: course.outs(fact, axes.known, sources) for fact in course.facts}


def _acts_upon(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> dict[str, tuple[ActUpon, ...]]:
    stream = f"incident/{incident}"
    out = None if axes.public is None else acts_out(events, incident, axes)
    found: dict[str, list[ActUpon]] = {}
    for event in events:
        if event.stream != stream or event.position > axes.known or not isinstance(event.body, FactAct):
            continue
        if out is None or event.position in out:
            act = ActUpon(
                version=event.version,
                position=event.position,
                type=event.type,
                recorded_at=format_instant(event.recorded_at),
            )
            found.setdefault(event.body.fact, []).append(act)
    return {fact: tuple(acts) for fact, acts in found.items()}


def _members(view: FactView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in FactView.__struct_fields__}


def _placed(entry: TimelineEntry, view: FactView) -> TimelineFact:
    members = {name: getattr(entry, name) for name in TimelineEntry.__struct_fields__}
    occurred = view.content.occurred
    return TimelineFact(
        **members,
        kind=view.content.kind,
        statement=view.content.statement,
        version=view.version,
        status=view.status,
        decided=view.decided,
        origins=view.origins,
        as_stated=None if occurred is None else occurred.as_stated,
    )
