"""Reads of the stored views: pages over all incidents, as far as these views have read (ADR 12).

A page says how far that is. It waits, for a bounded time, for the position that it is asked for, and always for the last redaction: what
was removed is in no answer that begins after it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from api.http.conditional import Told, answer_told
from api.http.pages_asked import CURSOR, asked_limit
from api.http.query import refused_given
from api.http.reads import json_of
from api.http.views_keeper import behind
from ledger.errors import InvalidError, UnavailableError
from projections.paging import Asking, StoredViews

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from api.http.reads import Asked
    from api.http.time_travel import Point
    from projections.page_rows import Page

__all__ = ["answer_stored", "page_told", "stored_page"]


async def stored_page(
    asked: Asked, fetch: Callable[[StoredViews, Asking], Page[Any]]
) -> tuple[Page[Any], Point]:
    """A page, and the point that it is of. Raises ProblemError: 400 naming the parameter, 503 where the views are behind."""
    reading, point = asked.reading, asked.point
    cursor = asked.said(CURSOR)
    asking = Asking(
        known=point.known if point.asked else None,
        public=point.public,
        cursor=cursor,
        limit=asked_limit(asked),
    )
    redacted_at = await reading.ask(reading.folded.redacted_at)
    needed = max(asked.at_least or 0, redacted_at, asking.known or 0)
    await reading.keeper.until(needed)
    try:
        page = await asyncio.to_thread(fetch, reading.stored, asking)
    except InvalidError as error:
        raise _refused(asked, error) from None
    except UnavailableError as error:
        raise behind(reading.keeper.reached, needed) from error
    found = await reading.ask(reading.points.at_position, page.position, point.public)
    is_asked = point.asked or cursor is not None
    return page, msgspec.structs.replace(found, asked=is_asked, final=point.final or cursor is not None)


def _refused(asked: Asked, error: InvalidError) -> Exception:
    name = error.field.strip("/").partition("/")[0]
    if name not in asked.request.query_params:
        return error
    return refused_given(name, error.rule, asked.said(name))


def page_told(asked: Asked, page: Page[Any], point: Point) -> Told:
    """The answer that tells a page in JSON. Where the stored views cannot be caught up, it says so, and how far they have read."""
    body = json_of(page, point)
    stalled = asked.reading.keeper.stalled
    if stalled is not None:
        body = body[:-1] + b',"stalled":' + msgspec.json.encode(stalled) + b"}"
    return Told.of(body, following=page.next)


async def answer_stored(asked: Asked, fetch: Callable[[StoredViews, Asking], Page[Any]]) -> Response:
    """A page of a list in JSON."""
    page, point = await stored_page(asked, fetch)
    return answer_told(asked.request, page_told(asked, page, point), point.headers)
