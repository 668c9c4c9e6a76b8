"""Stand-ins for what the edge passes in, so that a test says the time, the ids and the salts itself.

Each satisfies the protocol of the real thing (Clock, Ids, RandomSource); none of them asserts anything.
"""

from __future__ import annotations

import datetime as dt
import hashlib

__all__ = ["NOON", "CountingBytes", "FrozenClock", "SequentialIds", "SlewedClock"]

NOON = dt.datetime(2021, 5, 8, 12, tzinfo=dt.UTC)
"""Where a FrozenClock stands unless it is told otherwise."""

_MICROSECOND = dt.timedelta(microseconds=1)


class FrozenClock:
    """A clock that stands still until it is moved: with the machine (`advance`, `set`), or by somebody's hand (`step`)."""

    def __init__(self, at: dt.datetime = NOON) -> None:
        self._at = NOON
        self._elapsed = dt.timedelta()
        self.set(at)

    def now(self) -> dt.datetime:
        """The instant at which the clock stands, in UTC."""
        return self._at

    def elapsed(self) -> dt.timedelta:
        """How long the machine has run. It never goes back."""
        return self._elapsed

    def set(self, at: dt.datetime) -> None:
        """Put the clock to `at`, as if the time until then had passed. Raises ValueError where `at` has no offset."""
        if at.tzinfo is None:
            raise ValueError(f"{at} has no offset, and the ledger knows no local time")
        self.advance(at - self._at)

    def advance(self, by: dt.timedelta = dt.timedelta(seconds=1)) -> dt.datetime:
        """Let time pass; where `by` is negative, put the clock back while the machine stands. Returns the new instant."""
        self._elapsed += max(by, dt.timedelta())
        return self.step(by)

    def step(self, by: dt.timedelta) -> dt.datetime:
        """Move the wall clock alone, on or back, as somebody who sets it does. Returns the new instant."""
        self._at += by
        return self._at


class SlewedClock(FrozenClock):
    """A clock whose second is not the machine's: time passes, and the wall clock gains or loses some of it."""

    def run(self, by: dt.timedelta, *, ppm: int) -> None:
        """Let time pass while the clock runs `ppm` parts in a million too fast."""
        self.advance(by)
        self.step(dt.timedelta(microseconds=by // _MICROSECOND * ppm // 1_000_000))


class SequentialIds:
    """Ids that count: `id-1`, `id-2` … or with another prefix. `last` is the newest of them, at first ""."""

    def __init__(self, prefix: str = "id") -> None:
        self._prefix = prefix
        self._count = 0
        self.last = ""

    def make(self) -> str:
        """The next id."""
        self._count += 1
        self.last = f"{self._prefix}-{self._count}"
        return self.last


class CountingBytes:
    """Bytes that look random and are the same in every run; no two calls give the same. `calls` counts them.

    Another `seed` gives other bytes.
    """

    def __init__(self, seed: str = "") -> None:
        self._seed = seed
        self.calls = 0

    def __call__(self, size: int, /) -> bytes:
        """The next `size` bytes."""
        self.calls += 1
        return hashlib.shake_128(f"{self._seed}/{self.calls}".encode()).digest(size)
