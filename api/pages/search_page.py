"""Search: the facts of all incidents that answer every filter, as the API has them, with the words found marked."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from typing import TYPE_CHECKING, get_args

import msgspec
from fastapi import APIRouter

from api.http.conditional import answer_told, following_url
from api.http.pages_asked import CURSOR, LIMIT
from api.http.query import refused_parameter
from api.http.reads import Asked
from api.in_words import clipped
from api.pages.fact_cards import STATUS_WORDS
from api.pages.links import Links
from api.pages.lists import list_frame
from api.pages.reads import add_page, page_of, page_stored
from api.pages.search_words import Stretch, marked
from api.pages.trails import kinds_now
from ledger.errors import InvalidError
from projections.fact_fold import Status
from projections.filters import PARAMETERS, Filters, read_filters
from projections.page_rows import FactRow, Page
from projections.pages import facts_page
from projections.paging import Asking, StoredViews

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["router"]

router = APIRouter()

FACTS_A_PAGE = 30
LONGEST_STATEMENT = 600
_DAY_LONG = dt.timedelta(days=1)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_STANDS = (*get_args(Status), "retracted", "redacted")


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that answers. A title or statement that was redacted is None."""

    fact: str
    href: str
    statement: tuple[Stretch, ...] | None
    kind: str
    incident: str
    incident_href: str
    title: str | None
    status: str
    words: str
    origins: int
    decided: tuple[str, ...]
    when: str


def _given(asked: Asked) -> dict[str, str]:
    """What the form says; a field that was left empty asks nothing. A day alone is that day anywhere on earth."""
    given = {name: text for name in PARAMETERS if (text := asked.said(name))}
    for name in ("occurred_from", "occurred_to"):
        if name in given and "T" not in given[name]:
            given[name] = _anywhere(name, given[name])
    if "occurred_from" not in given and "occurred_to" not in given:
        given.pop("overlap", None)
    return given


def _anywhere(name: str, text: str) -> str:
    """When a day begins where it begins first, or ends where it ends last. Raises ProblemError (400) for what is no day."""
    try:
        day = dt.date.fromisoformat(text if _DAY.fullmatch(text) else "")
        return f"{text}T00:00:00+14:00" if name == "occurred_from" else f"{day + _DAY_LONG}T00:00:00-12:00"
    except (ValueError, OverflowError):
        raise refused_parameter(name, "must be a day, such as 2021-05-10") from None


def _filters(given: dict[str, str]) -> Filters:
    try:
        return read_filters(given)
    except InvalidError as error:
        raise refused_parameter(error.field.strip("/").partition("/")[0], error.rule) from None


def _when(row: FactRow) -> str:
    if row.undated:
        return "undated"
    ends = [None if text is None else text[:10] for text in (row.earliest, row.latest)]
    if ends[0] is None or ends[1] is None:
        return f"from {ends[0]}" if ends[0] else f"by {ends[1]}"
    return f"between {ends[0]} and {ends[1]} (UTC)" if ends[0] != ends[1] else f"{ends[0]} (UTC)"


def _hit(row: FactRow, words: tuple[str, ...], labels: dict[str, str], links: Links) -> Hit:
    return Hit(
        fact=row.fact,
        href=links.fact(row.incident, row.fact),
        statement=None if row.statement is None else marked(clipped(row.statement, LONGEST_STATEMENT), words),
        kind=labels.get(row.kind, row.kind),
        incident=row.incident,
        incident_href=links.incident(row.incident),
        title=row.title,
        status=row.status,
        words=STATUS_WORDS[row.status],
        origins=row.origins,
        decided=row.decided,
        when=_when(row),
    )


async def _search(asked: Asked) -> Response:
    given = _given(asked)
    filters = _filters(given)

    def fetch(views: StoredViews, asking: Asking) -> Page[FactRow]:
        asking = msgspec.structs.replace(asking, limit=min(asking.limit, FACTS_A_PAGE))
        return facts_page(views, filters, asking)

    page, point = await page_stored(asked, fetch)
    kinds = await asked.reading.ask(kinds_now, asked.reading)
    labels = {kind.slug: kind.label for kind in kinds}
    links = Links.at(asked.point)
    told = await asyncio.to_thread(
        page_of,
        "search.html",
        frame=list_frame(asked, point, "Search", "search"),
        said={name: asked.said(name) or "" for name in PARAMETERS},
        hits=tuple(_hit(row, filters.words, labels, links) for row in page.rows),
        following="" if page.next is None else following_url(asked.request, page.next),
        kinds=tuple(sorted(labels.items(), key=lambda one: one[1])),
        statuses=_STANDS,
        incomplete=page.incomplete_count,
        is_asked=bool(given),
    )
    return answer_told(asked.request, told, point.headers)


add_page(router, "/search", _search, parameters=(*PARAMETERS, CURSOR, LIMIT))
