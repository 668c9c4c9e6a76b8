"""Laws of what changed, of replay and of lineage, on generated histories and on every situation of the table, along both axes."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidError
from projections.audit_trail import Change, trail_at
from projections.axes import Axes
from projections.changes import Changes, changes
from projections.difference import Difference, apply, canonical, compose, difference, inverse
from projections.fact_lineage import fact_lineage
from projections.incident_view import incident_view
from projections.replay import replay
from tests.recorded import recorded
from tests.situations import Situation, load
from tests.strategies_changes import INCIDENT, PUBLIC, courses_of_acts, events_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.events import Act, Recorded
    from projections.incident_view import IncidentView
    from tests.strategies_changes import Line

SITUATIONS = load()
EVERY_SITUATION = pytest.mark.parametrize("situation", SITUATIONS, ids=[one.name for one in SITUATIONS])
COURSES = courses_of_acts()


def publics(situation: Situation) -> list[dt.datetime | None]:
    return [*sorted({dt.datetime.fromisoformat(one.public) for one in situation.points if one.public}), None]


def state(events: list[Recorded[Act]], axes: Axes) -> IncidentView | None:
    return incident_view(events, INCIDENT, axes)


def changed(events: list[Recorded[Act]], one: Axes, other: Axes) -> Changes:
    """What changed, where the incident was known at one of the two points."""
    found = changes(events, INCIDENT, one, other)
    assert found is not None
    return found


def stretches(events: list[Recorded[Act]], instants: list[dt.datetime | None]) -> Iterator[tuple[Axes, Axes]]:
    """Pairs of points along known from every position, and along public between every two instants, both ways."""
    last = len(events)
    for public in (None, instants[0], instants[len(instants) // 2]):
        for known in range(2, last + 1):
            for other in {0, known, min(known + 1, last), last}:
                yield Axes(known=known, public=public), Axes(known=other, public=public)
                yield Axes(known=other, public=public), Axes(known=known, public=public)
    for public in instants:
        for other_public in instants:
            yield Axes(known=last, public=public), Axes(known=last, public=other_public)


def is_outside_the_sentences(path: str) -> bool:
    """The point itself, and where a fact stands among the facts: nobody's change."""
    return path in {"/incident", "/position", "/public_at"} or (
        path.count("/") == 3 and path.endswith("/@after")
    )


def check_changes(events: list[Recorded[Act]], one: Axes, other: Axes) -> None:
    found = changed(events, one, other)
    before, after = state(events, one), state(events, other)

    assert after == apply(before, found.difference)
    assert canonical(after) == canonical(apply(before, found.difference))
    assert difference(before, after) == found.difference

    told = reduce(compose, (Difference(changes=entry.changes) for entry in found.entries), Difference())
    expected = tuple(
        change for change in found.difference.changes if not is_outside_the_sentences(change.path)
    )
    assert expected == told.changes, "what the sentences tell is all that changed, and nothing else"


@EVERY_SITUATION
def test_changes_applied_to_one_state_are_the_other_and_the_sentences_tell_all_of_them(
    situation: Situation,
) -> None:
    """Law 7 (model §5): changes(a→b) applied to state(a) is state(b)."""
    events = recorded(situation.acts)
    for one, other in stretches(events, publics(situation)):
        check_changes(events, one, other)


@given(COURSES, st.data())
def test_so_it_is_in_every_history(lines: list[Line], data: st.DataObject) -> None:
    """Law 7 (model §5): changes(a→b) applied to state(a) is state(b)."""
    events = events_of(lines)
    known = st.integers(2, len(events))
    instants = st.sampled_from(PUBLIC)
    first, last, held, public = data.draw(st.tuples(known, known, instants, known))
    check_changes(events, Axes(known=first, public=held), Axes(known=last, public=held))
    one, other = data.draw(st.tuples(instants, instants))
    check_changes(events, Axes(known=public, public=one), Axes(known=public, public=other))


@given(COURSES, st.data())
def test_differences_of_states_compose_and_turn_round(lines: list[Line], data: st.DataObject) -> None:
    """Law 7 (model §5): state differences compose."""
    events = events_of(lines)
    points = st.builds(Axes, known=st.integers(0, len(events)), public=st.sampled_from(PUBLIC))
    a, b, c = (state(events, data.draw(points)) for _ in range(3))
    there, on = difference(a, b), difference(b, c)

    assert difference(a, c) == compose(there, on)
    assert c == apply(a, compose(there, on)) == apply(apply(a, there), on)
    assert a == apply(b, inverse(there))
    assert Difference() == compose(there, inverse(there)) == difference(a, a)


@given(COURSES, st.data())
def test_what_is_told_backwards_is_what_is_told_forwards_the_other_way_round(
    lines: list[Line], data: st.DataObject
) -> None:
    events = events_of(lines)
    known = st.integers(2, len(events))
    held = data.draw(st.sampled_from(PUBLIC))
    one, other = (Axes(known=data.draw(known), public=held) for _ in range(2))
    there, back = changed(events, one, other), changed(events, other, one)

    assert [entry.acts for entry in there.entries] == [entry.acts for entry in reversed(back.entries)]
    assert [entry.changes for entry in there.entries] == [
        inverse(Difference(changes=entry.changes)).changes for entry in reversed(back.entries)
    ]
    assert (one == other) or (there.backwards != back.backwards)


@EVERY_SITUATION
def test_from_a_point_to_itself_nothing_changed(situation: Situation) -> None:
    events = recorded(situation.acts)
    for public in publics(situation):
        found = changed(
            events, Axes(known=len(events), public=public), Axes(known=len(events), public=public)
        )

        assert ((), Difference(), None) == (found.entries, found.difference, found.axis)


@EVERY_SITUATION
def test_no_act_between_two_points_that_moved_a_fact_goes_without_a_sentence(situation: Situation) -> None:
    """Also one that a later act undid: the entries are told act by act."""
    events = recorded(situation.acts)
    told = changed(events, Axes(known=0), Axes(known=len(events)))
    named = {act.position for entry in told.entries for act in entry.acts}
    for event in events:
        before, after = (state(events, Axes(known=event.position - back)) for back in (1, 0))
        if before is not None and after is not None and before.facts != after.facts:
            assert event.position in named


def without_position(view: IncidentView | None) -> IncidentView | None:
    return None if view is None else msgspec.structs.replace(view, position=0)


@given(COURSES, st.sampled_from(PUBLIC))
def test_replay_is_the_state_at_each_act_and_each_difference_leads_to_the_next(
    lines: list[Line], public: dt.datetime | None
) -> None:
    events = events_of(lines)
    stood: IncidentView | None = None
    seen: list[int] = []
    for step in replay(events, INCIDENT, Axes(known=len(events), public=public)):
        assert difference(stood, step.state) == step.difference
        assert canonical(step.state) == canonical(apply(stood, step.difference))
        assert canonical(step.state) == canonical(state(events, Axes(known=step.act.position, public=public)))
        stood = step.state
        seen.append(step.act.position)

    assert sorted(set(seen)) == seen
    out = trail_at(events, INCIDENT, Axes(known=len(events), public=public))
    assert {entry.position for entry in out} <= set(seen)
    assert without_position(state(events, Axes(known=len(events), public=public))) == without_position(stood)


@given(COURSES)
def test_the_lineage_holds_every_act_upon_a_fact_and_its_differences_add_up_to_it(lines: list[Line]) -> None:
    events = events_of(lines)
    last = state(events, Axes(known=len(events)))
    assert last is not None
    for fact in last.facts:
        lineage = fact_lineage(events, INCIDENT, fact.fact, Axes(known=len(events)))
        assert lineage is not None
        upon = [event.position for event in events if getattr(event.body, "fact", None) == fact.fact]
        added_up = reduce(compose, (step.difference for step in lineage.steps), Difference())
        prefix = f"/facts/{fact.fact}/"
        whole = [one for one in difference(None, last).changes if one.path.startswith(prefix)]

        assert set(upon) <= {step.act.position for step in lineage.steps}
        assert [one for one in whole if one.path != f"{prefix}@after"] == list(added_up.changes)


def test_a_difference_is_refused_where_it_was_made_from_another_state() -> None:
    events = recorded(SITUATIONS[0].acts)
    one, two, three = (state(events, Axes(known=known)) for known in (2, len(events) - 1, len(events)))

    with pytest.raises(InvalidError, match="made from another state"):
        apply(one, difference(two, three))
    with pytest.raises(InvalidError, match="does not begin where the first ends"):
        compose(difference(one, three), difference(two, three))


def test_a_difference_that_leads_to_no_state_is_refused() -> None:
    events = recorded(SITUATIONS[0].acts)
    whole = state(events, Axes(known=len(events)))
    assert whole is not None
    gone = Difference(changes=(Change(path="/title", old=whole.title),))
    lost = Difference(changes=(Change(path="/facts/drag/@after", old="", new="drag"),))

    with pytest.raises(InvalidError, match="no state of an incident"):
        apply(whole, gone)
    with pytest.raises(InvalidError, match="list without an order"):
        apply(whole, lost)


def test_a_difference_whose_order_goes_round_is_refused() -> None:
    """An item without an id comes after the only other one, which as the first of the list comes after no id."""
    events = recorded(SITUATIONS[0].acts)
    whole = state(events, Axes(known=len(events)))

    with pytest.raises(InvalidError, match="no state of an incident"):
        apply(whole, Difference(changes=(Change(path="/facts//@after", new="drag"),)))
