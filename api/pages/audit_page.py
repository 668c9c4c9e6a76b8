"""The audit trail as a page: every act, filtered by who did it, what it did, when, and upon which fact."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter

from api.http.query import refused_parameter
from api.http.reads import Asked, incident_of
from api.pages.acts_told import ActTeller, ToldAct
from api.pages.budgets import fitting
from api.pages.checkpoints import checkpoint_line
from api.pages.framing import Clock, Frame, Viewer, seen_at
from api.pages.links import Links
from api.pages.reads import add_page, answer_folded_page, page_of
from api.pages.stops import ACTS
from ledger.values import Absent
from projections.audit_trail import trail_at, upon
from projections.incident_view import incident_view
from projections.source_account import source_accounts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.responses import Response

    from api.http.conditional import Told
    from api.http.folded_views import Gathered
    from api.http.time_travel import Point
    from projections.audit_trail import AuditEntry

__all__ = ["router"]

router = APIRouter()

_FILTERS = ("fact", "actor", "act", "from_day", "to_day")
_AFTER = "after"
ACTS_A_PAGE = 40
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which acts are asked for; "" is not asked. Days are those of the incident's place, both included."""

    fact: str = ""
    actor: str = ""
    act: str = ""
    from_day: str = ""
    to_day: str = ""
    after: int = 0


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows. `actors` and `acts` are those that there are, to choose from."""

    incident: str
    title: str | Absent
    href: str
    action: str
    acts: tuple[ToldAct, ...]
    whole: int
    found: int
    actors: tuple[str, ...]
    sorts: tuple[tuple[str, str], ...]
    first: str
    following: str
    data: str


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _wanted(asked: Asked) -> Wanted:
    said = {name: asked.said(name) or "" for name in _FILTERS}
    for name in ("from_day", "to_day"):
        if said[name] and not _is_day(said[name]):
            raise refused_parameter(name, "must be a day, such as 2021-05-10")
    if said["act"] and said["act"] not in ACTS:
        raise refused_parameter("act", f"must be one of {', '.join(ACTS)}")
    after = asked.said(_AFTER) or "0"
    if _NUMBER.fullmatch(after) is None:
        raise refused_parameter(_AFTER, "must be a position, a whole number")
    return Wanted(**said, after=int(after))


def _fits(entry: AuditEntry, wanted: Wanted, clock: Clock) -> bool:
    day = clock.shows(dt.datetime.fromisoformat(entry.recorded_at)).date().isoformat()
    return (
        wanted.actor in ("", entry.actor, entry.on_behalf_of)
        and wanted.act in ("", entry.type)
        and (not wanted.from_day or wanted.from_day <= day)
        and (not wanted.to_day or day <= wanted.to_day)
    )


def _actors(trail: Iterable[AuditEntry]) -> tuple[str, ...]:
    return tuple(sorted({one for entry in trail for one in (entry.actor, entry.on_behalf_of) if one}))


def _made(asked: Asked, gathered: Gathered, point: Point, viewer: Viewer, wanted: Wanted) -> Told:
    incident = asked.name("incident")
    view = incident_view(gathered.events, incident, point.axes)
    if view is None:
        raise TypeError("an incident that was gathered is known")
    clock, links = Clock.of(view.zone), Links.at(asked.point)
    trail = trail_at(gathered.events, incident, point.axes)
    theirs = upon(trail, (wanted.fact,)) if wanted.fact else trail
    found = [entry for entry in theirs if _fits(entry, wanted, clock)]
    left = [entry for entry in found if entry.position > wanted.after]
    teller = ActTeller(
        incident=incident, sources=source_accounts(gathered.events, point.known), links=links, clock=clock
    )
    acts = fitting(map(teller.told, left[:ACTS_A_PAGE]))
    shown = left[: len(acts)]
    asking: dict[str, str | None] = {name: getattr(wanted, name) or None for name in _FILTERS}
    more = len(left) > len(shown)
    there = {entry.type for entry in trail}
    told = Trail(
        incident=incident,
        title=view.title,
        href=links.incident(incident),
        action=f"/incidents/{incident}/audit",
        acts=tuple(acts),
        whole=len(trail),
        found=len(found),
        actors=_actors(trail),
        sorts=tuple((name, words) for name, words in ACTS.items() if name in there),
        first=links.incident(incident, "/audit", query=asking) if wanted.after else "",
        following=links.incident(incident, "/audit", query={**asking, _AFTER: str(shown[-1].position)})
        if more
        else "",
        data=links.to(f"/v1/incidents/{incident}/audit"),
    )
    frame = Frame(
        title="Audit trail",
        here="incidents",
        viewer=viewer,
        links=links,
        seen_at=seen_at(msgspec.structs.replace(point, asked=asked.point.asked), clock),
        checkpoint=checkpoint_line(asked.reading, point.known),
        path=links.incident(incident, "/audit"),
    )
    return page_of("audit.html", frame=frame, trail=told, wanted=wanted)


async def _audit(asked: Asked) -> Response:
    wanted = _wanted(asked)
    key = ("audit", asked.name("incident"), wanted)
    return await answer_folded_page(
        asked, incident_of, key, lambda gathered, point, viewer: _made(asked, gathered, point, viewer, wanted)
    )


add_page(router, "/incidents/{incident}/audit", _audit, parameters=(*_FILTERS, _AFTER))
