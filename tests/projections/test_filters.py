"""What may be asked of lists: filters that are read strictly, and cursors that belong to one question."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.errors import InvalidError
from ledger.place import Place, great_circle_m
from projections.catch_up import CatchUp
from projections.catch_up_file import NAME, ReadFile
from projections.cursors import Pinned, asked_digest, read_cursor, write_cursor
from projections.extents import box_around
from projections.filters import Filters, Near, is_near, read_filters
from projections.lists import Matters, corrections, worklist_page
from projections.pages import facts_page
from projections.paging import Asking, StoredViews
from tests.desk import Desk, a_small_ledger, fact
from tests.fakes import NOON
from tests.projections.test_catch_up import no_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

ASKED = asked_digest("facts", {})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A ledger with two facts."""
    made = a_small_ledger(tmp_path / "incident.ledger")
    yield made
    made.close()


@pytest.fixture
def views(tmp_path: Path, desk: Desk) -> Iterator[StoredViews]:
    """The views of two facts."""
    kept = CatchUp(desk.store, tmp_path, no_text)
    kept.run()
    kept.close()
    file = ReadFile(tmp_path / NAME)
    yield StoredViews(file, desk.store, no_text)
    file.close()


@pytest.mark.parametrize(
    ("asked", "field", "saying"),
    [
        ({"colour": "red"}, "/colour", "there are kind, occurred_from"),
        ({"kind": "drag@1"}, "/kind", "must be the slug of a kind, without its version"),
        ({"occurred_from": "2021-05-08"}, "/occurred_from", "is a date alone, which names no instant"),
        ({"occurred_to": "soon"}, "/occurred_to", ""),
        (
            {"occurred_from": "2021-05-09T00:00:00Z", "occurred_to": "2021-05-08T00:00:00Z"},
            "/occurred_to",
            "before occurred_from",
        ),
        ({"overlap": "certain"}, "/overlap", "give one of them"),
        ({"overlap": "perhaps", "occurred_to": "2021-05-08T00:00:00Z"}, "/overlap", "possible, certain"),
        ({"source": "The Paper"}, "/source", "must be the id of a source"),
        ({"status": "true"}, "/status", "disputed, unsupported"),
        ({"role": "The Driver"}, "/role", "must be the slug of a role"),
        ({"q": " ... "}, "/q", "a word to look for"),
        ({"q": "a " * 2000}, "/q", "characters"),
        ({"q": " ".join(map(str, range(33)))}, "/q", "at most 32 words"),
        ({"near": "-92.3,34.7"}, "/near", "lon,lat,metres"),
        ({"near": "a,b,c"}, "/near", "three numbers"),
        ({"near": "181,0,5"}, "/near", "-180 to 180"),
        ({"near": "nan,0,5"}, "/near", ""),
        ({"near": "1e1,0,5"}, "/near", "plain decimal"),
        ({"near": "0,0,-1"}, "/near", "radius"),
        ({"near": "0,0,inf"}, "/near", "radius"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused_by_name(asked: dict[str, str], field: str, saying: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read_filters(asked)

    assert (field, True) == (caught.value.field, saying in caught.value.rule)


def test_filters_are_read() -> None:
    read = read_filters({"kind": "drag", "q": "the  officer the", "near": "-92.3, 34.75, 500"})

    assert (
        Filters(kind="drag", words=("the", "officer"), near=Near(lon="-92.3", lat="34.75", metres=500))
        == read
    )


def test_a_cursor_says_what_was_put_into_it() -> None:
    pinned = Pinned(asked=ASKED, known=7, after=(3, "a1"))

    assert pinned == read_cursor(write_cursor(pinned), asked=ASKED, shape=(int, str))


@given(at=st.integers(0, 60), flip=st.integers(1, 255))
def test_a_cursor_that_was_changed_is_refused(at: int, flip: int) -> None:
    text = write_cursor(Pinned(asked=ASKED, known=7, after=(3,)))
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[at % len(raw)] ^= flip

    with pytest.raises(InvalidError, match="/cursor"):
        read_cursor(base64.urlsafe_b64encode(raw).decode().rstrip("="), asked=ASKED, shape=(int,))


@pytest.mark.parametrize("text", ["", "!", "é", "AAAA", "A" * 2000, "null"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="no cursor that was given here"):
        read_cursor(text, asked=ASKED, shape=(int,))


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"asked":"a"}', b"\xff"])
def test_what_bears_the_right_digest_and_is_no_cursor_is_refused(payload: bytes) -> None:
    text = base64.urlsafe_b64encode(hashlib.sha256(b"cursor\0" + payload).digest()[:12] + payload).decode()

    with pytest.raises(InvalidError, match="no cursor that was given here"):
        read_cursor(text.rstrip("="), asked=ASKED, shape=(int,))


def test_a_cursor_belongs_to_its_question(views: StoredViews) -> None:
    page = facts_page(views, read_filters({}), Asking(limit=1))
    assert page.next is not None

    for filters, public in ((read_filters({"kind": "drag"}), None), (read_filters({}), NOON)):
        with pytest.raises(InvalidError, match="belongs to another question"):
            facts_page(views, filters, Asking(cursor=page.next, public=public))
    with pytest.raises(InvalidError, match="cursor"):
        corrections(views, Asking(cursor=page.next))
    with pytest.raises(InvalidError, match="pinned to position 6"):
        facts_page(views, read_filters({}), Asking(cursor=page.next, known=5))
    assert 1 == len(facts_page(views, read_filters({}), Asking(cursor=page.next, known=6)).rows)


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_page_has_1_to_500_rows(views: StoredViews, limit: int) -> None:
    with pytest.raises(InvalidError, match="/limit: must be 1 to 500"):
        facts_page(views, read_filters({}), Asking(limit=limit))


def test_the_worklist_refuses_what_it_does_not_know(views: StoredViews) -> None:
    with pytest.raises(InvalidError, match="/public_at"):
        worklist_page(views, Matters(), Asking(public=NOON))
    with pytest.raises(InvalidError, match="/sort"):
        worklist_page(views, Matters(sort="gossip"), Asking())


POINTS = st.tuples(
    st.decimals(-180, 180, places=4).map("{:f}".format), st.decimals(-90, 90, places=4).map("{:f}".format)
)
METRES = st.sampled_from((0, 1, 500, 40_000, 2_000_000, 11_000_000))


@given(POINTS, METRES, POINTS, METRES)
@example(("179.9999", "10"), 500, ("-179.9999", "10"), 0)
@example(("20", "89.9999"), 500, ("-160", "89.9999"), 0)
def test_what_is_near_is_in_the_boxes_that_the_index_is_asked_about(
    point: tuple[str, str], metres: int, other: tuple[str, str], uncertainty_m: int
) -> None:
    near = Near(lon=point[0], lat=point[1], metres=metres)
    if not is_near(near, [(*other, uncertainty_m)]):
        return
    south, north, west, east = box_around(float(near.lon), float(near.lat), metres)
    low, high, left, right = box_around(float(other[0]), float(other[1]), uncertainty_m)

    assert low <= north
    assert high >= south
    assert left <= east
    assert right >= west


def test_a_circle_reaches_a_place_with_its_uncertainty() -> None:
    near = Near(lon="0", lat="0", metres=100_000)
    away = great_circle_m(near.centre(), Place(id="other", lon="1", lat="0"))
    assert away is not None

    assert not is_near(near, [("1", "0", None)])
    assert is_near(near, [("1", "0", int(away) - 100_000 + 1)])


LITTLE_ROCK = {"id": "scene", "lon": "-92.3", "lat": "34.7", "as_stated": "Chester Street"}
CORRECTED: dict[str, Json] = {
    "op": "correct-fact",
    "incident": "stop",
    "fact": "hurt",
    "kind": "flight",
    "statement": "The driver fled.",
    "class": "other",
    "cause": "source-error",
    "reason": "The source says so now.",
    "citations": [
        {"id": "a2", "source": "release", "speaker": {"id": "chief"}, "published": "2021-05-06T00:00:00Z"}
    ],
}


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "drag"},
        {"role": "injured"},
        {"near": "-92.3,34.7,50"},
        {"q": "towed chester"},
        {"q": "towed"},
    ],
    ids=str,
)
def test_what_was_corrected_since_is_found_where_only_the_old_was_public(
    views: StoredViews, desk: Desk, tmp_path: Path, asked: dict[str, str]
) -> None:
    old = {"id": "a1", "source": "release", "published": "2021-05-04T00:00:00Z"}
    people = [{"id": "p1", "role": "injured", "as_described": "the officer"}]
    desk.act(
        fact("hurt", statement="He was towed.", participants=people, places=[LITTLE_ROCK], citations=[old])
    )
    desk.act(CORRECTED)
    kept = CatchUp(desk.store, tmp_path, no_text)
    known = kept.run()
    kept.close()
    before, after = NOON - dt.timedelta(days=3), NOON

    def found(public: dt.datetime | None) -> bool:
        page = facts_page(views, read_filters(asked), Asking(known=known, public=public, limit=500))
        return "hurt" in [row.fact for row in page.rows]

    assert (True, False, False) == (found(before), found(after), found(None))


@pytest.mark.parametrize(
    ("start", "end", "overlap", "is_found"),
    [
        ("2021-05-04T05:00:00Z", None, "possible", False),
        ("2021-05-04T04:59:59.999999Z", None, "possible", True),
        (None, "2021-05-03T05:00:00Z", "possible", False),
        (None, "2021-05-03T05:00:00.000001Z", "possible", True),
        ("2021-05-03T05:00:00Z", "2021-05-04T05:00:00Z", "certain", True),
        ("2021-05-03T05:00:00Z", "2021-05-04T04:59:59.999999Z", "certain", False),
        ("2021-05-03T05:00:00.000001Z", None, "certain", False),
        ("2021-05-03T05:00:00Z", "2021-05-03T05:00:00Z", "possible", True),
    ],
)
def test_the_ends_of_a_day_are_told_to_the_microsecond(  # noqa: PLR0917  a row of the table
    views: StoredViews,
    desk: Desk,
    tmp_path: Path,
    start: str | None,
    end: str | None,
    overlap: str,
    is_found: bool,  # noqa: FBT001  as above
) -> None:
    desk.act(fact("that-day", occurred={"edtf": "2021-05-03"}))
    kept = CatchUp(desk.store, tmp_path, no_text)
    kept.run()
    kept.close()
    asked = {"occurred_from": start, "occurred_to": end, "overlap": overlap, "kind": "drag"}
    filters = read_filters({name: text for name, text in asked.items() if text is not None})

    assert is_found == ("that-day" in [row.fact for row in facts_page(views, filters, Asking()).rows])
    public = facts_page(views, filters, Asking(public=NOON + dt.timedelta(days=9)))
    assert is_found == ("that-day" in [row.fact for row in public.rows])


@pytest.mark.parametrize(
    ("end", "is_found"), [("2021-05-03T12:00:00Z", False), ("2021-05-03T12:00:00.000001Z", True)]
)
def test_an_instant_at_the_end_of_a_stretch_is_not_in_it(
    views: StoredViews, desk: Desk, tmp_path: Path, *, end: str, is_found: bool
) -> None:
    desk.act(fact("at-noon", occurred={"edtf": "2021-05-03T12:00:00Z"}))
    kept = CatchUp(desk.store, tmp_path, no_text)
    kept.run()
    kept.close()
    asked = {"occurred_from": "2021-05-03T00:00:00Z", "occurred_to": end, "overlap": "certain"}

    rows = facts_page(views, read_filters(asked), Asking()).rows
    assert is_found == ("at-noon" in [row.fact for row in rows])
