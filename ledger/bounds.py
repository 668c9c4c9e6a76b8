"""The forms that time is kept in: bounds that enclose a happening, relations, and when a source came out.

Bounds are the model (model §3): `[earliest, latest)` encloses the whole happening, with the offset of the
place, and an instant is the one closed case. What is stored is read for ever, so that only what can never
change is checked here: this file asks no zone data. How the forms are read from what people write is when.py,
which also names them all for everybody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from ledger.edtf import parse_period
from ledger.errors import InvalidError
from ledger.ids import check_id
from ledger.values import Absence, Absent, CheckedValue, Value, check_text
from ledger.zones import check_zone_name, parse_datetime

if TYPE_CHECKING:
    import datetime as dt

__all__ = [
    "MAX_RELATIONS",
    "Interval",
    "Published",
    "Rel",
    "Relation",
    "StatedWhen",
    "TimeOutcome",
    "When",
    "compare_when",
    "earliest_instant",
    "latest_instant",
]

MAX_RELATIONS = 64
_NO_BOUND = ("open", "unknown")
_MAX_AS_STATED = 4_096

Rel: TypeAlias = Literal["before", "after", "during", "same-time"]

TimeOutcome: TypeAlias = Literal["equal", "contains", "overlaps", "disjoint", "incomparable"]
"""How two times compare by their bounds. `contains`: one lies within the other, whichever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A stretch of time `[earliest, latest)` between aware instants; None is an end that goes on for ever.

    `closed` is the one exception: an instant, `earliest == latest`, which holds itself. Without it two equal
    ends hold nothing. Raises InvalidError if the ends are in the wrong order or `closed` is said of a
    stretch.
    """

    earliest: dt.datetime | None = None
    latest: dt.datetime | None = None
    closed: bool = False

    def __post_init__(self) -> None:
        """Refuse ends in the wrong order."""
        if self.closed and (self.earliest is None or self.earliest != self.latest):
            raise InvalidError("only an instant is closed")
        if self.earliest is not None and self.latest is not None and self.latest < self.earliest:
            raise InvalidError("the end lies before the beginning")

    @property
    def empty(self) -> bool:
        """Whether no moment lies in it."""
        return not self.closed and self.earliest is not None and self.earliest == self.latest

    def overlaps(self, other: Interval) -> bool:
        """Whether some moment lies in both."""
        if self.empty or other.empty:
            return False
        return not self._ends_before(other) and not other._ends_before(self)

    def within(self, other: Interval) -> bool:
        """Whether every moment of this lies in `other`, ends that go on for ever included."""
        if self.empty or other.empty:
            return self.empty
        starts = other.earliest is None or (self.earliest is not None and self.earliest >= other.earliest)
        if other.latest is None or self.latest is None:
            return starts and other.latest is None
        held = self.latest < other.latest or (self.latest == other.latest and self.closed <= other.closed)
        return starts and held

    def possible(self, window: Interval) -> bool:
        """Whether it may have happened in the window; an end that goes on for ever may lie anywhere."""
        return self.overlaps(window)

    def certain(self, window: Interval) -> bool:
        """Whether it surely happened in the window; an end that goes on for ever is inside no window."""
        return (
            self.earliest is not None and self.latest is not None and not self.empty and self.within(window)
        )

    def _ends_before(self, other: Interval) -> bool:
        if self.latest is None or other.earliest is None:
            return False
        return self.latest < other.earliest or (self.latest == other.earliest and not self.closed)


class Relation(CheckedValue, frozen=True, kw_only=True):
    """What is said of the order of two facts of one incident: this one happened `rel` that `fact`."""

    rel: Rel
    fact: str
    as_stated: str | None = None

    def check(self) -> None:
        """Refuse a malformed id and hostile text."""
        check_id(self.fact, field="/fact")
        if self.as_stated is not None:
            check_text(self.as_stated, field="/as_stated", limit=_MAX_AS_STATED)


def _check_bound(text: str, *, field: str) -> dt.datetime | None:
    """The instant of a stored bound, or None for an end without one. Raises InvalidError."""
    return None if text in _NO_BOUND else parse_datetime(text, field=field)


class When(CheckedValue, frozen=True, kw_only=True):
    """When something happened, as stored: the words verbatim, bounds that enclose it, its order among others.

    `earliest` and `latest` are both given or both left out: RFC 3339 date-times with the offset of the place,
    or `open` (goes on), or `unknown`. Equal bounds are an instant. `edtf` is kept where it was how the days
    were written; `zone` where it made the bounds. Only what can never change is checked here, so that every
    stored event stays readable: that the zone still exists, or still has these offsets, is not.
    """

    as_stated: str | None = None
    earliest: str | None = None
    latest: str | None = None
    zone: str | None = None
    edtf: str | None = None
    approximate: bool = False
    relations: tuple[Relation, ...] = ()
    absent: Absence | None = None

    def check(self) -> None:
        """Refuse malformed and backward bounds, half of them, nothing at all, and absence beside a value."""
        if self.as_stated is not None:
            check_text(self.as_stated, field="/as_stated", limit=_MAX_AS_STATED)
        self._check_presence()
        if self.zone is not None:
            check_zone_name(self.zone, field="/zone")
        if self.edtf is not None and _is_approximate(self.edtf) and not self.approximate:
            raise InvalidError("a date with ~, ? or % is approximate", field="/approximate")
        if self.earliest is not None and self.latest is not None:
            _check_order(self.earliest, self.latest)
            if self.earliest in _NO_BOUND and self.latest in _NO_BOUND:
                rule = "one bound at least is a date-time; where neither is known, say why the time is absent"
                raise InvalidError(rule, field="/earliest")
        if len(self.relations) > MAX_RELATIONS:
            raise InvalidError(f"at most {MAX_RELATIONS} relations are allowed", field="/relations")
        seen = set()
        for index, relation in enumerate(self.relations):
            if (relation.rel, relation.fact) in seen:
                raise InvalidError("this relation stands twice", field=f"/relations/{index}")
            seen.add((relation.rel, relation.fact))

    def _check_presence(self) -> None:
        bounded = self.earliest is not None
        if bounded != (self.latest is not None):
            field = "/latest" if bounded else "/earliest"
            raise InvalidError("both bounds are given or none; an end may be open or unknown", field=field)
        if self.absent is not None:
            if bounded or self.relations or self.edtf or self.zone or self.approximate:
                raise InvalidError(
                    "a time that is absent has no bounds, date, zone or relations", field="/absent"
                )
        elif not bounded:
            if self.edtf or self.zone:
                raise InvalidError("a date or zone is stored beside the bounds it made", field="/earliest")
            if not self.relations:
                rule = "give a date, bounds or relations, or say why the time is absent, such as not-stated"
                raise InvalidError(rule)

    @property
    def undated(self) -> bool:
        """Whether there are no bounds: it may have happened at any time."""
        return self.earliest is None

    def bounds(self) -> Interval:
        """The bounds as instants with their offsets; without any, the whole of time."""
        earliest, latest = (
            _check_bound(text, field="") for text in (self.earliest or "unknown", self.latest or "unknown")
        )
        return Interval(earliest=earliest, latest=latest, closed=earliest is not None and earliest == latest)

    def possible(self, window: Interval) -> bool:
        """Whether it may have happened in the window (model §3): also if it is undated."""
        return self.bounds().possible(window)

    def certain(self, window: Interval) -> bool:
        """Whether all of it surely happened in the window: not with an open or unknown end, nor undated."""
        return self.bounds().certain(window)


@lru_cache(maxsize=4096)
def _is_approximate(edtf: str) -> bool:
    """Whether an EDTF text is qualified. Remembered, since a ledger names the same days again and again."""
    return parse_period(edtf, field="/edtf").approximate


def _check_order(earliest: str, latest: str) -> None:
    start, end = _check_bound(earliest, field="/earliest"), _check_bound(latest, field="/latest")
    if start is not None and end is not None and end < start:
        raise InvalidError("the latest bound lies before the earliest", field="/latest")


class StatedWhen(Value, frozen=True, kw_only=True):
    """When something happened, as a caller writes it: EDTF, bounds, relations, or why there is none.

    Bounds are date-times with an offset or, in the incident's zone or the one given here, without; or `open`,
    or `unknown`.
    """

    as_stated: str | None = None
    edtf: str | None = None
    earliest: str | None = None
    latest: str | None = None
    zone: str | None = None
    approximate: bool = False
    relations: tuple[Relation, ...] = ()
    absent: Absence | None = None


class Published(CheckedValue, frozen=True, kw_only=True):
    """When a source made something public: the earliest and latest it can have been.

    Bounds are RFC 3339 date-times with offset, or `unknown` or `open`; one left out is as good as unknown.
    The words are committed apart from the bounds and read as absent where they were redacted (ledger-format
    §3). Nothing at all is allowed here; a caller must say something (`read_published`).
    """

    earliest: str | None = None
    latest: str | None = None
    as_stated: str | Absent | None = None

    def check(self) -> None:
        """Refuse malformed and backward bounds."""
        if isinstance(self.as_stated, str):
            check_text(self.as_stated, field="/as_stated", limit=_MAX_AS_STATED)
        bounds = ("unknown" if text is None else text for text in (self.earliest, self.latest))
        _check_order(*bounds)


def earliest_instant(published: Published) -> dt.datetime | None:
    """Before when it was certainly not public; None where nobody can say."""
    return None if published.earliest is None else _check_bound(published.earliest, field="/earliest")


def latest_instant(published: Published) -> dt.datetime | None:
    """From when on it was certainly public (model §5); None where nobody can say."""
    return None if published.latest is None else _check_bound(published.latest, field="/latest")


def compare_when(a: When, b: When) -> TimeOutcome:
    """How two times compare by their bounds, whichever comes first; how they are written plays no part.

    A time without bounds is incomparable. An open end and an unknown one reach equally far and yet do not say
    the same: `contains`.
    """
    if a.undated or b.undated:
        return "incomparable"
    one, other = a.bounds(), b.bounds()
    if one == other:
        same_ends = all(
            (left == "open") == (right == "open")
            for left, right in ((a.earliest, b.earliest), (a.latest, b.latest))
        )
        return "equal" if same_ends else "contains"
    if one.within(other) or other.within(one):
        return "contains"
    return "overlaps" if one.overlaps(other) else "disjoint"
