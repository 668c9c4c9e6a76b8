"""Dates in CSL-JSON: date parts, ranges, seasons, circa and free words there; bounds and the words in the ledger.

What CSL says exactly becomes EDTF and so bounds; what it says in words is kept as words, and no bounds are guessed from them. A season
is bounded by its year, as in edtf.py.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from ledger.edtf import parse_period
from ledger.errors import InvalidError
from ledger.strict_json import pointer
from ledger.when import parse_datetime, read_published
from projections.citing.csl_types import is_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.values import Json
    from ledger.when import Published

__all__ = ["read_issued", "written_issued"]

_MAX_PARTS = 3
_ENDS = 2
_YEARS = range(1, 10_000)
_YEAR = re.compile(r"\d{4}~?", re.ASCII)
_DIGITS = re.compile(r"\d{1,4}", re.ASCII)
_SEASONS: Final = {13: 21, 14: 22, 15: 23, 16: 24, 21: 21, 22: 22, 23: 23, 24: 24}
"""Months that are none: the seasons of a range, as citeproc-js (13 to 16) and EDTF (21 to 24) count them."""
_SEASON: Final = {"1": 21, "2": 22, "3": 23, "4": 24}
_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]", re.ASCII)
_FIRST_ZONE, _LAST_ZONE = dt.timezone(dt.timedelta(hours=14)), dt.timezone(dt.timedelta(hours=-12))
_DAY = dt.timedelta(days=1)
_MONTHS = 12
_PARTS_RULE = "a date has its year, then month and day if they are known, as integers or their digits"


def read_issued(value: Json, *, field: str) -> dict[str, Json] | None:
    """What `published` of a source says for a CSL date, in the form that `read_published` reads; None where it says nothing.

    Raises InvalidError naming the member under `field`.
    """
    if isinstance(value, str):
        return _in_words(value)
    if not isinstance(value, dict):
        raise InvalidError("must be an object with date-parts, literal or raw, or an EDTF text", field=field)
    words = _words(value, field)
    if "date-parts" not in value:
        if words is None:
            return None
        return {**(_in_words(words) or {}), "as_stated": words}
    edtf = _edtf(value, field=field + "/date-parts")
    stated = value.get("season")
    if words is None and isinstance(stated, str) and stated.strip() and _YEAR.fullmatch(edtf):
        words = f"{stated.strip()} {edtf[:4]}"
    published: dict[str, Json] = {"edtf": edtf} if words is None else {"edtf": edtf, "as_stated": words}
    try:
        read_published({"edtf": edtf}, field="")
    except InvalidError as error:
        raise InvalidError(error.rule, field=field + "/date-parts") from error
    return published


def _words(value: Mapping[str, Json], field: str) -> str | None:
    for name in ("literal", "raw", "edtf"):
        text = value.get(name, "")
        if not isinstance(text, str):
            raise InvalidError("must be a string", field=field + pointer(name))
        if text.strip():
            return text
    return None


def _in_words(text: str) -> dict[str, Json] | None:
    """A date in words: an EDTF text has bounds, an instant is one, and anything else is kept as the words that it is."""
    if not text.strip():
        return None
    day = _ISO_DAY.match(text)
    for edtf in (text, *((day[1],) if day else ())):
        try:
            read_published({"edtf": edtf}, field="")
        except InvalidError:
            continue
        return {"edtf": edtf} if edtf == text else {"edtf": edtf, "as_stated": text}
    return {"as_stated": text}


def _edtf(value: Mapping[str, Json], *, field: str) -> str:
    ends = value["date-parts"]
    if not isinstance(ends, list) or not 1 <= len(ends) <= _ENDS:
        raise InvalidError("must be a list of one date, or of two: a beginning and an end", field=field)
    circa = "~" if is_set(value.get("circa")) else ""
    season = _SEASON.get(str(value.get("season", "")).strip())
    dates = [_date(one, season, field=f"{field}/{index}") for index, one in enumerate(ends)]
    if dates[0] == "..":
        raise InvalidError(_PARTS_RULE, field=f"{field}/0")
    return "/".join(one if one == ".." else one + circa for one in dates)


def _date(parts: Json, season: int | None, *, field: str) -> str:
    """One date as EDTF, `..` for the end of a range that goes on, which citeproc-js writes as zeros."""
    if not isinstance(parts, list) or not 1 <= len(parts) <= _MAX_PARTS:
        raise InvalidError(_PARTS_RULE, field=field)
    numbers = [_number(part, field=f"{field}/{index}") for index, part in enumerate(parts)]
    if not any(numbers):
        return ".."
    year, month, day = (*numbers, 0, 0)[:_MAX_PARTS]
    if year not in _YEARS:
        raise InvalidError("the year must lie within 1 and 9999", field=f"{field}/0")
    if not month:
        return f"{year:04}" if season is None else f"{year:04}-{season}"
    if month in _SEASONS:
        if day:
            raise InvalidError("a season has no day; give year and season alone", field=f"{field}/2")
        return f"{year:04}-{_SEASONS[month]}"
    text = f"{year:04}-{month:02}" + (f"-{day:02}" if day else "")
    parse_period(text, field=field)
    return text


def _number(part: Json, *, field: str) -> int:
    """An integer or its digits; "" is a part that is not known."""
    if isinstance(part, str) and not part.strip():
        return 0
    if isinstance(part, str) and _DIGITS.fullmatch(part.strip()):
        return int(part)
    if type(part) is not int:
        raise InvalidError(_PARTS_RULE, field=field)
    return part


def written_issued(published: Published) -> dict[str, Json] | None:
    """The CSL date that says what `published` says, as far as CSL can: its days and its words. None where it says neither.

    Bounds that are no whole days are given by the days on which they fall, as their own offsets show them.
    """
    issued: dict[str, Json] = {}
    earliest, latest = _instant(published.earliest), _instant(published.latest)
    days = _anywhere(earliest, latest)
    if earliest is not None:
        first, last = days or (earliest.date(), _last_day(earliest, latest))
        issued["date-parts"] = _date_parts(first, last)
    elif latest is not None:
        issued["literal"] = f"by {_last_day(None, latest)}"
    if isinstance(published.as_stated, str):
        issued["literal"] = published.as_stated
    return issued or None


def _instant(bound: str | None) -> dt.datetime | None:
    return None if bound is None or bound in ("open", "unknown") else parse_datetime(bound, field="")


def _anywhere(earliest: dt.datetime | None, latest: dt.datetime | None) -> tuple[dt.date, dt.date] | None:
    """The days of bounds that a date without a zone has: from the first zone of the world to the last."""
    if earliest is None or latest is None:
        return None
    try:
        first = earliest.astimezone(_FIRST_ZONE)
        last = latest.astimezone(_LAST_ZONE) - _DAY
    except OverflowError:
        return None
    midnight = dt.time(0)
    whole = first.time() == midnight and last.time() == midnight and first.date() <= last.date()
    return (first.date(), last.date()) if whole else None


def _last_day(earliest: dt.datetime | None, latest: dt.datetime | None) -> dt.date | None:
    """The day of the last moment before `latest`; an instant is its own last moment."""
    if latest is None:
        return None
    day = latest.date()
    within = latest == earliest or latest.time() != dt.time(0) or day == dt.date.min
    return day if within else day - _DAY


def _date_parts(first: dt.date, last: dt.date | None) -> list[list[int]]:
    """One date or two, at the coarsest precision that has exactly these days."""
    if last is None:
        return [[first.year, first.month, first.day]]
    size = _MAX_PARTS
    if first.day == 1 and (last == dt.date.max or (last + _DAY).day == 1):
        size = 1 if first.month == 1 and last.month == _MONTHS else 2
    ends = [[day.year, day.month, day.day][:size] for day in (first, last)]
    return ends[:1] if ends[0] == ends[1] else ends
