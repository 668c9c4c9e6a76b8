"""The watch on the clock: what the writer stamps, and when it must not stamp at all (ADR 9).

A stamp can never be taken back, and every later one lies behind it. So a wall clock that is put forward while the ledger is open,
further than the machine ran, stops the writing until somebody has looked; one that is put back does not, and is flagged.

The watch trusts a *difference*: wall clock less time since the machine was started. It knows neither events nor the store.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from ledger.clock import boot_id, format_instant, instant_of, microseconds_of, parse_instant
from ledger.errors import ClockLeapError, LedgerError, StoreError, UnreadableError
from ledger.folders import make_folder, sync_folder

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.clock import Clock

__all__ = [
    "BEHIND_US",
    "DRIFT_PPM",
    "LEAP_S",
    "Accepted",
    "ClockWatch",
    "Stamped",
    "accept",
    "read_accepted",
]

LEAP_S = 5
"""How far the wall clock may run ahead of the difference that is trusted, in seconds. A leap second stays far below."""

DRIFT_PPM = 500
"""How fast a clock may drift, in microseconds a second: as fast as NTP slews one."""

BEHIND_US = 1000
"""How far the clock may lie behind the last stamp before that is a step back: many stamps in one microsecond are none."""

_LEAP_US = LEAP_S * 1_000_000
_MILLION = 1_000_000
_MICROSECOND = dt.timedelta(microseconds=1)
_READINGS = 3
_READING_US = 1000
_MAX_BYTES = 4096
_LARGEST_US = microseconds_of(dt.datetime.max.replace(tzinfo=dt.UTC))
_MEMBERS = {"accepted_at", "boot", "difference_us"}


@dataclass(frozen=True, slots=True)
class Stamped:
    """A time to record: microseconds since 1970, later than the last one, and whether the clock lay behind that."""

    us: int
    stepped_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """That somebody says the clock is right: in which run of the machine, by how much it is ahead of it, and when.

    `boot` is None where the platform does not name its runs. The difference then tells them apart well enough: it is
    the time at which the machine was started.
    """

    boot: str | None
    difference_us: int
    accepted_at: dt.datetime

    def covers(self, difference_us: int) -> bool:
        """Whether it speaks of this run of the machine, and of a clock within LEAP_S of `difference_us`."""
        return self.boot == boot_id() and abs(difference_us - self.difference_us) <= _LEAP_US


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """The wall clock and the time since the machine was started, read as one."""

    wall_us: int
    elapsed_us: int

    @classmethod
    def of(cls, clock: Clock) -> _Reading:
        """Read the one between two looks at the other; anew, a few times, where the process was held up in between."""
        reading = cls._once(clock)
        for _ in range(_READINGS - 1):
            if clock.elapsed() // _MICROSECOND - reading.elapsed_us <= _READING_US:
                break
            reading = cls._once(clock)
        return reading

    @classmethod
    def _once(cls, clock: Clock) -> _Reading:
        elapsed_us = clock.elapsed() // _MICROSECOND
        return cls(wall_us=microseconds_of(clock.now()), elapsed_us=elapsed_us)

    @property
    def difference_us(self) -> int:
        """How far the wall clock is ahead of the time that the machine ran."""
        return self.wall_us - self.elapsed_us

    def accepted(self) -> Accepted:
        """The acceptance of the clock as it was read."""
        return Accepted(
            boot=boot_id(), difference_us=self.difference_us, accepted_at=instant_of(self.wall_us)
        )


class ClockWatch:
    """Stamps what is recorded, for as long as the clock can be trusted. Any thread may ask it.

    The clock is trusted as it stands when the watch is made. What is trusted follows a drift of up to DRIFT_PPM upwards
    and never sinks, so that a clock that was put back may be put right again. `accepted` is the file in which `accept`,
    in another process, says that a leap was none.
    """

    def __init__(self, clock: Clock, accepted: Path | None = None) -> None:
        self._clock = clock
        self._accepted = accepted
        self._lock = threading.Lock()
        self._seen = _Reading.of(clock)
        self._trusted_us = self._seen.difference_us
        self._leapt = False

    def stamp(self, last_us: int) -> Stamped:
        """The time to record after `last_us`: now, or last_us + 1 where the clock is not past it.

        Raises ClockLeapError where the clock leapt forward, until it is back or the leap is accepted.
        """
        with self._lock:
            now = _Reading.of(self._clock)
            self._judge(now)
        return Stamped(us=max(now.wall_us, last_us + 1), stepped_back=last_us - now.wall_us > BEHIND_US)

    def accept(self) -> Accepted:
        """Trust the clock as it stands, in this process alone. No file is written."""
        with self._lock:
            self._seen = _Reading.of(self._clock)
            self._trusted_us = self._seen.difference_us
            self._leapt = False
            return self._seen.accepted()

    def _judge(self, now: _Reading) -> None:
        self._follow_drift(now)
        self._seen = now
        ahead_us = now.difference_us - self._trusted_us
        if ahead_us > _LEAP_US and (accepted := self._acceptance_of(now)):
            # Not the present difference: else each small leap after it could be accepted by the last one.
            self._trusted_us = accepted.difference_us
            ahead_us = now.difference_us - self._trusted_us
        self._leapt = ahead_us > _LEAP_US
        if self._leapt:
            raise ClockLeapError(ahead_s=ahead_us / _MILLION)

    def _follow_drift(self, now: _Reading) -> None:
        """Move what is trusted towards the clock by what drift explains, and never by a part of a larger step.

        Small steps are so forgiven in time: many of them over months are no leap. A leap is not, however long it lasts.
        """
        drift_us = max(0, now.elapsed_us - self._seen.elapsed_us) * DRIFT_PPM // _MILLION
        change_us = now.difference_us - self._seen.difference_us
        if self._leapt and change_us >= -drift_us:
            return
        explained_us = now.difference_us if change_us <= drift_us else self._seen.difference_us
        self._trusted_us = max(self._trusted_us, min(explained_us, self._trusted_us + drift_us))

    def _acceptance_of(self, now: _Reading) -> Accepted | None:
        if self._accepted is None:
            return None
        try:
            accepted = read_accepted(self._accepted)
        except LedgerError:
            # `clock show` says what is wrong with the file; here it only accepts nothing.
            return None
        return accepted if accepted is not None and accepted.covers(now.difference_us) else None


def accept(path: Path, clock: Clock) -> Accepted:
    """Say durably, in the file `path`, that the clock is right as it stands: a watch on it in any process takes that up.

    Raises StoreError where the disk refuses; then what was accepted before stands.
    """
    accepted = _Reading.of(clock).accepted()
    content = {
        "accepted_at": format_instant(accepted.accepted_at),
        "boot": accepted.boot,
        "difference_us": accepted.difference_us,
    }
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        make_folder(path.parent)
        try:
            with temporary.open("wb") as file:
                file.write(json.dumps(content).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            f"the acceptance of the clock could not be written to {path}: {error.strerror or error}"
        ) from error
    return accepted


def read_accepted(path: Path) -> Accepted | None:
    """What `accept` wrote last; None where it never did.

    Raises UnreadableError where the file is damaged, and StoreError where the disk refuses.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(
            f"the acceptance of the clock could not be read from {path}: {error.strerror or error}"
        ) from error
    if len(data) > _MAX_BYTES:
        _damaged(path, f"it has more than {_MAX_BYTES} bytes")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        _damaged(path, "it is no JSON", error)
    if not isinstance(content, dict) or set(content) != _MEMBERS:
        _damaged(path, f"it has to be an object with the members {', '.join(sorted(_MEMBERS))}")
    boot, difference_us, written = content["boot"], content["difference_us"], content["accepted_at"]
    if boot is not None and not (isinstance(boot, str) and boot.isascii() and boot.isprintable() and boot):
        _damaged(path, "boot has to be null or a text in ASCII")
    if type(difference_us) is not int or abs(difference_us) > _LARGEST_US:
        _damaged(path, "difference_us has to be a whole number of microseconds")
    try:
        accepted_at = parse_instant(written)
    except (TypeError, ValueError) as error:
        _damaged(path, "accepted_at has to be an instant as the ledger writes it", error)
    return Accepted(boot=boot, difference_us=difference_us, accepted_at=accepted_at)


def _damaged(path: Path, how: str, cause: Exception | None = None) -> NoReturn:
    raise UnreadableError(
        f"the acceptance of the clock is damaged and counts for nothing: {how}; accept the clock anew",
        where=str(path),
    ) from cause
