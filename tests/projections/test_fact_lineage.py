"""The lineage of a fact: every act, who, when recorded, since when public, from what to what, why and on whose words."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

from projections.axes import Axes
from projections.fact_lineage import FactLineage, fact_lineage
from tests.strategies_changes import INCIDENT, events_of

if TYPE_CHECKING:
    from tests.strategies_changes import Line

REPORT: Line = {
    "FactReported": "drag",
    "says": {"kind": "drag@1", "quantities": {"distance": "15 [ft_i]"}},
    "from": {"id": "a1", "source": "paper"},
}
CORRECTION: Line = {
    "FactCorrected": "drag",
    "class": "wrong-number",
    "cause": "source-error",
    "reason": "The paper corrected its story.",
    "says": {"quantities": {"distance": "20 [ft_i]"}},
    "from": {"id": "a2", "source": "wire", "quote": "20 feet"},
}
RETRACTION: Line = {"FactRetracted": "drag", "cause": "legal", "reason": "A court ordered it."}
REDACTION: Line = {"Redacted": f"incident/{INCIDENT}", "erases": {"drag": ["quantities/distance"]}}


def lineage(lines: list[Line], *, public: str | None = None, fact: str = "drag") -> FactLineage | None:
    events = events_of(lines)
    at = None if public is None else dt.datetime.fromisoformat(public)
    return fact_lineage(events, INCIDENT, fact, Axes(known=len(events), public=at))


def told(lines: list[Line], *, public: str | None = None) -> list[str]:
    """The types of the acts."""
    found = lineage(lines, public=public)
    assert found is not None
    return [step.act.type for step in found.steps]


def test_each_act_says_who_when_from_what_to_what_why_and_on_whose_words() -> None:
    found = lineage([REPORT, CORRECTION])
    assert found is not None
    step = found.steps[1]
    values = {change.path: (change.old, change.new) for change in step.act.changes}

    assert ("FactCorrected", "desk", "2021-05-08T14:00:00.000000Z", "2021-05-10T12:00:00+00:00") == (
        step.act.type,
        step.act.actor,
        step.act.recorded_at,
        step.act.public_from,
    )
    assert ({"value": "15", "unit": "[ft_i]"}, {"value": "20", "unit": "[ft_i]"}) == values[
        "quantities/distance"
    ]
    assert "The paper corrected its story." == step.act.words["reason"]
    assert [("wire", "20 feet")] == [(one.source, one.quote) for one in step.act.citations]


def test_acts_of_a_source_that_moved_the_fact_stand_among_them() -> None:
    notice: Line = {"SourceNoticeRecorded": "paper", "type": "retraction", "published": "2021-05-10 12:00"}
    other: Line = {"SourceNoticeRecorded": "station", "type": "retraction", "published": "2021-05-10 12:00"}
    found = lineage([REPORT, other, notice])
    assert found is not None

    assert ["FactReported", "SourceNoticeRecorded"] == [step.act.type for step in found.steps]
    assert ["reported", "unsupported"] == [
        step.stood.status for step in found.steps if step.stood is not None
    ]


def test_a_retracted_fact_keeps_all_of_it() -> None:
    found = lineage([REPORT, CORRECTION, RETRACTION])
    assert found is not None
    last = found.steps[-1].stood

    assert ["FactReported", "FactCorrected", "FactRetracted"] == [step.act.type for step in found.steps]
    assert last is not None
    assert ("retracted",) == last.decided


def test_a_redaction_stands_among_them_and_leaves_tombstones_and_every_act() -> None:
    found = lineage([REPORT, CORRECTION, REDACTION])
    assert found is not None
    changes = [change for step in found.steps for change in step.act.changes]

    assert ["FactReported", "FactCorrected", "Redacted"] == [step.act.type for step in found.steps]
    assert {"absent": "undisclosed"} in [
        change.new for change in changes if change.path == "quantities/distance"
    ]
    assert not any("15" in str((change.old, change.new)) for change in changes)


def test_acts_upon_other_facts_and_their_redactions_are_not_told() -> None:
    other: Line = {**REPORT, "FactReported": "flight", "says": {"kind": "flight@1"}}
    erased: Line = {"Redacted": f"incident/{INCIDENT}", "erases": {"flight": ["statement"]}}

    assert ["FactReported"] == told([REPORT, other, erased])


def test_an_act_that_was_not_public_by_then_is_left_out() -> None:
    assert ["FactReported"] == told([REPORT, CORRECTION], public="2021-05-09T00:00:00Z")
    assert ["FactReported", "FactCorrected"] == told([REPORT, CORRECTION], public="2021-05-10T12:00:00Z")


def test_there_is_none_where_nothing_was_known_or_public() -> None:
    assert lineage([REPORT], fact="elsewhere") is None
    assert lineage([REPORT], public="2021-05-01T00:00:00Z") is None


def test_a_redaction_in_a_source_is_of_a_fact_only_where_the_fact_cites_what_was_removed() -> None:
    """The paper's second act has the number that the report has in the incident; its own words are none of the fact's."""
    amended: Line = {"SourceAmended": "paper", "id": "retitled", "title": "Ann Lee dragged"}
    report: Line = {**REPORT, "from": {"id": "a1", "source": "paper", "snapshot": "page"}}
    of_title: Line = {"Redacted": "source/paper", "erases_in": {"retitled": ["title"]}}
    of_page: Line = {
        "Redacted": "source/paper",
        "snapshots": ["sha256:" + hashlib.sha256(b"page").hexdigest()],
    }

    assert ["FactReported"] == told([amended, report, of_title])
    assert ["FactReported", "Redacted"] == told([amended, report, of_title, of_page])
