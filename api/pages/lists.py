"""The lists across the ledger: corrections, newest first, as a newspaper prints them, and what the desk is asked to look at."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, get_args

import msgspec
from fastapi import APIRouter

from api.http.conditional import answer_told, following_url
from api.http.pages_asked import CURSOR, LIMIT
from api.http.query import yes_no
from api.http.reads import Asked
from api.in_words import clipped
from api.pages.checkpoints import checkpoint_line
from api.pages.corrections_told import CLASSES
from api.pages.fact_cards import STATUS_WORDS
from api.pages.framing import Clock, Frame, Here, address_of, seen_at, viewer_of
from api.pages.links import Links
from api.pages.passages_told import stance_in_words
from api.pages.reads import add_page, page_of, page_stored
from ledger.values import Absent
from projections.act_words import cause_of
from projections.lists import Matters, corrections, worklist_page
from projections.page_rows import CorrectionRow, Page
from projections.paging import Asking, StoredViews
from projections.work_items import Item, Sort

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.http.time_travel import Point
    from projections.work_items import Loss

__all__ = ["list_frame", "router"]

router = APIRouter()

ROWS_A_PAGE = 40
LONGEST_WORDS = 500
MOST_PASSAGES = 5
_MATTERS = ("incident", "source", "sort")
_SORTS = {
    "source-changed": "A source changed",
    "source-notice": "A source put out a notice",
    "conflict": "Sources exclude each other",
    "dispute": "Somebody disputes it",
    "unsupported": "Nothing supports it any more",
}


def list_frame(asked: Asked, point: Point, title: str, here: Here) -> Frame:
    """The frame of a list at the point that it is of."""
    return Frame(
        title=title,
        here=here,
        viewer=viewer_of(asked.request),
        links=Links.at(asked.point),
        path=address_of(asked.request),
        seen_at=seen_at(msgspec.structs.replace(point, asked=asked.point.asked), Clock("")),
        checkpoint=checkpoint_line(asked.reading, point.known),
    )


class CorrectionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One correction or retraction."""

    head: str
    day: str
    title: str | Absent
    incident_href: str
    fact: str
    href: str
    act_href: str
    notice: str | None
    reason: str | Absent
    of_what: str
    cause: str
    in_favour_of: str
    position: int


class WorkPassage(msgspec.Struct, frozen=True, kw_only=True):
    """A passage that a matter is about."""

    source: str
    href: str
    stance: str
    quote: str | None


class WorkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One matter. `loses` says what the fact would lose, or has lost."""

    sort: str
    fact: str
    statement: str | Absent | None
    href: str
    incident: str
    incident_href: str
    sentence: str
    since: str
    loses: str
    passages: tuple[WorkPassage, ...]


def _correction(row: CorrectionRow, links: Links, clock: Clock) -> CorrectionLine:
    return CorrectionLine(
        head="Correction" if row.act == "corrected" else "Retraction",
        day=clock.day(row.recorded_at),
        title=Absent(absent="undisclosed") if row.title is None else row.title,
        incident_href=links.incident(row.incident),
        fact=row.fact,
        href=links.fact(row.incident, row.fact),
        act_href=links.act(row.incident, row.position),
        notice=None if row.notice is None else clipped(row.notice, LONGEST_WORDS),
        reason=Absent(absent="undisclosed") if row.reason is None else clipped(row.reason, LONGEST_WORDS),
        of_what=CLASSES.get(row.class_ or "", ""),
        cause=cause_of(row.cause),
        in_favour_of=row.in_favour_of or "",
        position=row.position,
    )


async def _corrections(asked: Asked) -> Response:
    wording = yes_no(asked.request, "wording")

    def fetch(views: StoredViews, asking: Asking) -> Page[CorrectionRow]:
        asking = msgspec.structs.replace(asking, limit=min(asking.limit, ROWS_A_PAGE))
        return corrections(views, asking, wording=wording)

    page, point = await page_stored(asked, fetch)
    links, clock = Links.at(asked.point), Clock("")
    told = await asyncio.to_thread(
        page_of,
        "corrections.html",
        frame=list_frame(asked, point, "Corrections", "corrections"),
        lines=tuple(_correction(row, links, clock) for row in page.rows),
        following="" if page.next is None else following_url(asked.request, page.next),
        wording=wording,
        wording_href=links.to("/corrections", query={"wording": None if wording else "true"}),
        incomplete=page.incomplete_count,
    )
    return answer_told(asked.request, told, point.headers)


def _loses(loses: Loss | None) -> str:
    if loses is None:
        return ""
    before, after = (
        f"{STATUS_WORDS[one.status]}, {one.origins} origin{'' if one.origins == 1 else 's'}"
        for one in (loses.before, loses.after)
    )
    if before == after:
        return ""
    return f"It went from {before} to {after}." if loses.done else f"Without it: {after} instead of {before}."


def _matter(item: Item, links: Links, clock: Clock) -> WorkLine:
    return WorkLine(
        sort=_SORTS[item.sort],
        fact=item.fact,
        statement=clipped(item.statement, LONGEST_WORDS)
        if isinstance(item.statement, str)
        else item.statement,
        href=links.fact(item.incident, item.fact),
        incident=item.incident,
        incident_href=links.incident(item.incident),
        sentence=item.sentence,
        since=f"since position {item.position}, {clock.day(item.recorded_at)}",
        loses=_loses(item.loses),
        passages=tuple(
            WorkPassage(
                source=one.source,
                href=links.source(one.source),
                stance=stance_in_words(one.stance),
                quote=None if one.quote is None else clipped(one.quote, LONGEST_WORDS),
            )
            for one in item.passages[:MOST_PASSAGES]
        ),
    )


async def _worklist(asked: Asked) -> Response:
    said = {name: asked.said(name) or None for name in _MATTERS}
    matters = Matters(incident=said["incident"], source=said["source"], sort=said["sort"])

    def fetch(views: StoredViews, asking: Asking) -> Page[Item]:
        return worklist_page(
            views, matters, msgspec.structs.replace(asking, limit=min(asking.limit, ROWS_A_PAGE))
        )

    page, point = await page_stored(asked, fetch)
    links, clock = Links.at(asked.point), Clock("")
    told = await asyncio.to_thread(
        page_of,
        "worklist.html",
        frame=list_frame(asked, point, "Worklist", "worklist"),
        lines=tuple(_matter(item, links, clock) for item in page.rows),
        following="" if page.next is None else following_url(asked.request, page.next),
        said={name: value or "" for name, value in said.items()},
        sorts=tuple((sort, _SORTS[sort]) for sort in get_args(Sort)),
        incomplete=page.incomplete_count,
    )
    return answer_told(asked.request, told, point.headers)


add_page(router, "/corrections", _corrections, parameters=("wording", CURSOR, LIMIT))
add_page(router, "/worklist", _worklist, parameters=(*_MATTERS, CURSOR, LIMIT))
