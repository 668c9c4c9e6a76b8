"""How long one thing came after another, where either is known only to lie between bounds. What nobody can say is said as unknown."""

from __future__ import annotations

import datetime as dt

import msgspec

__all__ = ["Lag", "Span", "lag"]

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_SECOND = dt.timedelta(seconds=1)


class Span(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When something happened or was done: not before `earliest`, by `latest`. An end left out is unknown."""

    earliest: dt.datetime | None = None
    latest: dt.datetime | None = None


class Lag(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long after the one the other came, in whole seconds, rounded down and up. An end left out is unknown; below 0 it came before."""

    at_least_s: int | None = None
    at_most_s: int | None = None
    in_words: str


def lag(first: Span, then: Span) -> Lag:
    """The time from the one to the other, as a range where either is uncertain."""
    least = _seconds(first.latest, then.earliest, up=False)
    most = _seconds(first.earliest, then.latest, up=True)
    return Lag(at_least_s=least, at_most_s=most, in_words=_in_words(least, most))


def _seconds(start: dt.datetime | None, end: dt.datetime | None, *, up: bool) -> int | None:
    if start is None or end is None:
        return None
    return -((start - end) // _SECOND) if up else (end - start) // _SECOND


def _in_words(least: int | None, most: int | None) -> str:
    if least is not None and least == most and least >= 0:
        return _length(least)
    if most is not None and most <= 0 and (least is None or least < 0):
        return f"{_length(-most)} or more before" if most else "before, or at that moment"
    if least is None or least <= 0:
        return "unknown" if most is None else f"at most {_length(most)}"
    if most is None:
        return f"at least {_length(least)}"
    shown = _length(least), _length(most)
    return shown[0] if shown[0] == shown[1] else f"{shown[0]} to {shown[1]}"


def _length(seconds: int) -> str:
    """The two largest units, as `1 day 4 hours`."""
    parts: list[str] = []
    for name, size in _UNITS:
        number, seconds = divmod(seconds, size)
        if number or parts:
            parts.append(f"{number} {name}{'' if number == 1 else 's'}" if number else "")
        if len(parts) > 1:
            break
    return " ".join(part for part in parts if part) or "no time"
