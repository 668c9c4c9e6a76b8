"""The page of a source: the snapshot's text with every cited passage marked, who cites it, its notices, and who copied whom."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter

from api.http.conditional import answer_told
from api.http.query import refused_parameter
from api.http.reads import Asked
from api.in_words import clipped
from api.pages.checkpoints import checkpoint_line
from api.pages.framing import Clock, Frame, seen_at, viewer_of
from api.pages.lineage_drawing import Graph, graphed
from api.pages.links import Links, anchor_of
from api.pages.marked_text import Mark, Piece, TextPart, part_at, parts_of, pieces_of
from api.pages.passages_told import stance_in_words
from api.pages.reads import add_page, page_of, page_stored
from api.routes.read_sources import source_of
from api.terminal.shown_source import published_in_words
from ledger.citation import TextQuoteSelector, position_of, quote_of
from ledger.errors import InvalidError, UnknownError
from ledger.values import Absent
from projections.incident_view import incident_view
from projections.lists import source_citations
from projections.page_rows import CitationRow, Page
from projections.paging import Asking, StoredViews
from projections.source_account import Capture, source_accounts
from projections.told_sources import ToldSource, told_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from api.http.conditional import Told
    from api.http.folded_views import Gathered
    from api.http.time_travel import Point
    from projections.fact_fold import AttestationView

__all__ = ["captured_text", "router"]

router = APIRouter()

SNAPSHOT, PART = "snapshot", "part"
MOST_INCIDENTS = 20
MOST_CITATIONS = 80
LONGEST_LABEL = 120

_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{64}", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)


class Citing(msgspec.Struct, frozen=True, kw_only=True):
    """A passage that some fact cites. `position` is its place in the text that is shown; `elsewhere`: it lies in another snapshot."""

    incident: str
    fact: str
    href: str
    statement: str | Absent | None
    quote: str | Absent | None
    stance: str
    struck: bool
    anchor: str
    number: int
    where: str
    position: int | None
    text_href: str = ""


class CaptureLine(msgspec.Struct, frozen=True, kw_only=True):
    """One capture."""

    digest: str
    href: str
    data: str
    captured: str
    media_type: str
    size: str
    is_here: bool
    redacted_at: int | None
    diff: str


class NoticeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One notice of the source itself."""

    sort: str
    summary: str | Absent
    published: str
    scope: str
    recorded: str
    quotes: tuple[str, ...]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    source: str
    title: str | Absent
    kind: str | Absent
    publisher: str | Absent | None
    authors: tuple[str, ...]
    url: str
    address: str
    published: str
    language: str
    captures: tuple[CaptureLine, ...]
    notices: tuple[NoticeLine, ...]
    graph: Graph | None
    citing: tuple[Citing, ...]
    further: str
    pieces: tuple[Piece, ...]
    part: TextPart | None
    parts: int
    earlier: str
    later: str
    why_no_text: str
    snapshot: str
    extraction: str
    data: str


def captured_text(asked: Asked, capture: Capture | None) -> tuple[str | None, str]:
    """The text of a capture, or None and why there is none. Raises IntegrityError where the bytes have changed on disk."""
    if capture is None:
        return None, "No copy of this source has been captured."
    if capture.redacted_at is not None:
        return None, (
            f"The captured copy was lawfully removed (position {capture.redacted_at}). That it was captured, and its digest, stay."
        )
    if capture.act.extraction is None:
        return None, "This copy has no text in which words could be looked up."
    try:
        return asked.reading.blobs.text(capture.act.extraction), ""
    except (UnknownError, InvalidError):
        return None, "The text of this copy is not kept here."


def _asked_part(asked: Asked) -> int | None:
    text = asked.said(PART)
    if text is None:
        return None
    if _NUMBER.fullmatch(text) is None:
        raise refused_parameter(PART, "must be the number of a part")
    return int(text)


def _asked_capture(asked: Asked, account: ToldSource) -> Capture | None:
    """The capture that is asked for, else the newest that has a text, else the newest."""
    text = asked.said(SNAPSHOT)
    if text is None:
        with_text = [
            one for one in account.captures if one.act.extraction is not None and one.redacted_at is None
        ]
        wanted = with_text or account.captures
        return wanted[-1] if wanted else None
    if _DIGEST.fullmatch(text) is None:
        raise refused_parameter(SNAPSHOT, "must be the SHA-256 of a snapshot, in hexadecimal")
    digest = text if text.startswith("sha256:") else f"sha256:{text}"
    found = next((one for one in account.captures if one.act.snapshot == digest), None)
    if found is None:
        raise refused_parameter(SNAPSHOT, "is no snapshot of this source that was captured by then")
    return found


def _marked(
    asked: Asked, rows: Sequence[CitationRow], point: Point, capture: Capture | None, links: Links
) -> tuple[list[Citing], list[Mark]]:
    """Who cites the source, and which of their passages lie in the text that is shown."""
    source = asked.name("source")
    extraction = None if capture is None else capture.act.extraction
    citing: list[Citing] = []
    marks: list[Mark] = []
    for incident in list(dict.fromkeys(row.incident for row in rows))[:MOST_INCIDENTS]:
        gathered = asked.reading.folded.incident(incident)
        if gathered is None or gathered.told_until(point.known) < point.known:
            continue
        view = incident_view(gathered.events, incident, point.axes)
        for fact in () if view is None else view.facts:
            for one in fact.attestations:
                if one.attestation.source != source:
                    continue
                told = _citing(one, (incident, fact.fact), fact.content.statement, links)
                told = msgspec.structs.replace(told, number=len(citing) + 1)
                position = position_of(one.attestation)
                if (
                    position is not None
                    and extraction is not None
                    and one.attestation.extraction == extraction
                ):
                    told = msgspec.structs.replace(told, where="here", position=position.start)
                    marks.append(
                        Mark(
                            start=position.start,
                            end=position.end,
                            anchor=told.anchor,
                            number=told.number,
                            href=told.href,
                            label=f"citation {told.number}, of {fact.fact}",
                            struck=told.struck,
                        )
                    )
                citing.append(told)
    return citing, sorted(marks, key=lambda one: (one.start, one.end))


def _citing(
    view: AttestationView, where: tuple[str, str], statement: str | Absent | None, links: Links
) -> Citing:
    attestation = view.attestation
    quote = quote_of(attestation)
    quoted: str | Absent | None = None if quote is None else clipped(quote.exact, LONGEST_LABEL)
    if quote is None and isinstance(attestation.selector, Absent):
        quoted = attestation.selector
    return Citing(
        incident=where[0],
        fact=where[1],
        href=links.fact(*where),
        statement=clipped(statement, LONGEST_LABEL) if isinstance(statement, str) else statement,
        quote=quoted,
        stance=stance_in_words(attestation.stance),
        struck=not view.counts and view.why in ("withdrawn", "superseded", "settled"),
        anchor=anchor_of("passage", *where, attestation.id),
        number=0,
        where="elsewhere" if attestation.snapshot is not None else "not pinned",
        position=None,
    )


def _captures(account: ToldSource, shown: Capture | None, links: Links) -> tuple[CaptureLine, ...]:
    clock = Clock("")
    lines: list[CaptureLine] = []
    before: Capture | None = None
    for one in account.captures:
        digits = one.act.snapshot.removeprefix("sha256:")
        comparable = before is not None and before.act.snapshot != one.act.snapshot and before.act.extraction
        captured = one.act.captured_at
        size = one.act.size_bytes
        lines.append(
            CaptureLine(
                digest=digits,
                href=links.source(account.source, "text", {SNAPSHOT: digits}),
                data=links.to(f"/v1/sources/{account.source}/snapshots/{digits}"),
                captured=f"{clock.moment(captured)} UTC" if isinstance(captured, str) else "",
                media_type=one.act.media_type if isinstance(one.act.media_type, str) else "",
                size=f"{size:,} bytes" if isinstance(size, int) else "",
                is_here=shown is not None and one.position == shown.position,
                redacted_at=one.redacted_at,
                diff=links.to(
                    f"/sources/{account.source}/diff",
                    query={"from": before.act.snapshot.removeprefix("sha256:"), "to": digits},
                )
                if before is not None and comparable and one.act.extraction
                else "",
            )
        )
        before = one
    return tuple(lines)


def _notices(account: ToldSource) -> tuple[NoticeLine, ...]:
    clock = Clock("")
    return tuple(
        NoticeLine(
            sort=one.act.type.replace("-", " ").capitalize() if isinstance(one.act.type, str) else "Notice",
            summary=one.act.summary,
            published=published_in_words(one.act.published),
            scope="the whole source" if one.act.scope == "all" else "the passages named",
            recorded=f"{clock.moment(one.recorded_at)} UTC",
            quotes=tuple(
                selector.exact
                for passage in one.act.passages
                if not isinstance(passage.selector, Absent)
                for selector in passage.selector
                if isinstance(selector, TextQuoteSelector)
            ),
        )
        for one in account.notices
    )


def _text(value: str | Absent | None) -> str:
    return value if isinstance(value, str) else ""


def _address(url: str) -> str:
    """An address of the web that may be linked; any other text is shown and not linked."""
    return url if url.startswith(("https://", "http://")) else ""


def _made(
    asked: Asked, gathered: Gathered, page: Page[CitationRow], point: Point, asking: int | None
) -> Told:
    source = asked.name("source")
    reading = asked.reading
    account = told_source(gathered.events, source, point.axes, reading.folded.erasures)
    if account is None:
        raise TypeError("a source that was gathered is known")
    links = Links.at(asked.point)
    capture = _asked_capture(asked, account)
    text, why = captured_text(asked, capture)
    citing, marks = _marked(asked, page.rows, point, capture, links)
    parts = () if text is None else parts_of(text)
    number = 1 if asking is None else min(asking, max(1, len(parts)))
    part = parts[number - 1] if parts else None
    digits = "" if capture is None else capture.act.snapshot.removeprefix("sha256:")

    def to_part(of: int, anchor: str = "text") -> str:
        return links.source(source, anchor, {SNAPSHOT: digits or None, PART: str(of)})

    described = account.description
    told = Account(
        source=source,
        title=described.title,
        kind=described.kind,
        publisher=described.publisher,
        authors=described.authors if isinstance(described.authors, tuple) else (),
        url=_text(described.url),
        address=_address(_text(described.url)),
        published=published_in_words(described.published),
        language=_text(described.language),
        captures=_captures(account, capture, links),
        notices=_notices(account),
        graph=graphed(source, source_accounts(gathered.events, point.known), links),
        citing=tuple(
            one
            if one.position is None
            else msgspec.structs.replace(one, text_href=to_part(part_at(parts, one.position), one.anchor))
            for one in citing
        ),
        further="" if page.next is None else "more",
        pieces=() if text is None or part is None else pieces_of(text, part, marks),
        part=part,
        parts=len(parts),
        earlier=to_part(number - 1) if number > 1 else "",
        later=to_part(number + 1) if number < len(parts) else "",
        why_no_text=why,
        snapshot=digits,
        extraction="" if capture is None else capture.act.extraction or "",
        data=links.to(f"/v1/sources/{source}"),
    )
    frame = Frame(
        title=described.title if isinstance(described.title, str) else source,
        here="sources",
        viewer=viewer_of(asked.request),
        links=links,
        seen_at=seen_at(msgspec.structs.replace(point, asked=asked.point.asked), Clock("")),
        checkpoint=checkpoint_line(asked.reading, point.known),
        path=links.source(source),
    )
    return page_of("source.html", frame=frame, account=told)


async def _source(asked: Asked) -> Response:
    asking = _asked_part(asked)
    gathered = await source_of(asked)
    source = asked.name("source")

    def fetch(views: StoredViews, wanted: Asking) -> Page[CitationRow]:
        return source_citations(views, source, msgspec.structs.replace(wanted, limit=MOST_CITATIONS))

    page, point = await page_stored(asked, fetch)
    told = await asyncio.to_thread(_made, asked, gathered, page, point, asking)
    return answer_told(asked.request, told, point.headers)


add_page(router, "/sources/{source}", _source, parameters=(SNAPSHOT, PART))
