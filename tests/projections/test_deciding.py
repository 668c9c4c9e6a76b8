"""Incidents folded for a page at a past or public time: one that cannot be folded is named, and only so many are kept."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, cast

from projections import deciding
from projections.axes import Axes
from projections.deciding import KEPT_INCIDENTS, Judge
from projections.filters import read_filters
from projections.incident_view import folded
from projections.pages import facts_page
from projections.paging import Asking
from tests.projections.keeping import kept

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from ledger.events import Act, Recorded
    from projections.gathering import Gathering

LATER = Asking(public=dt.datetime(2021, 6, 1, tzinfo=dt.UTC))


class Counting:
    """Gives no events, and remembers of which incidents they were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def of_incident(self, _connection: object, ident: str) -> list[Recorded[Act]]:
        """The events of an incident."""
        self.asked.append(ident)
        return []


def test_an_incident_that_cannot_be_folded_at_a_public_time_is_named_and_the_others_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = folded

    def failing(events: Any, incident: str, axes: Axes) -> object:  # noqa: ANN401  passed on
        if incident == "stop":
            raise KeyError("a bug")
        return made(events, incident, axes)

    with kept(tmp_path / "incident.ledger") as keeping:
        keeping.catch_up.run()
        whole = facts_page(keeping.views, read_filters({}), LATER)
        monkeypatch.setattr(deciding, "folded", failing)
        page = facts_page(keeping.views, read_filters({}), LATER)

    assert ([("stop", "drag"), ("march", "arrest")], ()) == (
        [(row.incident, row.fact) for row in whole.rows],
        whole.incomplete,
    )
    assert [("march", "arrest")] == [(row.incident, row.fact) for row in page.rows]
    assert [("stop", "facts", "not-foldable")] == [(x.incident, x.part, x.code) for x in page.incomplete]
    assert 1 == page.incomplete_count


def test_an_incident_is_read_once_while_no_more_than_so_many_others_are_asked_about() -> None:
    counting = Counting()
    judge = Judge(cast("Any", None), cast("Gathering", counting), Axes(known=1))
    names = [f"i{number}" for number in range(KEPT_INCIDENTS)]
    for name in (*names, *names, "another", *names[1:], "another"):
        judge.incident(name)

    assert [*names, "another"] == counting.asked
    judge.incident(names[0])
    assert [*names, "another", names[0]] == counting.asked
