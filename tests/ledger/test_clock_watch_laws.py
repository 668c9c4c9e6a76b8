"""Laws of the watch on the clock, for whatever somebody does to it (ADR 9)."""

from __future__ import annotations

import datetime as dt

from hypothesis import example, given
from hypothesis import strategies as st

from ledger.clock import microseconds_of
from ledger.clock_watch import ClockWatch
from ledger.errors import ClockLeapError
from tests.fakes import NOON, FrozenClock, SlewedClock

US = dt.timedelta(microseconds=1)
SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
NOON_US = microseconds_of(NOON)
LONG_AGO_US = microseconds_of(dt.datetime(1990, 1, 1, tzinfo=dt.UTC))

SPANS = st.timedeltas(min_value=dt.timedelta(), max_value=40 * DAY) | st.timedeltas(
    min_value=dt.timedelta(), max_value=10 * SECOND
)
STEPS = st.timedeltas(min_value=-40 * DAY, max_value=40 * DAY) | st.timedeltas(
    min_value=-10 * SECOND, max_value=10 * SECOND
)
MOVES = st.lists(st.tuples(SPANS, STEPS), min_size=1, max_size=30)


@given(moves=MOVES, first_us=st.integers(LONG_AGO_US, NOON_US + 3_600_000_000))
def test_stamps_strictly_increase_whatever_the_clock_does(
    moves: list[tuple[dt.timedelta, dt.timedelta]], first_us: int
) -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    last_us = first_us
    for passed, step in moves:
        clock.advance(passed)
        clock.step(step)
        now_us = microseconds_of(clock.now())
        try:
            stamped = watch.stamp(last_us)
        except ClockLeapError:
            continue
        assert stamped.us > last_us
        assert stamped.us in {now_us, last_us + 1}
        assert stamped.stepped_back == (now_us < last_us - 1000)
        last_us = stamped.us


@given(moves=MOVES)
def test_no_stamp_is_further_ahead_of_the_machine_than_five_seconds_and_the_drift(
    moves: list[tuple[dt.timedelta, dt.timedelta]],
) -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    last_us = NOON_US
    for passed, step in moves:
        clock.advance(passed)
        clock.step(step)
        ran_us = clock.elapsed() // US
        within = clock.now() <= NOON + clock.elapsed() + 5 * SECOND
        try:
            last_us = watch.stamp(last_us).us
        except ClockLeapError:
            assert not within
            continue
        assert last_us <= NOON_US + ran_us + 5_000_000 + ran_us * 500 // 1_000_000 + len(moves)


@given(moves=st.lists(st.tuples(SPANS, st.integers(-500, 500)), min_size=1, max_size=60))
@example(moves=[(HOUR, 500)] * 24 * 90)
@example(moves=[(40 * DAY, 500)] * 60)
@example(moves=[(DAY, -500), (DAY, 500)] * 200)
def test_slow_drift_never_adds_up_to_a_leap(moves: list[tuple[dt.timedelta, int]]) -> None:
    clock = SlewedClock()
    watch = ClockWatch(clock)
    last_us = LONG_AGO_US
    for passed, ppm in moves:
        clock.run(passed, ppm=ppm)
        last_us = watch.stamp(last_us).us


@given(moves=st.lists(st.tuples(SPANS, st.timedeltas(-40 * DAY, dt.timedelta())), min_size=1, max_size=30))
def test_a_clock_that_only_returns_to_what_it_was_never_leaps(
    moves: list[tuple[dt.timedelta, dt.timedelta]],
) -> None:
    clock = FrozenClock()
    watch = ClockWatch(clock)
    last_us = LONG_AGO_US
    for passed, behind in moves:
        clock.advance(passed)
        clock.step(behind)
        last_us = watch.stamp(last_us).us
        clock.step(-behind)
        last_us = watch.stamp(last_us).us
