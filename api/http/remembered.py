"""Whole answers as they were sent, given again as long as nothing was recorded since (docs/http-reads.md).

Right because of what they are kept under: the request to the letter, and the position at which the log ended before the answer was made.
While the log ends there, whoever asks the same is told the same. With the next act, a redaction too, all of them are forgotten. Only
answers that rest on the log alone are kept: neither those of stored views, which follow it, nor those at a time that is not closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.http.conditional import names_tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope, Send

    from api.http.conditional import Told

__all__ = ["KEPT_BYTES", "Remembered", "send_remembered"]

KEPT_BYTES = 32 * 1024 * 1024
"""How many bytes of answers are kept; what would be more is not kept."""

_OVERHEAD = 1_024
_Pairs = list[tuple[bytes, bytes]]
_METHODS = ("GET", "HEAD")


class _Answer(msgspec.Struct, frozen=True):
    body: bytes
    etag: str
    headers: _Pairs
    unchanged: _Pairs


class Remembered:
    """Answers to requests at one end of the log. Used by one event loop."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._head = -1
        self._bytes = 0
        self._answers: dict[tuple[str, bytes], _Answer] = {}

    def keep(self, scope: Scope, head: int, told: Told, headers: Mapping[str, str]) -> None:
        """Keep the answer to a request. `head`: where the log ended before it was made; `headers`: what a 304 has as well."""
        key = _key(scope)
        if key is None:
            return
        if head != self._head:
            self._forget(head)
        size = len(told.body) + len(key[1]) + _OVERHEAD
        if key in self._answers or self._bytes + size > self._kept_bytes:
            return
        unchanged = _pairs({**headers, "ETag": told.etag})
        whole = _pairs({"Content-Type": told.media_type, "Content-Length": str(len(told.body))})
        self._answers[key] = _Answer(told.body, told.etag, unchanged + whole, unchanged)
        self._bytes += size

    def find(self, scope: Scope, head: int) -> _Answer | None:
        """The answer to a request, if it was kept where the log ends now."""
        if head != self._head:
            self._forget(head)
            return None
        key = _key(scope)
        return None if key is None else self._answers.get(key)

    def _forget(self, head: int) -> None:
        self._answers.clear()
        self._bytes = 0
        self._head = head


async def send_remembered(scope: Scope, send: Send, answer: _Answer) -> None:
    """Send it: 304 where the caller has it, to HEAD its headers alone."""
    tags = [value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match"]
    has = bool(tags) and names_tag(tags, answer.etag)
    start = {"type": "http.response.start", "status": 304 if has else 200}
    await send({**start, "headers": answer.unchanged if has else answer.headers})
    body = b"" if has or scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})


def _key(scope: Scope) -> tuple[str, bytes] | None:
    """What an answer depends on beside the log; None where it is more than the address."""
    if scope["method"] not in _METHODS or any(name == b"accept-datetime" for name, _ in scope["headers"]):
        return None
    return scope["path"], scope["query_string"]


def _pairs(headers: Mapping[str, str]) -> _Pairs:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
