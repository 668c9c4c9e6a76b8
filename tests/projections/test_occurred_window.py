"""The window of occurrence in every view: the same facts are told in all of them, each as it stands among all (model §5, Axes)."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.audit_trail import trail_at
from projections.axes import Axes, Window
from projections.changes import changes
from projections.conflicts import conflicts_of
from projections.difference import Difference, apply, canonical, compose, difference
from projections.first_known import first_known
from projections.incident_view import incident_view
from projections.replay import replay
from projections.tight_bounds import dated, tight_bounds
from projections.timeline import timeline
from projections.told_facts import told_incident, told_timeline
from tests.recorded import recorded
from tests.situations import Situation, load
from tests.strategies_changes import INCIDENT, PUBLIC, courses_of_acts, events_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.events import Act, Recorded
    from projections.audit_trail import AuditEntry
    from projections.incident_view import IncidentView
    from tests.strategies_changes import Line

SITUATIONS = load()
EVERY_SITUATION = pytest.mark.parametrize("situation", SITUATIONS, ids=[one.name for one in SITUATIONS])
DAY = dt.datetime(2021, 5, 8, tzinfo=dt.UTC)
INSTANT = dt.datetime(2021, 5, 8, 11, tzinfo=dt.UTC)
WINDOWS = (
    Window(occurred_from=DAY, occurred_to=DAY + dt.timedelta(days=1), overlap="certain"),
    Window(occurred_from=DAY, occurred_to=DAY + dt.timedelta(days=1)),
    Window(occurred_to=DAY),
    Window(occurred_from=INSTANT, occurred_to=INSTANT),
    Window(occurred_from=DAY + dt.timedelta(days=30), overlap="certain"),
)


def asked(events: list[Recorded[Act]], axes: Axes) -> set[str]:
    """The facts that a window asks about, by the bounds that all facts of the incident leave of each."""
    view = incident_view(events, INCIDENT, axes.point)
    assert view is not None
    assert axes.occurred is not None
    bounds = tight_bounds(dated(fact) for fact in view.facts)
    return {fact for fact, tight in bounds.items() if axes.occurred.holds(tight.interval)}


def is_upon(act: AuditEntry, facts: set[str], trail: Sequence[AuditEntry]) -> bool:
    """Whether it names one of the facts, or is a redaction that took something of one, or of an act upon one."""
    versions = {f"version {entry.version}" for entry in trail if entry.fact in facts}
    taken = {change.path.split("/")[0] for change in act.changes} if act.type == "Redacted" else set()
    return act.fact in facts or not taken.isdisjoint(facts | versions)


def check_views(events: list[Recorded[Act]], axes: Axes) -> None:
    view, expected = incident_view(events, INCIDENT, axes.point), asked(events, axes)
    told = told_incident(events, INCIDENT, axes)
    line = told_timeline(events, INCIDENT, axes)
    conflicts, known = conflicts_of(events, INCIDENT, axes), first_known(events, INCIDENT, axes)
    assert view is not None
    assert told is not None
    assert line is not None
    assert conflicts is not None
    assert known is not None

    assert [fact for fact in view.facts if fact.fact in expected] == [
        *getattr(incident_view(events, INCIDENT, axes), "facts", ())
    ]
    assert expected == {fact.fact for fact in told.facts}
    assert expected == {*conflicts.agreed, *(fact.fact for fact in conflicts.facts)}
    assert expected == {fact.fact for fact in known.facts}
    assert [
        (one.fact, one.earliest, one.latest, one.derived, one.trouble)
        for one in timeline(view.facts)
        if one.fact in expected
    ] == [(one.fact, one.earliest, one.latest, one.derived, one.trouble) for one in line.entries]
    trail = trail_at(events, INCIDENT, axes.point)
    assert [act for act in trail if is_upon(act, expected, trail)] == [*trail_at(events, INCIDENT, axes)]


def only(view: IncidentView | None, facts: set[str]) -> IncidentView | None:
    if view is None:
        return None
    return msgspec.structs.replace(view, facts=tuple(fact for fact in view.facts if fact.fact in facts))


def check_course(events: list[Recorded[Act]], one: Axes, other: Axes) -> None:
    """Changes lead from the one state to the other, both without the facts that are not asked about, and the entries add up to it."""
    found = changes(events, INCIDENT, one, other)
    facts = asked(events, one) | asked(events, other)
    before, after = (only(incident_view(events, INCIDENT, axes.point), facts) for axes in (one, other))
    assert found is not None

    assert canonical(after) == canonical(apply(before, found.difference))
    assert difference(before, after) == found.difference
    assert {entry.fact for entry in found.entries} - {None} <= facts
    told = reduce(compose, (Difference(changes=entry.changes) for entry in found.entries), Difference())
    outside = {"/incident", "/position", "/public_at"}
    expected = [
        change
        for change in found.difference.changes
        if change.path not in outside
        and not (change.path.count("/") == 3 and change.path.endswith("/@after"))
    ]
    assert expected == list(told.changes)


def check_replay(events: list[Recorded[Act]], axes: Axes) -> None:
    facts, stood = asked(events, axes), None
    for step in replay(events, INCIDENT, axes):
        whole = incident_view(events, INCIDENT, msgspec.structs.replace(axes.point, known=step.act.position))
        assert only(whole, facts) == step.state
        assert canonical(step.state) == canonical(apply(stood, step.difference))
        assert step.act.fact is None or step.act.fact in facts or step.difference.changes
        stood = step.state
    assert [fact.fact for fact in getattr(incident_view(events, INCIDENT, axes), "facts", ())] == [
        fact.fact for fact in getattr(stood, "facts", ())
    ]


@given(courses_of_acts(), st.sampled_from(WINDOWS), st.sampled_from(PUBLIC), st.data())
def test_every_view_tells_the_facts_that_the_window_asks_about_and_no_others(
    lines: list[Line], window: Window, public: dt.datetime | None, data: st.DataObject
) -> None:
    events = events_of(lines)
    known = data.draw(st.integers(2, len(events)))
    check_views(events, Axes(known=known, public=public, occurred=window))


@EVERY_SITUATION
@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: str(window.said))
def test_so_it_is_in_every_situation(situation: Situation, window: Window) -> None:
    events = recorded(situation.acts)
    for public in (None, INSTANT + dt.timedelta(days=2)):
        axes = Axes(known=len(events), public=public, occurred=window)
        check_views(events, axes)
        check_replay(events, axes)
        check_course(events, msgspec.structs.replace(axes, known=2), axes)


@given(courses_of_acts(), st.sampled_from(WINDOWS), st.sampled_from(PUBLIC), st.data())
def test_changes_and_replay_are_those_of_the_facts_asked_about(
    lines: list[Line], window: Window, public: dt.datetime | None, data: st.DataObject
) -> None:
    events = events_of(lines)
    first, last = data.draw(st.tuples(st.integers(2, len(events)), st.integers(2, len(events))))
    here, there = (Axes(known=known, public=public, occurred=window) for known in (first, last))
    check_course(events, here, there)
    check_replay(events, there)
    other = msgspec.structs.replace(here, public=data.draw(st.sampled_from(PUBLIC)))
    check_course(events, here, other)


def test_a_fact_whose_corrected_time_leaves_the_window_is_told_as_corrected() -> None:
    events = events_of(
        [
            {
                "FactReported": "drag",
                "says": {"kind": "drag@1", "occurred": "2021-05-08 11:00"},
                "from": "paper",
            },
            {
                "FactReported": "flight",
                "says": {"kind": "flight@1", "occurred": "2021-05-01 11:00"},
                "from": "paper",
            },
            {
                "FactCorrected": "drag",
                "cause": "source-error",
                "says": {"occurred": "2021-05-07 11:00"},
                "from": "station",
            },
        ]
    )
    here, there = (Axes(known=known, occurred=WINDOWS[0]) for known in (len(events) - 1, len(events)))
    found = changes(events, INCIDENT, here, there)

    assert found is not None
    assert [("corrected", "drag")] == [
        (entry.sort, entry.fact) for entry in found.entries if entry.sort == "corrected"
    ]
    assert (["drag"], []) == tuple(
        [fact.fact for fact in getattr(incident_view(events, INCIDENT, axes), "facts", ())]
        for axes in (here, there)
    )
