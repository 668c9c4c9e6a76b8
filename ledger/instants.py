"""Instants as the ledger keeps them, and what tells them: a clock. Pure: only ledger/clock.py asks the machine."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

__all__ = ["Clock", "format_instant", "instant_of", "microseconds_of", "parse_instant"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class Clock(Protocol):
    """Tells the time, and how long the machine has run. Tests pass one that stands still."""

    def now(self) -> dt.datetime:
        """The present instant, aware, in UTC. Whoever may set the machine's clock can move it, also back."""
        ...

    def elapsed(self) -> dt.timedelta:
        """The time since the machine was started, sleep included. Nobody can set it, and it never goes back."""
        ...


def instant_of(us: int) -> dt.datetime:
    """The instant that is `us` microseconds after 1970, exactly."""
    return _EPOCH + us * _MICROSECOND


def microseconds_of(instant: dt.datetime) -> int:
    """Microseconds since 1970 of an aware instant, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def format_instant(instant: dt.datetime) -> str:
    """An instant as the ledger writes it: `YYYY-MM-DDTHH:MM:SS.ffffffZ`, always 27 characters (ledger-format §2)."""
    utc = instant.astimezone(dt.UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def parse_instant(text: str) -> dt.datetime:
    """The instant that `format_instant` wrote. Raises ValueError for any other text."""
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=dt.UTC)
