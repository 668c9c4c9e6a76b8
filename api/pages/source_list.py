"""The sources as a page, in the order registered: what each is, and what there is of it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter

from api.http.conditional import answer_told
from api.http.query import refused_parameter
from api.http.reads import Asked
from api.pages.checkpoints import checkpoint_line
from api.pages.framing import Clock, Frame, seen_at, viewer_of
from api.pages.links import Links
from api.pages.reads import add_page, page_of
from api.terminal.shown_source import published_in_words
from ledger.values import Absent
from projections.told_sources import ToldSource, told_source

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["router"]

router = APIRouter()

SOURCES_A_PAGE = 40
_AFTER = "after"
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One source."""

    ident: str
    title: str | Absent
    href: str
    kind: str | Absent
    publisher: str | Absent | None
    published: str
    captures: int
    notices: int
    copies: tuple[str, ...]


def _line(told: ToldSource, links: Links) -> SourceLine:
    described = told.description
    return SourceLine(
        ident=told.source,
        title=described.title,
        href=links.source(told.source),
        kind=described.kind,
        publisher=described.publisher,
        published=published_in_words(described.published),
        captures=len(told.captures),
        notices=len(told.notices),
        copies=tuple(one.to for one in told.copied_from if not one.revoked),
    )


def _lines(asked: Asked, after: int) -> tuple[list[SourceLine], bool]:
    folded, point, links = asked.reading.folded, asked.point, Links.at(asked.point)
    names = [stream.partition("/")[2] for stream in asked.reading.store.streams("source/")]
    lines: list[SourceLine] = []
    for source in names[after:]:
        gathered = folded.source(source)
        if gathered is None or gathered.own > point.known:
            break
        if len(lines) == SOURCES_A_PAGE:
            return lines, True
        until = gathered.told_until(point.known)
        axes = msgspec.structs.replace(point.axes, known=gathered.last(until))
        told = told_source(gathered.events, source, axes, folded.erasures)
        if told is not None:
            lines.append(_line(told, links))
    return lines, False


async def _sources(asked: Asked) -> Response:
    text = asked.said(_AFTER) or "0"
    if _NUMBER.fullmatch(text) is None:
        raise refused_parameter(_AFTER, "must be a whole number")
    after = int(text)
    lines, more = await asyncio.to_thread(_lines, asked, after)
    links = Links.at(asked.point)
    frame = Frame(
        title="Sources",
        here="sources",
        viewer=viewer_of(asked.request),
        links=links,
        seen_at=seen_at(asked.point, Clock("")),
        checkpoint=checkpoint_line(asked.reading, asked.point.known),
    )
    told = await asyncio.to_thread(
        page_of,
        "sources.html",
        frame=frame,
        lines=tuple(lines),
        first=links.to("/sources") if after else "",
        following=links.to("/sources", query={_AFTER: str(after + len(lines))}) if more else "",
    )
    return answer_told(asked.request, told, asked.point.headers)


add_page(router, "/sources", _sources, parameters=(_AFTER,))
