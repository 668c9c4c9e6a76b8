"""Which acts moved a fact at an instant of publication: those that came out, and the notices that took words back just then."""

from __future__ import annotations

import datetime as dt

import pytest

from projections.axes import Axes
from projections.changes import changes
from tests.strategies_changes import INCIDENT, Line, events_of

REPORT: Line = {
    "FactReported": "drag",
    "says": {"kind": "drag@1"},
    "from": {"id": "a1", "source": "paper", "quote": "about 15 feet"},
}
TAKEN_BACK = ("2021-05-10T12:00:00.000000Z", "weakened", [("SourceNoticeRecorded", "source/paper")])
ATTESTED: Line = {"FactAttested": "drag", "from": {"id": "b1", "source": "station"}}


def notice(work: str, published: str, kind: str = "retraction") -> Line:
    return {"SourceNoticeRecorded": work, "type": kind, "published": published}


def told(*lines: Line) -> list[tuple[str | None, str, list[tuple[str, str]]]]:
    """Of each change after 9 May, when it was public, its sort, and the acts that did it."""
    events = events_of(list(lines))
    after, until = (dt.datetime(2021, month, 9, tzinfo=dt.UTC) for month in (5, 6))
    found = changes(
        events, INCIDENT, Axes(known=len(events), public=after), Axes(known=len(events), public=until)
    )
    assert found is not None
    return [(entry.at, entry.sort, [(act.type, act.stream) for act in entry.acts]) for entry in found.entries]


def test_a_fact_that_its_source_takes_back_is_moved_by_that_notice_when_it_was_put_out() -> None:
    assert [TAKEN_BACK] == told(REPORT, ATTESTED, notice("paper", "2021-05-10 12:00"))


@pytest.mark.parametrize(
    "other",
    [
        notice("paper", "2021-05-11 12:00", "clarification"),
        notice("station", "2021-05-10 12:00", "clarification"),
        notice("memo", "2021-05-10 12:00"),
    ],
    ids=["of another day", "of a source whose words stand", "of a source that is not cited"],
)
def test_no_other_notice_is_said_to_have_moved_it(other: Line) -> None:
    assert [TAKEN_BACK] == told(REPORT, ATTESTED, other, notice("paper", "2021-05-10 12:00"))
