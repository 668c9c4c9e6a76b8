"""Time as callers write it, turned to bounds once and for all; and bounds turned back to EDTF.

Whatever a caller writes (an EDTF date, a date-time, explicit bounds, relations) becomes one stored form, with
the zone data of that day (model §3). This file also names the forms of bounds.py for everybody else. It knows
neither other facts nor the ledger's own times: relations are only kept here, and tightening bounds by them is
the views' work.

Decisions where the model leaves room: an offset that the place did not have is refused where a zone is stated
or makes the other bound, and is kept as given otherwise; `Z` claims nothing about the place (RFC 9557 §2.2)
and stands beside any zone. A published date without a zone is that date anywhere on earth, so that "certainly
public by" stays true; a happening always has its incident's zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, get_args

import msgspec

from ledger.bounds import (
    MAX_RELATIONS,
    Interval,
    Published,
    Rel,
    Relation,
    StatedWhen,
    TimeOutcome,
    When,
    compare_when,
    earliest_instant,
    latest_instant,
)
from ledger.edtf import Period, parse_edtf, write_edtf
from ledger.errors import InvalidError
from ledger.values import Absence, Json
from ledger.zones import YEARS_RULE, Anywhere, ClockText, find_zone, parse_datetime, read_clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.edtf import Bound, NoBound
    from ledger.zones import TimeZone

__all__ = [
    "MAX_RELATIONS",
    "Interval",
    "Published",
    "Relation",
    "StatedWhen",
    "TimeOutcome",
    "When",
    "compare_when",
    "earliest_instant",
    "latest_instant",
    "parse_datetime",
    "read_published",
    "read_when",
    "resolve_when",
    "to_edtf",
]

_TEXTS = ("as_stated", "edtf", "earliest", "latest", "zone")
_SAYABLE = tuple(reason for reason in get_args(Absence) if reason != "undisclosed")
_APPROXIMATE_RULE = (
    "bounds enclose the happening: write an approximate date with ~ in edtf, "
    "and an approximate time of day by the earliest and latest it can have been"
)


def read_when(value: Json, *, field: str) -> StatedWhen:
    """What a caller wrote: a text (an EDTF date or date-time) or an object of StatedWhen's members.

    `field` is the JSON pointer of `value`; every complaint names the member under it. Raises InvalidError.
    """
    if isinstance(value, str):
        parse_edtf(value, field=field)  # here, since later there would be no member `edtf` to point at
        return StatedWhen(edtf=value)
    members = _members(value, (*_TEXTS, "approximate", "relations", "absent"), field=field)
    approximate = members.get("approximate", False)
    if not isinstance(approximate, bool):
        raise InvalidError("must be true or false", field=f"{field}/approximate")
    relations = members.get("relations", ())
    if not isinstance(relations, list | tuple) or len(relations) > MAX_RELATIONS:
        raise InvalidError(f"must be a list of at most {MAX_RELATIONS} relations", field=f"{field}/relations")
    return msgspec.structs.replace(
        _stated_texts(members, field=field),
        approximate=approximate,
        relations=tuple(_relation(one, field=f"{field}/relations/{at}") for at, one in enumerate(relations)),
        absent=_word(members, "absent", _SAYABLE, field=field) if "absent" in members else None,
    )


def resolve_when(stated: StatedWhen, *, zone: str, field: str) -> When:
    """The stored form of what was written; `zone` is the incident's and holds where `stated` names no other.

    Resolving a result once more changes nothing. Raises InvalidError naming the member under `field`.
    """
    try:
        return _resolved(stated, _ends_of(stated, otherwise=zone))
    except InvalidError as error:
        raise error.under(field) from error


def _resolved(stated: StatedWhen, ends: _Ends) -> When:
    days = ends.period
    widened = days is not None and days.approximate
    if stated.approximate and (ends.instant or (days is not None and not widened)):
        raise InvalidError(_APPROXIMATE_RULE, field="/approximate")
    return When(
        as_stated=stated.as_stated,
        earliest=_stored(ends.earliest),
        latest=_stored(ends.latest),
        zone=ends.zone,
        edtf=None if days is None else stated.edtf,
        approximate=stated.approximate or widened,
        relations=stated.relations,
        absent=stated.absent,
    )


def read_published(value: Json, *, field: str) -> Published:
    """When a source was made public: an EDTF text, or an object of the texts that StatedWhen has.

    A date without a zone is bounded by all the zones of the world; a clock time needs an offset or a zone,
    and a bound that is not known may be left out. Raises InvalidError naming the member under `field`.
    """
    if isinstance(value, str):
        try:
            return _published(StatedWhen(edtf=value))
        except InvalidError as error:
            raise InvalidError(error.rule, field=field) from error
    stated = _stated_texts(_members(value, _TEXTS, field=field), field=field)
    try:
        return _published(stated)
    except InvalidError as error:
        raise error.under(field) from error


def _published(stated: StatedWhen) -> Published:
    ends = _ends_of(stated, otherwise=None)
    if ends.earliest is None and ends.latest is None and stated.as_stated is None:
        raise InvalidError("say when it was published, or leave the whole member out")
    return Published(as_stated=stated.as_stated, earliest=_stored(ends.earliest), latest=_stored(ends.latest))


def to_edtf(when: When) -> str | None:
    """The EDTF text of a time: the one it was written with, else the one that says exactly these bounds.

    None where EDTF has no words for them: part of a day, an instant with decimals, days without a zone to
    tell them by, approximate bounds. Never raises: a zone that today's data does not know gives None.
    """
    if when.edtf is not None or when.earliest is None or when.latest is None or when.approximate:
        return when.edtf
    if when.bounds().closed:
        return None if "." in when.earliest else when.earliest
    if when.zone is None:
        return None
    try:
        zone = find_zone(when.zone, field="/zone")
    except InvalidError:
        return None
    return write_edtf(_stored_bound(when.earliest), _stored_bound(when.latest), zone)


def _stored_bound(text: str) -> Bound:
    return _endless(text) or parse_datetime(text, field="")


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """One bound as it was read: the instant, or the word for its lack; and the text that is stored for it."""

    at: Bound
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """Both bounds as they were read, the zone stated or used, and the days, if an EDTF text named days."""

    earliest: _End | None
    latest: _End | None
    zone: str | None
    period: Period | None

    @property
    def instant(self) -> bool:
        return self.earliest is not None and self.latest is not None and self.earliest.at == self.latest.at


def _ends_of(stated: StatedWhen, *, otherwise: str | None) -> _Ends:
    return _read_ends(stated.edtf, stated.earliest, stated.latest, stated.zone, otherwise)


@lru_cache(maxsize=4096)
def _read_ends(
    edtf: str | None, earliest: str | None, latest: str | None, zone: str | None, otherwise: str | None
) -> _Ends:
    """The bounds in the zone that is stated, or if one is needed, in `otherwise`; without either, anywhere.

    EDTF and bounds that are both given must agree, and the bounds keep their text. Remembered: the facts of an incident
    have few days among them, and asking a zone for the ends of a day is dear. Raises InvalidError.
    """
    reading = None if edtf is None else parse_edtf(edtf, field="/edtf")
    first, last = _bound(earliest, field="/earliest"), _bound(latest, field="/latest")
    if zone is not None and reading is None and first is None and last is None:
        raise InvalidError("a zone says nothing without a date or bounds beside it", field="/zone")
    name = zone
    if name is None and any(_needs_zone(part) for part in (reading, first, last)):
        name = otherwise
    place = None if name is None else find_zone(name, field="/zone")
    meant = _meant(reading, place)
    given = _pin(first, place, field="/earliest"), _pin(last, place, field="/latest")
    for written, end in zip(given, meant, strict=True):
        if written is not None and end is not None and written.at != end.at:
            rule = f"edtf puts this end at {end.text}, the bound beside it elsewhere; leave one of them out"
            raise InvalidError(rule, field="/edtf")
    return _Ends(
        earliest=given[0] or meant[0],
        latest=given[1] or meant[1],
        zone=name,
        period=reading if isinstance(reading, Period) else None,
    )


def _bound(text: str | None, *, field: str) -> ClockText | NoBound | None:
    return None if text is None else _endless(text) or read_clock(text, field=field)


def _endless(text: str) -> NoBound | None:
    return "open" if text == "open" else "unknown" if text == "unknown" else None


def _needs_zone(part: Period | ClockText | NoBound | None) -> bool:
    return isinstance(part, Period) or (isinstance(part, ClockText) and part.offset is None)


def _pin(part: ClockText | NoBound | None, place: TimeZone | None, *, field: str) -> _End | None:
    """The bound that a clock time or a word gives, with its text as it was written if that has an offset."""
    if part is None or isinstance(part, str):
        return part and _End(at=part, text=part)
    if place is None and part.offset is None:
        raise InvalidError("a clock time needs its offset, or a zone beside it", field=field)
    try:
        instant = part.instant if place is None else place.pin(part, field=field)
    except OverflowError as error:
        raise InvalidError(YEARS_RULE, field=field) from error
    return _End(at=instant, text=instant.isoformat() if part.offset is None else part.text)


def _meant(reading: Period | ClockText | None, place: TimeZone | None) -> tuple[_End | None, _End | None]:
    """The bounds that an EDTF text means: its days there, or twice its instant. Raises InvalidError."""
    if not isinstance(reading, Period):
        instant = _pin(reading, place, field="/edtf")
        return instant, instant
    try:
        start, end = reading.bounds(place or Anywhere(), field="/edtf")
    except OverflowError as error:
        raise InvalidError(YEARS_RULE, field="/edtf") from error
    return _End(at=start, text=_bound_text(start)), _End(at=end, text=_bound_text(end))


def _bound_text(bound: Bound) -> str:
    return bound if isinstance(bound, str) else bound.isoformat()


def _stored(end: _End | None) -> str | None:
    return None if end is None else end.text


def _members(value: Json, known: tuple[str, ...], *, field: str) -> Mapping[str, Json]:
    """`value`, if it is an object of no members but the known. Raises InvalidError naming the member."""
    if not isinstance(value, dict):
        raise InvalidError("must be an object of named members", field=field)
    for name in value:
        if name not in known:
            pointer = str(name).replace("~", "~0").replace("/", "~1")
            raise InvalidError(f"is not known here; known are {', '.join(known)}", field=f"{field}/{pointer}")
    return value


def _stated_texts(members: Mapping[str, Json], *, field: str) -> StatedWhen:
    """The members of StatedWhen that are texts. Raises InvalidError naming the one that is not."""
    return StatedWhen(**{name: _text(members, name, field=field) for name in _TEXTS if name in members})


def _text(members: Mapping[str, Json], name: str, *, field: str) -> Json:
    value = members.get(name)
    if not isinstance(value, str):
        raise InvalidError("must be a text", field=f"{field}/{name}")
    return value


def _word(members: Mapping[str, Json], name: str, known: tuple[str, ...], *, field: str) -> Json:
    value = members.get(name)
    if value not in known:
        raise InvalidError(f"must be one of {', '.join(known)}", field=f"{field}/{name}")
    return value


def _relation(value: Json, *, field: str) -> Relation:
    members = _members(value, ("rel", "fact", "as_stated"), field=field)
    words = _text(members, "as_stated", field=field) if "as_stated" in members else None
    rel, fact = _word(members, "rel", get_args(Rel), field=field), _text(members, "fact", field=field)
    try:
        return Relation(rel=rel, fact=fact, as_stated=words)
    except InvalidError as error:
        raise error.under(field) from error
