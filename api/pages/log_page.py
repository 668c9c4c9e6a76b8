"""The log as a page: how far it goes, its newest entries, its checkpoint, and how anybody can verify it without this server."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter

from api.http.conditional import answer_told
from api.http.query import refused_parameter
from api.http.reads import Asked
from api.pages.checkpoints import Signed, checkpoint_line, signed_head
from api.pages.framing import Clock, Frame, seen_at, viewer_of
from api.pages.links import Links
from api.pages.reads import add_page, page_of
from api.pages.stops import ACTS
from ledger.events import LedgerOpened
from ledger.instants import instant_of
from ledger.stores.mapper import entry_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from ledger.stores.contract import Row

__all__ = ["router"]

router = APIRouter()

ENTRIES_A_PAGE = 50
_BEFORE = "before"
_NUMBER = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log. `leaf` is the hash by which the tree has it (RFC 6962 §2.1), in hexadecimal."""

    position: int
    recorded: str
    stream: str
    version: int
    what: str
    href: str
    leaf: str


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    ledger: str
    ledger_format: str
    head: int
    entries: tuple[Entry, ...]
    newest: str
    older: str
    checkpoint: Signed | None


def _href(stream: str, position: int) -> str:
    kind, _, ident = stream.partition("/")
    if kind == "incident":
        return Links().act(ident, position)
    return Links().source(ident) if kind == "source" else ""


def _entry(row: Row) -> Entry:
    kind = row.topic.partition("@")[0]
    return Entry(
        position=row.position,
        recorded=f"{Clock('').moment(instant_of(row.recorded_us))} UTC",
        stream=row.stream,
        version=row.version,
        what=ACTS.get(kind, kind),
        href=_href(row.stream, row.position),
        leaf=hashlib.sha256(b"\x00" + row.event).hexdigest(),
    )


def _told(asked: Asked, before: int | None) -> Log:
    store = asked.reading.store
    head = asked.point.known
    last = head if before is None else min(before - 1, head)
    first = max(1, last - ENTRIES_A_PAGE + 1)
    rows = sorted(store.rows(first, last), key=lambda row: -row.position) if last else []
    opened = next((entry_of(row).body for row in store.rows(1, 1)), None) if head else None
    links = Links.at(asked.point)
    return Log(
        ledger=opened.ledger if isinstance(opened, LedgerOpened) else "",
        ledger_format=opened.ledger_format if isinstance(opened, LedgerOpened) else "",
        head=head,
        entries=tuple(map(_entry, rows)),
        checkpoint=signed_head(asked.reading),
        newest=links.to("/log") if before is not None else "",
        older=links.to("/log", query={_BEFORE: str(first)}) if first > 1 and rows else "",
    )


async def _log(asked: Asked) -> Response:
    text = asked.said(_BEFORE)
    if text is not None and _NUMBER.fullmatch(text) is None:
        raise refused_parameter(_BEFORE, "must be a position, a whole number")
    log = await asyncio.to_thread(_told, asked, None if text is None else int(text))
    frame = Frame(
        title="The log",
        here="log",
        viewer=viewer_of(asked.request),
        links=Links.at(asked.point),
        seen_at=seen_at(asked.point, Clock("")),
        checkpoint=checkpoint_line(asked.reading, asked.point.known),
    )
    told = await asyncio.to_thread(page_of, "log.html", frame=frame, log=log)
    return answer_told(asked.request, told, asked.point.headers)


add_page(router, "/log", _log, parameters=(_BEFORE,))
