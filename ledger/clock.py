"""The machine's clock: the one place that asks the machine what time it is.

Everything else is given the time. A decision reads it once per command; views never read it (ADR 1). What decides imports the names
of `ledger.instants` from there and not from here, so that it cannot come upon the machine even by accident.
"""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

from ledger.instants import Clock, format_instant, instant_of, microseconds_of, parse_instant

__all__ = [
    "Clock",
    "SystemClock",
    "boot_id",
    "format_instant",
    "instant_of",
    "microseconds_of",
    "parse_instant",
]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class SystemClock:
    """The machine's wall clock, and its count of the time since it was started."""

    def now(self) -> dt.datetime:
        """The present instant, aware, in UTC."""
        return dt.datetime.now(dt.UTC)

    def unix_ms(self) -> int:
        """The milliseconds since 1970 of the present instant, which ids are made of: without an instant made for each of them."""
        return time.time_ns() // 1_000_000

    def elapsed(self) -> dt.timedelta:
        """The time since the machine was started, by CLOCK_BOOTTIME, which counts sleep and is the same in every process.

        A platform that has none is asked for CLOCK_MONOTONIC. That may leave sleep out, so that a machine which slept
        seems to have a clock that leapt, and has to have it accepted.
        """
        ran_ns = time.monotonic_ns() if _BOOTTIME is None else time.clock_gettime_ns(_BOOTTIME)
        return dt.timedelta(microseconds=ran_ns // 1000)


def boot_id() -> str | None:
    """What names this run of the machine, from its start to its end; None where the platform does not say."""
    try:
        return _BOOT_ID.read_text("ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None
