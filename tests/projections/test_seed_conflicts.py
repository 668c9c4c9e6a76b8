"""The seed incident's accounts, compared: what its table says of them must come out of the ledger (fixtures/incidents/little-rock).

The rows say in our own words what each account reports. They are held against the passages first, so that the fixture cannot drift
from the table; then the comparisons are.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from api.demo import INCIDENT, demo_acts, demo_folder
from api.lines import answers
from api.opening import open_for_writing
from ledger.append import Caller
from projections.axes import Axes
from projections.conflicts import conflicts_of
from projections.incident_view import incident_view
from projections.side_by_side import EXISTENCE

if TYPE_CHECKING:
    from ledger.events import Act, Recorded
    from projections.conflicts import FactConflicts
    from projections.fact_fold import FactView
    from projections.side_by_side import ComparedValue, Side

DISTANCE, FOUND = "quantities/distance", "places/found"
CORNER = "a street corner, which the text names"

TABLE = {
    # account: how far the drag was, where the car was found, how the shot lies to the drag
    "account-a": ({"about 15-20 feet", "several feet"}, {"several blocks away"}, set()),
    "account-b": ({"several feet", "15 feet"}, {"a short distance away"}, set()),
    "account-c": ({"15 to 20 feet"}, {"a few yards away"}, {"dragged, then shot (after drag)"}),
    "partner-station": ({"about 15 to 20 feet"}, {CORNER}, {"shot, and dragged after that (before drag)"}),
    "account-d": ({"about 15 to 20 feet"}, {CORNER}, {"shot, and dragged after that (before drag)"}),
    "account-e": ({"15-20 feet"}, {"a short distance away"}, set()),
    "account-f": (set(), set(), set()),
    "article": ({"about 15 feet (4.5 metres)"}, set(), set()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The incident as recorded."""

    events: list[Recorded[Act]]
    head: int

    def axes(self, public: str | None) -> Axes:
        """The newest position, and what was public by a time."""
        return Axes(known=self.head, public=None if public is None else dt.datetime.fromisoformat(public))

    def conflicts(self, public: str | None = None) -> dict[str, FactConflicts]:
        """What is said differently, by fact."""
        found = conflicts_of(self.events, INCIDENT, self.axes(public))
        assert found is not None
        return {one.fact: one for one in found.facts}

    def facts(self, public: str | None = None) -> dict[str, FactView]:
        """The facts as they stand."""
        found = incident_view(self.events, INCIDENT, self.axes(public))
        assert found is not None
        return {one.fact: one for one in found.facts}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    with open_for_writing(tmp_path_factory.mktemp("seed") / "incident.ledger") as opened:
        told = list(answers(list(demo_acts(demo_folder())), opened.writer, opened.ids, Caller(actor="desk")))
        assert [] == [one.refused for one in told if one.refused is not None]
        events = opened.history.of_incident(INCIDENT)
        return Ledger(events=events, head=opened.history.head().position)


def value_of(conflicts: dict[str, FactConflicts], fact: str, path: str) -> ComparedValue:
    (found,) = (value for value in conflicts[fact].compared if value.path == path)
    return found


def side_with(value: ComparedValue, passage: str) -> int:
    """The number of the side on which a passage stands."""
    (found,) = (
        at for at, side in enumerate(value.sides) if passage in {one.attestation for one in side.passages}
    )
    return found


def between(value: ComparedValue, one: str, other: str) -> tuple[str, str]:
    """How two passages stand to each other, and what follows; ("same", "shown") where they stand on one side."""
    sides = {side_with(value, one), side_with(value, other)}
    if len(sides) == 1:
        return "same", "shown"
    (found,) = (each for each in value.comparisons if {each.one, each.other} == sides)
    return found.outcome, found.standing


def sources(side: Side) -> set[str]:
    return {one.source for one in side.passages}


def said(value: ComparedValue, source: str) -> set[str]:
    """What a source says of a value, without the marks of quotation."""
    told = {one.says for side in value.sides for one in side.passages if one.source == source}
    return {words.replace('"', "") for words in told}


@pytest.mark.parametrize("account", TABLE)
def test_every_account_is_recorded_with_what_the_table_has_it_report(ledger: Ledger, account: str) -> None:
    conflicts = ledger.conflicts()
    distance, place, order = TABLE[account]

    assert distance == said(value_of(conflicts, "drag", DISTANCE), account)
    assert place == said(value_of(conflicts, "vehicle-found", FOUND), account)
    assert order == {
        words for words in said(value_of(conflicts, "discharge", "occurred"), account) if " drag)" in words
    }


def test_the_drag_is_fifteen_to_twenty_feet_and_no_account_contradicts_another(ledger: Ledger) -> None:
    (distance,) = ledger.facts()["drag"].content.quantities
    drag = ledger.conflicts()["drag"]

    assert ("15", "20", "[ft_i]", True) == (distance.min, distance.max, distance.unit, distance.approximate)
    assert "corroborated" == drag.status
    assert {"shown"} == {value.standing for value in drag.compared}


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        ("drag-a", "drag-c", "equal"),
        ("drag-c", "drag-e", "same"),
        ("drag-a", "drag-partner", "same"),
        ("drag-b", "drag-c", "contains"),
        ("drag-b", "drag-a", "contains"),
        ("drag-article", "drag-c", "contains"),
        ("drag-article", "drag-b", "equal"),
        ("drag-a-lead", "drag-b-lead", "same"),
        ("drag-a-lead", "drag-a", "vague-compatible"),
        ("drag-b-lead", "drag-b", "vague-compatible"),
        ("drag-b-lead", "drag-c", "vague-compatible"),
        ("drag-b-lead", "drag-article", "vague-compatible"),
    ],
)
def test_fifteen_lies_in_the_range_and_several_contradicts_nothing(
    ledger: Ledger, one: str, other: str, outcome: str
) -> None:
    assert (outcome, "shown") == between(value_of(ledger.conflicts(), "drag", DISTANCE), one, other)


def test_the_articles_metres_are_its_rounding_and_neither_a_conflict_nor_a_second_witness(
    ledger: Ledger,
) -> None:
    value = value_of(ledger.conflicts(), "drag", DISTANCE)
    of_article = [one for side in value.sides for one in side.passages if one.source == "article"]

    assert ['"about 15 feet (4.5 metres)"'] == [one.says for one in of_article]
    assert [] == [one for one in value.comparisons if one.outcome == "disjoint"]
    assert [] == [
        side for side in value.sides if isinstance(side.value, dict) and side.value.get("unit") == "m"
    ]
    assert 1 == len({one.origin for one in of_article})


def test_where_the_car_was_found_is_disputed_by_the_desks_own_hand(ledger: Ledger) -> None:
    conflicts = ledger.conflicts()
    contested = value_of(conflicts, "vehicle-found", EXISTENCE)
    (comparison,) = contested.comparisons

    assert "disputed" == conflicts["vehicle-found"].status
    assert ("contradicts", "conflict") == (comparison.outcome, comparison.standing)
    assert [{"account-c"}] == [sources(side) for side in contested.sides if side.value == "contradicts"]
    assert "account-a" in sources(contested.sides[0])
    assert "found a few yards away at a utility pole" == contested.sides[1].passages[0].quote


def test_no_computer_tells_a_few_yards_from_several_blocks(ledger: Ledger) -> None:
    value = value_of(ledger.conflicts(), "vehicle-found", FOUND)

    assert ("incomparable", "shown") == between(value, "vehicle-found-a", "vehicle-found-c")
    assert "shown" == value.standing
    assert "same" == between(value, "vehicle-found-b", "vehicle-found-e")[0]


def test_the_order_of_shot_and_drag_is_a_conflict_between_c_and_the_partner_that_d_copies(
    ledger: Ledger,
) -> None:
    conflicts = ledger.conflicts()
    value = value_of(conflicts, "discharge", "occurred")
    conflicting = [one for one in value.comparisons if one.standing == "conflict"]

    assert "disputed" == conflicts["discharge"].status
    assert [({"account-c"}, {"partner-station", "account-d"})] == [
        (sources(value.sides[one.one]), sources(value.sides[one.other])) for one in conflicting
    ]
    assert ("disjoint", "conflict") == between(value, "discharge-c", "discharge-partner")
    assert [("the desk", "left-open")] == [(one.by, one.stands) for one in conflicts["discharge"].disputes]


def test_both_accounts_that_give_an_hour_give_the_same_and_it_lies_in_the_day_of_the_others(
    ledger: Ledger,
) -> None:
    value = value_of(ledger.conflicts(), "discharge", "occurred")

    assert "same" == between(value, "discharge-b-time", "discharge-c-time")[0]
    assert ("contains", "shown") == between(value, "discharge-a", "discharge-b-time")


def test_d_adds_no_origin_to_what_its_partner_tells(ledger: Ledger) -> None:
    for name in ("drag", "discharge", "vehicle-found"):
        fact = ledger.facts()[name]
        origin = {
            one.attestation.source: one.origin
            for one in fact.attestations
            if one.attestation.source in {"account-d", "partner-station"}
        }
        assert {"account-d": "partner-station", "partner-station": "partner-station"} == origin
        assert fact.origins == len({one.origin for one in fact.attestations if one.origin is not None})


@pytest.mark.parametrize("public", ["2021-05-09T00:00:00-05:00", "2021-05-12T00:00:00-05:00"])
def test_nobody_had_named_the_driver_in_public_before_the_twelfth_of_may(ledger: Ledger, public: str) -> None:
    named = {
        one.name
        for fact in ledger.facts(public).values()
        for one in fact.content.participants
        if isinstance(one.name, str)
    }

    assert set() == named
    assert "identity-published" not in ledger.facts(public)
    assert "identity-published" in ledger.facts("2021-05-13T00:00:00-05:00")


def test_from_critical_to_released_the_world_changed_and_nothing_was_corrected(ledger: Ledger) -> None:
    facts, conflicts = ledger.facts(), ledger.conflicts()
    acts = [json.loads(line) for line in demo_acts(demo_folder())]
    corrected = {act["fact"] for act in acts if act["op"] == "correct-fact"}

    for name in ("condition-critical", "hospital-release"):
        assert ("reported", ()) == (facts[name].status, facts[name].decided)
        assert name not in conflicts
        assert name not in corrected


def test_charges_are_charges_and_several_does_not_contradict_four(ledger: Ledger) -> None:
    value = value_of(ledger.conflicts(), "booking", "quantities/charges")

    assert [("vague-compatible", "shown")] == [(one.outcome, one.standing) for one in value.comparisons]
    assert set() == {fact.content.slug for fact in ledger.facts().values()} & {"conviction", "charge"}


def test_a_public_of_the_eighth_of_may_has_no_order_to_dispute_yet(ledger: Ledger) -> None:
    on_the_ninth = ledger.conflicts("2021-05-09T12:00:00-05:00")["discharge"]
    on_the_tenth = ledger.conflicts("2021-05-10T00:00:00-05:00")["discharge"]

    assert "conflict" not in {value.standing for value in on_the_ninth.compared}
    assert "conflict" in {value.standing for value in on_the_tenth.compared}


def test_every_conflict_leads_to_a_captured_text_that_holds_its_words(ledger: Ledger) -> None:
    texts = {path.stem: path.read_text("utf-8") for path in (demo_folder() / "sources").glob("*.txt")}
    shown = [
        passage
        for fact in ledger.conflicts().values()
        for value in fact.compared
        for side in value.sides
        for passage in side.passages
    ]

    assert shown
    assert [] == [
        one.attestation for one in shown if not one.pinned or (one.quote or "?") not in texts[one.source]
    ]
