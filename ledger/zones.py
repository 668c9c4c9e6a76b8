"""Clock times as people write them, and what the clocks of a place showed.

Two things that every time of the world goes through: the strict reading of date-time text (RFC 3339), and the
rules of a named time zone, under which a day may be 23 or 25 hours long, begin at one o'clock, or be missing.
Zones come from the `tzdata` package and never from the machine, whose data differs from host to host: the
same words give the same bounds everywhere. This file knows nothing of facts, EDTF or the ledger, and it is
asked only when words are first read: stored bounds carry their offsets and need no zone data.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Protocol
from zoneinfo import ZoneInfo

from ledger.errors import InvalidError

__all__ = [
    "YEARS_RULE",
    "Anywhere",
    "Calendar",
    "ClockText",
    "TimeZone",
    "check_zone_name",
    "find_zone",
    "parse_datetime",
    "read_clock",
]

YEARS_RULE = "a time and the end of a period must lie within the years 0001 to 9999, in UTC as well"
_FORM_RULE = "a date-time is written YYYY-MM-DDTHH:MM:SS and then Z or the offset ±hh:mm (RFC 3339)"
_MAX_OFFSET = dt.timedelta(hours=16)
_MAX_DECIMALS = 6
_MAX_ZONE_NAME = 64
_TICK = dt.timedelta(microseconds=1)
_DAY = dt.timedelta(days=1)

_CLOCK = re.compile(
    r"(?P<date>(?P<year>\d{4})-\d{2}-\d{2})T(?P<time>(?P<hour>\d{2}):\d{2}:(?P<second>\d{2}))"
    r"(?:\.(?P<decimals>\d+))?(?P<offset>Z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)
_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9][A-Za-z0-9_+-]*)*", re.ASCII)
_PLAIN = re.compile(
    r"(?:[1-8]\d{3}|9[0-8]\d{2})-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?"
    r"(?:Z|\+(?:0\d|1[0-5]):[0-5]\d|-(?!00:00)(?:0\d|1[0-5]):[0-5]\d)",
    re.ASCII,
)
"""The usual form, in years far from the ends of the calendar: what it matches, the library reads as read_clock does."""

_ALMOST = (
    (
        re.compile(r".{10}[Tt ].+ \d{2}:?\d{2}"),
        "a blank stands where + should be: in a query string + is written %2B, or use Z",
    ),
    (
        re.compile(r".{10}[t ].+|.*z"),
        "T and Z are upper-case letters, and T stands between the date and the time",
    ),
    (
        re.compile(r".{10}T\d{2}(?::\d{2})?(?:Z|[+-].*)?"),
        "the seconds are missing; for a time known to the minute or hour, give its bounds",
    ),
    (re.compile(r"\d{4}(?:-\d{2}){0,2}"), "a date alone has no time of day; it may be given as edtf"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockText:
    """A date-time as it was written: what the clock showed, and the offset from UTC if one was given.

    `zulu`: the offset was written Z, which names the instant and claims nothing about the clocks of the place
    (RFC 9557 §2.2).
    """

    text: str
    local: dt.datetime
    offset: dt.timedelta | None = None
    zulu: bool = False

    @property
    def instant(self) -> dt.datetime:
        """The instant, with the offset as written. Only for a text that has one."""
        if self.offset is None:
            message = "a clock time without an offset is no instant"
            raise ValueError(message)
        return self.local.replace(tzinfo=dt.UTC if self.zulu else dt.timezone(self.offset))


def _offset(text: str, *, field: str) -> dt.timedelta:
    """The offset that `±hh:mm` names. Raises InvalidError."""
    if text == "-00:00":
        raise InvalidError(
            "-00:00 says that the offset is not known; write Z, or the offset of the place", field=field
        )
    hours, minutes = int(text[1:3]), int(text[4:6])
    size = dt.timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or size >= _MAX_OFFSET:  # noqa: PLR2004 - of a clock face
        raise InvalidError("no place on earth has this offset from UTC", field=field)
    return -size if text[0] == "-" else size


def read_clock(text: str, *, field: str) -> ClockText:
    """The date-time `text` as RFC 3339 §5.6 writes it, its offset optional.

    Stricter than the RFC where it leaves a choice: upper-case T and Z, at most six decimals, no -00:00, no
    second 60 (UTC as computers keep it has no place for one). Raises InvalidError naming `field`, with what
    to write instead.
    """
    match = _CLOCK.fullmatch(text)
    if match is None:
        hint = next((hint for form, hint in _ALMOST if form.fullmatch(text)), "")
        raise InvalidError(f"{_FORM_RULE}{'; ' + hint if hint else ''}", field=field)
    if match["year"] == "0000":
        raise InvalidError(YEARS_RULE, field=field)
    if match["second"] == "60":
        raise InvalidError(
            "the leap second :60 cannot be recorded; write the second before it or after it", field=field
        )
    if match["hour"] == "24":
        raise InvalidError("the end of a day is written as 00:00:00 of the next day", field=field)
    decimals = match["decimals"] or ""
    if len(decimals) > _MAX_DECIMALS:
        raise InvalidError("at most six decimals of a second can be recorded", field=field)
    try:
        local = dt.datetime.fromisoformat(f"{match['date']}T{match['time']}.{decimals:0<6}")
    except ValueError as error:
        raise InvalidError("there is no such date or clock time in the calendar", field=field) from error
    written = match["offset"]
    if written is None:
        return ClockText(text=text, local=local)
    zulu = written == "Z"
    offset = dt.timedelta(0) if zulu else _offset(written, field=field)
    clock = ClockText(text=text, local=local, offset=offset, zulu=zulu)
    try:
        clock.instant.astimezone(dt.UTC)
    except OverflowError as error:
        raise InvalidError(YEARS_RULE, field=field) from error
    return clock


def parse_datetime(text: str, *, field: str) -> dt.datetime:
    """The instant that `text` names (RFC 3339), aware, with its offset; it can always be turned to UTC.

    Raises InvalidError naming `field`; the rules are those of `read_clock`, and the offset is mandatory.
    """
    if _PLAIN.fullmatch(text) is not None:
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            pass  # a day that the month does not have: the careful reader says so
    clock = read_clock(text, field=field)
    if clock.offset is None:
        raise InvalidError("the offset is missing: write Z or ±hh:mm after the time", field=field)
    return clock.instant


class Calendar(Protocol):
    """Where the days of a place begin and end."""

    def starts(self, day: dt.date) -> dt.datetime:
        """The first instant at which it is `day`."""
        ...

    def ends(self, day: dt.date) -> dt.datetime:
        """The first instant from which on it is never `day` again."""
        ...


class Anywhere:
    """The calendar of a place that was not named: the day lasts from the first zone to the last."""

    def starts(self, day: dt.date) -> dt.datetime:
        """Midnight at +14:00, where a day begins first."""
        return dt.datetime.combine(day, dt.time(), dt.timezone(dt.timedelta(hours=14)))

    def ends(self, day: dt.date) -> dt.datetime:
        """The midnight after it at -12:00, where a day ends last."""
        return dt.datetime.combine(day + _DAY, dt.time(), dt.timezone(dt.timedelta(hours=-12)))


class TimeZone:
    """The clocks of one zone of the IANA database.

    Every datetime that comes out has a fixed offset: two datetimes that share one zone object compare by
    their clock faces, which is wrong in the hour that daylight saving repeats.
    """

    def __init__(self, name: str, rules: ZoneInfo) -> None:
        self.name = name
        self._rules = rules

    def shows(self, instant: dt.datetime) -> dt.datetime:
        """What a clock of the place showed at `instant`, without an offset."""
        return instant.astimezone(self._rules).replace(tzinfo=None, fold=0)

    def face(self, instant: dt.datetime) -> dt.datetime:
        """What a clock of the place showed at `instant`, without an offset; with it, where clocks showed this twice.

        Where the year there is none of 1 to 9999, what a clock of UTC showed, with its offset.
        """
        try:
            shown = self.shows(instant)
            return self.at(instant) if len(self.readings(shown)) > 1 else shown
        except OverflowError:
            return instant.astimezone(dt.UTC)

    def at(self, instant: dt.datetime) -> dt.datetime:
        """`instant` with the offset of the place, in whole minutes.

        Local mean time, before zones were standardised, had seconds, which no RFC 3339 text can carry: the
        offset drops them and the clock face takes them up, so that the instant is exact.
        """
        offset = instant.astimezone(self._rules).utcoffset() or dt.timedelta(0)
        return instant.astimezone(dt.timezone(dt.timedelta(minutes=int(offset.total_seconds() / 60))))

    def readings(self, local: dt.datetime) -> list[dt.datetime]:
        """The instants at which clocks showed `local`, in order: none if skipped, two if repeated."""
        found = []
        for fold in (0, 1):
            instant = self._from_local(local, fold)
            if instant not in found and self.shows(instant) == local:
                found.append(instant)
        return sorted(found)

    def pin(self, clock: ClockText, *, field: str) -> dt.datetime:
        """The instant of a clock time here. Raises InvalidError if there is none or if there are two.

        A written offset must be the one that the place had then; Z says nothing about the place and is taken
        as it is.
        """
        if clock.offset is not None:
            here = self.at(clock.instant)
            if not clock.zulu and here.utcoffset() != clock.offset:
                offset = _offset_text(here)
                raise InvalidError(f"clocks in {self.name} stood at {offset} then, not as given", field=field)
            return clock.instant
        match self.readings(clock.local):
            case [only]:
                return self.at(only)
            case [first, second]:
                both = f"{_offset_text(self.at(first))} or {_offset_text(self.at(second))}"
                raise InvalidError(
                    f"clocks in {self.name} showed this time twice; give the offset, {both}", field=field
                )
            case _:
                raise InvalidError(
                    f"clocks in {self.name} skipped this time; there was no such moment", field=field
                )

    def starts(self, day: dt.date) -> dt.datetime:
        """The first instant at which it is `day` there, or at which the day was skipped."""
        midnight = dt.datetime.combine(day, dt.time())
        found = self.readings(midnight)
        return self.at(found[0] if found else self._leap_over(midnight))

    def ends(self, day: dt.date) -> dt.datetime:
        """The first instant from which on it is never `day` again there.

        Clocks set back across midnight show the end of the day twice; set back within the next day's first
        hour, only the next day's midnight twice. What they showed a moment before tells the two apart.
        """
        midnight = dt.datetime.combine(day + _DAY, dt.time())
        found = [instant for instant in self.readings(midnight) if self.shows(instant - _TICK) < midnight]
        return self.at(found[-1] if found else self._leap_over(midnight))

    def _from_local(self, local: dt.datetime, fold: int) -> dt.datetime:
        offset = local.replace(tzinfo=self._rules, fold=fold).utcoffset() or dt.timedelta(0)
        return (local - offset).replace(tzinfo=dt.UTC)

    def _leap_over(self, local: dt.datetime) -> dt.datetime:
        """The instant at which clocks leapt over `local`: before it they showed less, from it on more."""
        before, after = self._from_local(local, fold=1), self._from_local(local, fold=0)
        while after - before > _TICK:
            middle = before + (after - before) / 2
            before, after = (middle, after) if self.shows(middle) < local else (before, middle)
        return after


def _offset_text(instant: dt.datetime) -> str:
    return instant.isoformat()[-6:]


def check_zone_name(name: str, *, field: str) -> str:
    """`name`, if it is written as the IANA database names zones; whether it knows this one is not asked."""
    if len(name) > _MAX_ZONE_NAME or _ZONE_NAME.fullmatch(name) is None:
        raise InvalidError(
            "a time zone is named as in the IANA database, such as America/Chicago", field=field
        )
    return name


@cache
def _zone_names() -> frozenset[str]:
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="ascii").split()
    # "Factory" is the database's mark of a machine whose zone was never set: no place keeps it.
    return frozenset(names) - {"Factory"}


@cache  # bounded by the database: unknown names never get here
def _load(name: str) -> TimeZone:
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return TimeZone(name, ZoneInfo.from_file(rules, key=name))


def find_zone(name: str, *, field: str) -> TimeZone:
    """The zone of that name in the IANA database. Raises InvalidError naming `field` if there is none."""
    check_zone_name(name, field=field)
    if name not in _zone_names():
        near = difflib.get_close_matches(name.title(), _zone_names(), n=1)
        raise InvalidError(
            f"there is no such time zone{'; did you mean ' + near[0] + '?' if near else ''}", field=field
        )
    return _load(name)
