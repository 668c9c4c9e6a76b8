"""Which point of the ledger a read asks about: `known_at`, `public_at` and `Accept-Datetime` (model §5, RFC 7089).

A read without any of them is at the head. What may be kept by whoever asked follows from the point: a closed one stays as it is until
something in it is redacted, which has to be noticed within a minute, so that nothing is ever called immutable.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import msgspec

from api.http.problems import ProblemError, RefusedField, sentence_of
from api.http.query import PLUS_RULE, parameter, refused_parameter
from ledger.errors import InvalidError
from ledger.instants import instant_of
from ledger.when import parse_datetime
from projections.axes import Axes, Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from ledger.history import History, KnownAt
    from ledger.instants import Clock
    from ledger.stores.contract import Store

__all__ = [
    "ACCEPT_DATETIME",
    "KNOWN_AT",
    "PUBLIC_AT",
    "Point",
    "Points",
    "http_date",
    "read_instant",
]

ACCEPT_DATETIME = "Accept-Datetime"
KNOWN_AT = "known_at"
PUBLIC_AT = "public_at"

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE = re.compile(
    rf"(?P<weekday>{'|'.join(_WEEKDAYS)}), (?P<day>\d\d) (?P<month>{'|'.join(_MONTHS)}) (?P<year>\d{{4}}) "
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d) GMT",
    re.ASCII,
)
_HTTP_DATE_RULE = "must be a date of HTTP in GMT, such as Sat, 08 May 2021 12:00:00 GMT"
_REST_OF_SECOND = dt.timedelta(microseconds=999_999)
_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}", re.ASCII)
_YEAR = re.compile(r"\d{4}-", re.ASCII)
_KNOWN_RULE = "must be a position, or a date-time such as 2021-05-08T07:00:00-05:00"
_POSITION_DIGITS = 15


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A point of both axes, as a read asks for it.

    `asked`: whether the position was said, rather than taken from the head. `final`: nothing can be recorded any more that would belong
    before it. `recorded_us`: when the last event up to it was recorded; None before the first. `occurred`: which facts are told.
    """

    known: int
    public: dt.datetime | None = None
    asked: bool = False
    final: bool = True
    recorded_us: int | None = None
    occurred: Window | None = None

    @property
    def axes(self) -> Axes:
        """What a fold is asked with."""
        return Axes(known=self.known, public=self.public, occurred=self.occurred)

    @property
    def headers(self) -> dict[str, str]:
        """What an answer at this point says of it."""
        found = {
            "Ledger-Position": str(self.known),
            "Vary": ACCEPT_DATETIME,
            "Cache-Control": self._cache_control(),
        }
        if self.recorded_us is not None:
            found["Memento-Datetime"] = http_date(instant_of(self.recorded_us))
        return found

    def _cache_control(self) -> str:
        if not self.final:
            return "no-store"
        return "private, max-age=60, must-revalidate" if self.asked else "private, no-cache"


def http_date(instant: dt.datetime) -> str:
    """An instant as HTTP writes it, without what is left of its second (RFC 9110 §5.6.7)."""
    utc = instant.astimezone(dt.UTC)
    return (
        f"{_WEEKDAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year:04} "
        f"{utc.hour:02}:{utc.minute:02}:{utc.second:02} GMT"
    )


def read_instant(name: str, text: str) -> dt.datetime:
    """The instant that a parameter says. Raises ProblemError (400) naming the parameter."""
    if _DATE.fullmatch(text):
        raise refused_parameter(
            name, "is a date alone, which names no instant; write the time too, and Z or an offset"
        )
    try:
        return parse_datetime(text, field="")
    except InvalidError as error:
        rule = f"has a blank where a + stood: {PLUS_RULE}" if " " in text.strip() else error.rule
        raise refused_parameter(name, rule) from None


def _read_http_date(text: str) -> dt.datetime:
    found = _HTTP_DATE.fullmatch(text)
    if found is None:
        raise _refused_header(_HTTP_DATE_RULE)
    try:
        instant = dt.datetime(
            int(found["year"]),
            _MONTHS.index(found["month"]) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            int(found["second"]),
            tzinfo=dt.UTC,
        )
    except ValueError:
        raise _refused_header("names a day or a time that does not exist") from None
    if _WEEKDAYS[instant.weekday()] != found["weekday"]:
        raise _refused_header("names a day of the week on which that date does not fall")
    return instant


def _refused_header(rule: str) -> ProblemError:
    return ProblemError.of(
        400,
        "invalid-header",
        sentence_of(ACCEPT_DATETIME, rule),
        RefusedField(header=ACCEPT_DATETIME, rule=rule),
    )


class Points:
    """Finds points in one ledger."""

    def __init__(self, store: Store, history: History, clock: Clock) -> None:
        self._store = store
        self._history = history
        self._clock = clock

    def of(self, request: Request) -> Point:
        """The point that a request asks about. Raises ProblemError (400) for a parameter or header that breaks its rule."""
        known_at = parameter(request, KNOWN_AT)
        public_at = parameter(request, PUBLIC_AT)
        public = None if public_at is None else read_instant(PUBLIC_AT, public_at)
        dates = request.headers.getlist(ACCEPT_DATETIME)
        if not dates:
            return self.head(public) if known_at is None else self.known(KNOWN_AT, known_at, public)
        if known_at is not None:
            raise _refused_header(f"asks the same question as {KNOWN_AT}; say one of them")
        if len(dates) > 1:
            raise _refused_header("must stand once")
        end = _read_http_date(dates[0].strip(" \t")) + _REST_OF_SECOND
        return self._at_time(end, public, _refused_header)

    def now(self) -> dt.datetime:
        """The present instant, as the server's clock has it."""
        return self._clock.now()

    def head(self, public: dt.datetime | None = None) -> Point:
        """The present end of the log."""
        head = self._store.head()
        recorded_us = head.recorded_us if head.position else None
        return Point(known=head.position, public=public, recorded_us=recorded_us)

    def known(self, name: str, text: str, public: dt.datetime | None = None) -> Point:
        """The point that a parameter says, a position or a date-time. Raises ProblemError (400) naming the parameter."""
        if not (text.isascii() and text.isdecimal()):
            if _YEAR.match(text) is None:
                raise refused_parameter(name, _KNOWN_RULE)
            return self._at_time(read_instant(name, text), public, lambda rule: refused_parameter(name, rule))
        head = self._store.head().position
        if len(text) > _POSITION_DIGITS or int(text) > head:
            raise refused_parameter(name, f"must be at most {head}, the position that the ledger has reached")
        return self.at_position(int(text), public)

    def at_position(self, position: int, public: dt.datetime | None = None) -> Point:
        """A position that the ledger has reached."""
        return self._point(self._history.at_position(position), public)

    def _at_time(
        self, instant: dt.datetime, public: dt.datetime | None, refused: Callable[[str], ProblemError]
    ) -> Point:
        try:
            return self._point(self._history.at_time(instant, self._clock.now()), public)
        except InvalidError as error:
            raise refused(error.rule) from None

    def _point(self, known: KnownAt, public: dt.datetime | None) -> Point:
        position = known.position
        last = next(iter(self._store.rows(position, position)), None) if position else None
        return Point(
            known=position,
            public=public,
            asked=True,
            final=known.final,
            recorded_us=None if last is None else last.recorded_us,
        )
