"""What the watch on the clock stamps, when it refuses to, and how a leap is accepted (ADR 9)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger.clock import SystemClock, boot_id, microseconds_of
from ledger.clock_watch import ClockWatch, Stamped
from ledger.errors import ClockLeapError
from tests.fakes import NOON, FrozenClock, SlewedClock

if TYPE_CHECKING:
    from collections.abc import Sequence

UPTIME = Path("/proc/uptime")
US = dt.timedelta(microseconds=1)
SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
NOON_US = microseconds_of(NOON)
LONG_AGO_US = microseconds_of(dt.datetime(1990, 1, 1, tzinfo=dt.UTC))


class HeldUpClock(FrozenClock):
    """A clock whose reader is held up, as by a machine that sleeps: so long before it is told the time, the first few times."""

    def __init__(self, *, held_up: Sequence[dt.timedelta]) -> None:
        super().__init__()
        self._held_up = list(held_up)

    def now(self) -> dt.datetime:
        if self._held_up:
            self.advance(self._held_up.pop(0))
        return super().now()


def ahead_of(watch: ClockWatch) -> float:
    """By how many seconds the clock leapt, as the refusal says."""
    with pytest.raises(ClockLeapError) as refused:
        watch.stamp(NOON_US)
    return refused.value.ahead_s


def test_the_time_is_stamped_where_it_is_later_than_the_last() -> None:
    assert Stamped(NOON_US, stepped_back=False) == ClockWatch(FrozenClock()).stamp(LONG_AGO_US)


@pytest.mark.parametrize(
    ("ahead_us", "stepped_back"), [(0, False), (1, False), (1000, False), (1001, True), (3_600_000_000, True)]
)
def test_a_clock_behind_the_last_stamp_gives_the_next_microsecond_and_is_flagged_beyond_a_millisecond(
    *, ahead_us: int, stepped_back: bool
) -> None:
    last_us = NOON_US + ahead_us

    assert Stamped(last_us + 1, stepped_back) == ClockWatch(FrozenClock()).stamp(last_us)


def test_each_stamp_is_flagged_until_the_clock_has_caught_up() -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.step(-HOUR)
    first = watch.stamp(NOON_US)
    clock.advance(HOUR / 2)
    second = watch.stamp(first.us)
    clock.advance(HOUR / 2)
    third = watch.stamp(second.us)

    assert [Stamped(NOON_US + 1, True), Stamped(NOON_US + 2, True), Stamped(NOON_US + 3, False)] == [
        first,
        second,
        third,
    ]


@pytest.mark.parametrize("quiet", [dt.timedelta(), SECOND, HOUR])
def test_more_than_five_seconds_forward_are_a_leap_and_five_are_none(quiet: dt.timedelta) -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.advance(quiet)
    clock.step(5 * SECOND)
    assert microseconds_of(clock.now()) == watch.stamp(NOON_US).us

    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.advance(quiet)
    clock.step(5 * SECOND + US)
    assert 5.000001 == ahead_of(watch)


def test_a_leap_is_refused_with_its_seconds_and_with_what_to_do() -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.step(HOUR)

    with pytest.raises(
        ClockLeapError, match=r"3600\.0 s more .* set the clock right .* clock accept"
    ) as refused:
        watch.stamp(NOON_US)

    assert ("clock-leap", 3600.0) == (refused.value.code, refused.value.ahead_s)


def test_a_leap_does_not_become_right_by_waiting() -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.step(6 * SECOND)

    for _ in range(100):
        assert 6.0 == ahead_of(watch)
        clock.advance(DAY)


def test_a_leap_is_over_once_the_clock_is_back_to_within_five_seconds() -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.step(HOUR)
    assert 3600.0 == ahead_of(watch)
    clock.step(-HOUR + 6 * SECOND)
    assert 6.0 == ahead_of(watch)
    clock.step(-SECOND)

    assert Stamped(NOON_US + 5_000_000, stepped_back=False) == watch.stamp(NOON_US)


@pytest.mark.parametrize("between", [dt.timedelta(), SECOND, 3 * HOUR, 40 * DAY])
def test_a_clock_put_back_by_an_hour_and_put_right_later_has_not_leapt(between: dt.timedelta) -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.advance(between)
    clock.step(-HOUR)
    last = watch.stamp(NOON_US + 2 * between // US)
    clock.advance(between)
    clock.step(HOUR)

    assert Stamped(max(microseconds_of(clock.now()), last.us + 1), stepped_back=False) == watch.stamp(last.us)


def test_what_follows_a_step_back_is_judged_by_what_was_trusted_before_it() -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.step(-HOUR)
    watch.stamp(NOON_US)
    clock.step(HOUR + 6 * SECOND)

    assert 6.0 == ahead_of(watch)


def test_four_seconds_forward_again_and_again_are_a_leap() -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.step(4 * SECOND)
    watch.stamp(NOON_US)
    clock.advance()
    clock.step(4 * SECOND)

    assert ahead_of(watch) > 7.9


def test_a_second_now_and_then_is_no_leap_however_often() -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    last_us = NOON_US
    for _ in range(50):
        clock.advance(HOUR)
        clock.step(SECOND)
        last_us = watch.stamp(last_us).us

    assert microseconds_of(clock.now()) == last_us


def test_a_machine_that_slept_has_not_leapt() -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.advance(30 * DAY)

    assert Stamped(microseconds_of(clock.now()), stepped_back=False) == watch.stamp(NOON_US)


def test_a_process_that_sleeps_between_the_two_clocks_sees_no_leap() -> None:
    watch = ClockWatch(HeldUpClock(held_up=[dt.timedelta(), HOUR, HOUR]))

    assert Stamped(NOON_US + 2 * 3_600_000_000, stepped_back=False) == watch.stamp(NOON_US)


def test_a_process_that_sleeps_while_the_watch_is_made_does_not_trust_an_hour_too_much() -> None:
    clock = HeldUpClock(held_up=[HOUR])
    watch = ClockWatch(clock)
    clock.step(6 * SECOND)

    assert 6.0 == ahead_of(watch)


def test_a_leap_that_is_accepted_in_the_process_is_trusted_from_then_on() -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.step(HOUR)
    assert 3600.0 == ahead_of(watch)

    accepted = watch.accept()

    assert (boot_id(), NOON_US + 3_600_000_000, clock.now()) == (
        accepted.boot,
        accepted.difference_us,
        accepted.accepted_at,
    )
    assert Stamped(NOON_US + 3_600_000_000, stepped_back=False) == watch.stamp(NOON_US)
    clock.step(6 * SECOND)
    assert 6.0 == ahead_of(watch)


def test_drift_after_an_acceptance_or_after_a_leap_that_is_over_is_no_leap() -> None:
    clock = SlewedClock()
    watch = ClockWatch(clock)
    clock.step(HOUR)
    assert 3600.0 == ahead_of(watch)
    watch.accept()
    clock.run(DAY, ppm=500)
    last = watch.stamp(NOON_US)
    clock.step(HOUR)
    assert 3600.0 == ahead_of(watch)
    clock.step(-HOUR)
    clock.run(DAY, ppm=500)

    assert microseconds_of(clock.now()) == watch.stamp(last.us).us


def test_a_clock_faster_than_any_that_is_slewed_has_leapt() -> None:
    clock = SlewedClock()
    watch = ClockWatch(clock)
    clock.run(DAY, ppm=501)

    assert 43.2864 == ahead_of(watch)


def test_days_without_drift_are_no_credit_for_a_leap() -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    last = watch.stamp(LONG_AGO_US)
    for _ in range(40 * 24):
        clock.advance(HOUR)
        last = watch.stamp(last.us)
    clock.step(6 * SECOND)

    assert 6.0 == ahead_of(watch)


def test_a_clock_accepted_after_a_step_back_is_trusted_no_further() -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    clock.step(-HOUR)
    watch.accept()
    clock.step(HOUR)

    assert 3600.0 == ahead_of(watch)


def test_the_system_clock_counts_what_the_machine_ran_and_never_backwards() -> None:
    clock = SystemClock()
    first, second = clock.elapsed(), clock.elapsed()

    assert dt.timedelta() < first <= second


@pytest.mark.skipif(not UPTIME.exists(), reason="the platform has no /proc/uptime to compare with")
def test_the_system_clock_agrees_with_the_uptime_of_the_machine() -> None:
    clock = SystemClock()
    before = clock.elapsed()
    uptime = float(UPTIME.read_text("ascii").split()[0]) * SECOND
    after = clock.elapsed()

    # The uptime has hundredths of a second, cut off.
    assert before - 10_000 * US <= uptime <= after
