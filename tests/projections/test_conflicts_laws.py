"""What holds of the comparisons of every situation in the table, at every position and every public time asked."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from projections.axes import Axes
from projections.comparison import compared, disjoint_paths, stated_values
from projections.conflicts import conflicts_of
from projections.incident_view import folded, incident_view
from projections.side_by_side import EXISTENCE
from tests.recorded import recorded
from tests.situations import Situation, load

if TYPE_CHECKING:
    from projections.conflicts import FactConflicts

SITUATIONS = load()


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_a_fact_is_disputed_where_a_conflict_or_an_open_dispute_is_listed_and_nowhere_else(
    situation: Situation,
) -> None:
    events = recorded(situation.acts)
    for known in range(2, len(situation.acts) + 1):
        for public in {None, *(point.public for point in situation.points)}:
            axes = Axes(known=known, public=None if public is None else dt.datetime.fromisoformat(public))
            view, found = incident_view(events, "lr", axes), conflicts_of(events, "lr", axes)
            assert view is not None
            assert found is not None
            listed = {one.fact: one for one in found.facts}
            for fact in view.facts:
                of_fact = listed.get(fact.fact)
                assert (fact.fact in found.agreed) == (of_fact is None)
                conflicts = (
                    {value.path for value in of_fact.compared if value.standing == "conflict"}
                    if of_fact
                    else set()
                )
                open_ones = [one for one in fact.disputes if one.stands in {"open", "left-open"}]
                assert (fact.status == "disputed") == bool(conflicts or open_ones)
                assert set(fact.disagreements) == conflicts - {EXISTENCE}


def sides_of(fact: FactConflicts) -> list[tuple[str, list[str]]]:
    return [
        (value.path, [one.attestation for one in side.passages])
        for value in fact.compared
        for side in value.sides
    ]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_every_side_names_its_passages_and_each_leads_to_its_source_and_words(situation: Situation) -> None:
    events = recorded(situation.acts)
    axes = Axes(known=len(events))
    view, found = incident_view(events, "lr", axes), conflicts_of(events, "lr", axes)
    assert view is not None
    assert found is not None
    cited = {(fact.fact, one.attestation.id): one for fact in view.facts for one in fact.attestations}
    for fact in found.facts:
        assert [] == [path for path, passages in sides_of(fact) if not passages and path != EXISTENCE]
        for passage in (one for value in fact.compared for side in value.sides for one in side.passages):
            listed = cited[fact.fact, passage.attestation]
            attestation = listed.attestation
            assert (passage.source, passage.stance) == (attestation.source, attestation.stance)
            assert (passage.selector, passage.snapshot) == (attestation.selector, attestation.snapshot)
            assert (passage.published_by, passage.counts) == (listed.published_by, listed.counts)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_what_excludes_each_other_is_told_alike_by_path_and_by_value_and_from_either_side(
    situation: Situation,
) -> None:
    made = folded(recorded(situation.acts), "lr", Axes(known=len(situation.acts)))
    assert made is not None
    for fold, view in made.facts:
        slug = view.content.slug
        for one, other in combinations(fold.passages.values(), 2):
            values, against = stated_values(slug, one.stated), stated_values(slug, other.stated)
            outcomes = {
                path: compared(slug, path, values[path], against[path])
                for path in values.keys() & against.keys()
            }
            assert outcomes == {
                path: compared(slug, path, against[path], values[path])
                for path in values.keys() & against.keys()
            }
            disjoint = sorted(path for path, outcome in outcomes.items() if outcome == "disjoint")
            assert disjoint == sorted(disjoint_paths(slug, one.stated, other.stated))
