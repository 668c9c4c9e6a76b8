"""The incident view against the table of situations and against the reference ledger, point by point."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from ledger.values import Json  # noqa: TC001  as short as the others
from projections.axes import Axes
from projections.incident_view import IncidentView, incident_view
from projections.timeline import timeline
from tests import reference
from tests.lineage_lines import drag, published
from tests.recorded import recorded
from tests.situations import Point, Situation, check, load

SITUATIONS = load()
POINTS = [(one, point) for one in SITUATIONS for point in one.points]
NAMES = [f"{number}: {one.name}: {point.name}" for number, (one, point) in enumerate(POINTS, start=1)]


def plain(value: object) -> Json:
    """A value of the view as it is written in JSON."""
    return msgspec.json.decode(msgspec.json.encode(value))


def reduced(view: IncidentView | None) -> dict[str, Any] | None:
    """The view in the shape of the reference's answer."""
    if view is None:
        return None
    return {
        "incident": view.incident,
        "title": plain(view.title),
        "zone": plain(view.zone),
        "facts": {
            fact.fact: {
                "version": fact.version,
                "content": plain(fact.content),
                "status": fact.status,
                "decided": list(fact.decided),
                "origins": fact.origins,
                "attestations": {
                    one.attestation.id: {
                        "stance": one.attestation.stance,
                        "source": one.attestation.source,
                        "counts": one.counts,
                        "why": one.why,
                    }
                    for one in fact.attestations
                },
                "disputes": {str(one.dispute): one.stands for one in fact.disputes},
            }
            for fact in view.facts
        },
    }


def view_of(situation: Situation, known: int | None, public: str | None) -> IncidentView | None:
    """The view of the situation's incident at a point."""
    events = recorded(situation.acts)
    at = None if public is None else dt.datetime.fromisoformat(public)
    head = situation.acts[-1]["position"]
    axes = Axes(known=head if known is None else known, public=at)
    return incident_view(events, situation.incident, axes)


def answer(situation: Situation, known: int | None, public: str | None) -> dict[str, Any] | None:
    """What the projection says at a point."""
    return reduced(view_of(situation, known, public))


@pytest.mark.parametrize(("situation", "point"), POINTS, ids=NAMES)
def test_the_view_answers_every_asked_point(situation: Situation, point: Point) -> None:
    assert check(answer(situation, point.known, point.public), point.expected) == []


@pytest.mark.parametrize(
    ("situation", "point"),
    [
        pytest.param(one, point, id=name)
        for (one, point), name in zip(POINTS, NAMES, strict=True)
        if point.order is not None
    ],
)
def test_facts_stand_in_the_order_of_occurrence_that_the_table_expects(
    situation: Situation, point: Point
) -> None:
    view = view_of(situation, point.known, point.public)

    assert view is not None
    assert point.order == tuple(entry.fact for entry in timeline(view.facts))


@pytest.mark.parametrize("situation", SITUATIONS, ids=[one.name for one in SITUATIONS])
def test_the_view_is_the_reference_at_every_position_and_every_asked_time(situation: Situation) -> None:
    times = [None, *sorted({point.public for point in situation.points if point.public is not None})]
    for act in situation.acts:
        for public in times:
            expected = reference.state(
                situation.acts, situation.incident, known=act["position"], public=public
            )
            assert answer(situation, act["position"], public) == expected


def test_each_passage_says_by_when_it_was_public_and_is_pinned_by_a_snapshot_and_words_in_it() -> None:
    cited: list[dict[str, object]] = [
        {"id": "sealed", "source": "w1"},
        {"id": "plain", "source": "w2", "quote": "he was dragged"},
        {"id": "copied", "source": "w2", "snapshot": "copy"},
        {
            "id": "own",
            "source": "w2",
            "snapshot": "copy",
            "quote": "dragged",
            "published": "2021-05-19 12:00",
        },
    ]
    lines = [{"FactAttested": "drag", "from": one} for one in cited]
    of_work = dt.datetime.fromisoformat(published("w2") + "Z").isoformat()

    assert {
        "first": (dt.datetime.fromisoformat(published("w0") + "Z").isoformat(), False),
        "sealed": (None, False),
        "plain": (of_work, False),
        "copied": (of_work, False),
        "own": ("2021-05-19T12:00:00+00:00", True),
    } == {
        one.attestation.id: (one.published_by, one.pinned)
        for one in drag({"SourceAmended": "w1", "published": "never"}, *lines).attestations
    }
