"""Where a page ends and the next begins: an opaque text, pinned to a position of the ledger and to the question (ADR 12).

It holds nothing secret and gives no right: whoever made one by hand could as well ask for that position. The check in it tells a cursor
that was cut, mistyped or put together from one that was given.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import msgspec

from ledger.errors import InvalidError

__all__ = ["Pinned", "asked_digest", "read_cursor", "write_cursor"]

_CHECK_BYTES = 12
_LIMIT = 1_024
_RULE = "is no cursor that was given here; begin again without one"


class Pinned(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a cursor says: which question, at which points, and the key of the last row that was given."""

    asked: str
    known: int
    after: tuple[int | str, ...]


def asked_digest(of: str, question: object) -> str:
    """What names a question: the list asked for and everything asked of it."""
    text = msgspec.json.encode([of, question])
    return hashlib.sha256(text).hexdigest()[: 2 * _CHECK_BYTES]


def _check(payload: bytes) -> bytes:
    return hashlib.sha256(b"cursor\x00" + payload).digest()[:_CHECK_BYTES]


def write_cursor(pinned: Pinned) -> str:
    """The text of a cursor."""
    payload = msgspec.json.encode(pinned)
    return base64.urlsafe_b64encode(_check(payload) + payload).decode().rstrip("=")


def read_cursor(text: str, *, asked: str, shape: tuple[type[Any], ...]) -> Pinned:
    """What a cursor says. Raises InvalidError where it was not given here, or for another question.

    `shape` are the types of the key's parts.
    """
    try:
        if len(text) > _LIMIT:
            raise InvalidError(_RULE, field="/cursor")
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        payload = raw[_CHECK_BYTES:]
        if _check(payload) != raw[:_CHECK_BYTES]:
            raise InvalidError(_RULE, field="/cursor")
        pinned = msgspec.json.decode(payload, type=Pinned)
    except (UnicodeEncodeError, binascii.Error, msgspec.MsgspecError) as error:
        raise InvalidError(_RULE, field="/cursor") from error
    if tuple(type(part) for part in pinned.after) != shape:
        raise InvalidError(_RULE, field="/cursor")
    if pinned.asked != asked:
        rule = "belongs to another question; ask as you did when it was given, or begin again without it"
        raise InvalidError(rule, field="/cursor")
    return pinned
