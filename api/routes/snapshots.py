"""Snapshots: the bytes of a source, streamed to disk as they come."""

from __future__ import annotations

import asyncio
from urllib.parse import quote, urlencode

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.body import LEAST_RATE, body_chunks, content_type
from api.http.problems import ProblemError, RefusedField, sentence_of
from api.http.query import parameter, refused_given
from api.http.serving import Served, served_by
from api.http.writing import Asked, Write, add_route, answer_receipt, not_found, problem_of_refusal, record
from ledger.append import Receipt
from ledger.commands import CaptureSnapshot
from ledger.decisions.decision import source_stream
from ledger.errors import InvalidError, RefusedError
from ledger.events import SnapshotCaptured
from ledger.history import History
from ledger.media import MediaType, read_media_type
from ledger.snapshot import Held
from ledger.values import Json

__all__ = ["WRITES", "router"]

router = APIRouter(tags=["snapshots"])

_WRITE = Write(
    op="capture-snapshot",
    path="/v1/sources/{source}/snapshots",
    location="/v1/sources/{source}/snapshots/{sha256}",
)
WRITES = (_WRITE,)

_PARAMETERS = ("url", "captured_at", "method", "archive_url")
_OF_THE_BODY = ("/text", "/base64", "/data", "")


def _media(request: Request) -> MediaType:
    stated = content_type(request)
    try:
        return read_media_type(stated)
    except InvalidError as error:
        raise ProblemError.of(
            415,
            "unsupported-media-type",
            sentence_of("Content-Type", error.rule),
            RefusedField(header="Content-Type", rule=error.rule),
        ) from None


def _problem(error: RefusedError, request: Request) -> ProblemError:
    """The problem of a refused capture: a member of the command is the body, or a parameter."""
    name = error.field.strip("/").partition("/")[0]
    if error.field in _OF_THE_BODY and isinstance(error, InvalidError):
        return ProblemError.of(422, "invalid", sentence_of("the body", error.rule))
    if name.removesuffix("s") in _PARAMETERS and isinstance(error, InvalidError):
        name = name.removesuffix("s")
        return refused_given(name, error.rule, request.query_params.get(name))
    problem = problem_of_refusal(error, _WRITE.names)
    return ProblemError(msgspec.structs.replace(problem.problem, errors=()), problem.headers)


def _require_source(history: History, source: str) -> None:
    """Refuse before the bytes are sent. Raises ProblemError (404)."""
    if next(iter(history.stored(source_stream(source))), None) is None:
        raise not_found("source")


def _recorded(history: History, stream: str, held: Held, receipt: Receipt) -> dict[str, Json]:
    """What the log says of the capture that a receipt is of; of one that was only tried, its size."""
    if receipt.dry_run:
        return {"size_bytes": held.size_bytes}
    captures = [
        event.body
        for event in history.stream(stream)
        if isinstance(event.body, SnapshotCaptured)
        and event.body.snapshot == receipt.id
        and event.version <= receipt.version
    ]
    told = msgspec.to_builtins(captures[-1])
    return {name: told[name] for name in ("size_bytes", "extraction", "extractor") if name in told}


async def _capture(request: Request) -> Response:
    served = served_by(request)
    asked = Asked.of(request, *_PARAMETERS)
    media = _media(request)
    source = request.path_params["source"]
    await asyncio.to_thread(_require_source, served.history, source)
    limit = min(media.limit, served.settings.snapshot_limit_bytes)
    chunks = body_chunks(request, limit, served.settings.body_idle_s, least_rate=LEAST_RATE)
    with served.receiving():
        held = await served.receive(chunks, limit)
        try:
            return await _record(served, request, asked, held)
        finally:
            await asyncio.to_thread(served.blobs.discard, held)


async def _record(served: Served, request: Request, asked: Asked, held: Held) -> Response:
    source = request.path_params["source"]
    command = CaptureSnapshot(
        source=source,
        media_type=content_type(request),
        data=held,
        url=parameter(request, "url"),
        captured_at=parameter(request, "captured_at"),
        method=parameter(request, "method"),
        archive_urls=tuple(request.query_params.getlist("archive_url")),
    )
    said = urlencode(sorted(one for one in request.query_params.multi_items() if one[0] in _PARAMETERS))
    content = f"POST {request.scope['path']}?{said}\n{command.media_type}\n{held.digest}".encode()
    try:
        receipt = await record(served, command, asked, content)
    except RefusedError as error:
        raise _problem(error, request) from None
    more = await asyncio.to_thread(_recorded, served.history, receipt.stream, held, receipt)
    sha256 = receipt.id.removeprefix("sha256:")
    return answer_receipt(
        _WRITE,
        {"source": quote(source), "sha256": sha256},
        receipt,
        {"sha256": sha256, **more},
    )


add_route(router, _WRITE, _capture)
