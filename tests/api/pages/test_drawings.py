"""Drawings and texts as they are laid out: bars, order, maps, graphs, marked passages and word diffs, each from plain values."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.diff_page import compared
from api.pages.framing import Clock
from api.pages.lineage_drawing import graphed
from api.pages.links import Links
from api.pages.map_drawing import mapped
from api.pages.marked_text import PART_CHARACTERS, Mark, parts_of, pieces_of
from api.pages.search_words import marked
from api.pages.timeline_drawing import bar_of, order_of, scale_of, ticks_of
from ledger.events import SourceRegistered
from ledger.fact import Content
from ledger.place import Place
from projections.fact_fold import FactView
from projections.source_account import Lineage, SourceAccount
from projections.timeline import TimelineEntry

if TYPE_CHECKING:
    from typing import Any


def entry(fact: str, earliest: str | None = None, latest: str | None = None, **members: Any) -> TimelineEntry:
    return TimelineEntry(fact=fact, earliest=earliest, latest=latest, **members)


DAY = entry("day", "2021-05-08T00:00:00+00:00", "2021-05-09T00:00:00+00:00")
WEEK = entry("week", "2021-05-08T00:00:00+00:00", "2021-05-15T00:00:00+00:00")
LATER = entry("later", "2021-05-09T00:00:00+00:00", "2021-05-10T00:00:00+00:00")


def test_a_bar_is_as_long_as_its_bounds_and_says_what_each_end_is() -> None:
    open_end = entry("o", "2021-05-09T00:00:00+00:00", None, derived=("earliest",))
    scale = scale_of([DAY, WEEK, open_end])
    bars = [bar_of(one, scale) for one in (DAY, WEEK, open_end)]

    assert bars[0].start == bars[1].start
    assert float(bars[0].width.rstrip("%")) < float(bars[1].width.rstrip("%"))
    assert ("sharp", "sharp") == (bars[0].left, bars[0].right)
    assert ("derived", "open", "100.00%") == (bars[2].left, bars[2].right, bars[2].end)
    assert "" == bar_of(entry("u", undated=True), scale).width


def test_the_names_on_the_scale_do_not_run_into_each_other() -> None:
    entries = [
        entry(str(hour), f"2021-05-08T{hour:02}:00:00+00:00", f"2021-05-08T{hour:02}:30:00+00:00")
        for hour in range(24)
    ]
    ticks = ticks_of(scale_of(entries), Clock(""))
    reach = {"start": (0, 1), "middle": (-0.5, 0.5), "end": (-1, 0)}
    names = [
        [float(one.at.rstrip("%")) + 1.5 * len(one.name) * side for side in reach[one.anchor]]
        for one in ticks
    ]

    assert 3 <= len(ticks) <= 6
    assert all(end < begin for (_, end), (begin, _) in itertools.pairwise(names))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (DAY, LATER, ("then", True)),
        (DAY, WEEK, ("order not recorded", False)),
        (DAY, entry("x", after=("day",)), ("then", True)),
        (DAY, entry("x", during=("day",)), ("during", True)),
        (DAY, entry("x", same_time=("day",)), ("at the same time", True)),
        (entry("a", undated=True), entry("b", undated=True), ("order not recorded", False)),
    ],
    ids=["bounds", "overlap", "after", "during", "same time", "undated"],
)
def test_the_order_of_neighbours_is_told_only_where_somebody_gives_it(
    before: TimelineEntry, after: TimelineEntry, expected: tuple[str, bool]
) -> None:
    assert expected == order_of([before, after])[1]


def test_an_order_through_other_facts_is_an_order() -> None:
    entries = [entry("a"), entry("c", after=("b",)), entry("b", after=("a",))]

    assert ("then", True) == order_of([entries[0], entries[1], entries[2]])[1]


def placed(fact: str, **members: Any) -> FactView:
    return FactView(
        fact=fact,
        version=1,
        first_version=1,
        content=Content(kind="contact@1", statement="x", places=(Place(id="p", **members),)),
        status="reported",
        origins=1,
        attestations=(),
    )


def test_a_map_keeps_every_circle_inside_and_its_bar_is_to_scale() -> None:
    found = mapped(
        [
            placed("a", lon="-92.32", lat="34.74", uncertainty_m=150),
            placed("b", lon="-92.30", lat="34.75", uncertainty_m=400),
            placed("c", as_stated="somewhere"),
        ]
    )

    assert found is not None
    assert ["a", "b"] == [one.fact for one in found.spots]
    for one in found.spots:
        x, y, radius = float(one.x), float(one.y), float(one.radius)
        assert radius <= x <= found.width - radius
        assert radius <= y <= found.height - radius
    number, unit = found.bar_name.split()
    metres = float(number) * (1000 if unit == "km" else 1)
    assert pytest.approx(float(found.spots[1].radius) / 400, rel=0.02) == float(found.bar) / metres


def test_an_uncertainty_that_nobody_gives_is_said_to_be_taken() -> None:
    found = mapped([placed("a", lon="0", lat="0")])

    assert found is not None
    assert (False, "100 m") == (found.spots[0].stated, found.spots[0].uncertainty)


def test_without_a_point_there_is_no_map() -> None:
    assert mapped([placed("a", as_stated="several blocks away")]) is None


def work(name: str, *copies: str) -> SourceAccount:
    return SourceAccount(
        source=name,
        version=1,
        description=SourceRegistered(kind="article", title=f"Work {name}"),
        copied_from=tuple(
            Lineage(source=name, to=to, lineage=number, relation="copies")
            for number, to in enumerate(copies, 1)
        ),
    )


def test_works_stand_to_the_right_of_those_that_they_copy() -> None:
    accounts = {one.source: one for one in (work("c", "b"), work("b", "a"), work("a"), work("z"))}
    found = graphed("b", accounts, Links())

    assert found is not None
    place = {one.ident: one.x for one in found.nodes}
    assert {"a", "b", "c"} == set(place)
    assert place["a"] < place["b"] < place["c"]
    assert all(
        one.x + found.box_width <= found.width and one.y + found.box_height <= found.height
        for one in found.nodes
    )
    assert graphed("z", accounts, Links()) is None


def mark(start: int, end: int, number: int = 1) -> Mark:
    return Mark(start=start, end=end, anchor=f"m{number}", number=number, href="/", label="")


def test_positions_count_code_points() -> None:
    text = "\U0001f600\U0001f1fa\U0001f1f8 the officer \u0645\u0631\u062d\u0628\u0627 e\u0301"
    at = text.index("officer")
    found = pieces_of(text, parts_of(text)[0], [mark(at, at + 7)])

    assert ["officer"] == [one.text for one in found if one.marks]


def test_passages_that_overlap_are_cut_where_one_begins_or_ends() -> None:
    found = pieces_of("abcdefgh", parts_of("abcdefgh")[0], [mark(1, 5, 1), mark(3, 7, 2)])

    assert [("a", 0), ("bc", 1), ("de", 2), ("fg", 1), ("h", 0)] == [
        (one.text, len(one.marks)) for one in found
    ]
    assert [[1], [2]] == [[one.number for one in piece.begins] for piece in found if piece.begins]


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=6),
)
def test_pieces_are_the_text_again(text: str, spans: list[tuple[int, int]]) -> None:
    marks = [mark(start, min(start + size, len(text))) for start, size in spans if start < len(text)]
    found = pieces_of(text, parts_of(text)[0], marks)

    assert text == "".join(one.text for one in found)
    for one in marks:
        assert text[one.start : one.end] == "".join(piece.text for piece in found if one in piece.marks)


def test_a_long_text_is_told_in_parts_that_are_the_text() -> None:
    text = "".join(f"line {number}\n" for number in range(12_000))
    parts = parts_of(text)

    assert len(parts) > 3
    assert text == "".join(text[one.start : one.end] for one in parts)
    assert all(one.end - one.start <= PART_CHARACTERS for one in parts)
    assert all(text[one.end - 1] == "\n" for one in parts)


def test_a_diff_tells_words_and_not_white_space() -> None:
    found = compared("The officer was dragged\n15 feet.\n", "The officer was dragged\n20 feet.\n\n")

    assert [("gone", "15"), ("new", "20")] == [(one.sort, one.text) for one in found if one.sort != "same"]
    assert [] == [one for one in compared("a  b\nc", "a b\n\nc") if one.sort != "same"]


def test_a_diff_tells_whole_lines_that_came_and_went() -> None:
    found = compared("first\nsecond\n", "second\nthird\n")

    assert [("gone", "first\n"), ("new", "third\n")] == [
        (one.sort, one.text) for one in found if one.sort != "same"
    ]


@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=4), max_size=3))
def test_marked_words_are_the_text_again(text: str, words: list[str]) -> None:
    assert text == "".join(one.text for one in marked(text, words))
