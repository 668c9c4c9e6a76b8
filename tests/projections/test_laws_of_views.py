"""Laws of every view (model §5), on generated courses of acts and on every situation of the table, at points of both axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given

from ledger.events import FactAmended, Redacted
from ledger.values import Absent
from projections.audit_trail import audit_trail
from projections.axes import Axes
from projections.conflicts import conflicts_of
from projections.incident_view import incident_view
from projections.timeline import timeline
from tests.recorded import recorded
from tests.situations import Situation, load
from tests.strategies_changes import INCIDENT, PUBLIC, courses_of_acts, events_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.events import Act, Recorded
    from ledger.values import Json
    from tests.strategies_changes import Line

SITUATIONS = load()
EVERY_SITUATION = pytest.mark.parametrize("situation", SITUATIONS, ids=[one.name for one in SITUATIONS])
WORDING = ("statement", "as_stated", "as_described")
SOME_PUBLIC = (PUBLIC[4], PUBLIC[8], None)


def told(events: Sequence[Recorded[Act]], axes: Axes) -> list[bytes]:
    """Every view of the incident at a point, as bytes."""
    view = incident_view(events, INCIDENT, axes)
    views = (
        view,
        None if view is None else timeline(view.facts),
        conflicts_of(events, INCIDENT, axes),
        audit_trail(events, INCIDENT, axes.known),
    )
    return [msgspec.json.encode(view) for view in views]


def points(events: Sequence[Recorded[Act]]) -> Iterator[Axes]:
    for known in range(len(events) + 1):
        for public in SOME_PUBLIC:
            yield Axes(known=known, public=public)


def is_told_again(acts: list[dict[str, Any]]) -> None:
    once, again = recorded(acts), recorded(acts)
    for axes in points(once):
        assert told(once, axes) == told(again, axes)


def stays_as_it_was(events: Sequence[Recorded[Act]]) -> None:
    masked_from = next((event.position for event in reversed(events) if isinstance(event.body, Redacted)), 0)
    for axes in points(events):
        if axes.known >= masked_from:
            assert told(events[: axes.known], axes) == told(events, axes)


def without_wording(value: Json) -> Json:
    """A content without what is wording only."""
    if isinstance(value, dict):
        return {name: without_wording(one) for name, one in value.items() if name not in WORDING}
    return [without_wording(one) for one in value] if isinstance(value, list | tuple) else value


def amendments_leave_values(events: Sequence[Recorded[Act]]) -> int:
    seen = 0
    for event in events:
        act = event.body
        if not isinstance(act, FactAmended) or isinstance(act.set, Absent):
            continue
        before, after = (
            {
                fact.fact: without_wording(msgspec.to_builtins(fact.content))
                for fact in getattr(incident_view(events, INCIDENT, Axes(known=known)), "facts", ())
            }
            for known in (event.position - 1, event.position)
        )
        assert before.get(act.fact) == after.get(act.fact)
        seen += 1
    return seen


@given(lines=courses_of_acts())
def test_the_same_events_give_the_same_views_to_the_byte(lines: list[Line]) -> None:
    """Law 1 (model §5): Same events, same view, to the byte."""
    once, again = events_of(lines), events_of(lines)
    for axes in (Axes(known=len(once), public=public) for public in PUBLIC):
        assert told(once, axes) == told(again, axes)


@EVERY_SITUATION
def test_the_same_situation_gives_the_same_views_to_the_byte(situation: Situation) -> None:
    """Law 1 (model §5): Same events, same view, to the byte."""
    is_told_again(situation.acts)


@given(lines=courses_of_acts())
def test_appending_never_changes_an_answer_at_an_earlier_position(lines: list[Line]) -> None:
    """Law 2 (model §5): Appending never changes an answer at an earlier position or closed time, redaction masking apart."""
    stays_as_it_was(events_of(lines))


@EVERY_SITUATION
def test_no_situation_changes_an_answer_at_an_earlier_position(situation: Situation) -> None:
    """Law 2 (model §5): Appending never changes an answer at an earlier position or closed time, redaction masking apart."""
    stays_as_it_was(recorded(situation.acts))


@given(lines=courses_of_acts())
def test_an_amendment_leaves_every_value_as_it_was(lines: list[Line]) -> None:
    """Law 10 (model §5): An amendment leaves every value-bearing field as it was."""
    amendments_leave_values(events_of(lines))


def test_the_amendments_of_the_situations_leave_every_value_as_it_was() -> None:
    """Law 10 (model §5): An amendment leaves every value-bearing field as it was."""
    assert 3 <= sum(amendments_leave_values(recorded(one.acts)) for one in SITUATIONS)
