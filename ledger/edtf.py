"""EDTF levels 0 and 1 (Library of Congress, Extended Date/Time Format, 2019; ISO 8601-2): in and out.

EDTF is how archives write dates that are coarse, approximate or open; the ledger's model is bounds (model
§3), and this file is the one way between the two. It knows whole days and asks a `Calendar` when a day
begins; it knows no zone, no fact and no other shape of a time. What was read wrongly elsewhere is read
strictly here: 2021-02-29 is no date, and 2021-05-08~ is three days and not two years.

Decisions where the specification leaves room (its own words say "approximately" and no more):

* `~`, `?` and `%` widen each end they stand at by one unit of what was stated: a day, a month, a year, a
  decade for 201X.
* A season is bounded by the whole of the year it is written with, since spring in one hemisphere is autumn in
  the other. A winter that runs over the new year is better given as an interval of months.
* Level 2, years before 0001 and after 9999, and intervals of date-times are refused, each with what to write
  instead.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from ledger.errors import InvalidError
from ledger.zones import YEARS_RULE, ClockText, read_clock

if TYPE_CHECKING:
    from ledger.zones import Calendar, TimeZone

__all__ = ["Bound", "NoBound", "Period", "parse_edtf", "parse_period", "write_edtf"]

NoBound: TypeAlias = Literal["open", "unknown"]
"""An end without a date: `open` goes on without end, `unknown` ends at a time that nobody states."""

Bound: TypeAlias = dt.datetime | NoBound
_MAX_TEXT = 64
_MONTHS = 12
_SEASONS = range(21, 25)
_LEVEL_2_RULE = (
    "a date is written year, month, day: 2021-05-08; or coarser: 2021-05, 201X, 2021-05-XX, 2021-05-08~, "
    "2021-05/.. (EDTF of level 0 or 1); say anything else by earliest and latest"
)
_NO_DATE_RULE = "there is no such date in the calendar"

_DATE = re.compile(
    r"(?P<year>\d{4}|\d{3}X|\d{2}XX|\dX{3})(?:-(?P<month>\d{2}|XX)(?:-(?P<day>\d{2}|XX))?)?"
    r"(?P<qualifier>[?~%])?",
    re.ASCII,
)
_CLOCK_LIKE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]", re.ASCII)
_SHORT_OFFSET = re.compile(r".+T\d{2}:\d{2}:\d{2}(?:\.\d+)?[+-]\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole days of the calendar, `first` and `last` within; an end without a date is `open` or `unknown`.

    `named`: the days that were written as such, each of which must have happened at the place. `approximate`:
    a qualifier was given, and `first` and `last` are widened by it already.
    """

    first: dt.date | NoBound
    last: dt.date | NoBound
    named: tuple[dt.date, ...] = ()
    approximate: bool = False

    def bounds(self, calendar: Calendar, *, field: str) -> tuple[Bound, Bound]:
        """The instants `[start, end)` that enclose the period at the place of `calendar`.

        Raises InvalidError for a day that the place skipped (Pacific/Apia had no 2011-12-30), OverflowError
        past the year 9999.
        """
        for day in self.named:
            if calendar.starts(day) >= calendar.ends(day):
                raise InvalidError(
                    f"the day {day} was skipped at this place; no clock ever showed it", field=field
                )
        first = self.first if isinstance(self.first, str) else calendar.starts(self.first)
        last = self.last if isinstance(self.last, str) else calendar.ends(self.last)
        return first, last


@dataclass(frozen=True, slots=True, kw_only=True)
class _Date:
    """One EDTF date: its first and last day, and both again, widened by one unit if it is qualified."""

    first: dt.date
    last: dt.date
    widened: tuple[dt.date, dt.date]
    approximate: bool

    @property
    def named(self) -> tuple[dt.date, ...]:
        return (self.first,) if self.first == self.last else ()


def _month_start(months: int) -> dt.date:
    """The first day of the month, counted from January of the year 0. ValueError outside the years 1-9999."""
    return dt.date(months // _MONTHS, months % _MONTHS + 1, 1)


def _in_months(start: int, count: int, *, qualified: bool) -> _Date:
    """The date that covers `count` months from the month `start`, counted from January of the year 0."""
    day = dt.timedelta(days=1)
    margin = count if qualified else 0
    return _Date(
        first=_month_start(start),
        last=_month_start(start + count) - day,
        widened=(_month_start(start - margin), _month_start(start + count + margin) - day),
        approximate=qualified,
    )


def _in_days(year: int, month: int, day: int, *, qualified: bool, field: str) -> _Date:
    try:
        date = dt.date(year, month, day)
    except ValueError as error:
        raise InvalidError(_NO_DATE_RULE, field=field) from error
    margin = dt.timedelta(days=1 if qualified else 0)
    return _Date(first=date, last=date, widened=(date - margin, date + margin), approximate=qualified)


def _read_date(text: str, *, field: str) -> _Date:
    """One date. Raises InvalidError; ValueError or OverflowError where an end leaves the years 1 to 9999."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise InvalidError(_LEVEL_2_RULE, field=field)
    year, month, day = match["year"], match["month"], match["day"]
    qualified = match["qualifier"] is not None
    hidden = year.count("X")
    january = int(year.replace("X", "0")) * _MONTHS
    if hidden and month is not None:
        raise InvalidError(_LEVEL_2_RULE, field=field)
    if month is None:
        return _in_months(january, _MONTHS * 10**hidden, qualified=qualified)
    if month == "XX":
        if day not in (None, "XX"):
            raise InvalidError(_LEVEL_2_RULE, field=field)
        return _in_months(january, _MONTHS, qualified=qualified)
    number = int(month)
    if number in _SEASONS and day is None:
        return _in_months(january, _MONTHS, qualified=qualified)
    if not 1 <= number <= _MONTHS:
        raise InvalidError(_NO_DATE_RULE, field=field)
    if day in (None, "XX"):
        return _in_months(january + number - 1, 1, qualified=qualified)
    if january == 0:
        raise InvalidError(YEARS_RULE, field=field)
    return _in_days(int(year), number, int(day), qualified=qualified, field=field)


def _read_end(text: str, *, field: str) -> _Date | NoBound:
    if text == "..":
        return "open"
    return _read_date(text, field=field) if text else "unknown"


def _read_interval(text: str, *, field: str) -> Period:
    """`date/date`, where either end may be `..` (open) or left out (unknown)."""
    ends = text.split("/")
    if len(ends) != 2:  # noqa: PLR2004 - a beginning and an end
        raise InvalidError(
            "a date is written year, month, day: 2021-05-08; an interval has one / between its two ends",
            field=field,
        )
    start, end = (_read_end(part, field=field) for part in ends)
    if isinstance(start, str) and isinstance(end, str):
        raise InvalidError(
            "an interval has a date at one end at least; where neither is known, say why it is absent",
            field=field,
        )
    if not isinstance(start, str) and not isinstance(end, str) and end.last < start.first:
        raise InvalidError("the interval ends before it begins", field=field)
    dates = [date for date in (start, end) if not isinstance(date, str)]
    return Period(
        first=start if isinstance(start, str) else start.widened[0],
        last=end if isinstance(end, str) else end.widened[1],
        named=tuple(day for date in dates for day in date.named),
        approximate=any(date.approximate for date in dates),
    )


def parse_period(text: str, *, field: str) -> Period:
    """The days that an EDTF text without a time of day speaks of. Raises InvalidError naming `field`."""
    if text.startswith(("Y", "-")):
        raise InvalidError(YEARS_RULE, field=field)
    if len(text) > _MAX_TEXT:
        raise InvalidError(_LEVEL_2_RULE, field=field)
    if "T" in text:
        raise InvalidError(
            "a time of day is not kept as EDTF, and EDTF has no interval of them: give earliest and latest",
            field=field,
        )
    try:
        if "/" in text:
            return _read_interval(text, field=field)
        date = _read_date(text, field=field)
    except InvalidError:
        raise
    except (ValueError, OverflowError) as error:
        raise InvalidError(YEARS_RULE, field=field) from error
    return Period(first=date.widened[0], last=date.widened[1], named=date.named, approximate=date.approximate)


def parse_edtf(text: str, *, field: str) -> Period | ClockText:
    """What an EDTF text says: days, or one date-time with or without offset. Raises InvalidError.

    Decimals of a second, which EDTF does not have, are read all the same, so that every RFC 3339 date-time
    is.
    """
    if "/" in text or _CLOCK_LIKE.match(text) is None:
        return parse_period(text, field=field)
    return read_clock(text + ":00" if _SHORT_OFFSET.fullmatch(text) else text, field=field)


def _last_of_month(day: dt.date) -> bool:
    return (day + dt.timedelta(days=1)).day == 1


def _write_days(first: dt.date, last: dt.date) -> str:
    """Both ends, at the coarsest precision that has exactly these two days."""
    start, end = first.isoformat(), last.isoformat()
    if first.day == 1 and _last_of_month(last):
        whole_years = first.month == 1 and last.month == _MONTHS
        start, end = (start[:4], end[:4]) if whole_years else (start[:7], end[:7])
    return start if start == end else f"{start}/{end}"


def write_edtf(start: Bound, end: Bound, zone: TimeZone) -> str | None:
    """The EDTF text for whole days `[start, end)` at the place, or None where the bounds cut through a day.

    Reading the text in the same zone gives the same bounds.
    """
    try:
        first = start if isinstance(start, str) else zone.shows(start).date()
        last = end if isinstance(end, str) else zone.shows(end - dt.timedelta(microseconds=1)).date()
        if isinstance(first, dt.date) and zone.starts(first) != start:
            return None
        if isinstance(last, dt.date) and zone.ends(last) != end:
            return None
        if isinstance(first, dt.date) and isinstance(last, dt.date):
            return _write_days(first, last)
    except OverflowError:
        return None
    if isinstance(first, str) and isinstance(last, str):
        return None
    words = {"open": "..", "unknown": ""}
    return "/".join(words[day] if isinstance(day, str) else day.isoformat() for day in (first, last))
