"""The demonstration's ledger answers what fixtures/incidents/little-rock/expected.json says, and what the reference ledger says."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from api.demo import INCIDENT, demo_acts, demo_folder
from api.lines import answers
from api.opening import open_for_writing
from ledger.append import Caller
from ledger.codec import opened
from ledger.events import FactRetracted
from ledger.quantity import Quantity, compare
from ledger.stores.sqlite_store import SQLiteStore
from projections.axes import Axes
from projections.incident_view import incident_view
from projections.source_view import origins_by_lineage, sources_at
from projections.timeline import timeline
from tests import reference
from tests.projections.test_incident_view import reduced

if TYPE_CHECKING:
    from ledger.events import Act, Recorded
    from ledger.values import Json
    from projections.fact_fold import FactView
    from projections.incident_view import IncidentView

EXPECTED: dict[str, Any] = json.loads((demo_folder() / "expected.json").read_text("utf-8"))
PUBLIC = [
    *EXPECTED["public_at"],
    "2021-05-08T23:59:59-05:00",
    "2021-05-09T00:00:00-05:00",
    "2021-05-15T00:00:00-05:00",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The demonstration once recorded: its events, the acts as the reference reads them, and each act's position by key."""

    events: list[Recorded[Act]]
    acts: list[dict[str, Json]]
    positions: dict[str, int]

    @property
    def head(self) -> int:
        """The last position."""
        return self.acts[-1]["position"]  # type: ignore[no-any-return]  # an integer of the stored JSON

    def view(self, known: int | None = None, public: str | None = None) -> IncidentView:
        """The incident at a point."""
        at = None if public is None else dt.datetime.fromisoformat(public)
        found = incident_view(self.events, INCIDENT, Axes(known=known or self.head, public=at))
        assert found is not None
        return found


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    path = tmp_path_factory.mktemp("little-rock") / "incident.ledger"
    lines = list(demo_acts(demo_folder()))
    keys = [json.loads(line)["key"] for line in lines]
    with open_for_writing(path) as ledger:
        told = list(answers(lines, ledger.writer, ledger.ids, Caller(actor="desk")))
        events = ledger.history.of_incident(INCIDENT)
    assert [] == [answer for answer in told if answer.receipt is None]
    store = SQLiteStore(path, read_only=True)
    acts = [opened(row.event, row.disclosures, position=row.position) for row in store.rows()]
    store.close()
    positions = {
        key: answer.receipt.position or 0 for key, answer in zip(keys, told, strict=True) if answer.receipt
    }
    return Recording(events=events, acts=acts, positions=positions)


def origins(fact: FactView, recording: Recording, known: int) -> list[list[str]]:
    """The sources that attest a fact, those of one independent teller together."""
    lineage = origins_by_lineage(sources_at(recording.events, known))
    tellers: dict[str, set[str]] = {}
    for one in fact.attestations:
        if one.counts and one.attestation.stance == "supports":
            source = one.attestation.relays or one.attestation.source
            tellers.setdefault(lineage[source], set()).add(one.attestation.source)
    assert len(tellers) == fact.origins
    return sorted(sorted(sources) for sources in tellers.values())


def in_favour_of(fact: str, recording: Recording) -> str | None:
    """What a fact was retracted in favour of."""
    bodies = [event.body for event in recording.events]
    return next(
        (one.in_favour_of for one in bodies if isinstance(one, FactRetracted) and one.fact == fact), None
    )


def answered(fact: FactView, recording: Recording, known: int) -> dict[str, Json]:
    """A fact in the words of expected.json."""
    quantities = {one.id: msgspec.to_builtins(one) for one in fact.content.quantities}
    for quantity in quantities.values():
        quantity.pop("as_stated", None)
    return {
        "kind": fact.content.slug,
        "status": "retracted" if "retracted" in fact.decided else fact.status,
        "origins": origins(fact, recording, known),
        "statement": fact.content.statement,
        "contradicted_by": [
            one.attestation.id
            for one in fact.attestations
            if one.counts and one.attestation.stance == "contradicts"
        ],
        "in_favour_of": in_favour_of(fact.fact, recording),
        "retracted": "retracted" in fact.decided,
        "quantity": quantities.get("distance"),
    }


def differences(view: IncidentView, expected: dict[str, Any], recording: Recording, known: int) -> list[str]:
    """What the view says otherwise than expected.json does; members that it leaves out are not asked."""
    facts = {fact.fact: fact for fact in view.facts}
    found = []
    for ident, members in expected["facts"].items():
        told = answered(facts[ident], recording, known) if ident in facts else {}
        found += [
            f"{ident}: {name} is {told.get(name)!r} and should be {wanted!r}"
            for name, wanted in members.items()
            if told.get(name) != (sorted(wanted) if name == "origins" else wanted)
        ]
    if "names" in expected:
        named = {
            ident: [one.name for one in fact.content.participants if isinstance(one.name, str)]
            for ident, fact in facts.items()
        }
        found += _differ(
            "names", {ident: names for ident, names in named.items() if names}, expected["names"]
        )
        found += _differ("facts that hold a name", sorted(_holding("Smith", view)), sorted(expected["names"]))
    if "open_disputes" in expected:
        open_ones = {
            ident: [one.dispute for one in fact.disputes if one.stands in {"open", "left-open"}]
            for ident, fact in facts.items()
        }
        found += _differ(
            "disputes", {key: ones for key, ones in open_ones.items() if ones}, expected["open_disputes"]
        )
    return found


def _differ(what: str, actual: object, wanted: object) -> list[str]:
    return [] if actual == wanted else [f"{what}: {actual!r} should be {wanted!r}"]


def _holding(word: str, view: IncidentView) -> set[str]:
    return {fact.fact for fact in view.facts if word in msgspec.json.encode(fact).decode()}


def test_every_act_was_recorded_as_one_event(recording: Recording) -> None:
    assert EXPECTED["acts"] == len(recording.positions)
    assert list(range(2, EXPECTED["acts"] + 2)) == list(recording.positions.values())


def test_the_incident_as_it_stands(recording: Recording) -> None:
    view = recording.view()

    assert set(EXPECTED["final"]["facts"]) == {fact.fact for fact in view.facts}
    assert [] == differences(view, EXPECTED["final"], recording, recording.head)
    assert (EXPECTED["incident"], EXPECTED["zone"]) == (view.incident, view.zone)


@pytest.mark.parametrize("public", EXPECTED["public_at"])
def test_the_incident_as_the_public_could_know_it(recording: Recording, public: str) -> None:
    view, expected = recording.view(public=public), EXPECTED["public_at"][public]

    assert set(expected["facts"]) == {fact.fact for fact in view.facts}
    assert [] == differences(view, expected, recording, recording.head)


@pytest.mark.parametrize("act", EXPECTED["known_before_act"])
def test_the_incident_as_the_ledger_knew_it_before_an_act(recording: Recording, act: str) -> None:
    expected, known = EXPECTED["known_before_act"][act], recording.positions[act] - 1
    view = recording.view(known=known)

    assert expected.get("fact_ids") in (None, sorted(fact.fact for fact in view.facts))
    assert [] == differences(view, expected, recording, known)


@pytest.mark.parametrize("ident", EXPECTED["quantities"])
def test_what_passages_say_of_a_quantity_is_compared_with_what_stands(
    recording: Recording, ident: str
) -> None:
    expected = EXPECTED["quantities"][ident]
    fact = next(fact for fact in recording.view().facts if fact.fact == ident)
    stands = msgspec.convert(expected["stands"], Quantity)
    stated = {
        one.attestation.id: quantity
        for one in fact.attestations
        if one.attestation.as_stated is not None
        for quantity in one.attestation.as_stated.quantities
        if quantity.id == stands.id
    }

    assert expected["stands"] == answered(fact, recording, recording.head)["quantity"]
    assert expected["against_what_stands"] == {
        key: compare(stands, quantity) for key, quantity in stated.items()
    }
    assert expected["conflict"] == any(path.startswith("quantities/") for path in fact.disagreements)


def test_the_order_of_occurrence(recording: Recording) -> None:
    line = timeline(recording.view().facts)
    place = {entry.fact: index for index, entry in enumerate(line)}

    assert [] == [pair for pair in EXPECTED["order"]["earlier_then_later"] if place[pair[0]] > place[pair[1]]]
    assert sorted(EXPECTED["order"]["undated"]) == sorted(entry.fact for entry in line if entry.undated)
    assert [()] * len(line) == [entry.trouble for entry in line]


@pytest.mark.parametrize("pair", EXPECTED["order"]["not_settled"], ids=" and ".join)
def test_an_order_that_the_passages_dispute_is_settled_by_nobody(
    recording: Recording, pair: list[str]
) -> None:
    view = recording.view()
    one, other = (next(entry for entry in timeline(view.facts) if entry.fact == ident) for ident in pair)
    facts = {fact.fact: fact for fact in view.facts}
    placed = [
        relation.fact
        for entry in (one, other)
        for passage in facts[entry.fact].attestations
        if passage.attestation.id in entry.placed_by
        and passage.attestation.as_stated
        and passage.attestation.as_stated.occurred
        for relation in passage.attestation.as_stated.occurred.relations
    ]

    assert set(pair).isdisjoint({*one.after, *one.before, *other.after, *other.before, *placed})
    assert (one.earliest, one.latest) == (other.earliest, other.latest)


@pytest.mark.parametrize("public", [None, *PUBLIC], ids=str)
def test_the_view_is_the_reference_at_every_position(recording: Recording, public: str | None) -> None:
    for known in range(2, recording.head + 1):
        expected = reference.state(recording.acts[:known], INCIDENT, known=known, public=public)

        assert expected == reduced(recording.view(known=known, public=public)), known
