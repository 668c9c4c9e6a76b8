"""What callers write about time, turned to bounds; and EDTF as the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from ledger.errors import InvalidError
from ledger.when import (
    MAX_RELATIONS,
    Relation,
    StatedWhen,
    When,
    parse_datetime,
    read_when,
    resolve_when,
    to_edtf,
)

if TYPE_CHECKING:
    from ledger.values import Json

CHICAGO = "America/Chicago"
DAY: dict[str, Json] = {"earliest": "2021-05-08T00:00:00-05:00", "latest": "2021-05-09T00:00:00-05:00"}
NOON = "2021-05-08T12:00:00-05:00"
AT_NOON: dict[str, Json] = {"earliest": NOON, "latest": NOON}
AFTER: list[Json] = [{"rel": "after", "fact": "flight", "as_stated": "after a while"}]


def as_json(value: When | StatedWhen) -> Json:
    return msgspec.json.decode(msgspec.json.encode(value))


def resolved(value: Json, *, zone: str = CHICAGO) -> When:
    return resolve_when(read_when(value, field="/occurred"), zone=zone, field="/occurred")


RESOLVED: dict[str, tuple[Json, dict[str, Json]]] = {
    "a day": ("2021-05-08", {**DAY, "zone": CHICAGO, "edtf": "2021-05-08"}),
    "about a day": (
        "2021-05-08~",
        {
            "earliest": "2021-05-07T00:00:00-05:00",
            "latest": "2021-05-10T00:00:00-05:00",
            "zone": CHICAGO,
            "edtf": "2021-05-08~",
            "approximate": True,
        },
    ),
    "a month across a leap": (
        "2021-03",
        {
            "earliest": "2021-03-01T00:00:00-06:00",
            "latest": "2021-04-01T00:00:00-05:00",
            "zone": CHICAGO,
            "edtf": "2021-03",
        },
    ),
    "until a day": (
        "../2021-05-08",
        {"earliest": "open", "latest": DAY["latest"], "zone": CHICAGO, "edtf": "../2021-05-08"},
    ),
    "since a day": (
        "2021-05-08/",
        {"earliest": DAY["earliest"], "latest": "unknown", "zone": CHICAGO, "edtf": "2021-05-08/"},
    ),
    "a day elsewhere": (
        {"edtf": "2021-05-08", "zone": "Europe/London"},
        {
            "earliest": "2021-05-08T00:00:00+01:00",
            "latest": "2021-05-09T00:00:00+01:00",
            "zone": "Europe/London",
            "edtf": "2021-05-08",
        },
    ),
    "an instant": (NOON, AT_NOON),
    "an instant in UTC": ("2021-05-08T17:00:00Z", dict.fromkeys(DAY, "2021-05-08T17:00:00Z")),
    "an instant with hours alone": ("2021-05-08T12:00:00-05", AT_NOON),
    "an instant with the offset of elsewhere": (
        "2021-05-08T18:00:00+01:00",
        dict.fromkeys(DAY, "2021-05-08T18:00:00+01:00"),
    ),
    "a local time": ("2021-05-08T12:00:00", {**AT_NOON, "zone": CHICAGO}),
    "an ambiguous time with its offset": (
        {"edtf": "2021-11-07T01:30:00-06:00", "zone": CHICAGO},
        {**dict.fromkeys(DAY, "2021-11-07T01:30:00-06:00"), "zone": CHICAGO},
    ),
    "bounds": (DAY, DAY),
    "bounds, their text kept": (
        {"earliest": "2021-05-08T12:00:00.50Z", "latest": "open"},
        {"earliest": "2021-05-08T12:00:00.50Z", "latest": "open"},
    ),
    "local bounds": (
        {"earliest": "2021-05-08T12:00:00", "latest": "2021-12-08T12:00:00.250"},
        {"earliest": NOON, "latest": "2021-12-08T12:00:00.250000-06:00", "zone": CHICAGO},
    ),
    "Z beside a zone": (
        {"earliest": "2021-05-08T17:00:00Z", "latest": "open", "zone": CHICAGO},
        {"earliest": "2021-05-08T17:00:00Z", "latest": "open", "zone": CHICAGO},
    ),
    "about some hours": ({**DAY, "approximate": True}, {**DAY, "approximate": True}),
    "edtf and bounds that agree": (
        {"edtf": "2021-05-08", "earliest": "2021-05-08T05:00:00Z", "latest": "2021-05-09T00:00:00"},
        {**DAY, "earliest": "2021-05-08T05:00:00Z", "zone": CHICAGO, "edtf": "2021-05-08"},
    ),
    "an instant and bounds that agree": (
        {"edtf": NOON, "earliest": "2021-05-08T17:00:00Z"},
        {**AT_NOON, "earliest": "2021-05-08T17:00:00Z"},
    ),
    "relations alone": ({"relations": AFTER}, {"relations": AFTER}),
    "words": (
        {"as_stated": "8 May 2021", "edtf": "2021-05-08"},
        {**DAY, "zone": CHICAGO, "edtf": "2021-05-08", "as_stated": "8 May 2021"},
    ),
    "no time, and why": (
        {"as_stated": "recently", "absent": "not-stated"},
        {"as_stated": "recently", "absent": "not-stated"},
    ),
}


@pytest.mark.parametrize(("stated", "stored"), RESOLVED.values(), ids=RESOLVED)
def test_what_a_caller_writes_is_stored_as_bounds(stated: Json, stored: dict[str, Json]) -> None:
    assert stored == as_json(resolved(stated))


REFUSED: dict[str, tuple[Json, str, str]] = {
    "null": (None, "", "must be an object"),
    "a number": (20210508, "", "must be an object"),
    "a text that is no date": ("8 May 2021", "", "level 0 or 1"),
    "an empty object": ({}, "", "give a date, bounds or relations"),
    "an unknown member": ({"edtf": "2021", "date": "2021"}, "/date", "is not known here"),
    "an unknown member with a slash": ({"a/b~c": 1}, "/a~1b~0c", "is not known here"),
    "a number for a text": ({"edtf": 2021}, "/edtf", "must be a text"),
    "null for a text": ({"edtf": "2021", "zone": None}, "/zone", "must be a text"),
    "a text for a flag": ({"edtf": "2021", "approximate": "yes"}, "/approximate", "true or false"),
    "a number for a flag": ({"edtf": "2021", "approximate": 1}, "/approximate", "true or false"),
    "an unknown absence": ({"absent": "lost"}, "/absent", "must be one of"),
    "an absence that only the reader says": ({"absent": "undisclosed"}, "/absent", "must be one of"),
    "absence and a date": ({"absent": "none", "edtf": "2021"}, "/absent", "has no bounds"),
    "one relation for a list": ({"relations": AFTER[0]}, "/relations", "must be a list"),
    "too many relations": ({"relations": AFTER * (MAX_RELATIONS + 1)}, "/relations", "at most 64"),
    "a relation that is a text": ({"relations": ["after"]}, "/relations/0", "must be an object"),
    "an unknown relation": (
        {"relations": [{"rel": "near", "fact": "a"}]},
        "/relations/0/rel",
        "must be one of",
    ),
    "a relation to nothing": ({"relations": [{"rel": "after"}]}, "/relations/0/fact", "must be a text"),
    "a relation to no id": (
        {"relations": [*AFTER, {"rel": "after", "fact": "A"}]},
        "/relations/1/fact",
        "an id",
    ),
    "a relation twice": ({"relations": AFTER * 2}, "/relations/1", "stands twice"),
    "a day that never was": ({"edtf": "2021-02-29"}, "/edtf", "no such date"),
    "a skipped day": ({"edtf": "2011-12-30", "zone": "Pacific/Apia"}, "/edtf", "was skipped"),
    "a skipped day at an end": ({"edtf": "2011-12-30/..", "zone": "Pacific/Apia"}, "/edtf", "was skipped"),
    "a skipped hour": ({"edtf": "2021-03-14T02:30:00"}, "/edtf", "skipped this time"),
    "an hour twice": ({"edtf": "2021-11-07T01:30:00"}, "/edtf", "-05:00 or -06:00"),
    "a bound in an hour twice": ({**DAY, "latest": "2021-11-07T01:30:00"}, "/latest", "-05:00 or -06:00"),
    "a zone that is none": ({"edtf": "2021", "zone": "Mars/Base"}, "/zone", "no such time zone"),
    "a zone alone": ({"zone": CHICAGO, "relations": AFTER}, "/zone", "says nothing without"),
    "an offset that the stated zone had not": (
        {**DAY, "zone": "Europe/London"},
        "/earliest",
        "stood at +01:00",
    ),
    "an instant with an offset that the stated zone had not": (
        {"edtf": NOON, "zone": "Europe/London"},
        "/edtf",
        "stood at +01:00",
    ),
    "an offset unlike that of the local bound": (
        {"earliest": "2021-05-08T10:00:00", "latest": "2021-05-08T18:00:00+01:00"},
        "/latest",
        "stood at -05:00",
    ),
    "edtf and an earlier bound": (
        {"edtf": "2021-05-08", "earliest": "2021-05-08T00:00:00Z"},
        "/edtf",
        DAY["earliest"],
    ),
    "edtf and a later bound": ({"edtf": "2021-05-08", "latest": "open"}, "/edtf", DAY["latest"]),
    "edtf open and bounds unknown": ({"edtf": "2021/..", "latest": "unknown"}, "/edtf", "this end at open"),
    "one bound": ({"earliest": NOON}, "/latest", "both bounds"),
    "backward bounds": (
        {"earliest": DAY["latest"], "latest": DAY["earliest"]},
        "/latest",
        "before the earliest",
    ),
    "about a day, not in edtf": (
        {"edtf": "2021-05-08", "approximate": True},
        "/approximate",
        "write an approximate",
    ),
    "about an instant": ({"edtf": NOON, "approximate": True}, "/approximate", "earliest and latest"),
    "about equal bounds": ({**AT_NOON, "approximate": True}, "/approximate", "earliest and latest"),
    "a year that begins before the first": ({"edtf": "0001", "zone": "Asia/Tokyo"}, "/edtf", "0001 to 9999"),
    "a local time past the last year": ({**DAY, "latest": "9999-12-31T23:00:00"}, "/latest", "0001 to 9999"),
    "words with U+0000": ({"edtf": "2021", "as_stated": "\x00"}, "/as_stated", "U+0000"),
}


@pytest.mark.parametrize(("stated", "field", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_placed_in_time_is_refused_by_its_member(stated: Json, field: str, why: str) -> None:
    with pytest.raises(InvalidError) as refused:
        resolved(stated)

    assert f"/occurred{field}" == refused.value.field
    assert why in refused.value.rule


def test_the_incident_is_in_the_zone_that_is_named_in_a_complaint() -> None:
    with pytest.raises(InvalidError, match="/occurred/zone: there is no such time zone"):
        resolved("2021-05-08", zone="Mars/Base")


def test_a_zone_that_no_bound_needs_is_not_looked_up() -> None:
    assert When(**AT_NOON) == resolved(NOON, zone="Mars/Base")


def test_what_is_read_keeps_every_member() -> None:
    stated: Json = {
        "as_stated": "8 May",
        "edtf": "2021-05-08~",
        **DAY,
        "zone": CHICAGO,
        "approximate": True,
        "relations": AFTER,
    }
    relation = Relation(rel="after", fact="flight", as_stated="after a while")

    read = read_when(stated, field="")

    assert stated == as_json(read)
    assert (relation,) == read.relations
    assert StatedWhen(absent="withheld") == read_when({"absent": "withheld"}, field="")


SAID: dict[str, tuple[When, str | None]] = {
    "as it was written": (When(**DAY, edtf="2021-05-08", zone=CHICAGO), "2021-05-08"),
    "rough, as it was written": (When(**DAY, edtf="2021~", zone=CHICAGO, approximate=True), "2021~"),
    "a whole day": (When(**DAY, zone=CHICAGO), "2021-05-08"),
    "a whole day, bounds in UTC": (
        When(earliest="2021-05-08T05:00:00Z", latest="2021-05-09T05:00:00Z", zone=CHICAGO),
        "2021-05-08",
    ),
    "an open end": (When(earliest=DAY["earliest"], latest="open", zone=CHICAGO), "2021-05-08/.."),
    "an instant": (When(**AT_NOON), NOON),
    "an instant with decimals": (
        When(earliest="2021-05-08T12:00:00.5Z", latest="2021-05-08T12:00:00.5Z"),
        None,
    ),
    "part of a day": (When(earliest=DAY["earliest"], latest=NOON, zone=CHICAGO), None),
    "the day of another place": (When(**DAY, zone="Asia/Tokyo"), None),
    "days without a zone": (When(**DAY), None),
    "rough bounds": (When(**DAY, zone=CHICAGO, approximate=True), None),
    "a zone that is no more": (When(**DAY, zone="Mars/Base"), None),
    "no bounds": (When(absent="not-stated"), None),
}


@pytest.mark.parametrize(("when", "text"), SAID.values(), ids=SAID)
def test_a_time_is_said_in_edtf_where_edtf_can_say_it(when: When, text: str | None) -> None:
    assert text == to_edtf(when)


def test_a_date_time_is_read_by_the_same_name_for_every_edge() -> None:
    assert NOON == parse_datetime(NOON, field="").isoformat()
