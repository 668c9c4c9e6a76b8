"""What is kept of folded views is what a fold from nothing gives, at every point, whatever was recorded and redacted in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.http.conditional import Told
from api.http.folded_views import FoldedViews
from ledger.history import History
from projections.axes import Axes
from projections.incident_view import incident_view
from tests.desk import Desk, fact
from tests.projections.many_situations import Shelf, all_situations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACTS = all_situations()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A ledger with incident `stop`, source `release` and fact `drag`: four positions."""
    made = Desk(tmp_path / "kept.ledger")
    made.begin()
    made.act(fact())
    yield made
    made.close()


def answered(views: FoldedViews, incident: str, known: int) -> bytes | None:
    """The view as the routes find it: what was gathered before or anew, and the bytes that were kept or are made."""
    gathered = views.held(f"incident/{incident}") or views.incident(incident)
    if gathered is None or gathered.own > known:
        return None
    last = gathered.last(known)
    key = ("view", incident, last)
    kept = views.told(key, gathered)
    if kept is None:
        kept = Told.of(msgspec.json.encode(incident_view(gathered.events, incident, Axes(known=last))))
        views.keep(key, gathered, kept)
    return kept.body


def folded_anew(history: History, incident: str, known: int) -> bytes | None:
    """The same view, folded from nothing; its position is that of the last act that it rests on."""
    events = history.of_incident(incident)
    last = max((event.position for event in events if event.position <= known), default=0)
    view = incident_view(events, incident, Axes(known=last))
    return None if view is None else msgspec.json.encode(view)


# An example writes hundreds of transactions: to make a failing one shorter would take minutes.
@settings(
    max_examples=3,
    phases=(Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_what_is_kept_is_what_a_fold_from_nothing_gives(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("kept") / "kept.ledger")
    views = FoldedViews(shelf.store, kept_events=data.draw(st.sampled_from([10, 300, 100_000])))
    written = 0
    while written < len(ACTS):
        size = data.draw(st.integers(1, 40))
        shelf.put(ACTS[written : written + size])
        written = min(written + size, len(ACTS))
        history = History(shelf.store)
        incidents = history.incidents()
        for incident in data.draw(st.lists(st.sampled_from(incidents), max_size=6)) if incidents else []:
            known = data.draw(st.integers(0, written))
            assert folded_anew(history, incident, known) == answered(views, incident, known)
    shelf.close()


def test_an_answer_is_kept_while_others_write(desk: Desk) -> None:
    views = FoldedViews(desk.store)
    answered(views, "stop", 4)
    before = views.held("incident/stop")
    desk.act({"op": "open-incident", "id": "other", "title": "Another", "zone": "UTC"})
    assert before is views.held("incident/stop")
    assert before is not None
    assert views.told(("view", "stop", 4), before) is not None


def test_an_act_upon_the_incident_or_its_source_is_noticed(desk: Desk) -> None:
    views = FoldedViews(desk.store)
    answered(views, "stop", 4)
    desk.act(fact("other"))
    assert views.held("incident/stop") is None
    assert (2, 3, 4, 5) == (views.incident("stop") or pytest.fail("no incident")).positions
    desk.act({"op": "amend-source", "source": "release", "publisher": "The police", "reason": "left out"})
    assert views.held("incident/stop") is None


def test_a_work_that_is_joined_by_lineage_is_noticed(desk: Desk) -> None:
    desk.act({"op": "register-source", "id": "wire", "kind": "article", "title": "Wire"})
    views = FoldedViews(desk.store)
    answered(views, "stop", 5)
    desk.act({"op": "declare-lineage", "source": "wire", "relation": "copies", "to": "release"})
    assert views.held("incident/stop") is None
    assert (2, 3, 4, 5, 6) == (views.incident("stop") or pytest.fail("no incident")).positions


def test_a_redaction_drops_every_answer_that_was_kept(desk: Desk) -> None:
    views = FoldedViews(desk.store)
    answered(views, "stop", 4)
    gathered = views.held("incident/stop")
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    assert 1 == views.redactions()
    assert views.held("incident/stop") is None
    assert gathered is not None
    assert views.told(("view", "stop", 4), gathered) is None


def test_what_was_folded_before_a_redaction_is_not_kept_after_it(desk: Desk) -> None:
    views = FoldedViews(desk.store)
    gathered = views.incident("stop")
    assert gathered is not None
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    views.redactions()
    views.keep(("view",), gathered, Told.of(b"{}"))
    assert views.told(("view",), gathered) is None


def test_the_least_asked_for_goes_first_where_there_is_too_much(desk: Desk) -> None:
    views = FoldedViews(desk.store, kept_bytes=10)
    gathered = views.incident("stop")
    assert gathered is not None
    views.keep(("a",), gathered, Told.of(b"aaaa"))
    views.keep(("b",), gathered, Told.of(b"bbbb"))
    assert views.told(("a",), gathered) is not None
    views.keep(("c",), gathered, Told.of(b"cccc"))
    assert (True, False, True) == tuple(views.told((name,), gathered) is not None for name in ("a", "b", "c"))


def test_an_unknown_incident_is_not_kept(desk: Desk) -> None:
    views = FoldedViews(desk.store)
    assert views.incident("nowhere") is None
    assert views.held("incident/nowhere") is None
