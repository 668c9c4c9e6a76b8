"""Date-time texts, time zones, and where the days of a place begin and end."""

from __future__ import annotations

import datetime as dt

import pytest

from ledger.errors import InvalidError
from ledger.zones import Anywhere, check_zone_name, find_zone, parse_datetime, read_clock

READ = {
    "UTC": ("2021-05-08T14:30:00Z", "2021-05-08T14:30:00+00:00"),
    "an offset": ("2021-05-08T14:30:00-05:00", "2021-05-08T14:30:00-05:00"),
    "a zero offset": ("2021-05-08T14:30:00+00:00", "2021-05-08T14:30:00+00:00"),
    "half an hour": ("2021-05-08T14:30:00+10:30", "2021-05-08T14:30:00+10:30"),
    "the largest there was": ("1840-01-01T00:00:00-15:56", "1840-01-01T00:00:00-15:56"),
    "one decimal": ("2021-05-08T14:30:00.5Z", "2021-05-08T14:30:00.500000+00:00"),
    "six decimals": ("2021-05-08T14:30:00.000001Z", "2021-05-08T14:30:00.000001+00:00"),
    "the last second of a day": ("2021-05-08T23:59:59Z", "2021-05-08T23:59:59+00:00"),
    "a leap day": ("2020-02-29T00:00:00Z", "2020-02-29T00:00:00+00:00"),
    "the first instant": ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
    "the last second": ("9999-12-31T23:59:59+14:00", "9999-12-31T23:59:59+14:00"),
}


@pytest.mark.parametrize(("text", "instant"), READ.values(), ids=READ)
def test_a_date_time_is_read_to_its_instant_and_keeps_its_offset(text: str, instant: str) -> None:
    assert instant == parse_datetime(text, field="").isoformat()


REFUSED = {
    "nothing": ("", "is written"),
    "a date": ("2021-05-08", "a date alone"),
    "no offset": ("2021-05-08T14:30:00", "offset is missing"),
    "no seconds": ("2021-05-08T14:30Z", "seconds are missing"),
    "no seconds, no offset": ("2021-05-08T14:30", "seconds are missing"),
    "hours alone": ("2021-05-08T14-05:00", "seconds are missing"),
    "a + read as a blank": ("2021-05-08T14:30:00 05:00", "%2B, or use Z"),
    "a + read as a blank after decimals": ("2021-05-08T14:30:00.25 05:00", "%2B, or use Z"),
    "a blank for T": ("2021-05-08 14:30:00Z", "upper-case"),
    "a small t": ("2021-05-08t14:30:00Z", "upper-case"),
    "a small z": ("2021-05-08T14:30:00z", "upper-case"),
    "a blank before it": (" 2021-05-08T14:30:00Z", "is written"),
    "a line end after it": ("2021-05-08T14:30:00Z\n", "is written"),
    "an offset of hours": ("2021-05-08T14:30:00-05", "is written"),
    "an offset without colon": ("2021-05-08T14:30:00-0500", "is written"),
    "a decimal comma": ("2021-05-08T14:30:00,5Z", "is written"),
    "a point without decimals": ("2021-05-08T14:30:00.Z", "is written"),
    "seven decimals": ("2021-05-08T14:30:00.1234567Z", "at most six decimals"),
    "an unknown offset": ("2021-05-08T14:30:00-00:00", "not known"),
    "an offset of 60 minutes": ("2021-05-08T14:30:00+05:60", "no place on earth"),
    "an offset of 16 hours": ("2021-05-08T14:30:00+16:00", "no place on earth"),
    "an offset of 99 hours": ("2021-05-08T14:30:00-99:00", "no place on earth"),
    "a leap second": ("2016-12-31T23:59:60Z", "leap second"),
    "second 61": ("2021-05-08T14:30:61Z", "no such date or clock time"),
    "minute 60": ("2021-05-08T14:60:00Z", "no such date or clock time"),
    "hour 24": ("2021-05-08T24:00:00Z", "00:00:00 of the next day"),
    "hour 25": ("2021-05-08T25:00:00Z", "no such date or clock time"),
    "a day that never was": ("2021-02-29T00:00:00Z", "no such date or clock time"),
    "the year zero": ("0000-01-01T00:00:00Z", "0001 to 9999"),
    "the year zero in UTC": ("0001-01-01T00:00:00+14:00", "0001 to 9999"),
    "the year 10000 in UTC": ("9999-12-31T23:59:59-05:00", "0001 to 9999"),
    "a year of five digits": ("12021-05-08T14:30:00Z", "is written"),
    "a basic form": ("20210508T143000Z", "is written"),
    "digits of another script": ("٢٠٢١-05-08T14:30:00Z", "is written"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_date_time_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidError, match=why) as refused:
        parse_datetime(text, field="/known_at")

    assert "/known_at" == refused.value.field


def test_a_refusal_does_not_repeat_what_was_written() -> None:
    with pytest.raises(InvalidError) as refused:
        parse_datetime("<script>", field="")

    assert "script" not in str(refused.value)


def test_every_date_time_that_is_read_can_be_turned_to_utc() -> None:
    first = parse_datetime("0001-01-01T05:00:00+05:00", field="")
    last = parse_datetime("9999-12-31T18:59:59-05:00", field="")

    assert (1, 9999) == (first.astimezone(dt.UTC).year, last.astimezone(dt.UTC).year)


def test_a_clock_time_without_an_offset_is_no_instant() -> None:
    with pytest.raises(ValueError, match="no instant"):
        _ = read_clock("2021-05-08T14:30:00", field="").instant


UNKNOWN_ZONES = {
    "no such place": ("America/Atlantis", "no such time zone"),
    "the wrong case": ("america/chicago", "did you mean America/Chicago"),
    "a path upwards": ("../../etc/passwd", "named as in the IANA database"),
    "a path from the root": ("/etc/localtime", "named as in the IANA database"),
    "a path with a dot": ("America/./Chicago", "named as in the IANA database"),
    "a folder": ("America", "no such time zone"),
    "a file that is no zone": ("tzdata/zi", "no such time zone"),
    "the machine's own": ("localtime", "no such time zone"),
    "a zone that was never set": ("Factory", "no such time zone"),
    "an offset": ("+05:00", "named as in the IANA database"),
    "nothing": ("", "named as in the IANA database"),
    "U+0000": ("UTC\x00", "named as in the IANA database"),
    "a name without measure": ("A" * 65, "named as in the IANA database"),
}


@pytest.mark.parametrize(("name", "why"), UNKNOWN_ZONES.values(), ids=UNKNOWN_ZONES)
def test_a_zone_that_the_database_does_not_have_is_refused(name: str, why: str) -> None:
    with pytest.raises(InvalidError, match=why) as refused:
        find_zone(name, field="/zone")

    assert "/zone" == refused.value.field


@pytest.mark.parametrize(
    "name", ["UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "America/Port-au-Prince"]
)
def test_a_zone_of_the_database_is_found(name: str) -> None:
    assert name == find_zone(name, field="").name


def test_the_form_of_a_zone_name_is_checked_without_asking_whether_it_exists() -> None:
    assert "Mars/Olympus_Mons" == check_zone_name("Mars/Olympus_Mons", field="")


DAYS = {
    "a common day": (
        "America/Chicago",
        "2021-05-08",
        "2021-05-08T00:00:00-05:00",
        "2021-05-09T00:00:00-05:00",
    ),
    "23 hours": ("America/Chicago", "2021-03-14", "2021-03-14T00:00:00-06:00", "2021-03-15T00:00:00-05:00"),
    "25 hours": ("America/Chicago", "2021-11-07", "2021-11-07T00:00:00-05:00", "2021-11-08T00:00:00-06:00"),
    "24.5 hours": (
        "Australia/Lord_Howe",
        "2021-04-04",
        "2021-04-04T00:00:00+11:00",
        "2021-04-05T00:00:00+10:30",
    ),
    "midnight skipped": (
        "Asia/Beirut",
        "2023-03-26",
        "2023-03-26T01:00:00+03:00",
        "2023-03-27T00:00:00+03:00",
    ),
    "the day before it": (
        "Asia/Beirut",
        "2023-03-25",
        "2023-03-25T00:00:00+02:00",
        "2023-03-26T01:00:00+03:00",
    ),
    "a leap over midnight": (
        "America/Toronto",
        "1919-03-31",
        "1919-03-31T00:30:00-04:00",
        "1919-04-01T00:00:00-04:00",
    ),
    "its last hour twice": (
        "America/Sao_Paulo",
        "2018-02-17",
        "2018-02-17T00:00:00-02:00",
        "2018-02-18T00:00:00-03:00",
    ),
    "its first hour twice": (
        "Asia/Amman",
        "2021-10-29",
        "2021-10-29T00:00:00+03:00",
        "2021-10-30T00:00:00+02:00",
    ),
    "the day before that": (
        "Asia/Amman",
        "2021-10-28",
        "2021-10-28T00:00:00+03:00",
        "2021-10-29T00:00:00+03:00",
    ),
    "left and come back to": (
        "America/St_Johns",
        "2006-10-28",
        "2006-10-28T00:00:00-02:30",
        "2006-10-29T00:00:00-03:30",
    ),
    "begun, left, begun again": (
        "America/St_Johns",
        "2006-10-29",
        "2006-10-29T00:00:00-02:30",
        "2006-10-30T00:00:00-03:30",
    ),
    "before a skipped day": (
        "Pacific/Apia",
        "2011-12-29",
        "2011-12-29T00:00:00-10:00",
        "2011-12-31T00:00:00+14:00",
    ),
    "the skipped day": (
        "Pacific/Apia",
        "2011-12-30",
        "2011-12-31T00:00:00+14:00",
        "2011-12-31T00:00:00+14:00",
    ),
    "a day twice": ("America/Juneau", "1867-10-18", "1867-10-17T23:59:41+15:02", "1867-10-19T00:00:41-08:57"),
    "local mean time": (
        "America/Chicago",
        "1800-01-01",
        "1800-01-01T00:00:36-05:50",
        "1800-01-02T00:00:36-05:50",
    ),
    "far ahead": ("America/Chicago", "9000-07-01", "9000-07-01T00:00:00-05:00", "9000-07-02T00:00:00-05:00"),
}


@pytest.mark.parametrize(("zone", "day", "start", "end"), DAYS.values(), ids=DAYS)
def test_a_day_begins_and_ends_with_the_clocks_of_its_place(
    zone: str, day: str, start: str, end: str
) -> None:
    clocks, date = find_zone(zone, field=""), dt.date.fromisoformat(day)

    assert (start, end) == (clocks.starts(date).isoformat(), clocks.ends(date).isoformat())


def test_a_day_anywhere_lasts_fifty_hours() -> None:
    day = dt.date(2021, 5, 8)

    assert dt.timedelta(hours=50) == Anywhere().ends(day) - Anywhere().starts(day)


PINNED = {
    "a local time": ("America/Chicago", "2021-05-08T14:30:00", "2021-05-08T14:30:00-05:00"),
    "an offset of the place": ("America/Chicago", "2021-11-07T01:30:00-06:00", "2021-11-07T01:30:00-06:00"),
    "the same clock time before": (
        "America/Chicago",
        "2021-11-07T01:30:00-05:00",
        "2021-11-07T01:30:00-05:00",
    ),
    "Z, which says nothing of it": ("America/Chicago", "2021-05-08T19:30:00Z", "2021-05-08T19:30:00+00:00"),
    "a mean offset in minutes": ("America/Chicago", "1800-01-01T00:00:36-05:50", "1800-01-01T00:00:36-05:50"),
}


@pytest.mark.parametrize(("zone", "text", "instant"), PINNED.values(), ids=PINNED)
def test_a_clock_time_is_pinned_to_its_place(zone: str, text: str, instant: str) -> None:
    clock = read_clock(text, field="")

    assert instant == find_zone(zone, field="").pin(clock, field="").isoformat()


UNPINNED = {
    "a skipped hour": ("America/Chicago", "2021-03-14T02:30:00", "skipped this time"),
    "a skipped half hour": ("Australia/Lord_Howe", "2021-10-03T02:15:00", "skipped this time"),
    "a skipped midnight": ("Asia/Beirut", "2023-03-26T00:00:00", "skipped this time"),
    "a skipped day": ("Pacific/Apia", "2011-12-30T12:00:00", "skipped this time"),
    "an hour twice": ("Europe/London", "2021-10-31T01:30:00", r"\+01:00 or \+00:00"),
    "half an hour twice": ("Australia/Lord_Howe", "2021-04-04T01:45:00", r"\+11:00 or \+10:30"),
    "an offset of elsewhere": ("America/Chicago", "2021-05-08T14:30:00-06:00", "stood at -05:00 then"),
    "+00:00, which claims the clocks": ("America/Chicago", "2021-05-08T14:30:00+00:00", "stood at -05:00"),
    "the offset of before the leap": ("America/Chicago", "2021-03-14T02:30:00-06:00", "stood at -05:00"),
}


@pytest.mark.parametrize(("zone", "text", "why"), UNPINNED.values(), ids=UNPINNED)
def test_a_clock_time_that_the_place_never_had_or_had_twice_is_refused(
    zone: str, text: str, why: str
) -> None:
    clock = read_clock(text, field="")

    with pytest.raises(InvalidError, match=why) as refused:
        find_zone(zone, field="").pin(clock, field="/earliest")

    assert "/earliest" == refused.value.field


@pytest.mark.parametrize(
    ("instant", "face"),
    [
        ("2024-11-03T05:30:00Z", "2024-11-03T00:30:00"),
        ("2024-11-03T06:30:00Z", "2024-11-03T01:30:00-05:00"),
        ("2024-11-03T07:30:00Z", "2024-11-03T01:30:00-06:00"),
        ("2024-11-03T08:00:00Z", "2024-11-03T02:00:00"),
        ("2024-03-10T08:00:00Z", "2024-03-10T03:00:00"),
    ],
)
def test_a_clock_time_that_came_twice_has_its_offset_and_no_other_has(instant: str, face: str) -> None:
    shown = find_zone("America/Chicago", field="").face(parse_datetime(instant, field=""))

    assert face == shown.isoformat()
