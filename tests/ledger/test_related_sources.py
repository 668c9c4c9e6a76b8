"""Which sources an incident's views are given: those it names, and all that are joined to them, however the graph lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger import related_sources
from ledger.history import History
from ledger.related_sources import RelatedSources
from projections.axes import Axes
from projections.incident_view import incident_view
from tests.desk import AGENCY, TEXT, Desk, cited, fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    made.begin()
    for ident in ("hub", "reprint", "stranger", "noticed"):
        made.act(AGENCY | {"id": ident})
    made.act({"op": "declare-lineage", "source": "hub", "relation": "copies", "to": "release"})
    made.act({"op": "declare-lineage", "source": "hub", "relation": "copies", "to": "reprint"})
    yield made
    made.close()


def found(related: RelatedSources, *named: str) -> set[str]:
    return {event.stream.removeprefix("source/") for event in related.events(named).events}


@pytest.mark.parametrize("long_tail", [0, 10_000], ids=["read anew", "followed"])
def test_works_joined_through_a_third_that_nobody_cites_are_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, long_tail: int
) -> None:
    monkeypatch.setattr(related_sources, "LONG_TAIL", long_tail)
    related = RelatedSources(desk.store)

    assert {"release", "hub", "reprint"} == found(related, "release")
    assert {"stranger"} == found(related, "stranger")
    desk.act({"op": "declare-lineage", "source": "stranger", "relation": "rewrites", "to": "reprint"})
    assert {"release", "hub", "reprint", "stranger"} == found(related, "release")


@pytest.mark.parametrize("long_tail", [0, 10_000], ids=["read anew", "followed"])
def test_what_was_read_follows_the_log_and_forgets_what_is_redacted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, long_tail: int
) -> None:
    monkeypatch.setattr(related_sources, "LONG_TAIL", long_tail)
    related = RelatedSources(desk.store)
    before = len(related.events(["stranger"]).events)
    desk.act({"op": "amend-source", "source": "stranger", "title": "Zebedee's text", "reason": "renamed"})

    assert before + 1 == len(related.events(["stranger"]).events)
    assert "Zebedee" in repr(related.events(["stranger"]))
    desk.redact(source="stranger", events=[{"version": 2, "paths": ["title"]}])
    assert "Zebedee" not in repr(related.events(["stranger"]))


def test_a_source_that_a_notice_cites_comes_with_it(desk: Desk) -> None:
    desk.act(
        {
            "op": "record-notice",
            "source": "release",
            "type": "retraction",
            "summary": "taken back",
            "scope": "all",
            "published": "2021-05-09",
            "citation": {"id": "n", "source": "noticed"},
        }
    )

    assert "noticed" in found(RelatedSources(desk.store), "release")


def test_a_view_folds_the_same_from_the_related_sources_as_from_all(desk: Desk) -> None:
    quote = {"type": "TextQuoteSelector", "exact": "about 15 feet"}
    desk.act(fact(citations=[cited(snapshot=desk.capture(TEXT), selector=[quote], relays="stranger")]))
    desk.act(fact("other", citations=[cited(source="reprint")]))
    history = History(desk.store)
    axes = Axes(known=history.head().position)
    every = sorted(
        (
            event
            for stream in ("incident/stop", *desk.store.streams("source/"))
            for event in history.stream(stream)
        ),
        key=lambda event: event.position,
    )

    related = history.of_incident("stop")

    assert incident_view(every, "stop", axes) == incident_view(related, "stop", axes)
    assert {"source/noticed"} == {event.stream for event in every} - {event.stream for event in related}
