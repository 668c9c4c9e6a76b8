"""How a read is answered, whatever its noun: a table says what a path answers, and points, conditions and answers are the same for all.

What a path names and never was is 404 `not-found`; what was not there yet at the point asked about is 404 `not-yet-known`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.http.conditional import JSON, Told, answer_told, following_url, has_already, not_modified
from api.http.folded_views import Gathered
from api.http.problems import ProblemError
from api.http.query import check_known, parameter, refused_parameter
from api.http.reading import Reading, reading_by
from api.http.remembered import send_remembered
from api.http.roles import GuardedRoute, Role, needs
from api.http.time_travel import ACCEPT_DATETIME, KNOWN_AT, PUBLIC_AT, Point
from api.http.writing import not_found
from ledger.decisions.decision import incident_stream
from ledger.values import Json

__all__ = [
    "AT_LEAST",
    "NDJSON",
    "OCTETS",
    "POINT",
    "Asked",
    "Read",
    "add_read",
    "answer_folded",
    "answer_lines",
    "incident_of",
    "json_of",
    "not_yet_known",
    "reader",
    "stored_incident_of",
]

AT_LEAST = "at_least"
POINT = (KNOWN_AT, PUBLIC_AT, AT_LEAST)
"""What each read may be asked."""

NDJSON = "application/x-ndjson"
OCTETS = "application/octet-stream"

_PATH_NAME = re.compile(r"\{([a-z0-9_]+)(?::path)?\}")
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_PIECE_BYTES = 64 * 1024
_MORE_TRIES = range(2)


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table: a path, what it is for, what its query may say beside the point, and what it answers.

    `answers` is the type of the answer, or of each line of it; None where it is bytes. `may_be_missing`: it may answer 404 although its
    path names nothing, which says so by itself.
    """

    op: str
    path: str
    summary: str
    answers: Any = None
    parameters: tuple[str, ...] = ()
    media_types: tuple[str, ...] = (JSON,)
    may_be_missing: bool = False


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request to read: what is read, and at which point."""

    request: Request
    reading: Reading
    point: Point
    head: int
    """Where the log ended before anything else was looked at."""
    at_least: int | None = None
    """The position that the answer has to have taken in."""

    def name(self, name: str) -> str:
        """What the path says."""
        return str(self.request.path_params[name])

    def said(self, name: str) -> str | None:
        """What the query says."""
        return parameter(self.request, name)

    @property
    def is_head(self) -> bool:
        """Whether only the headers are asked for."""
        return self.request.method == "HEAD"


def not_yet_known(detail: str, point: Point) -> ProblemError:
    """The problem of what is there now, and was not at the point asked about."""
    return ProblemError.of(404, "not-yet-known", detail, headers={"Ledger-Position": str(point.known)})


def json_of(value: object, point: Point) -> bytes:
    """An answer in JSON, with its window and whether its point is final: at a time that the log has not reached, more may still come."""
    said = {} if point.occurred is None else point.occurred.said
    more = msgspec.json.encode({**said, "final": point.final})
    return msgspec.json.encode(value)[:-1] + b"," + more[1:]


def reader(
    read: Read, answer: Callable[[Asked], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a read: its query is checked and its point found before anything else."""

    async def endpoint(request: Request) -> Response:
        check_known(request, *POINT, *read.parameters)
        return await answer(await reading_by(request).ask(_asked, request))

    return endpoint


def _asked(request: Request) -> Asked:
    """What a request asks for. Raises ProblemError (400) for a parameter or header that breaks its rule."""
    reading = reading_by(request)
    head = reading.store.head().position
    point = reading.points.of(request)
    # A fold takes in all that the log holds, so that there is nothing to wait for; the stored views wait for themselves.
    return Asked(request=request, reading=reading, point=point, head=head, at_least=_at_least(request, head))


def _at_least(request: Request, head: int) -> int | None:
    """The position that a request says its answer has to have taken in. Raises ProblemError (400) where the ledger has not reached it."""
    text = parameter(request, AT_LEAST)
    if text is None:
        return None
    if _NUMBER.fullmatch(text) is None:
        raise refused_parameter(AT_LEAST, "must be a position, a whole number")
    if int(text) > head:
        raise refused_parameter(AT_LEAST, f"must be at most {head}, the position that the ledger has reached")
    return int(text)


class _ReadRoute(GuardedRoute):
    """A route that gives what is remembered before it asks anybody."""

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer who may ask."""
        reading = scope["app"].state.reading
        head = await reading.ask(reading.store.head)
        found = reading.remembered.find(scope, head.position)
        if found is None:
            await super().answer(scope, receive, send)
        else:
            await send_remembered(scope, send, found)


def add_read(router: APIRouter, read: Read, answer: Callable[[Asked], Awaitable[Response]]) -> None:
    """Put a read on a router, with its HEAD."""
    endpoint = reader(read, answer)
    router.add_api_route(
        read.path,
        endpoint,
        methods=["GET"],
        operation_id=read.op,
        summary=read.summary,
        response_model=None,
        route_class_override=_ReadRoute,
        openapi_extra=_described(read) | needs(Role.READER),
    )
    router.add_api_route(
        read.path,
        endpoint,
        methods=["HEAD"],
        include_in_schema=False,
        response_model=None,
        route_class_override=_ReadRoute,
        openapi_extra=needs(Role.READER),
    )


def _described(read: Read) -> dict[str, Json]:
    """What the query, the path and the headers of a read may say, for the document of the API."""

    def said(name: str, where: str) -> dict[str, Json]:
        return {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}}

    parameters = [said(name, "path") for name in _PATH_NAME.findall(read.path)]
    parameters += [said(name, "query") for name in (*POINT, *read.parameters)]
    parameters += [said(name, "header") for name in (ACCEPT_DATETIME, "If-None-Match")]
    return {"parameters": parameters}


async def incident_of(asked: Asked) -> Gathered:
    """As stored_incident_of, for a fold. Raises UnknownSchemaError where something up to the point can be read only by a newer program."""
    gathered = await stored_incident_of(asked)
    return gathered.whole(asked.point.known)


async def stored_incident_of(asked: Asked) -> Gathered:
    """What the views of the incident in the path rest on. Raises ProblemError (404) where it is not there, or was not yet."""
    incident = asked.name("incident")
    folded = asked.reading.folded
    held = await asked.reading.ask(folded.held, incident_stream(incident))
    found = held or await asyncio.to_thread(folded.incident, incident)
    if found is None:
        raise not_found("incident")
    if found.own > asked.point.known:
        raise not_yet_known(
            f"the incident was not known yet at position {asked.point.known}; it was opened at {found.own}",
            asked.point,
        )
    return found


async def answer_folded(
    asked: Asked,
    gather: Callable[[Asked], Awaitable[Gathered]],
    key: tuple[Hashable, ...],
    make: Callable[[Gathered, Point], Told],
    *,
    is_same_for_all: bool = True,
) -> Response:
    """The answer that a fold makes, or the one that was kept. `key` names what is asked, its point apart, and for whom.

    `is_same_for_all`: whether it depends on nothing but the address, so that it may be remembered as a whole.

    `make` is asked at the last position that matters, in a thread. Should a redaction come meanwhile, it is made once more.
    """
    told, settled = await _told_or_kept(asked, gather, key, make)
    for _ in _MORE_TRIES:
        if settled:
            break
        told, settled = await _told_or_kept(asked, gather, key, make)
    headers = asked.point.headers
    if is_same_for_all and settled and asked.point.final and told.following is None:
        asked.reading.remembered.keep(asked.request.scope, asked.head, told, headers)
    return answer_told(asked.request, told, headers)


async def _told_or_kept(
    asked: Asked,
    gather: Callable[[Asked], Awaitable[Gathered]],
    key: tuple[Hashable, ...],
    make: Callable[[Gathered, Point], Told],
) -> tuple[Told, bool]:
    """An answer, and whether no redaction came while it was made."""
    folded = asked.reading.folded
    gathered = await gather(asked)
    known = asked.point.known
    point = msgspec.structs.replace(
        asked.point, known=gathered.last(known), recorded_us=gathered.last_recorded_us(known)
    )
    whole = (*key, point.known, point.public, point.occurred, point.final)
    kept = await asked.reading.ask(folded.told, whole, gathered)
    if kept is not None:
        return kept, True
    told = await asyncio.to_thread(make, gathered, point)
    settled = await asked.reading.ask(folded.redactions) == gathered.redactions
    if settled:
        await asked.reading.ask(folded.keep, whole, gathered, told)
    return told, settled


def answer_lines(
    asked: Asked,
    etag: str,
    lines: Callable[[], Iterator[bytes]],
    *,
    media_type: str = NDJSON,
    following: str | None = None,
) -> Response:
    """Lines that are sent as they are made, in pieces of some size, each made in a thread. `etag` names what they are made of.

    `following` is the cursor of the page after this one.
    """
    headers = {**asked.point.headers, "Content-Type": media_type}
    if following is not None:
        headers["Link"] = f'<{following_url(asked.request, following)}>; rel="next"'
    if has_already(asked.request, etag):
        return not_modified(etag, asked.point.headers)
    headers["ETag"] = etag
    if asked.is_head:
        return Response(headers=headers)
    return StreamingResponse(_pieces(lines()), headers=headers)


async def _pieces(lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    def piece() -> bytes:
        taken, size = [], 0
        for line in lines:
            taken.append(line)
            size += len(line)
            if size >= _PIECE_BYTES:
                break
        return b"".join(taken)

    while made := await asyncio.to_thread(piece):
        yield made
