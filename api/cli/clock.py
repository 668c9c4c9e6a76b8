"""The commands clock show and clock accept: whether the machine's clock can be trusted with what is recorded (ADR 9).

They run beside whoever writes the ledger and need no lock: what is accepted is left in a file, where a writer that sees a leap looks.
"""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from api.terminal.options import DEFAULT_LEDGER, AsJson, LedgerFile
from api.terminal.telling import FOUND, ending_plainly, print_json, print_lines, say
from ledger.address import Address, folder_of
from ledger.clock import SystemClock, format_instant, instant_of, microseconds_of
from ledger.clock_watch import BEHIND_US, Accepted, accept, read_accepted
from ledger.errors import UnreadableError
from ledger.stores.opening import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.clock import Clock
    from ledger.values import Json

__all__ = ["accept_clock", "show"]

_MICROSECOND = dt.timedelta(microseconds=1)
_MILLION = 1_000_000


class ClockShown(msgspec.Struct, frozen=True, kw_only=True):
    """The clock against the machine and the ledger."""

    now: dt.datetime
    elapsed: dt.timedelta
    last_recorded_at: dt.datetime | None

    @classmethod
    def of(cls, ledger: Address, clock: Clock) -> ClockShown:
        """Look at a clock and at where a ledger ends. Raises StoreError where there is no ledger."""
        with closing(open_store(ledger, read_only=True)) as store:
            head = store.head()
        last = instant_of(head.recorded_us) if head.position else None
        return cls(now=clock.now(), elapsed=clock.elapsed(), last_recorded_at=last)

    @property
    def difference_us(self) -> int:
        """How far the clock is ahead of the time that the machine ran."""
        return microseconds_of(self.now) - self.elapsed // _MICROSECOND

    @property
    def behind_us(self) -> int:
        """How far the clock is behind what was recorded last; 0 where it is not."""
        if self.last_recorded_at is None:
            return 0
        behind_us = (self.last_recorded_at - self.now) // _MICROSECOND
        return behind_us if behind_us > BEHIND_US else 0

    def json(self) -> dict[str, Json]:
        """As JSON prints it."""
        last = self.last_recorded_at
        return {
            "now": format_instant(self.now),
            "elapsed_s": self.elapsed // _MICROSECOND / _MILLION,
            "last_recorded_at": None if last is None else format_instant(last),
            "behind": self.behind_us > 0,
            "behind_s": self.behind_us / _MILLION,
        }

    def lines(self) -> list[str]:
        """As lines of text."""
        last, behind_us = self.last_recorded_at, self.behind_us
        lines = [
            f"the clock shows        {format_instant(self.now)}",
            f"the machine has run    {self.elapsed}",
            f"last recorded at       {'nothing is recorded yet' if last is None else format_instant(last)}",
        ]
        if behind_us:
            behind = dt.timedelta(microseconds=behind_us)
            lines.append(
                f"The clock is {behind} behind the ledger: until it has caught up, each act is recorded 1 µs after the last."
            )
        return lines


def _accepted_file(ledger: Address) -> Path:
    return folder_of(ledger) / "clock"


def _acceptance_json(accepted: Accepted, difference_us: int) -> dict[str, Json]:
    return {
        "accepted_at": format_instant(accepted.accepted_at),
        "boot": accepted.boot,
        "difference_us": accepted.difference_us,
        "holds": accepted.covers(difference_us),
    }


def _acceptance_line(accepted: Accepted | None, difference_us: int) -> str:
    if accepted is None:
        return "accepted               never"
    holds = (
        "and it holds" if accepted.covers(difference_us) else "which says nothing of the clock as it is now"
    )
    return f"accepted               at {format_instant(accepted.accepted_at)}, {holds}"


def show(ledger: LedgerFile = DEFAULT_LEDGER, *, as_json: AsJson = False) -> None:
    """Show the clock, how long the machine has run, where the ledger ends, and whether a leap was accepted."""
    with ending_plainly():
        shown = ClockShown.of(ledger, SystemClock())
        damage: UnreadableError | None = None
        try:
            accepted = read_accepted(_accepted_file(ledger))
        except UnreadableError as error:
            accepted, damage = None, error
        if as_json:
            acceptance = None if accepted is None else _acceptance_json(accepted, shown.difference_us)
            print_json({**shown.json(), "acceptance": acceptance, "damaged": damage is not None})
        else:
            known = [] if damage else [_acceptance_line(accepted, shown.difference_us)]
            print_lines(*shown.lines(), *known)
        if damage is not None:
            say(str(damage))
            raise SystemExit(FOUND)


def accept_clock(ledger: LedgerFile = DEFAULT_LEDGER, *, as_json: AsJson = False) -> None:
    """Say that the clock is right as it stands, so that what it leapt over is no reason to stop the writing."""
    with ending_plainly():
        clock = SystemClock()
        shown = ClockShown.of(ledger, clock)
        accepted = accept(_accepted_file(ledger), clock)
        if as_json:
            print_json(
                {
                    **shown.json(),
                    "acceptance": _acceptance_json(accepted, shown.difference_us),
                    "damaged": False,
                }
            )
        else:
            print_lines(
                *shown.lines(),
                f"accepted               at {format_instant(accepted.accepted_at)}; a running server takes it up with its next act",
            )
