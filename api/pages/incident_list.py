"""The front page: the incidents of the ledger, each with when it happened and how its facts stand."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter

from api.http.conditional import answer_told, following_url
from api.http.pages_asked import CURSOR, LIMIT
from api.in_words import bounds_in_words
from api.pages.checkpoints import checkpoint_line
from api.pages.framing import Clock, Frame, seen_at, viewer_of
from api.pages.glance import Glance, glanced
from api.pages.links import Links
from api.pages.reads import add_page, page_of, page_stored
from ledger.values import Absent
from projections.audit_trail import trail_at
from projections.filters import Filters
from projections.incident_view import incident_view
from projections.page_rows import IncidentRow, Page
from projections.pages import incidents_page
from projections.paging import Asking, StoredViews
from projections.timeline import timeline

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.http.reads import Asked
    from api.http.time_travel import Point
    from projections.timeline import TimelineEntry

__all__ = ["router"]

router = APIRouter()

INCIDENTS_A_PAGE = 20


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One incident; without `glance` it is listed by its title alone, since its facts cannot be folded."""

    ident: str
    title: str | Absent
    href: str
    when: str
    opened: int
    glance: Glance | None


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """The page."""

    lines: tuple[Line, ...]
    following: str
    incomplete: int
    stalled: str


def _when(entries: tuple[TimelineEntry, ...], clock: Clock) -> str:
    """The days on which the dated facts happened, from the first to the last."""
    dated = [one for one in entries if one.earliest is not None and one.latest is not None]
    if not dated:
        return ""
    first = min(dt.datetime.fromisoformat(one.earliest or "") for one in dated)
    last = max(dt.datetime.fromisoformat(one.latest or "") for one in dated)
    return bounds_in_words(clock.face(first), clock.face(last))


def _line(asked: Asked, row: IncidentRow, point: Point, links: Links) -> Line:
    title: str | Absent = Absent(absent="undisclosed") if row.title is None else row.title
    line = Line(
        ident=row.incident,
        title=title,
        href=links.incident(row.incident),
        when="",
        opened=row.opened,
        glance=None,
    )
    gathered = asked.reading.folded.incident(row.incident)
    if gathered is None or gathered.told_until(point.known) < point.known:
        return line
    view = incident_view(gathered.events, row.incident, point.axes)
    if view is None:
        return line
    trail = trail_at(gathered.events, row.incident, point.axes)
    return msgspec.structs.replace(
        line,
        when=_when(timeline(view.facts), Clock.of(view.zone)),
        glance=glanced(view.facts, trail, {}, links, row.incident),
    )


def _front(asked: Asked, page: Page[IncidentRow], point: Point) -> Front:
    links = Links.at(asked.point)
    return Front(
        lines=tuple(_line(asked, row, point, links) for row in page.rows),
        following="" if page.next is None else following_url(asked.request, page.next),
        incomplete=page.incomplete_count,
        stalled="" if asked.reading.keeper.stalled is None else asked.reading.keeper.stalled.code,
    )


async def _list(asked: Asked) -> Response:
    def fetch(views: StoredViews, asking: Asking) -> Page[IncidentRow]:
        limit = min(asking.limit, INCIDENTS_A_PAGE)
        return incidents_page(views, Filters(), msgspec.structs.replace(asking, limit=limit))

    page, point = await page_stored(asked, fetch)
    front = await asyncio.to_thread(_front, asked, page, point)
    frame = Frame(
        title="Incidents",
        here="incidents",
        viewer=viewer_of(asked.request),
        links=Links.at(asked.point),
        seen_at=seen_at(msgspec.structs.replace(point, asked=asked.point.asked), Clock("")),
        checkpoint=checkpoint_line(asked.reading, point.known),
    )
    told = await asyncio.to_thread(page_of, "incidents.html", frame=frame, front=front)
    return answer_told(asked.request, told, point.headers)


add_page(router, "/", _list, parameters=(CURSOR, LIMIT))
