"""The stored forms of time: what one may say, what a window holds of it, and how two compare."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import msgspec
import pytest

from ledger.errors import InvalidError
from ledger.when import (
    MAX_RELATIONS,
    Interval,
    Relation,
    TimeOutcome,
    When,
    compare_when,
    parse_datetime,
)

if TYPE_CHECKING:
    from ledger.values import Json

DAY: dict[str, Json] = {"earliest": "2021-05-08T00:00:00-05:00", "latest": "2021-05-09T00:00:00-05:00"}
NOON = "2021-05-08T12:00:00-05:00"
AFTER: list[Json] = [{"rel": "after", "fact": "flight"}]

STORED: dict[str, dict[str, Json]] = {
    "bounds": DAY,
    "an instant": {"earliest": NOON, "latest": NOON},
    "an instant in two offsets": {"earliest": NOON, "latest": "2021-05-08T17:00:00Z"},
    "an open end": {"earliest": NOON, "latest": "open"},
    "an unknown beginning": {"earliest": "unknown", "latest": NOON},
    "relations alone": {"relations": AFTER},
    "both orders of two facts": {"relations": [*AFTER, {"rel": "before", "fact": "flight"}]},
    "bounds and relations": {**DAY, "relations": AFTER},
    "words and why no time": {"as_stated": "recently", "absent": "not-stated"},
    "words that were redacted": {"absent": "undisclosed"},
    "a zone that is no more": {**DAY, "zone": "Mars/Olympus_Mons"},
    "edtf": {**DAY, "edtf": "2021-05-08", "zone": "America/Chicago"},
    "rough edtf": {**DAY, "edtf": "2021-05-08~", "approximate": True},
    "bounds that the zone does not have today": {**DAY, "edtf": "2021-05-08", "zone": "Asia/Tokyo"},
}


@pytest.mark.parametrize("stored", STORED.values(), ids=STORED)
def test_a_stored_time_is_read_and_written_back(stored: dict[str, Json]) -> None:
    assert stored == msgspec.json.decode(msgspec.json.encode(msgspec.convert(stored, When)))


REFUSED: dict[str, tuple[dict[str, Json], str, str]] = {
    "nothing": ({}, "", "give a date, bounds or relations"),
    "words alone": ({"as_stated": "recently"}, "", "say why the time is absent"),
    "no latest": ({"earliest": NOON}, "/latest", "both bounds"),
    "no earliest": ({"latest": NOON}, "/earliest", "both bounds"),
    "no end with a date": ({"earliest": "open", "latest": "unknown"}, "/earliest", "one bound at least"),
    "backward bounds": (
        {"earliest": DAY["latest"], "latest": DAY["earliest"]},
        "/latest",
        "before the earliest",
    ),
    "bounds backward by their offsets": (
        {"earliest": "2021-05-08T10:00:00-05:00", "latest": "2021-05-08T11:00:00Z"},
        "/latest",
        "before the earliest",
    ),
    "a local bound": ({**DAY, "earliest": "2021-05-08T00:00:00"}, "/earliest", "offset is missing"),
    "a date for a bound": ({**DAY, "latest": "2021-05-09"}, "/latest", "a date alone"),
    "a word for a bound": ({**DAY, "latest": "Open"}, "/latest", "is written"),
    "absence beside bounds": ({**DAY, "absent": "not-stated"}, "/absent", "has no bounds"),
    "absence beside relations": ({"relations": AFTER, "absent": "not-stated"}, "/absent", "has no bounds"),
    "absence of about": ({"approximate": True, "absent": "not-stated"}, "/absent", "has no bounds"),
    "absence somewhere": ({"zone": "UTC", "absent": "not-stated"}, "/absent", "has no bounds"),
    "edtf without bounds": ({"edtf": "2021", "relations": AFTER}, "/earliest", "beside the bounds"),
    "a zone without bounds": ({"zone": "UTC", "relations": AFTER}, "/earliest", "beside the bounds"),
    "edtf that is none": ({**DAY, "edtf": "2021-02-29"}, "/edtf", "no such date"),
    "edtf with a time": ({**DAY, "edtf": NOON}, "/edtf", "time of day"),
    "rough edtf not marked so": ({**DAY, "edtf": "2021~"}, "/approximate", "is approximate"),
    "a zone name that is a path": ({**DAY, "zone": "../UTC"}, "/zone", "IANA"),
    "empty words": ({**DAY, "as_stated": ""}, "/as_stated", "empty"),
    "words without measure": ({**DAY, "as_stated": "x" * 4_097}, "/as_stated", "4097 characters"),
    "a relation twice": ({"relations": AFTER * 2}, "/relations/1", "stands twice"),
    "too many relations": (
        {"relations": [{"rel": "after", "fact": f"f{count}"} for count in range(MAX_RELATIONS + 1)]},
        "/relations",
        f"at most {MAX_RELATIONS}",
    ),
    "a relation to no id": ({"relations": [{"rel": "after", "fact": "No Id"}]}, "/fact", "an id has"),
    "empty words in a relation": ({"relations": [{**AFTER[0], "as_stated": " "}]}, "/as_stated", "empty"),
}


@pytest.mark.parametrize(("stored", "field", "why"), REFUSED.values(), ids=REFUSED)
def test_a_time_that_says_nothing_or_too_much_is_refused(
    stored: dict[str, Json], field: str, why: str
) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(stored, When)

    cause = refused.value.__cause__
    assert isinstance(cause, InvalidError)
    assert field == cause.field
    assert why in cause.rule


@pytest.mark.parametrize(
    "stored", [{**DAY, "seen": "x"}, {"relations": [{"rel": "near", "fact": "a"}]}, {"absent": "lost"}]
)
def test_unknown_members_and_words_are_refused(stored: dict[str, Json]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(stored, When)


def test_as_many_relations_as_allowed_are_kept() -> None:
    relations = tuple(Relation(rel="after", fact=f"f{count}") for count in range(MAX_RELATIONS))

    assert relations == When(relations=relations).relations


def hour(clock: int) -> str:
    return f"2021-05-08T{clock:02}:00:00Z"


def between(earliest: int | str, latest: int | str) -> When:
    ends = [end if isinstance(end, str) else hour(end) for end in (earliest, latest)]
    return When(earliest=ends[0], latest=ends[1])


def window(start: int | None, end: int | None) -> Interval:
    ends = [None if clock is None else parse_datetime(hour(clock), field="") for clock in (start, end)]
    return Interval(earliest=ends[0], latest=ends[1])


HELD: dict[str, tuple[When, Interval, Literal["certain", "possible", "no"]]] = {
    "inside": (between(10, 11), window(9, 12), "certain"),
    "the very window": (between(9, 12), window(9, 12), "certain"),
    "over its beginning": (between(8, 10), window(9, 12), "possible"),
    "over its end": (between(11, 13), window(9, 12), "possible"),
    "all around it": (between(8, 13), window(9, 12), "possible"),
    "up to its beginning": (between(8, 9), window(9, 12), "no"),
    "from its end on": (between(12, 13), window(9, 12), "no"),
    "an instant inside": (between(10, 10), window(9, 12), "certain"),
    "an instant at its beginning": (between(9, 9), window(9, 12), "certain"),
    "an instant at its end": (between(12, 12), window(9, 12), "no"),
    "open, begun inside": (between(10, "open"), window(9, 12), "possible"),
    "open, begun before": (between(8, "open"), window(9, 12), "possible"),
    "open, begun at its end": (between(12, "open"), window(9, 12), "no"),
    "unknown, ended inside": (between("unknown", 10), window(9, 12), "possible"),
    "unknown, ended at its beginning": (between("unknown", 9), window(9, 12), "no"),
    "open in an endless window": (between(10, "open"), window(9, None), "possible"),
    "unknown in an endless window": (between("unknown", 10), window(None, 12), "possible"),
    "bounded in an endless window": (between(10, 11), window(9, None), "certain"),
    "bounded in the whole of time": (between(10, 11), window(None, None), "certain"),
    "an empty window": (between(10, 12), window(11, 11), "no"),
    "an instant in an empty window": (between(11, 11), window(11, 11), "no"),
    "undated": (When(relations=(Relation(rel="after", fact="flight"),)), window(9, 12), "possible"),
    "undated in the whole of time": (When(absent="not-stated"), window(None, None), "possible"),
}


@pytest.mark.parametrize(("when", "held_in", "answer"), HELD.values(), ids=HELD)
def test_a_window_holds_a_time_certainly_possibly_or_not(when: When, held_in: Interval, answer: str) -> None:
    assert (answer == "certain", answer != "no") == (when.certain(held_in), when.possible(held_in))


def test_a_window_knows_its_own_ends() -> None:
    noon = dt.datetime(2021, 5, 8, 12, tzinfo=dt.UTC)

    with pytest.raises(InvalidError, match="end lies before"):
        Interval(earliest=noon, latest=noon - dt.timedelta(hours=1))
    with pytest.raises(InvalidError, match="only an instant"):
        Interval(earliest=noon, latest=noon + dt.timedelta(hours=1), closed=True)
    with pytest.raises(InvalidError, match="only an instant"):
        Interval(closed=True)


COMPARED: dict[str, tuple[When, When, TimeOutcome]] = {
    "the same": (between(9, 12), between(9, 12), "equal"),
    "another offset": (between(17, 17), When(earliest=NOON, latest=NOON), "equal"),
    "with and without edtf": (When(**DAY), When(**DAY, edtf="2021-05-08"), "equal"),
    "with and without relations": (
        When(**DAY),
        When(**DAY, relations=(Relation(rel="after", fact="a"),)),
        "equal",
    ),
    "an hour of three": (between(9, 12), between(10, 11), "contains"),
    "the first hour of three": (between(9, 12), between(9, 10), "contains"),
    "an instant inside": (between(9, 12), between(9, 9), "contains"),
    "an instant at the end": (between(9, 12), between(12, 12), "disjoint"),
    "two instants": (between(9, 9), between(10, 10), "disjoint"),
    "one after the other": (between(9, 12), between(12, 13), "disjoint"),
    "an hour in common": (between(9, 12), between(11, 13), "overlaps"),
    "bounded and open": (between(9, 12), between(9, "open"), "contains"),
    "both open": (between(9, "open"), between(9, "open"), "equal"),
    "open and unknown": (between(9, "open"), between(9, "unknown"), "contains"),
    "open, from later on": (between(9, "open"), between(10, "unknown"), "contains"),
    "open at unlike ends": (between(9, "open"), between("open", 10), "overlaps"),
    "open away from each other": (between(10, "open"), between("open", 9), "disjoint"),
    "undated": (between(9, 12), When(absent="not-stated"), "incomparable"),
    "both undated": (When(absent="none"), When(absent="none"), "incomparable"),
}


@pytest.mark.parametrize(("a", "b", "outcome"), COMPARED.values(), ids=COMPARED)
def test_two_times_compare_by_their_bounds(a: When, b: When, outcome: TimeOutcome) -> None:
    assert (outcome, outcome) == (compare_when(a, b), compare_when(b, a))
