"""What holds of every timeline, whatever is said of the order of its facts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ledger.bounds import Interval
from projections.timeline import timeline
from tests.facts_in_time import hour
from tests.strategies_timeline import any_facts, courses

if TYPE_CHECKING:
    from projections.fact_fold import FactView
    from projections.timeline import TimelineEntry
    from tests.strategies_timeline import Course


def own(fact: FactView) -> Interval:
    return Interval() if fact.content.occurred is None else fact.content.occurred.bounds()


def shown(entry: TimelineEntry) -> Interval:
    ends = [
        None if text is None else dt.datetime.fromisoformat(text) for text in (entry.earliest, entry.latest)
    ]
    return Interval(earliest=ends[0], latest=ends[1])


def surely_before(one: Interval, other: Interval) -> bool:
    """Whether the first was over before the second can have begun; two instants may be one."""
    if one.latest is None or other.earliest is None:
        return False
    return one.latest < other.earliest or (one.latest == other.earliest and not one.closed)


def first_then(entry: TimelineEntry) -> list[tuple[str, str]]:
    """Pairs of facts of which the record says that the first began no later than the second."""
    return [
        *((other, entry.fact) for other in (*entry.after, *entry.during)),
        *((entry.fact, other) for other in entry.before),
    ]


@given(any_facts())
def test_every_fact_stands_on_the_line_exactly_once(facts: list[FactView]) -> None:
    assert sorted(fact.fact for fact in facts) == sorted(entry.fact for entry in timeline(facts))


@given(any_facts())
def test_the_order_contradicts_no_certain_bounds(facts: list[FactView]) -> None:
    line = [entry.fact for entry in timeline(facts)]
    bounds = {fact.fact: own(fact) for fact in facts}

    assert [] == [
        (one, other)
        for index, one in enumerate(line)
        for other in line[index + 1 :]
        if surely_before(bounds[other], bounds[one])
    ]


@given(any_facts())
def test_the_order_contradicts_no_relation_that_was_not_put_aside(facts: list[FactView]) -> None:
    line = timeline(facts)
    place = {entry.fact: index for index, entry in enumerate(line)}
    together = {frozenset((entry.fact, other)) for entry in line for other in entry.during} & {
        frozenset((other, entry.fact)) for entry in line for other in entry.during
    }
    troubled = {entry.fact for entry in line if entry.trouble}

    assert [] == [
        (one, other)
        for entry in line
        for one, other in first_then(entry)
        if not {one, other} <= troubled
        and place[one] > place[other]
        and frozenset((one, other)) not in together
    ]


@given(any_facts())
def test_tightening_never_widens(facts: list[FactView]) -> None:
    bounds = {fact.fact: own(fact) for fact in facts}
    for entry in timeline(facts):
        tight, wide = shown(entry), bounds[entry.fact]

        assert wide.earliest is None or (tight.earliest is not None and tight.earliest >= wide.earliest)
        assert wide.latest is None or (tight.latest is not None and tight.latest <= wide.latest)
        assert set(entry.derived) == {
            name for name in ("earliest", "latest") if getattr(tight, name) != getattr(wide, name)
        }


@given(any_facts().flatmap(lambda facts: st.tuples(st.just(facts), st.permutations(facts))))
def test_the_bounds_do_not_depend_on_the_order_of_recording(
    case: tuple[list[FactView], list[FactView]],
) -> None:
    one, other = (
        {entry.fact: (entry.earliest, entry.latest, sorted(entry.trouble)) for entry in timeline(order)}
        for order in case
    )
    assert one == other


@given(any_facts())
def test_a_fact_in_no_trouble_has_bounds_in_the_right_order(facts: list[FactView]) -> None:
    for entry in timeline(facts):
        bounds = shown(entry)
        if bounds.earliest is not None and bounds.latest is not None:
            assert bounds.earliest <= bounds.latest


@given(courses())
def test_what_did_happen_is_never_excluded_nor_called_trouble(case: tuple[Course, list[FactView]]) -> None:
    course, facts = case
    for entry in timeline(facts):
        begun, ended = (dt.datetime.fromisoformat(hour(at)) for at in course[entry.fact])

        assert () == entry.trouble
        assert entry.earliest is None or dt.datetime.fromisoformat(entry.earliest) <= begun
        assert entry.latest is None or ended <= dt.datetime.fromisoformat(entry.latest)


def stated(facts: list[FactView]) -> set[tuple[str, str, str]]:
    """What the record relates of facts that are known and stand, each as fact, relation and other."""
    standing = {fact.fact for fact in facts if "retracted" not in fact.decided}
    return {
        (fact.fact, relation.rel, relation.fact)
        for fact in facts
        if fact.fact in standing and fact.content.occurred is not None
        for relation in fact.content.occurred.relations
        if relation.fact in standing
    }


def put_aside(line: tuple[TimelineEntry, ...]) -> dict[str, set[tuple[str, str, str]]]:
    """By fact, what was put aside."""
    return {entry.fact: {(one.fact, one.rel, one.other) for one in entry.impossible} for entry in line}


@given(any_facts())
def test_what_cannot_be_is_reported_with_both_its_facts_and_nothing_else_is(facts: list[FactView]) -> None:
    aside = put_aside(timeline(facts))
    every = set().union(*aside.values())

    assert every <= stated(facts)
    for fact, relation, other in every:
        assert (fact, relation, other) in aside[fact]
        assert (fact, relation, other) in aside[other]
    assert all({fact in (one[0], one[2]) for one in relations} <= {True} for fact, relations in aside.items())


@given(any_facts())
def test_every_relation_that_is_not_reported_as_impossible_holds_of_the_bounds_shown(
    facts: list[FactView],
) -> None:
    """One schedule at least keeps all of them: everything as early as it can be."""
    line = timeline(facts)
    lower = {
        entry.fact: dt.datetime.min.replace(tzinfo=dt.UTC)
        if entry.earliest is None
        else dt.datetime.fromisoformat(entry.earliest)
        for entry in line
    }
    for fact, relation, other in stated(facts) - set().union(*put_aside(line).values()):
        if relation in ("after", "during", "same-time"):
            assert lower[other] <= lower[fact]
        if relation in ("before", "same-time"):
            assert lower[fact] <= lower[other]


@given(any_facts())
def test_an_impossible_relation_is_told_with_the_passages_that_it_rests_on(facts: list[FactView]) -> None:
    by_fact = {fact.fact: fact for fact in facts}
    for entry in timeline(facts):
        for one in entry.impossible:
            told = {passage.attestation for passage in one.passages if passage.says == "order"}
            saying = {
                view.attestation.id
                for view in by_fact[one.fact].attestations
                if view.attestation.as_stated is not None
                and view.attestation.as_stated.occurred is not None
                and any(
                    (relation.rel, relation.fact) == (one.rel, one.other)
                    for relation in view.attestation.as_stated.occurred.relations
                )
            }

            assert saying == told
            assert one.in_short in one.sentence
            assert entry.trouble == tuple(each.in_short for each in entry.impossible)


@given(any_facts())
def test_bounds_that_are_marked_derived_come_from_a_fact_that_the_record_relates(
    facts: list[FactView],
) -> None:
    """Without relations that hold, nothing is derived."""
    line = timeline(facts)
    kept = stated(facts) - set().union(*put_aside(line).values())
    joined = {ident for fact, _, other in kept for ident in (fact, other)}

    assert {entry.fact for entry in line if entry.derived} <= joined
