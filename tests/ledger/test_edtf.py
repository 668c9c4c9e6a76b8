"""EDTF: what is read, what is refused and why, what is written; and the `edtf` package as second opinion."""

from __future__ import annotations

import datetime as dt
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.edtf import NoBound, parse_edtf, parse_period, write_edtf
from ledger.errors import InvalidError
from ledger.zones import ClockText, find_zone
from tests.strategies_when import edtf_dates, edtf_days

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package and its parser warn of each other on import
    import edtf as oracle


def days(text: str) -> tuple[str, str, bool]:
    period = parse_period(text, field="")
    return str(period.first), str(period.last), period.approximate


READ = {
    "a day": ("2021-05-08", "2021-05-08", "2021-05-08", False),
    "a leap day": ("2020-02-29", "2020-02-29", "2020-02-29", False),
    "a month": ("2021-02", "2021-02-01", "2021-02-28", False),
    "December": ("2021-12", "2021-12-01", "2021-12-31", False),
    "a year": ("2021", "2021-01-01", "2021-12-31", False),
    "the first year": ("0001", "0001-01-01", "0001-12-31", False),
    "the last year": ("9998", "9998-01-01", "9998-12-31", False),
    "an interval of days": ("2021-05-08/2021-05-11", "2021-05-08", "2021-05-11", False),
    "an interval of months": ("2021-05/2021-06", "2021-05-01", "2021-06-30", False),
    "an interval of unlike ends": ("2004-02-01/2005", "2004-02-01", "2005-12-31", False),
    "an interval inside its end": ("2021-05-08/2021-05", "2021-05-08", "2021-05-31", False),
    "an open end": ("2021-05-08/..", "2021-05-08", "open", False),
    "an open beginning": ("../2021-05-11", "open", "2021-05-11", False),
    "an unknown end": ("2021-05/", "2021-05-01", "unknown", False),
    "an unknown beginning": ("/2021", "unknown", "2021-12-31", False),
    "an uncertain end to an unknown beginning": ("/2021-05-08?", "unknown", "2021-05-09", True),
    "an unspecified day": ("1985-04-XX", "1985-04-01", "1985-04-30", False),
    "an unspecified month": ("2004-XX", "2004-01-01", "2004-12-31", False),
    "an unspecified day and month": ("1985-XX-XX", "1985-01-01", "1985-12-31", False),
    "an unspecified year": ("201X", "2010-01-01", "2019-12-31", False),
    "an unspecified decade": ("20XX", "2000-01-01", "2099-12-31", False),
    "an unspecified century": ("1XXX", "1000-01-01", "1999-12-31", False),
    "an unspecified interval": ("201X/2021-XX", "2010-01-01", "2021-12-31", False),
    "about a day": ("2021-05-08~", "2021-05-07", "2021-05-09", True),
    "about the first of March": ("2021-03-01~", "2021-02-28", "2021-03-02", True),
    "perhaps a month": ("2021-01?", "2020-12-01", "2021-02-28", True),
    "perhaps about a year": ("2021%", "2020-01-01", "2022-12-31", True),
    "about a decade": ("201X~", "2000-01-01", "2029-12-31", True),
    "about an unspecified day": ("1985-04-XX~", "1985-03-01", "1985-05-31", True),
    "about an unspecified month": ("1985-XX~", "1984-01-01", "1986-12-31", True),
    "an interval with a rough beginning": ("1984~/2004-06", "1983-01-01", "2004-06-30", True),
    "an interval with a rough end": ("1984/2004-06~", "1984-01-01", "2004-07-31", True),
    "an interval that is rough and open": ("1984-06-02?/..", "1984-06-01", "open", True),
    "a spring, on either hemisphere": ("2021-21", "2021-01-01", "2021-12-31", False),
    "a winter, on either hemisphere": ("2021-24", "2021-01-01", "2021-12-31", False),
    "about a summer": ("2021-22~", "2020-01-01", "2022-12-31", True),
}


@pytest.mark.parametrize(("text", "first", "last", "approximate"), READ.values(), ids=READ)
def test_a_date_covers_these_days(text: str, first: str, last: str, *, approximate: bool) -> None:
    assert (first, last, approximate) == days(text)


REFUSED = {
    "nothing": ("", "level 0 or 1"),
    "a word": ("yesterday", "level 0 or 1"),
    "a blank before it": (" 2021", "level 0 or 1"),
    "a line end after it": ("2021\n", "level 0 or 1"),
    "digits of another script": ("٢٠٢١", "level 0 or 1"),  # int() would read them
    "a year of two digits": ("21", "level 0 or 1"),
    "the American order": ("05/08/2021", "one / between"),
    "no hyphens": ("20210508", "level 0 or 1"),
    "a month of one digit": ("2021-5", "level 0 or 1"),
    "lower-case unspecified": ("201x", "level 0 or 1"),
    "nothing specified": ("XXXX", "level 0 or 1"),
    "a day that never was": ("2021-02-29", "no such date"),
    "a leap day of a century": ("1900-02-29", "no such date"),
    "the 31st of April": ("2021-04-31", "no such date"),
    "the day zero": ("2021-05-00", "no such date"),
    "the month zero": ("2021-00", "no such date"),
    "a month 13": ("2021-13", "no such date"),
    "a month 13, day unspecified": ("2021-13-XX", "no such date"),
    "a season of level 2": ("2021-25", "no such date"),
    "a season with a day": ("2021-21-01", "no such date"),
    "level 2: a day in an unspecified month": ("1985-XX-12", "level 0 or 1"),
    "level 2: a month in an unspecified year": ("156X-12", "level 0 or 1"),
    "level 2: half a month": ("1985-1X", "level 0 or 1"),
    "level 2: a qualified part": ("2004-06~-11", "level 0 or 1"),
    "level 2: a set": ("[1667,1668]", "level 0 or 1"),
    "two qualifiers": ("2021?~", "level 0 or 1"),
    "a long year": ("Y170000002", "0001 to 9999"),
    "a year before Christ": ("-0043", "0001 to 9999"),
    "the year zero": ("0000", "0001 to 9999"),
    "a day of the year zero": ("0000-02-29", "0001 to 9999"),
    "a decade with the year zero": ("000X", "0001 to 9999"),
    "a month beside the year zero": ("0001-01~", "0001 to 9999"),
    "a day beside the year zero": ("0001-01-01~", "0001 to 9999"),
    "a year that ends past 9999": ("9999", "0001 to 9999"),
    "three ends": ("2021/2022/2023", "one / between"),
    "no end at all": ("/", "a date at one end"),
    "two open ends": ("../..", "a date at one end"),
    "an open and an unknown end": ("../", "a date at one end"),
    "a backward interval": ("2021-05-09/2021-05-08", "ends before it begins"),
    "a backward interval of unlike ends": ("2021-06-01/2021-05", "ends before it begins"),
    "a backward interval that only widening mends": ("2021-05-09~/2021-05-08~", "ends before it begins"),
    "an interval of date-times": ("2021-05-08T10:00:00Z/2021-05-09", "give earliest and latest"),
    "a text without measure": ("2021/" * 10_000, "level 0 or 1"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_date_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidError, match=why) as refused:
        parse_edtf(text, field="/occurred")

    assert "/occurred" == refused.value.field


CLOCKS = {
    "UTC": ("1985-04-12T23:20:30Z", dt.timedelta(0)),
    "hours and minutes": ("1985-04-12T23:20:30+04:30", dt.timedelta(hours=4, minutes=30)),
    "hours alone": ("1985-04-12T23:20:30-04", dt.timedelta(hours=-4)),
    "no offset": ("1985-04-12T23:20:30", None),
}


@pytest.mark.parametrize(("text", "offset"), CLOCKS.values(), ids=CLOCKS)
def test_a_date_time_is_read_with_its_offset(text: str, offset: dt.timedelta | None) -> None:
    clock = parse_edtf(text, field="")

    assert isinstance(clock, ClockText)
    assert (dt.datetime(1985, 4, 12, 23, 20, 30), offset) == (clock.local, clock.offset)  # noqa: DTZ001 - a clock face


def test_a_date_time_is_not_stored_as_edtf() -> None:
    with pytest.raises(InvalidError, match="a time of day is not kept"):
        parse_period("2021-05-08T10:00:00Z", field="")


WRITTEN = {
    "a day": ("2021-05-08", "2021-05-09", "2021-05-08"),
    "two days": ("2021-05-08", "2021-05-10", "2021-05-08/2021-05-09"),
    "a month": ("2021-02-01", "2021-03-01", "2021-02"),
    "two months": ("2021-12-01", "2022-02-01", "2021-12/2022-01"),
    "a year": ("2021-01-01", "2022-01-01", "2021"),
    "January and February": ("2021-01-01", "2021-03-01", "2021-01/2021-02"),
    "from a May to a December": ("2020-05-01", "2022-01-01", "2020-05/2021-12"),
    "a decade": ("2010-01-01", "2020-01-01", "2010/2019"),
    "a month and a day": ("2021-05-01", "2021-06-02", "2021-05-01/2021-06-01"),
    "an open end": ("2021-05-01", "open", "2021-05-01/.."),
    "an unknown end": ("2021-05-01", "unknown", "2021-05-01/"),
    "an open beginning": ("open", "2021-06-01", "../2021-05-31"),
    "an unknown beginning": ("unknown", "2021-06-01", "/2021-05-31"),
    "part of a day": ("2021-05-08 10:00", "2021-05-09", None),
    "a day and an hour": ("2021-05-08", "2021-05-09 01:00", None),
    "an hour past midnight and open": ("2021-05-08 01:00", "open", None),
    "no end at all": ("open", "unknown", None),
}


def at(text: str) -> dt.datetime | NoBound:
    match text:
        case "open" | "unknown":
            return text
        case _:
            return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(("start", "end", "text"), WRITTEN.values(), ids=WRITTEN)
def test_whole_days_are_written_as_coarsely_as_is_exact(start: str, end: str, text: str | None) -> None:
    assert text == write_edtf(at(start), at(end), find_zone("UTC", field=""))


def test_bounds_at_the_edge_of_the_calendar_are_not_written() -> None:
    start = dt.datetime(9999, 12, 31, 18, tzinfo=dt.UTC)

    assert write_edtf(start, "open", find_zone("Asia/Tokyo", field="")) is None


def second_opinion(text: str) -> tuple[str, str]:
    read = oracle.parse_edtf(text)
    ends = (read.lower_strict(), read.upper_strict())
    first, last = (f"{end.tm_year:04}-{end.tm_mon:02}-{end.tm_mday:02}" for end in ends)
    return first, last


@settings(max_examples=60)
@given(edtf_dates())
def test_the_edtf_package_reads_the_same_days_for_a_date(text: str) -> None:
    assert second_opinion(text) == days(text)[:2]


@settings(max_examples=30)
@given(edtf_days(), edtf_days(), st.sampled_from((4, 7, 10)))
def test_the_edtf_package_reads_the_same_days_for_an_interval(one: str, other: str, length: int) -> None:
    text = "/".join(day[:length] for day in sorted((one, other)))

    assert second_opinion(text) == days(text)[:2]
