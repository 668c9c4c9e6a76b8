"""Ids: how one looks, and where new ones come from.

Ids are chosen by the caller or made by the ledger (UUIDv7, RFC 9562 §5.7). They stand in the clear for ever, so they must hold no
personal data and must never be derived from a value that can be corrected (model §2).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from ledger.errors import InvalidError
from ledger.instants import microseconds_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.instants import Clock

__all__ = [
    "ID_RULE",
    "Ids",
    "RandomSource",
    "TimeOrderedIds",
    "check_id",
    "check_slug",
    "is_id",
    "uuid7",
]

_ID = re.compile(r"[a-z0-9][a-z0-9._~-]{0,127}", re.ASCII)
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*", re.ASCII)
ID_RULE = "an id has 1 to 128 characters: a-z, 0-9 and . _ ~ -, and begins with a letter or digit"
SLUG_RULE = "a slug has 1 to 64 characters: lower-case words of a-z and 0-9, joined by single . _ or -, beginning with a letter"
_MAX_SLUG = 64
_VARIANT = {digit: "89ab"[int(digit, 16) & 0b11] for digit in "0123456789abcdef"}
"""What a hexadecimal digit becomes where its two highest bits name the variant, which is always 0b10 (RFC 9562 §4.1)."""


class RandomSource(Protocol):
    """Gives unpredictable bytes; `os.urandom` is one."""

    def __call__(self, size: int, /) -> bytes:
        """`size` bytes that nobody can guess."""
        ...


class Ids(Protocol):
    """Makes new ids. Tests pass ids that count; the edge passes TimeOrderedIds."""

    def make(self) -> str:
        """A new id, never given before."""
        ...


def is_id(text: str) -> bool:
    """Whether `text` has the form of an id (model §2)."""
    return _ID.fullmatch(text) is not None


def check_id(text: str, *, field: str) -> str:
    """`text`, if it has the form of an id. Raises InvalidError naming `field` (a JSON pointer)."""
    if _ID.fullmatch(text) is None:
        raise InvalidError(ID_RULE, field=field)
    return text


def check_slug(text: str, *, field: str) -> str:
    """`text`, if it has the form of a slug: the name of a kind, a role, a key of details. Raises InvalidError."""
    if len(text) > _MAX_SLUG or _SLUG.fullmatch(text) is None:
        raise InvalidError(SLUG_RULE, field=field)
    return text


def uuid7(unix_ms: int, random: bytes) -> str:
    """A UUID version 7 (RFC 9562 §5.7) from milliseconds since 1970 and ten random bytes, in lower-case hexadecimal."""
    return _uuid7(_time_of(unix_ms), random[:10].hex())


def _time_of(unix_ms: int) -> str:
    """The part of a UUID version 7 that tells the time, up to the version."""
    time = f"{unix_ms & 0xFFFF_FFFF_FFFF:012x}"
    return f"{time[:8]}-{time[8:]}-7"


def _uuid7(time: str, tail: str) -> str:
    return f"{time}{tail[1:4]}-{_VARIANT[tail[4]]}{tail[5:8]}-{tail[8:]}"


class TimeOrderedIds:
    """UUIDv7 from a clock and a source of random bytes: new rows land at the end of every index (ADR 5)."""

    def __init__(self, clock: Clock, random: RandomSource) -> None:
        # A clock may tell milliseconds for less (clock.py).
        self._ms: Callable[[], int] = getattr(clock, "unix_ms", None) or (
            lambda: microseconds_of(clock.now()) // 1_000
        )
        # A source may have its bytes written out ahead (random_blocks.py).
        self._tail: Callable[[], str] = getattr(random, "tail", None) or (lambda: random(10).hex())
        self._last = (0, _time_of(0))

    def make(self) -> str:
        """A new UUIDv7."""
        unix_ms = self._ms()
        last_ms, time = self._last
        if unix_ms != last_ms:
            time = _time_of(unix_ms)
            self._last = (unix_ms, time)
        return _uuid7(time, self._tail())
