"""Replay: an incident act by act, lazily, each with the change it made and the state after it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

from projections import course
from projections.axes import Axes
from projections.difference import Difference
from projections.fact_fold import FactFold
from projections.replay import replay
from tests.strategies_changes import INCIDENT, events_of

if TYPE_CHECKING:
    from projections.replay import ReplayStep
    from tests.strategies_changes import Line


def report(fact: str, source: str = "paper") -> Line:
    return {"FactReported": fact, "says": {"kind": f"{fact}@1"}, "from": {"id": "a1", "source": source}}


def attest(fact: str, number: int) -> Line:
    return {
        "FactAttested": fact,
        "from": {"id": f"b{number}", "source": "station", "quote": f"words {number}"},
    }


def steps(lines: list[Line]) -> list[ReplayStep]:
    events = events_of(lines)
    return list(replay(events, INCIDENT, Axes(known=len(events))))


def test_each_act_has_its_change_and_the_state_after_it() -> None:
    opened, reported, attested = steps([report("drag"), attest("drag", 1)])

    assert ["IncidentOpened", "FactReported", "FactAttested"] == [
        one.act.type for one in (opened, reported, attested)
    ]
    assert [[], [1], [2]] == [
        [fact.origins for fact in one.state.facts] for one in (opened, reported, attested)
    ]
    assert "/facts/drag/@after" in {change.path for change in reported.difference.changes}
    assert [("/facts/drag/origins", 1, 2), ("/facts/drag/status", "reported", "corroborated")] == [
        (one.path, one.old, one.new)
        for one in attested.difference.changes
        if one.path.rpartition("/")[2] in ("origins", "status")
    ]


def test_an_act_of_a_source_is_a_step_only_where_it_moved_a_fact() -> None:
    notice: Line = {"SourceNoticeRecorded": "paper", "type": "retraction", "published": "2021-05-10 12:00"}
    elsewhere: Line = {**notice, "SourceNoticeRecorded": "memo"}
    found = steps([report("drag"), elsewhere, notice])

    assert ["IncidentOpened", "FactReported", "SourceNoticeRecorded"] == [one.act.type for one in found]
    assert "source/paper" == found[-1].act.stream


def test_an_act_upon_a_fact_that_was_not_out_by_then_is_no_step() -> None:
    events = events_of([report("drag", "wire"), {"IncidentAmended": INCIDENT, "title": "Dragging"}])
    found = list(replay(events, INCIDENT, Axes(known=len(events), public=events[1].recorded_at)))

    assert [("IncidentOpened", ()), ("IncidentAmended", ())] == [
        (step.act.type, step.state.facts) for step in found
    ]


def test_what_an_amendment_of_the_incident_does_not_name_stays_as_it_was() -> None:
    amended: list[Line] = [
        {"IncidentAmended": INCIDENT, "zone": "America/New_York"},
        {"IncidentAmended": INCIDENT, "title": "Dragging"},
    ]
    opened, zoned, titled = (step.state for step in steps(amended))

    assert (opened.title, "America/New_York") == (zoned.title, zoned.zone)
    assert ("Dragging", "America/New_York") == (titled.title, titled.zone)
    assert "America/New_York" != opened.zone


def test_an_incident_that_was_not_known_has_no_steps() -> None:
    assert [] == list(replay(events_of([]), "elsewhere", Axes(known=6)))
    assert [] == list(replay(events_of([]), INCIDENT, Axes(known=1)))
    assert Difference() == Difference(changes=())


def test_it_is_lazy_and_folds_no_fact_but_the_one_that_an_act_is_upon() -> None:
    """Ten facts and ten passages of one of them: a fold for each act upon a fact, and none for the facts beside it."""
    facts = [f"fact{number}" for number in range(10)]
    lines = [*(report(fact) for fact in facts), *(attest("fact0", number) for number in range(10))]
    events = events_of(lines)
    folds: list[int] = []

    class Counted(FactFold):
        def __init__(self, *given: object) -> None:
            super().__init__(*given)  # type: ignore[arg-type]  # handed on as they came
            folds.append(1)

        def outs(self) -> dict[int, object]:
            return {}

    with patch.object(course, "_Fold", Counted):
        walk = replay(events, INCIDENT, Axes(known=len(events)))
        assert [] == folds
        next(walk)
        told_of_publication = len(folds)
        assert len(facts) == told_of_publication
        assert len(lines) == len(list(walk))

    assert len(lines) == len(folds) - told_of_publication
