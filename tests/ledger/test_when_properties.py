"""Laws of time that hold whatever the zone and however the words were written."""

from __future__ import annotations

import datetime as dt

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.errors import InvalidError
from ledger.when import Interval, StatedWhen, When, compare_when, resolve_when, to_edtf
from ledger.zones import find_zone
from tests.strategies_when import OFFSETS, days, edtf_texts, instants, stated_whens, whens, windows

_HOUR = dt.timedelta(hours=1)
_TICK = dt.timedelta(microseconds=1)
_NOON = dt.datetime(2021, 5, 8, 12, tzinfo=dt.UTC)
_HALF_HOURS = range(-2, 11)


def as_stated_again(when: When) -> StatedWhen:
    return StatedWhen(**{name: getattr(when, name) for name in when.__struct_fields__})


def in_other_offsets(when: When, *offsets: dt.timezone) -> When:
    def moved(text: str | None, offset: dt.timezone) -> str | None:
        if text is None or text in ("open", "unknown"):
            return text
        return dt.datetime.fromisoformat(text).astimezone(offset).isoformat()

    earliest, latest = moved(when.earliest, offsets[0]), moved(when.latest, offsets[1])
    return msgspec.structs.replace(when, earliest=earliest, latest=latest, edtf=None)


@given(whens())
def test_bounds_are_in_order_and_only_an_instant_is_closed(when: When) -> None:
    bounds = when.bounds()

    if bounds.earliest is not None and bounds.latest is not None:
        assert bounds.earliest <= bounds.latest
        assert bounds.closed == (bounds.earliest == bounds.latest)
    else:
        assert not bounds.closed


@given(instants())
def test_the_bounds_of_a_day_hold_every_instant_at_which_it_was_that_day(
    case: tuple[str, dt.datetime],
) -> None:
    zone, instant = case
    day = find_zone(zone, field="").shows(instant).date()

    when = resolve_when(StatedWhen(edtf=day.isoformat()), zone=zone, field="")

    assert Interval(earliest=instant, latest=instant, closed=True).within(when.bounds())


@given(days())
def test_the_bounds_of_a_day_begin_and_end_with_it(case: tuple[str, dt.date]) -> None:
    zone, day = case
    clocks = find_zone(zone, field="")
    start, end = clocks.starts(day), clocks.ends(day)
    assume(start < end)

    assert day == clocks.shows(start).date()
    assert clocks.shows(start - _TICK).date() < day
    assert day == clocks.shows(end - _TICK).date()
    assert clocks.shows(end).date() > day


@given(days())
def test_the_days_of_a_place_leave_no_gap(case: tuple[str, dt.date]) -> None:
    zone, day = case
    clocks = find_zone(zone, field="")

    assert clocks.starts(day + dt.timedelta(days=1)) <= clocks.ends(day)


@given(stated_whens())
def test_resolving_a_result_once_more_changes_nothing(case: tuple[StatedWhen, str]) -> None:
    stated, zone = case
    try:
        when = resolve_when(stated, zone=zone, field="")
    except InvalidError:
        assume(condition=False)
        raise

    assert when == resolve_when(as_stated_again(when), zone="Antarctica/Troll", field="")


@given(whens())
def test_a_time_survives_its_json(when: When) -> None:
    assert when == msgspec.json.decode(msgspec.json.encode(when), type=When)


@given(whens(), windows())
def test_what_is_certain_in_a_window_is_possible_in_it(when: When, window: Interval) -> None:
    assert when.possible(window) or not when.certain(window)


@given(whens(), whens())
def test_comparing_does_not_depend_on_the_order(a: When, b: When) -> None:
    assert compare_when(a, b) == compare_when(b, a)


@given(whens())
def test_a_time_with_bounds_equals_itself(when: When) -> None:
    assert compare_when(when, when) == ("incomparable" if when.undated else "equal")


@given(whens(), whens(), st.sampled_from(OFFSETS), st.sampled_from(OFFSETS))
def test_comparing_does_not_depend_on_the_offset_or_on_edtf(
    a: When, b: When, first: dt.timezone, last: dt.timezone
) -> None:
    moved = in_other_offsets(a, first, last) if a.earliest is not None else a

    assert compare_when(a, b) == compare_when(moved, b)
    assert compare_when(a, moved) == compare_when(a, a)


@given(edtf_texts(), days())
def test_bounds_made_from_edtf_are_said_by_edtf_again(text: str, case: tuple[str, dt.date]) -> None:
    zone, _ = case
    try:
        when = resolve_when(StatedWhen(edtf=text), zone=zone, field="")
    except InvalidError:
        assume(condition=False)
        raise
    bare = msgspec.structs.replace(when, edtf=None, approximate=False)

    said = to_edtf(bare)

    assert text == to_edtf(when)
    assert said is not None
    again = resolve_when(StatedWhen(edtf=said), zone=zone, field="")
    assert (when.earliest, when.latest) == (again.earliest, again.latest)


@given(whens())
def test_what_edtf_says_of_a_time_is_the_same_time(when: When) -> None:
    said = to_edtf(when)
    assume(said is not None)

    again = resolve_when(StatedWhen(edtf=said, zone=when.zone), zone="UTC", field="")

    assert "equal" == compare_when(when, again)


def hours() -> st.SearchStrategy[Interval]:
    """Intervals on a few whole hours, so that two of them often touch."""

    def built(first: int | None, last: int | None) -> Interval:
        if first is not None and last is not None and first > last:
            first, last = last, first
        ends = [None if hour is None else _NOON + hour * _HOUR for hour in (first, last)]
        return Interval(earliest=ends[0], latest=ends[1])

    hour = st.none() | st.integers(0, 4)
    instant = st.integers(0, 4).map(lambda at: _NOON + at * _HOUR)
    return st.builds(built, hour, hour) | instant.map(
        lambda at: Interval(earliest=at, latest=at, closed=True)
    )


def moments(interval: Interval) -> set[dt.datetime]:
    """The half hours in an interval: with ends on whole hours they tell all intervals apart."""
    points = {_NOON + half * _HOUR / 2 for half in _HALF_HOURS}
    return {
        point
        for point in points
        if (interval.earliest is None or interval.earliest <= point)
        and (
            interval.latest is None
            or point < interval.latest
            or (interval.closed and point == interval.latest)
        )
    }


@given(hours(), hours())
def test_overlapping_and_lying_within_are_those_of_sets_of_moments(a: Interval, b: Interval) -> None:
    assert bool(moments(a) & moments(b)) == a.overlaps(b)
    assert (moments(a) <= moments(b)) == a.within(b)
