"""Strategies for timelines: any facts at all, and courses of events of which everything said is so."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from hypothesis import strategies as st

from tests.facts_in_time import Ends, fact, hour, passage

if TYPE_CHECKING:
    from projections.fact_fold import FactView

__all__ = ["Course", "any_facts", "courses"]

_IDS = "abcdefg"
_RELATIONS = ("after", "before", "during", "same-time")
Course: TypeAlias = dict[str, tuple[int, int]]
"""By fact, the hours in which it really began and ended."""


def _some_of(earliest: str, latest: str) -> st.SearchStrategy[Ends]:
    both = Ends(earliest=earliest, latest=latest)
    return st.sampled_from([both, Ends(earliest=earliest), Ends(latest=latest), Ends()])


@st.composite
def _bounds(draw: st.DrawFn) -> Ends:
    earliest, length = draw(st.integers(0, 9)), draw(st.integers(0, 4))
    return draw(_some_of(hour(earliest), hour(earliest + length)))


@st.composite
def any_facts(draw: st.DrawFn) -> list[FactView]:
    """Up to seven facts with bounds, relations and passages that need not agree with each other."""
    ids = draw(st.lists(st.sampled_from(_IDS), unique=True, max_size=len(_IDS)))
    said = st.builds("{} {}".format, st.sampled_from(_RELATIONS), st.sampled_from(_IDS))
    several = st.lists(said, unique=True, max_size=2)
    return [
        fact(
            ident,
            *draw(several),
            passages=tuple(passage(f"{ident}{n}", one) for n, one in enumerate(draw(several))),
            retracted=draw(st.integers(0, 5)) == 0,
            **draw(_bounds()),
        )
        for ident in ids
    ]


def _true_of(one: tuple[int, int], other: tuple[int, int]) -> list[str]:
    """The relations that hold between two stretches."""
    holds = {
        "after": other[1] <= one[0],
        "before": one[1] <= other[0],
        "during": other[0] <= one[0] and one[1] <= other[1],
        "same-time": one == other,
    }
    return [relation for relation, so in holds.items() if so]


@st.composite
def courses(draw: st.DrawFn) -> tuple[Course, list[FactView]]:
    """What happened, and facts with bounds that enclose it and relations that are so."""
    ids = draw(st.lists(st.sampled_from(_IDS), unique=True, min_size=2, max_size=len(_IDS)))
    starts = {ident: draw(st.integers(1, 8)) for ident in ids}
    course = {ident: (starts[ident], starts[ident] + draw(st.integers(1, 3))) for ident in ids}
    facts = []
    for ident in ids:
        begun, ended = course[ident]
        true = [
            f"{rel} {other}"
            for other in ids
            if other != ident
            for rel in _true_of(course[ident], course[other])
        ]
        some = st.lists(st.sampled_from(true), unique=True, max_size=3) if true else st.just([])
        ends = draw(_some_of(hour(begun - draw(st.integers(0, 1))), hour(ended + draw(st.integers(0, 1)))))
        facts.append(fact(ident, *draw(some), **ends))
    return course, facts
