"""How a page is put on a router and answered: it asks what the reads ask, with the same parameters, and is told in HTML."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request

from api.http.conditional import Told
from api.http.pages_asked import CURSOR
from api.http.problems import ProblemError
from api.http.reads import Asked, Read, answer_folded, reader
from api.http.roles import GuardedRoute, Role, needs
from api.http.stored_reads import stored_page
from api.pages.checkpoints import is_covered
from api.pages.framing import Viewer, viewer_of
from api.pages.rendering import HTML, as_page, rendered

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from api.http.folded_views import Gathered
    from api.http.time_travel import Point
    from projections.page_rows import Page
    from projections.paging import Asking, StoredViews

__all__ = ["add_page", "answer_folded_page", "page_key", "page_of", "page_stored"]

Answering = Callable[[Asked], Awaitable["Response"]]


def add_page(router: APIRouter, path: str, answer: Answering, *, parameters: tuple[str, ...] = ()) -> None:
    """Put a page that reads on a router, with its HEAD."""
    read = Read(op=f"page {path}", path=path, summary="", parameters=parameters, media_types=(HTML,))
    asking = reader(read, answer)

    async def endpoint(request: Request) -> Response:
        return as_page(await asking(request))

    router.add_api_route(
        path,
        endpoint,
        methods=["GET", "HEAD"],
        include_in_schema=False,
        response_model=None,
        route_class_override=GuardedRoute,
        openapi_extra=needs(Role.READER),
    )


def page_of(template: str, **members: object) -> Told:
    """The bytes of a page, with their tag."""
    return Told.of(rendered(template, **members), media_type=HTML)


def page_key(asked: Asked, *names: Hashable) -> tuple[Hashable, ...]:
    """Under what a page is kept: what it shows, to whom, and the point as it was asked for, which its links repeat."""
    point = asked.point
    covered = is_covered(asked.reading, point.known)
    return (*names, viewer_of(asked.request), point.known if point.asked else None, covered)


async def answer_folded_page(
    asked: Asked,
    gather: Callable[[Asked], Awaitable[Gathered]],
    key: tuple[Hashable, ...],
    make: Callable[[Gathered, Point, Viewer], Told],
) -> Response:
    """A page that a fold makes, or the one that was kept (api/http/reads.py)."""
    viewer = viewer_of(asked.request)
    return await answer_folded(
        asked,
        gather,
        page_key(asked, "page", *key),
        lambda gathered, point: make(gathered, point, viewer),
        is_same_for_all=False,
    )


async def page_stored(
    asked: Asked, fetch: Callable[[StoredViews, Asking], Page[Any]]
) -> tuple[Page[Any], Point]:
    """A page of the stored views that has taken in all that was recorded, so that who sent a form sees what it did.

    Where the views cannot be waited for, it is of the position that they have reached, and says so.
    """
    if asked.point.asked or asked.said(CURSOR) is not None:
        return await stored_page(asked, fetch)
    at_head = msgspec.structs.replace(asked, point=msgspec.structs.replace(asked.point, asked=True))
    try:
        page, point = await stored_page(at_head, fetch)
    except ProblemError as problem:
        if problem.problem.status != HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        return await stored_page(asked, fetch)
    return page, msgspec.structs.replace(point, asked=False)
