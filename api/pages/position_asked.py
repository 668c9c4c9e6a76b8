"""Where the form of the known-as-of control leads: whatever it asks for, a point or a day, becomes one address that can be cited."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.http.query import check_known, parameter, refused_parameter
from api.http.reading import reading_by
from api.http.reads import Asked, incident_of
from api.http.roles import GuardedRoute, Role, needs
from api.pages.framing import Clock
from api.pages.links import Links
from ledger.errors import InvalidError
from ledger.zones import find_zone
from projections.axes import Axes
from projections.incident_view import incident_view

if TYPE_CHECKING:
    from ledger.values import Absent

__all__ = ["router"]

router = APIRouter(include_in_schema=False, route_class=GuardedRoute)

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DAYS = ("known_day", "public_day")


def _end_of_day(name: str, text: str, zone: str | Absent) -> dt.datetime:
    """The end of a day by the clocks of the place. Raises ProblemError (400) naming the parameter."""
    found = _DAY.fullmatch(text)
    try:
        day = None if found is None else dt.date(*map(int, found.groups()))
        following = None if day is None else day + dt.timedelta(days=1)
    except (ValueError, OverflowError):
        following = None
    if following is None:
        raise refused_parameter(name, "must be a day, such as 2021-05-10")
    midnight = dt.datetime.combine(following, dt.time(0), dt.UTC)
    name_of_zone = Clock.of(zone).zone
    if not name_of_zone:
        return midnight
    place = find_zone(name_of_zone, field="/zone")
    shift = place.shows(midnight).replace(tzinfo=dt.UTC) - midnight
    first = midnight - shift
    # Around a change of the clocks the offset at that moment may be another.
    return midnight - (place.shows(first).replace(tzinfo=dt.UTC) - first)


async def _resolve(request: Request) -> Response:
    check_known(request, "known", "public", "from_known", "from_public", *_DAYS)
    reading = reading_by(request)
    point = await reading.ask(reading.points.head)
    asked = Asked(request=request, reading=reading, point=point, head=point.known)
    gathered = await incident_of(asked)
    incident = asked.name("incident")
    view = incident_view(gathered.events, incident, Axes(known=asked.point.known))
    zone = "" if view is None else view.zone
    said = {name: parameter(request, name) or "" for name in ("known", "public", *_DAYS)}
    known, public = said["known"], said["public"]
    if said["known_day"]:
        end = _end_of_day("known_day", said["known_day"], zone)
        known = str(await reading.ask(_position_at, asked, end)) if end < reading.points.now() else ""
    if said["public_day"]:
        public = _end_of_day("public_day", said["public_day"], zone).isoformat()
    before = parameter(request, "from_known"), parameter(request, "from_public")
    links = Links(known=known or None, public=public or None)
    query: dict[str, str | None] = {}
    newest = gathered.last(asked.point.known)
    if before[0] is not None and (before[0] or "") != known:
        query["since"] = before[0] or str(newest)
    elif before[1] is not None and before[1] != public:
        query["since_public"] = before[1]
    return RedirectResponse(links.incident(incident, query=query), status_code=303)


def _position_at(asked: Asked, end: dt.datetime) -> int:
    try:
        return asked.reading.points.known("known_day", end.isoformat()).known
    except InvalidError as error:
        raise refused_parameter("known_day", error.rule) from None


router.add_api_route(
    "/incidents/{incident}/at",
    _resolve,
    methods=["GET", "HEAD"],
    response_model=None,
    openapi_extra=needs(Role.READER),
)
