"""Bodies: their type is asked first, their length is counted while they come, and JSON is read strictly.

Nothing is held that is longer than its limit, and no reading waits for ever: the next piece comes in time or the request ends with 408.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from api.http.connections import WHOLE
from api.http.problems import ProblemError, RefusedField
from ledger.strict_json import read_json
from ledger.values import Json

__all__ = ["LEAST_RATE", "body_chunks", "check_content_type", "content_type", "read_body", "read_json_body"]

JSON_TYPES = ("application/json",)
_TELLING, _PLAIN = (b"content-type", b"content-encoding"), b"application/json"
"""What nearly every request says of its body, and nothing else; it needs no closer look."""
_UTF8 = ("utf-8", "utf8")
_MAX_LENGTH_DIGITS = 18
_NONE: dict[str, object] = {}

LEAST_RATE = 1024
"""How slowly the body of a write or a snapshot may come, in bytes a second. A batch may be as slow as its sender thinks."""


def content_type(request: Request) -> str:
    """The Content-Type as it was sent. Raises ProblemError (415) where there is none, or more than one."""
    given = request.headers.getlist("content-type")
    if len(given) != 1 or not given[0].strip():
        raise _unsupported("say once, in Content-Type, what the body is", "exactly one is needed")
    return given[0]


def _unsupported(detail: str, rule: str, *, accept: tuple[str, ...] = ()) -> ProblemError:
    field = RefusedField(header="Content-Type", rule=rule)
    headers = {"Accept-Post": ", ".join(accept)} if accept else {}
    return ProblemError.of(415, "unsupported-media-type", detail, field, headers=headers)


def _refuse_coded(request: Request) -> None:
    coded = request.headers.get("content-encoding", "identity").strip().lower()
    if coded not in ("identity", ""):
        raise ProblemError.of(
            415,
            "unsupported-media-type",
            "a body is taken as it is, without compression",
            RefusedField(header="Content-Encoding", rule="must be identity, or left out"),
            headers={"Accept-Encoding": "identity"},
        )


def check_content_type(request: Request, *types: str) -> None:
    """Refuse a body that is said to be of another type, another charset than UTF-8, or compressed. Raises ProblemError (415)."""
    if [value for name, value in request.headers.raw if name in _TELLING] == [_PLAIN] and types == JSON_TYPES:
        return
    _refuse_coded(request)
    name, *parameters = content_type(request).split(";")
    wanted = f"must be {' or '.join(types)}"
    if name.strip().lower() not in types:
        raise _unsupported(f"the body {wanted}", wanted, accept=types)
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset" and value.strip().strip('"').lower() not in _UTF8:
            raise _unsupported("the body must be in UTF-8", "the charset must be utf-8", accept=types)


def _too_large(limit: int) -> ProblemError:
    return ProblemError.of(
        413,
        "too-large",
        f"the body has more than {limit} bytes, which is the most that is taken here; nothing was recorded",
        # What is left of the body is not read, so the connection cannot be used for another request.
        headers={"Connection": "close"},
    )


def _stated_length(request: Request) -> int:
    text = request.headers.get("content-length", "")
    return int(text[:_MAX_LENGTH_DIGITS]) if text.isascii() and text.isdecimal() else 0


def _too_slow(detail: str) -> ProblemError:
    return ProblemError.of(408, "request-timeout", detail, headers={"Connection": "close"})


def _slowness(idle_s: float, least_rate: int | None) -> str:
    """What came too slowly: the whole, where its rate is counted and some of it came, else the next piece."""
    if least_rate is None:
        return f"no part of the body came for {idle_s} seconds"
    return f"the body came too slowly: {least_rate} bytes a second are the least after {idle_s} seconds"


async def body_chunks(
    request: Request, limit: int, idle_s: float, *, least_rate: int | None = None
) -> AsyncIterator[bytes]:
    """The body as it comes, none of the pieces empty.

    `least_rate`: how many bytes a second must have come on average, after the first `idle_s` seconds; without it, pauses alone
    are counted, as is right for a sender who waits for answers between.

    Raises ProblemError: 413 as soon as it is longer than `limit` or says so, 408 where the next piece does not come in `idle_s`
    seconds, or the whole too slowly; and ClientDisconnect where the body was broken off.
    """
    _refuse_coded(request)
    if _stated_length(request) > limit:
        raise _too_large(limit)
    size = 0
    stream = request.stream()
    began = asyncio.get_running_loop().time()
    while True:
        deadline = asyncio.get_running_loop().time() + idle_s
        if least_rate is not None:
            deadline = min(deadline, began + idle_s + size / least_rate)
        try:
            async with asyncio.timeout_at(deadline):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise _too_slow(_slowness(idle_s, least_rate if size else None)) from None
        if chunk is None:
            return
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        if chunk:
            yield chunk


async def read_body(request: Request, limit: int, idle_s: float) -> bytes:
    """The whole body, of at most `limit` bytes. Raises as body_chunks.

    Most bodies are short and there by the time they are asked for: there is one watch upon all of the waiting.
    """
    _refuse_coded(request)
    if _stated_length(request) > limit:
        raise _too_large(limit)
    whole = request.scope.get("extensions", _NONE).get(WHOLE)
    if whole is not None and whole():
        return await _whole_body(request, limit)
    loop = asyncio.get_running_loop()
    began = loop.time()
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout_at(began + idle_s) as patience:
            more = True
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                more = message.get("more_body", False)
                piece = message.get("body", b"")
                size += len(piece)
                if size > limit:
                    raise _too_large(limit)
                pieces.append(piece)
                if more:
                    patience.reschedule(min(loop.time(), began + size / LEAST_RATE) + idle_s)
    except TimeoutError:
        raise _too_slow(_slowness(idle_s, LEAST_RATE if size else None)) from None
    return b"".join(pieces)


async def _whole_body(request: Request, limit: int) -> bytes:
    """A body of which nothing is waited for any more. Raises as read_body, and never 408."""
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    body: bytes = message["body"]
    if len(body) > limit:
        raise _too_large(limit)
    return body


async def read_json_body(request: Request, limit: int, idle_s: float) -> dict[str, Json]:
    """The JSON object that a body is, read strictly (strict_json.py).

    Raises ProblemError for a body of another type, too long or too slow, and InvalidError for one that is not such an object.
    """
    check_content_type(request, *JSON_TYPES)
    value = read_json(await read_body(request, limit, idle_s), max_bytes=limit)
    if not isinstance(value, dict):
        raise ProblemError.of(
            422,
            "invalid",
            "the body must be a JSON object",
            RefusedField(pointer="", rule="must be an object"),
        )
    return value
