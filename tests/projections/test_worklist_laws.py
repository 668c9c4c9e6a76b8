"""Disputes and conflicts on the worklist, and the list as a whole: its order, its narrowing, and the laws of every view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from projections.axes import Axes
from projections.incident_view import incident_view
from projections.worklist import concerning, worklist
from tests.projections.sourced import (
    REASON,
    SECOND,
    Newsroom,
    confirmed,
    correction,
    disputed,
    newsroom_with_a_fact,
    noticed,
    only,
)
from tests.recorded import recorded
from tests.situations import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from projections.work_items import Item
    from tests.situations import Situation


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    """A fact, reported on the words of one paper."""
    return newsroom_with_a_fact(tmp_path / "incident.ledger")


def test_a_dispute_stays_until_it_is_resolved(newsroom: Newsroom) -> None:
    number = disputed(newsroom)

    assert f"dispute/stop/drag/{number}" == only(newsroom).id
    assert 'Disputed by The driver\'s lawyer: "He was not dragged at all."' == only(newsroom).sentence

    newsroom.upon("resolve-dispute", dispute=int(number), outcome="rejected", **REASON)

    assert () == newsroom.items()


def test_what_a_disputed_fact_has_lost_is_told_by_its_origins(newsroom: Newsroom) -> None:
    confirmed(newsroom)
    disputed(newsroom)
    noticed(newsroom, "retraction")

    assert newsroom.items()[-1].sentence.endswith("The fact is still disputed, with 1 origin instead of 2.")


def test_a_dispute_left_open_stays_and_says_so(newsroom: Newsroom) -> None:
    number = disputed(newsroom)
    newsroom.upon("resolve-dispute", dispute=int(number), outcome="left-open", **REASON)

    assert only(newsroom).sentence.endswith("It was left open.")


def test_whoever_disputed_a_fact_is_answered_also_when_it_is_retracted(newsroom: Newsroom) -> None:
    disputed(newsroom)
    newsroom.upon("retract-fact", cause="source-error", **REASON)

    assert ["dispute"] == newsroom.sorts()


def conflicting(newsroom: Newsroom) -> None:
    text = "Dragged 40 feet, a witness says."
    told = newsroom.cited("b1", "station", newsroom.captured("station", text), "Dragged 40 feet")
    told["as_stated"] = {"quantities": [{"id": "distance", "value": "40", "unit": "[ft_i]"}]}
    newsroom.upon("attest-fact", attestation=told)


def test_two_sources_that_exclude_each_other_stay_until_one_is_settled(newsroom: Newsroom) -> None:
    conflicting(newsroom)
    item = only(newsroom)

    assert ("conflict", ("quantities/distance",), newsroom.head()) == (item.sort, item.paths, item.position)
    assert "Passages a1 and b1 exclude each other on the quantity 'distance'." == item.sentence

    number = disputed(newsroom)
    newsroom.upon("resolve-dispute", dispute=int(number), outcome="rejected", settles=["b1"], **REASON)

    assert () == newsroom.items()


def test_a_conflict_is_corrected_away(newsroom: Newsroom) -> None:
    conflicting(newsroom)
    correction(newsroom, "40", rests_on=["b1"], withdraws=["a1"])

    assert () == newsroom.items()


def test_a_denial_is_a_conflict(newsroom: Newsroom) -> None:
    snapshot = newsroom.captured("agency", "Nobody was dragged, the agency says.")
    newsroom.upon(
        "attest-fact",
        attestation=newsroom.cited("d1", "agency", snapshot, "Nobody was dragged", stance="denies"),
    )

    assert "agency speaks against the fact (passage d1)." == only(newsroom).sentence


def test_a_fact_whose_only_support_was_settled_away_is_unsupported(newsroom: Newsroom) -> None:
    number = disputed(newsroom)
    newsroom.upon("resolve-dispute", dispute=int(number), outcome="upheld", settles=["a1"], **REASON)
    item = only(newsroom)

    assert ("unsupported", newsroom.head()) == (item.sort, item.position)


def test_the_list_of_an_earlier_position_is_what_it_was(newsroom: Newsroom) -> None:
    lists = []
    acts: list[Callable[[], object]] = [
        lambda: newsroom.captured("paper", SECOND),
        lambda: disputed(newsroom),
        lambda: noticed(newsroom, "retraction"),
        lambda: newsroom.upon("retract-fact", cause="source-error", **REASON),
    ]
    for act in acts:
        act()
        lists.append((newsroom.head(), newsroom.items()))

    assert lists == [(known, newsroom.items(known)) for known, _ in lists]
    assert [["source-changed"], ["source-changed", "dispute"], ["dispute", "source-notice"], ["dispute"]] == [
        [item.sort for item in items] for _, items in lists
    ]


def test_a_redaction_masks_the_words_of_an_earlier_list(newsroom: Newsroom) -> None:
    disputed(newsroom)
    known = newsroom.head()
    newsroom.desk.redact(events=[{"version": 3, "paths": ["by", "grounds"]}])

    assert ["Disputed by [removed or not disclosed]: [removed or not disclosed]."] == [
        item.sentence for item in newsroom.items(known)
    ]


def test_the_list_is_narrowed_to_an_incident_or_a_source(newsroom: Newsroom) -> None:
    conflicting(newsroom)
    newsroom.captured("paper", SECOND)
    items = newsroom.items()

    assert ["conflict", "source-changed"] == [item.sort for item in concerning(items, source="paper")]
    assert ["conflict"] == [item.sort for item in concerning(items, source="station")]
    assert items == concerning(items, incident="stop")
    assert () == concerning(items, incident="other")


def test_the_oldest_matter_stands_first_and_every_id_once(newsroom: Newsroom) -> None:
    disputed(newsroom)
    conflicting(newsroom)
    newsroom.captured("paper", SECOND)
    noticed(newsroom, "update")
    items = newsroom.items()

    assert ["dispute", "conflict", "source-changed", "source-notice"] == [item.sort for item in items]
    assert sorted(item.position for item in items) == [item.position for item in items]
    assert len({item.id for item in items}) == len(items)


SITUATIONS = load()


def by_fact(items: tuple[Item, ...]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in items:
        found.setdefault(item.fact, set()).add(item.sort)
    return found


@pytest.mark.parametrize("situation", SITUATIONS, ids=[one.name for one in SITUATIONS])
def test_in_every_situation_what_is_contested_or_unsupported_is_on_the_list(situation: Situation) -> None:
    events = recorded(situation.acts)
    for event in events:
        view = incident_view(events, situation.incident, Axes(known=event.position))
        items = worklist(events, event.position, lambda _: None)
        mine = by_fact(concerning(items, incident=situation.incident))
        for fact in () if view is None else view.facts:
            sorts = mine.get(fact.fact, set())
            open_disputes = any(one.stands in ("open", "left-open") for one in fact.disputes)
            assert open_disputes == ("dispute" in sorts)
            if "retracted" in fact.decided:
                assert sorts <= {"dispute"}
            elif fact.status == "disputed":
                assert sorts & {"dispute", "conflict"}
            elif fact.status == "unsupported":
                assert sorts & {"source-notice", "unsupported"}
        assert len({item.id for item in items}) == len(items)
        assert all(item.position <= event.position for item in items)


@pytest.mark.parametrize("situation", SITUATIONS, ids=[one.name for one in SITUATIONS])
def test_in_every_situation_appending_never_changes_the_list_of_an_earlier_position(
    situation: Situation,
) -> None:
    events = recorded([act for act in situation.acts if act["type"] != "Redacted"])
    for number, event in enumerate(events, start=1):
        expected = worklist(events[:number], event.position, lambda _: None)

        assert expected == worklist(events, event.position, lambda _: None)
