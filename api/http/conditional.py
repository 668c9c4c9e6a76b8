"""Answers to reads: a strong entity tag, 304 where the caller has it already, and HEAD (RFC 9110 §8.8.3, §13.1.2)."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

__all__ = [
    "JSON",
    "Told",
    "answer_told",
    "digest_of",
    "following_url",
    "has_already",
    "names_tag",
    "not_modified",
]

JSON = "application/json"

_PINNED = ("cursor", "known_at", "at_least")
_DIGEST_DIGITS = 32
_TAG = re.compile(r'[ \t]*(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,|$)')


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes of an answer and their entity tag. `following` is the cursor of the page after this one."""

    body: bytes
    etag: str
    media_type: str = JSON
    following: str | None = None

    @classmethod
    def of(
        cls,
        body: bytes,
        *,
        version: int | None = None,
        media_type: str = JSON,
        following: str | None = None,
    ) -> Told:
        """An answer; that of a fact has its version in the entity tag, which is what a write compares."""
        digest = digest_of(body)
        etag = f'"{digest}"' if version is None else f'"{version}.{digest}"'
        return cls(body=body, etag=etag, media_type=media_type, following=following)


def digest_of(body: bytes) -> str:
    """What tells a body from another: the first 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(body).hexdigest()[:_DIGEST_DIGITS]


def has_already(request: Request, etag: str) -> bool:
    """Whether If-None-Match names the entity tag. What has not the form of one matches nothing, so that the answer is sent."""
    return names_tag(request.headers.getlist("if-none-match"), etag)


def names_tag(said: Sequence[str], etag: str) -> bool:
    """Whether the values of If-None-Match name an entity tag, or any."""
    given = ", ".join(said).strip(" \t")
    if given == "*":
        return True
    at = 0
    while found := _TAG.match(given, at):
        if found[1] == etag:
            return True
        at = found.end()
    return False


def following_url(request: Request, cursor: str) -> str:
    """Where the next page is. The cursor says the position, so that no other parameter needs to."""
    said = [one for one in request.query_params.multi_items() if one[0] not in _PINNED]
    return f"{quote(request.scope['path'])}?{urlencode([*said, ('cursor', cursor)])}"


def not_modified(etag: str, headers: Mapping[str, str]) -> Response:
    """304: the caller has the bytes."""
    return Response(status_code=304, headers={**headers, "ETag": etag})


def answer_told(request: Request, told: Told, headers: Mapping[str, str]) -> Response:
    """The answer, or 304 where the caller has it; to HEAD its headers alone."""
    if told.following is not None:
        headers = {**headers, "Link": f'<{following_url(request, told.following)}>; rel="next"'}
    if has_already(request, told.etag):
        return not_modified(told.etag, headers)
    sent = {**headers, "ETag": told.etag, "Content-Type": told.media_type}
    if request.method == "HEAD":
        return Response(headers={**sent, "Content-Length": str(len(told.body))})
    return Response(told.body, headers=sent)
