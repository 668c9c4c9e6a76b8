"""When a source was made public: what callers write, and from when on it is certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.errors import InvalidError
from ledger.when import Published, latest_instant, parse_datetime, read_published

if TYPE_CHECKING:
    from ledger.values import Json

CHICAGO = "America/Chicago"
DAY: dict[str, Json] = {"earliest": "2021-05-08T00:00:00-05:00", "latest": "2021-05-09T00:00:00-05:00"}
NOON = "2021-05-08T12:00:00-05:00"
AT_NOON: dict[str, Json] = {"earliest": NOON, "latest": NOON}

PUBLISHED: dict[str, tuple[Json, Published]] = {
    "a day anywhere": (
        "2021-05-08",
        Published(earliest="2021-05-08T00:00:00+14:00", latest="2021-05-09T00:00:00-12:00"),
    ),
    "a day somewhere": ({"edtf": "2021-05-08", "zone": CHICAGO}, Published(**DAY)),
    "about a month anywhere": (
        "2021-05~",
        Published(earliest="2021-04-01T00:00:00+14:00", latest="2021-07-01T00:00:00-12:00"),
    ),
    "until a day": ("/2021-05-08", Published(earliest="unknown", latest="2021-05-09T00:00:00-12:00")),
    "an instant": (NOON, Published(**AT_NOON)),
    "a local time somewhere": ({"edtf": "2021-05-08T12:00:00", "zone": CHICAGO}, Published(**AT_NOON)),
    "bounds and words": ({**DAY, "as_stated": "Saturday"}, Published(**DAY, as_stated="Saturday")),
    "the end alone": ({"latest": NOON}, Published(latest=NOON)),
    "the end alone, local": (
        {"latest": "2021-05-08T12:00:00", "zone": CHICAGO},
        Published(latest=NOON),
    ),
    "unknown": (
        {"earliest": "unknown", "latest": "unknown"},
        Published(earliest="unknown", latest="unknown"),
    ),
    "words alone": ({"as_stated": "in spring"}, Published(as_stated="in spring")),
}


@pytest.mark.parametrize(("stated", "published"), PUBLISHED.values(), ids=PUBLISHED)
def test_a_publication_is_bounded_by_what_is_known_of_its_place(stated: Json, published: Published) -> None:
    assert published == read_published(stated, field="/published")


NOT_PUBLISHED: dict[str, tuple[Json, str, str]] = {
    "null": (None, "", "must be an object"),
    "nothing": ({}, "", "say when it was published"),
    "a zone alone": ({"zone": CHICAGO}, "/zone", "says nothing without"),
    "a zone and words": ({"zone": CHICAGO, "as_stated": "in spring"}, "/zone", "says nothing without"),
    "a local time": ("2021-05-08T12:00:00", "", "a clock time needs its offset"),
    "a local bound": ({**DAY, "latest": "2021-05-09T00:00:00"}, "/latest", "a clock time needs its offset"),
    "no date": ("soon", "", "level 0 or 1"),
    "an unknown member": ({"edtf": "2021", "approximate": True}, "/approximate", "is not known here"),
    "backward bounds": (
        {"earliest": DAY["latest"], "latest": DAY["earliest"]},
        "/latest",
        "before the earliest",
    ),
    "a day that ends past the last year": ("9999-12-31", "", "0001 to 9999"),
}


@pytest.mark.parametrize(("stated", "field", "why"), NOT_PUBLISHED.values(), ids=NOT_PUBLISHED)
def test_a_publication_that_cannot_be_bounded_is_refused(stated: Json, field: str, why: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_published(stated, field="/published")

    assert f"/published{field}" == refused.value.field
    assert why in refused.value.rule


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", CHICAGO])
def test_a_date_without_a_zone_is_not_certainly_public_while_it_is_that_date_anywhere(zone: str) -> None:
    anywhere = latest_instant(read_published("2021-05-08", field=""))
    there = latest_instant(read_published({"edtf": "2021-05-08", "zone": zone}, field=""))

    assert anywhere is not None
    assert there is not None
    assert there <= anywhere


CERTAIN: dict[str, tuple[Published, str | None]] = {
    "bounds": (Published(**DAY), DAY["latest"]),
    "the end alone": (Published(latest=NOON), NOON),
    "the beginning alone": (Published(earliest=NOON), None),
    "unknown": (Published(earliest=NOON, latest="unknown"), None),
    "open": (Published(earliest=NOON, latest="open"), None),
    "words alone": (Published(as_stated="in spring"), None),
    "redacted": (Published(), None),
}


@pytest.mark.parametrize(("published", "latest"), CERTAIN.values(), ids=CERTAIN)
def test_a_source_is_certainly_public_from_the_latest_bound_on(
    published: Published, latest: str | None
) -> None:
    assert (latest and parse_datetime(latest, field="")) == latest_instant(published)


def test_a_publication_has_bounds_in_order_and_clean_words() -> None:
    with pytest.raises(InvalidError, match="/latest: a date-time is written"):
        Published(latest="")
    with pytest.raises(InvalidError, match="before the earliest"):
        Published(earliest=DAY["latest"], latest=DAY["earliest"])
    with pytest.raises(InvalidError, match="U\\+0000"):
        Published(as_stated="May\x00")
