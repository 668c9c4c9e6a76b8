"""The clock: the one place that asks the machine what time it is.

Everything else is given the time. A decision reads it once per command; views never read it (ADR 1).
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol

__all__ = ["Clock", "SystemClock", "format_instant", "parse_instant"]


class Clock(Protocol):
    """Tells the time. Tests pass one that stands still."""

    def now(self) -> dt.datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's wall clock."""

    def now(self) -> dt.datetime:
        """The present instant, aware, in UTC."""
        return dt.datetime.now(dt.UTC)


def format_instant(instant: dt.datetime) -> str:
    """An instant as the ledger writes it: `YYYY-MM-DDTHH:MM:SS.ffffffZ`, always 27 characters (ledger-format §2)."""
    utc = instant.astimezone(dt.UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def parse_instant(text: str) -> dt.datetime:
    """The instant that `format_instant` wrote. Raises ValueError for any other text."""
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=dt.UTC)
