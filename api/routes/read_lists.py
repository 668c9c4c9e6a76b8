"""Lists over all incidents: incidents and facts that answer filters, corrections, and what the desk has to look at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.http.conditional import JSON, Told, answer_told
from api.http.corrections_feed import ATOM, feed
from api.http.negotiation import prefers
from api.http.pages_asked import CURSOR, LIMIT
from api.http.query import refused_parameter, yes_no
from api.http.reads import Asked, Read, add_read
from api.http.stored_reads import answer_stored, page_told, stored_page
from api.http.window import refused_filter
from ledger.errors import InvalidError
from ledger.ids import ID_RULE, is_id
from projections.filters import PARAMETERS, Filters, read_filters
from projections.lists import Matters, corrections, worklist_page
from projections.page_rows import CorrectionRow, FactRow, IncidentRow, Page
from projections.pages import facts_page, incidents_page
from projections.paging import Asking, StoredViews
from projections.work_items import Item

__all__ = ["READS", "router"]

router = APIRouter(tags=["lists"])

_MATTERS = ("incident", "source", "sort")
_FORMATS = {"json": JSON, "atom": ATOM}

_INCIDENTS = Read(
    op="list-incidents",
    path="/v1/incidents",
    summary="Incidents of which a fact answers the filters",
    answers=Page[IncidentRow],
    parameters=(*PARAMETERS, CURSOR, LIMIT),
)
_FACTS = Read(
    op="list-facts",
    path="/v1/facts",
    summary="Facts of all incidents that answer the filters",
    answers=Page[FactRow],
    parameters=(*PARAMETERS, CURSOR, LIMIT),
)
_CORRECTIONS = Read(
    op="list-corrections",
    path="/v1/corrections",
    summary="Corrections and retractions, the newest first",
    answers=Page[CorrectionRow],
    parameters=("wording", "format", CURSOR, LIMIT),
    media_types=(JSON, ATOM),
)
_WORKLIST = Read(
    op="read-worklist",
    path="/v1/worklist",
    summary="What the desk is asked to look at",
    answers=Page[Item],
    parameters=(*_MATTERS, CURSOR, LIMIT),
)
READS = (_INCIDENTS, _FACTS, _CORRECTIONS, _WORKLIST)


def _filters(asked: Asked) -> Filters:
    given = {name: text for name in PARAMETERS if (text := asked.said(name)) is not None}
    try:
        return read_filters(given)
    except InvalidError as error:
        raise refused_filter(error, given) from None


def _filtered(page: Callable[[StoredViews, Filters, Asking], Page[Any]]) -> Callable[[Asked], Any]:
    async def answer(asked: Asked) -> Response:
        filters = _filters(asked)
        return await answer_stored(asked, lambda views, asking: page(views, filters, asking))

    return answer


async def _corrections(asked: Asked) -> Response:
    wording = yes_no(asked.request, "wording")
    name = asked.said("format")
    if name is not None and name not in _FORMATS:
        raise refused_parameter("format", f"must be one of {', '.join(_FORMATS)}")
    as_atom = prefers(asked.request, ATOM, JSON) if name is None else _FORMATS[name] == ATOM
    page, point = await stored_page(asked, lambda views, asking: corrections(views, asking, wording=wording))
    headers = {**point.headers, "Vary": "Accept, Accept-Datetime"}
    if not as_atom:
        return answer_told(asked.request, page_told(asked, page, point), headers)
    body = await asyncio.to_thread(feed, asked, page, point)
    told = Told.of(body, media_type=ATOM, following=page.next)
    return answer_told(asked.request, told, headers)


async def _worklist(asked: Asked) -> Response:
    said = {name: asked.said(name) for name in _MATTERS}
    for name in ("incident", "source"):
        ident = said[name]
        if ident is not None and not is_id(ident):
            raise refused_parameter(name, f"must be an id: {ID_RULE}")
    matters = Matters(incident=said["incident"], source=said["source"], sort=said["sort"])
    return await answer_stored(asked, lambda views, asking: worklist_page(views, matters, asking))


add_read(router, _INCIDENTS, _filtered(incidents_page))
add_read(router, _FACTS, _filtered(facts_page))
add_read(router, _CORRECTIONS, _corrections)
add_read(router, _WORKLIST, _worklist)
