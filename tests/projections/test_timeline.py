"""The timeline: a partial order that is never made up, and trouble that is never hidden (model §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from projections.timeline import TimelineEntry, timeline
from tests.facts_in_time import day, fact, hour, passage

if TYPE_CHECKING:
    from projections.fact_fold import AttestationView, FactView


def entries(*facts: FactView) -> dict[str, TimelineEntry]:
    """The entries by fact; dictionaries keep the order of the line."""
    return {entry.fact: entry for entry in timeline(facts)}


def bounds(entry: TimelineEntry) -> tuple[str | None, str | None]:
    return entry.earliest, entry.latest


def test_facts_stand_by_their_bounds_whenever_they_were_recorded() -> None:
    line = entries(
        fact("booked", earliest=hour(30), latest=hour(31)),
        fact("called", earliest=hour(2), latest=hour(3)),
        fact("sent", earliest=hour(3), latest=hour(4)),
    )

    assert ["called", "sent", "booked"] == list(line)


def test_the_same_bounds_leave_facts_as_they_were_recorded() -> None:
    assert ["b", "a", "c"] == list(entries(fact("b", **day()), fact("a", **day()), fact("c", **day())))


def test_an_undated_fact_stands_last_and_says_so() -> None:
    line = entries(fact("inquiry"), fact("called", **day()))

    assert ["called", "inquiry"] == list(line)
    assert [False, True] == [entry.undated for entry in line.values()]


def test_a_fact_known_only_to_have_ended_by_then_stands_by_that_end() -> None:
    line = entries(
        fact("held", latest=hour(60)), fact("called", earliest=hour(2)), fact("named", earliest=hour(61))
    )

    assert ["called", "held", "named"] == list(line)


@pytest.mark.parametrize(
    ("relation", "expected", "derived"),
    [
        ("after dispatch", (hour(4), None), ("earliest",)),
        ("before dispatch", (None, hour(5)), ("latest",)),
        ("during dispatch", (hour(4), hour(5)), ("earliest", "latest")),
        ("same-time dispatch", (hour(4), hour(5)), ("earliest", "latest")),
    ],
)
def test_a_relation_gives_bounds_where_nobody_dates_the_fact(
    relation: str, expected: tuple[str | None, str | None], derived: tuple[str, ...]
) -> None:
    line = entries(fact("contact", relation), fact("dispatch", earliest=hour(4), latest=hour(5)))

    assert expected == bounds(line["contact"])
    assert derived == line["contact"].derived
    assert not line["contact"].undated


@pytest.mark.parametrize("ask", ["contact", "dispatch"])
def test_the_same_time_tightens_both_ways(ask: str) -> None:
    line = entries(
        fact("contact", "same-time dispatch", earliest=hour(2), latest=hour(6)),
        fact("dispatch", earliest=hour(4), latest=hour(9)),
    )

    assert (hour(4), hour(6)) == bounds(line[ask])


def test_a_fact_during_another_leaves_the_longer_one_alone() -> None:
    line = entries(
        fact("drag", "during flight", earliest=hour(3), latest=hour(4)),
        fact("flight", earliest=hour(2), latest=hour(6)),
    )

    assert (hour(2), hour(6)) == bounds(line["flight"])
    assert () == line["flight"].derived


def test_relations_tighten_at_many_removes_and_in_both_directions() -> None:
    line = entries(
        fact("a", earliest=hour(1), latest=hour(20)),
        fact("b", "after a"),
        fact("c", "after b", "before d"),
        fact("d", earliest=hour(3), latest=hour(5)),
    )

    assert ["a", "b", "c", "d"] == list(line)
    assert [(hour(1), hour(5))] * 3 == [bounds(line[ident]) for ident in "abc"]
    assert [("latest",), ("earliest", "latest"), ("earliest", "latest"), ()] == [
        entry.derived for entry in line.values()
    ]


def test_what_came_after_a_fact_came_after_all_that_happened_during_it() -> None:
    line = entries(
        fact("found", "after flight"),
        fact("flight"),
        fact("drag", "during flight", earliest=hour(4), latest=hour(5)),
    )

    assert ["flight", "drag", "found"] == list(line)
    assert hour(4) == line["found"].earliest


def test_bounds_are_not_widened_by_a_relation_that_says_less() -> None:
    line = entries(
        fact("contact", "after dispatch", earliest=hour(6), latest=hour(7)),
        fact("dispatch", earliest=hour(1), latest=hour(2)),
    )

    assert (hour(6), hour(7)) == bounds(line["contact"])
    assert () == line["contact"].derived


def test_an_entry_names_the_facts_that_it_is_related_to_from_both_sides() -> None:
    line = entries(
        fact("contact", "after dispatch", "before flight", "during shift"),
        fact("dispatch"),
        fact("flight", "same-time shift"),
        fact("shift"),
    )

    contact, flight = line["contact"], line["flight"]
    assert (("dispatch",), ("flight",), ("shift",), ()) == (
        contact.after,
        contact.before,
        contact.during,
        contact.same_time,
    )
    assert ("contact",) == flight.after
    assert ("contact",) == line["dispatch"].before
    assert (("shift",), ("flight",)) == (flight.same_time, line["shift"].same_time)


def test_a_relation_to_a_fact_that_is_not_known_is_passed_over() -> None:
    line = entries(fact("contact", "after dispatch", **day()))

    assert () == line["contact"].after
    assert (hour(0), hour(24)) == bounds(line["contact"])


def test_an_approximate_time_stays_approximate() -> None:
    assert entries(fact("call", approximate=True, **day()))["call"].approximate


def test_what_is_worked_out_from_an_approximate_time_is_approximate_too() -> None:
    line = entries(
        fact("shots", approximate=True, earliest=hour(16), latest=hour(18)),
        fact("deaths", "during shots", **day()),
        fact("flight", "after shots"),
        fact("order", "before deaths"),
        fact("calls", earliest=hour(17), latest=hour(19)),
    )

    assert {"shots", "deaths", "flight", "order"} == {name for name, one in line.items() if one.approximate}


def test_a_bound_that_another_time_gives_exactly_is_not_approximate() -> None:
    line = entries(
        fact("shots", approximate=True, earliest=hour(16), latest=hour(18)),
        fact("curfew", earliest=hour(16), latest=hour(20)),
        fact("flight", "after curfew"),
    )

    assert ["shots"] == [name for name, one in line.items() if one.approximate]


@pytest.mark.parametrize(
    "relations",
    [
        {"a": ["after b"], "b": ["after a"]},
        {"a": ["after b"], "b": ["after c"], "c": ["after a"]},
        {"a": ["before b"], "b": ["before a"]},
        {"a": ["after a"]},
        {"a": ["during b", "after c"], "c": ["after b"], "b": []},
        {"a": ["same-time b"], "b": ["after a"]},
    ],
    ids=["two", "three", "before", "itself", "through the end of what it is during", "same time and after"],
)
def test_a_circle_is_reported_and_every_fact_of_it_keeps_its_own_bounds(
    relations: dict[str, list[str]],
) -> None:
    line = entries(
        *(fact(ident, *said, **day()) for ident, said in relations.items()),
        fact("dispatch", earliest=hour(4), latest=hour(5)),
    )

    assert len(relations) + 1 == len(line)
    for ident in relations:
        assert (hour(0), hour(24)) == bounds(line[ident])
        assert all("run in a circle" in sentence for sentence in line[ident].trouble)
        assert line[ident].trouble
    assert () == line["dispatch"].trouble


def test_facts_each_during_the_other_are_no_circle() -> None:
    line = entries(
        fact("struggle", "during flight", earliest=hour(1), latest=hour(5)),
        fact("flight", "during struggle", earliest=hour(2), latest=hour(9)),
    )

    assert [(hour(2), hour(5))] * 2 == [bounds(entry) for entry in line.values()]
    assert [()] * 2 == [entry.trouble for entry in line.values()]


def test_a_circle_does_not_move_what_comes_after_it() -> None:
    line = entries(
        fact("a", "after b", earliest=hour(1), latest=hour(2)),
        fact("b", "after a", earliest=hour(8), latest=hour(9)),
        fact("c", "after a", earliest=hour(1), latest=hour(9)),
    )

    assert ["a", "c", "b"] == list(line)
    assert (hour(1), hour(9)) == bounds(line["c"])


@pytest.mark.parametrize(
    ("earlier", "later"),
    [((12, 13), (10, 11)), ((11, 12), (10, 11))],
    ids=["apart", "meeting where the end is not reached"],
)
def test_a_relation_that_the_bounds_do_not_allow_is_put_aside_and_reported(
    earlier: tuple[int, int], later: tuple[int, int]
) -> None:
    line = entries(
        fact("flight", "after contact", earliest=hour(later[0]), latest=hour(later[1])),
        fact("contact", earliest=hour(earlier[0]), latest=hour(earlier[1])),
    )

    assert ["flight", "contact"] == list(line)
    assert (hour(later[0]), hour(later[1])) == bounds(line["flight"])
    assert ("flight after contact is put aside: the bounds do not allow it",) == line["flight"].trouble
    assert line["flight"].trouble == line["contact"].trouble


def test_bounds_that_exclude_each_other_through_a_third_fact_are_reported_with_all_three() -> None:
    line = entries(
        fact("a", earliest=hour(10), latest=hour(11)),
        fact("x", "before a", "after b"),
        fact("b", earliest=hour(12), latest=hour(13)),
        fact("c", "after a", earliest=hour(9), latest=hour(20)),
    )

    assert all(line[ident].trouble for ident in "axb")
    assert line["x"].undated
    assert () == line["c"].trouble
    assert (hour(10), hour(20)) == bounds(line["c"])


def test_an_instant_may_begin_what_it_happens_during() -> None:
    line = entries(
        fact("shot", "during struggle", earliest=hour(4), latest=hour(4)),
        fact("struggle", earliest=hour(4), latest=hour(5)),
    )

    assert [()] * 2 == [entry.trouble for entry in line.values()]
    assert [()] * 2 == [entry.derived for entry in line.values()]


def test_a_retracted_fact_moves_no_other_and_stays_on_the_line() -> None:
    line = entries(
        fact("call", earliest=hour(9), latest=hour(10), retracted=True),
        fact("contact", "after call", **day()),
        fact("twice", "before contact", earliest=hour(1), latest=hour(2), retracted=True),
    )

    assert {"call", "contact", "twice"} == set(line)
    assert (hour(0), hour(24)) == bounds(line["contact"])
    assert () == line["contact"].after


def test_what_one_passage_says_places_a_fact_and_moves_no_bound() -> None:
    line = entries(
        fact("drag", **day(), passages=(passage("article", "during flight"),)),
        fact("flight", "after contact", **day()),
        fact("contact", **day()),
    )

    assert ["contact", "flight", "drag"] == list(line)
    assert ("article",) == line["drag"].placed_by
    assert ((), ()) == (line["drag"].derived, line["drag"].during)


@pytest.mark.parametrize(
    "told",
    [
        (passage("c", "after shot"), passage("d", "before shot")),
        (passage("c", "after shot"), passage("d", "during shot")),
        (passage("c", "after shot", counts=False),),
        (passage("c", "after shot", stance="mentions"),),
    ],
    ids=["two ways round", "after and during", "withdrawn", "not supporting"],
)
def test_passages_that_disagree_or_do_not_count_settle_no_order(told: tuple[AttestationView, ...]) -> None:
    line = entries(fact("drag", **day(), passages=told), fact("shot", **day()))

    assert ["drag", "shot"] == list(line)
    assert () == line["drag"].placed_by


def test_passages_that_say_one_order_from_both_sides_agree() -> None:
    line = entries(
        fact("drag", **day(), passages=(passage("c", "after shot"),)),
        fact("shot", **day(), passages=(passage("d", "before drag"),)),
    )

    assert ["shot", "drag"] == list(line)
    assert ("c",) == line["drag"].placed_by


def test_no_passage_overrules_the_record() -> None:
    line = entries(
        fact("drag", **day(), passages=(passage("c", "after shot"),)), fact("shot", "after drag", **day())
    )

    assert ["drag", "shot"] == list(line)
    assert () == line["drag"].placed_by


def test_no_passage_makes_a_circle() -> None:
    line = entries(
        fact("a", **day(), passages=(passage("one", "after b"),)),
        fact("b", **day(), passages=(passage("two", "after c"),)),
        fact("c", **day(), passages=(passage("three", "after a"),)),
    )

    assert ["c", "b", "a"] == list(line)
    assert [("two",), ("one",)] == [line["b"].placed_by, line["a"].placed_by]
    assert [()] * 3 == [entry.trouble for entry in line.values()]


def test_no_passage_leads_back_in_time() -> None:
    line = entries(
        fact("call", earliest=hour(1), latest=hour(2), passages=(passage("late", "after booked"),)),
        fact("sent", earliest=hour(5), latest=hour(6)),
        fact("booked", earliest=hour(30), latest=hour(31)),
    )

    assert ["call", "sent", "booked"] == list(line)
