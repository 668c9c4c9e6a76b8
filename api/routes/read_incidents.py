"""Incidents as they stood: the view, the timeline, the audit trail, conflicts, changes, first known, replay, and the stored events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from api.http.changes_asked import changes_between
from api.http.conditional import Told, digest_of
from api.http.folded_views import Gathered
from api.http.pages_asked import CURSOR, LIMIT, asked_page
from api.http.query import refused_parameter
from api.http.reads import (
    NDJSON,
    Asked,
    Read,
    add_read,
    answer_folded,
    answer_lines,
    incident_of,
    json_of,
    not_yet_known,
    stored_incident_of,
)
from api.http.time_travel import Point
from api.http.window import in_window
from api.rows_out import rows_out
from ledger.decisions.decision import incident_stream
from ledger.events import Act, Recorded
from ledger.log_lines import log_line
from projections.audit_trail import AuditEntry, audit_trail, trail_at, upon
from projections.axes import Axes
from projections.changes import Changes
from projections.conflicts import IncidentConflicts, conflicts_of
from projections.filters import OCCURRED
from projections.first_known import IncidentFirstKnown, first_known
from projections.replay import ReplayStep, replay
from projections.told_facts import (
    IncidentTimeline,
    ToldIncident,
    told_incident,
    told_timeline,
)

__all__ = ["READS", "router"]

router = APIRouter(tags=["incidents"])

_INCIDENT = "/v1/incidents/{incident}"
_FORM = version("incident-ledger")
_View = Callable[[Sequence[Recorded[Act]], str, Axes], Any]


class AuditPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of an audit trail, oldest first. `next` is the cursor of the page after this one."""

    incident: str
    position: int
    public_at: str | None = None
    entries: tuple[AuditEntry, ...]
    next: str | None = None


_VIEWS: tuple[tuple[Read, _View], ...] = (
    (
        Read(
            op="read-incident",
            path=_INCIDENT,
            summary="An incident as it stood",
            answers=ToldIncident,
            parameters=OCCURRED,
        ),
        told_incident,
    ),
    (
        Read(
            op="read-timeline",
            path=f"{_INCIDENT}/timeline",
            summary="The facts of an incident in order of occurrence",
            answers=IncidentTimeline,
            parameters=OCCURRED,
        ),
        told_timeline,
    ),
    (
        Read(
            op="read-conflicts",
            path=f"{_INCIDENT}/conflicts",
            summary="Where sources disagree, by how much, and in which passages",
            answers=IncidentConflicts,
            parameters=OCCURRED,
        ),
        conflicts_of,
    ),
    (
        Read(
            op="read-first-known",
            path=f"{_INCIDENT}/first-known",
            summary="When each fact occurred, was first public and first recorded",
            answers=IncidentFirstKnown,
            parameters=OCCURRED,
        ),
        first_known,
    ),
)
_AUDIT = Read(
    op="read-audit",
    path=f"{_INCIDENT}/audit",
    summary="Every act, what it changed and why",
    answers=AuditPage,
    parameters=("fact", *OCCURRED, CURSOR, LIMIT),
)
_CHANGES = Read(
    op="read-changes",
    path=f"{_INCIDENT}/changes",
    summary="What changed between two points of an axis",
    answers=Changes,
    parameters=("from", "to", "axis", *OCCURRED),
)
_REPLAY = Read(
    op="replay-incident",
    path=f"{_INCIDENT}/replay",
    summary="The incident act by act",
    answers=ReplayStep,
    parameters=OCCURRED,
    media_types=(NDJSON,),
)
_EVENTS = Read(
    op="read-events",
    path=f"{_INCIDENT}/events",
    summary="The stored events as lines of the log",
    media_types=(NDJSON,),
)
READS = (*(read for read, _ in _VIEWS), _AUDIT, _CHANGES, _REPLAY, _EVENTS)


def _viewing(read: Read, view: _View) -> Callable[[Asked], Any]:
    async def answer(asked: Asked) -> Response:
        incident = asked.name("incident")

        def make(gathered: Gathered, point: Point) -> Told:
            return Told.of(json_of(view(gathered.events, incident, point.axes), point))

        return await answer_folded(asked, incident_of, (read.op, incident), make)

    return answer


async def _audit(asked: Asked) -> Response:
    incident, fact = asked.name("incident"), asked.said("fact")
    public, window = asked.point.public, asked.point.occurred
    question: list[object] = [incident, fact, None if public is None else public.isoformat()]
    question += [] if window is None else [window.said]
    page = await asked_page(asked, "audit", question, (int,))
    after = int(page.after[0]) if page.after else 0

    def make(gathered: Gathered, point: Point) -> Told:
        entries = trail_at(gathered.events, incident, point.axes)
        if fact is not None:
            if all(act.fact != fact for act in audit_trail(gathered.events, incident, point.known)):
                raise refused_parameter("fact", "names no fact of this incident that was known by then")
            entries = upon(entries, (fact,))
        left = [entry for entry in entries if entry.position > after]
        rows = left[: page.limit]
        following = page.cursor((rows[-1].position,)) if len(left) > len(rows) else None
        told = AuditPage(
            incident=incident,
            position=point.known,
            public_at=None if point.public is None else point.public.isoformat(),
            entries=tuple(rows),
            next=following,
        )
        return Told.of(json_of(told, point), following=following)

    moved = msgspec.structs.replace(asked, point=msgspec.structs.replace(page.point, occurred=window))
    # The cursor says the position that was asked about: it is part of the answer.
    key = (_AUDIT.op, incident, fact, after, page.limit, page.point.known)
    return await answer_folded(moved, incident_of, key, make)


async def _changes(asked: Asked) -> Response:
    between = await asked.reading.ask(changes_between, asked)
    moved = msgspec.structs.replace(asked, point=between.later)
    incident = asked.name("incident")
    key = (_CHANGES.op, incident, between)

    def make(found: Gathered, _point: Point) -> Told:
        told = between.told(found.events, incident)
        if told is None:
            raise not_yet_known("the incident was not known yet at either point", between.later)
        return Told.of(json_of(told, between.later))

    return await answer_folded(moved, incident_of, key, make)


def _lines_tag(asked: Asked, gathered: Gathered, what: str) -> str:
    """The entity tag of lines that are sent as they are made: it names all that they are made of."""
    point = asked.point
    public = "" if point.public is None else point.public.isoformat()
    window = "" if point.occurred is None else point.occurred.said
    made_of = (
        f"{_FORM} {what} {asked.name('incident')} {gathered.last(point.known)} {point.final} {public} {window}"
        f" {gathered.redactions}"
    )
    return f'"{digest_of(made_of.encode())}"'


async def _replay(asked: Asked) -> Response:
    gathered = await incident_of(asked)
    incident, point = asked.name("incident"), asked.point
    axes = msgspec.structs.replace(point.axes, known=gathered.last(point.known))

    def lines() -> Iterator[bytes]:
        for step in replay(gathered.events, incident, axes):
            yield json_of(step, point) + b"\n"

    return answer_lines(asked, _lines_tag(asked, gathered, "replay"), lines)


async def _events(asked: Asked) -> Response:
    gathered = await stored_incident_of(asked)
    incident, point = asked.name("incident"), asked.point
    if point.public is not None:
        # Which acts were out by then is a fold; all of them are given as they lie there, whatever program wrote them.
        gathered.whole(point.known)

    def lines() -> Iterator[bytes]:
        stored = asked.reading.history.stored(incident_stream(incident), until=point.known)
        yield from map(log_line, rows_out(stored, gathered.events, incident, point.axes))

    return answer_lines(asked, _lines_tag(asked, gathered, "events"), lines)


for _read, _view in _VIEWS:
    add_read(router, _read, in_window(_viewing(_read, _view)))
add_read(router, _AUDIT, in_window(_audit))
add_read(router, _CHANGES, in_window(_changes))
add_read(router, _REPLAY, in_window(_replay))
add_read(router, _EVENTS, _events)
