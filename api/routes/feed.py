"""`GET /v1/events`: the log as it grows, as server-sent events (docs/feed.md)."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.feed.asking import LAST_EVENT_ID, PARAMETERS
from api.http.feed.frames import Wanted
from api.http.feed.stream import EventStream, messages
from api.http.problems import ProblemError, RefusedField
from api.http.query import check_known, parameter, refused_parameter, yes_no
from api.http.reading import reading_by
from api.http.roles import GuardedRoute, Role, needs
from ledger.ids import is_id

__all__ = ["MAX_FOLLOWERS", "router"]

MAX_FOLLOWERS = 1_000
"""How many may follow at once; others are told to come back."""

_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_SLUG = re.compile(r"[a-z][a-z0-9._-]{0,63}", re.ASCII)
_RETRY_AFTER_S = 5

router = APIRouter(tags=["feed"], route_class=GuardedRoute)


def _position(text: str | None, name: str, head: int) -> int | None:
    """A position that the query says. Raises ProblemError (400)."""
    if text is None:
        return None
    if _NUMBER.fullmatch(text) is None:
        raise refused_parameter(name, "must be a position, a whole number")
    if name == "after" and int(text) > head:
        raise refused_parameter(name, f"must be at most {head}, the position that the ledger has reached")
    return int(text)


def _begin(request: Request, head: int) -> int:
    """After which position a follower begins: where it was, where it says, or here and now. Raises ProblemError (400)."""
    last = request.headers.get(LAST_EVENT_ID)
    after = _position(parameter(request, "after"), "after", head)
    if last is None or not last:
        return head if after is None else after
    if _NUMBER.fullmatch(last) is None or int(last) > head:
        rule = f"must be the id of an event of this ledger, at most {head}"
        raise ProblemError.of(
            400, "invalid-header", f"{LAST_EVENT_ID} {rule}", RefusedField(header=LAST_EVENT_ID, rule=rule)
        )
    return int(last)


def _wanted(request: Request) -> Wanted:
    """What is asked for. Raises ProblemError (400)."""
    for name in ("incident", "source"):
        text = parameter(request, name)
        if text is not None and not is_id(text):
            raise refused_parameter(name, "must be an id")
    kind = parameter(request, "kind")
    if kind is not None and _SLUG.fullmatch(kind) is None:
        raise refused_parameter("kind", "must be the slug of a kind, without a version")
    return Wanted(
        incident=parameter(request, "incident"),
        source=parameter(request, "source"),
        kind=kind,
        corrections=yes_no(request, "corrections"),
    )


async def follow(request: Request) -> Response:
    """Send each event once it is durable. Raises ProblemError (400) for what cannot be asked, (503) where too many follow."""
    check_known(request, *PARAMETERS)
    reading = reading_by(request)
    tail = reading.feed
    head = (await reading.ask(reading.store.head)).position
    begin = _begin(request, head)
    until = _position(parameter(request, "until"), "until", head)
    wanted = _wanted(request)
    if tail.followers >= MAX_FOLLOWERS or tail.closed:
        raise ProblemError.of(
            503,
            "too-busy",
            f"{MAX_FOLLOWERS} follow the log already, or the server is about to end; come back",
            headers={"Retry-After": str(_RETRY_AFTER_S)},
        )
    if request.method == "HEAD":
        return Response(media_type=EventStream.media_type, headers={"Cache-Control": "no-store"})
    return EventStream(tail, messages(tail, begin, wanted, until=until))


for _method, _in_schema in (("GET", True), ("HEAD", False)):
    router.add_api_route(
        "/v1/events",
        follow,
        methods=[_method],
        operation_id="follow-events" if _in_schema else None,
        summary="The events as they are recorded, as server-sent events",
        include_in_schema=_in_schema,
        response_model=None,
        openapi_extra=needs(Role.READER),
    )
