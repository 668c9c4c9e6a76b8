"""Sources as known: their accounts, what was taken from them, and the captured bytes."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from typing import BinaryIO

import msgspec
from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from api.http.conditional import Told, answer_told, has_already, not_modified
from api.http.folded_views import Gathered
from api.http.pages_asked import CURSOR, LIMIT, AskedPage, asked_page
from api.http.problems import ProblemError
from api.http.reads import Asked, Read, add_read, answer_folded, json_of, not_yet_known
from api.http.stored_reads import answer_stored
from api.http.time_travel import Point
from api.http.writing import not_found
from ledger.clock import format_instant
from ledger.decisions.decision import source_stream
from ledger.errors import IntegrityError, UnknownError, UnknownSchemaError
from ledger.events import Redacted
from ledger.media import download_headers
from ledger.stores.mapper import entry_of
from ledger.values import Json
from projections.lists import source_citations
from projections.page_rows import CitationRow, LeftOut, Page
from projections.source_account import Capture
from projections.told_sources import ToldSource, told_source

__all__ = ["READS", "router", "source_of"]

router = APIRouter(tags=["sources"])

_SOURCE = "/v1/sources/{source}"
_SHA256 = re.compile(r"(?:sha256:)?(?P<digits>[0-9a-f]{64})", re.ASCII)
_PIECE_BYTES = 256 * 1024
_ETAG_DIGITS = 32


class SourcePage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some sources, in the order in which they were registered. `next` is the cursor of the page after this one.

    `incomplete` are those of them that are told only up to before an event of their own, or of one that they rest on, which a newer
    program wrote.
    """

    rows: tuple[ToldSource, ...]
    position: int
    public_at: str | None = None
    next: str | None = None
    incomplete: tuple[LeftOut, ...] = ()


_SOURCES = Read(
    op="list-sources",
    path="/v1/sources",
    summary="The sources, in the order registered",
    answers=SourcePage,
    parameters=(CURSOR, LIMIT),
)
_ONE = Read(op="read-source", path=_SOURCE, summary="A source as known", answers=ToldSource)
_FACTS = Read(
    op="read-source-facts",
    path=f"{_SOURCE}/facts",
    summary="What was taken from a source, and which facts stand",
    answers=Page[CitationRow],
    parameters=(CURSOR, LIMIT),
)
_SNAPSHOT = Read(
    op="read-snapshot",
    path=f"{_SOURCE}/snapshots/{{sha256}}",
    summary="The captured bytes",
    media_types=("application/octet-stream",),
)
READS = (_SOURCES, _ONE, _FACTS, _SNAPSHOT)


async def source_of(asked: Asked) -> Gathered:
    """What the account of the source in the path rests on. Raises ProblemError (404) where it is not there, or was not yet.

    Raises UnknownSchemaError where something up to the point can be read only by a newer program.
    """
    source = asked.name("source")
    folded = asked.reading.folded
    held = await asked.reading.ask(folded.held, source_stream(source))
    found = held or await asyncio.to_thread(folded.source, source)
    if found is None:
        raise not_found("source")
    if found.own > asked.point.known:
        raise not_yet_known(
            f"the source was not known yet at position {asked.point.known}; it was registered at {found.own}",
            asked.point,
        )
    return found.whole(asked.point.known)


async def _one(asked: Asked) -> Response:
    source = asked.name("source")

    def make(gathered: Gathered, point: Point) -> Told:
        told = told_source(gathered.events, source, point.axes, asked.reading.folded.erasures)
        return Told.of(json_of(told, point))

    return await answer_folded(asked, source_of, (_ONE.op, source), make)


def _page_of_sources(asked: Asked, page: AskedPage) -> Told:
    folded, point = asked.reading.folded, page.point
    names = [stream.partition("/")[2] for stream in asked.reading.store.streams("source/")]
    start = int(page.after[0]) if page.after else 0
    rows: list[ToldSource] = []
    incomplete: list[LeftOut] = []
    following = None
    for number, source in enumerate(names[start:], start):
        gathered = folded.source(source)
        if gathered is None or gathered.own > point.known:
            break
        if len(rows) == page.limit:
            following = page.cursor((number,))
            break
        until = gathered.told_until(point.known)
        axes = msgspec.structs.replace(point.axes, known=gathered.last(until))
        told = told_source(gathered.events, source, axes, folded.erasures)
        if told is not None:
            rows.append(told)
        if until < point.known:
            incomplete.append(
                LeftOut(stream=source_stream(source), since=until + 1, code=UnknownSchemaError.code)
            )
    body = SourcePage(
        rows=tuple(rows),
        position=point.known,
        public_at=None if point.public is None else point.public.isoformat(),
        next=following,
        incomplete=tuple(incomplete),
    )
    return Told.of(json_of(body, point), following=following)


async def _list(asked: Asked) -> Response:
    question = None if asked.point.public is None else asked.point.public.isoformat()
    page = await asked_page(asked, "sources", question, (int,))
    told = await asyncio.to_thread(_page_of_sources, asked, page)
    return answer_told(asked.request, told, page.point.headers)


async def _facts(asked: Asked) -> Response:
    await source_of(asked)
    source = asked.name("source")
    return await answer_stored(asked, lambda views, asking: source_citations(views, source, asking))


def _tombstone(asked: Asked, redacted_at: int) -> ProblemError:
    """The problem (410) of bytes that a redaction removed: who ordered it, and on which ground."""
    event = next(entry_of(row) for row in asked.reading.store.rows(redacted_at, redacted_at))
    told: dict[str, Json] = {
        "position": event.position,
        "stream": event.stream,
        "version": event.version,
        "recorded_at": format_instant(event.recorded_at),
        "type": event.type,
    }
    if isinstance(event.body, Redacted):
        told |= {"legal_basis": event.body.legal_basis, "authority": event.body.authority}
    problem = ProblemError.of(
        410,
        "redacted",
        "the bytes were lawfully removed; that they were captured, and their digest, stay in the ledger",
        headers={"Ledger-Position": str(asked.point.known)},
    )
    return ProblemError(msgspec.structs.replace(problem.problem, acts=(told,)), problem.headers)


def _capture(asked: Asked, gathered: Gathered, digest: str) -> Capture:
    """The first capture of the bytes. Raises ProblemError: 404 where there is none, or was none yet, and 410 where they are redacted."""
    source, folded = asked.name("source"), asked.reading.folded
    axes = asked.point.axes
    newest = msgspec.structs.replace(axes, known=gathered.told_until(max(gathered.positions)))
    account = told_source(gathered.events, source, newest, folded.erasures)
    captures = [one for one in account.captures if one.act.snapshot == digest] if account else []
    if not captures:
        raise not_found("snapshot")
    first = captures[0]
    if first.position > axes.known:
        raise not_yet_known(
            f"the snapshot was not there yet at position {axes.known}; it was captured at {first.position}",
            asked.point,
        )
    if first.redacted_at is not None:
        raise _tombstone(asked, first.redacted_at)
    return first


def _opened(asked: Asked, digest: str) -> BinaryIO:
    """The bytes, every one of them hashed. Raises IntegrityError where they changed on disk, or are not there."""
    try:
        return asked.reading.blobs.open(digest)
    except UnknownError as error:
        raise IntegrityError("the bytes of the snapshot are missing", where=digest) from error


async def _snapshot(asked: Asked) -> Response:
    named = _SHA256.fullmatch(asked.name("sha256"))
    gathered = await source_of(asked)
    if named is None:
        raise not_found("snapshot")
    digest = f"sha256:{named['digits']}"
    capture = await asyncio.to_thread(_capture, asked, gathered, digest)
    etag = f'"{named["digits"][:_ETAG_DIGITS]}"'
    if has_already(asked.request, etag):
        return not_modified(etag, asked.point.headers)
    try:
        file = await asyncio.to_thread(_opened, asked, digest)
    except IntegrityError:
        # A redaction may have come meanwhile; then there is nothing wrong.
        await asyncio.to_thread(_capture, asked, await source_of(asked), digest)
        raise
    headers = {
        **asked.point.headers,
        **download_headers(capture.act.media_type, digest),
        "ETag": etag,
        "Content-Length": str(os.fstat(file.fileno()).st_size),
        "Accept-Ranges": "none",
    }
    if asked.is_head:
        file.close()
        return Response(headers=headers)
    return StreamingResponse(_pieces(file), headers=headers)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece


add_read(router, _SOURCES, _list)
add_read(router, _ONE, _one)
add_read(router, _FACTS, _facts)
add_read(router, _SNAPSHOT, _snapshot)
