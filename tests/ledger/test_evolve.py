"""Folding acts into the state that decisions look at: each act does one thing, and no state changes in place."""

from __future__ import annotations

import copy
from functools import reduce

import pytest
from hypothesis import given as for_any
from immutables import Map
from msgspec.structs import replace

from ledger.bounds import When
from ledger.citation import Attestation
from ledger.errors import IntegrityError, RefusedError
from ledger.events import (
    Act,
    AttestationWithdrawn,
    DisputeResolved,
    FactAct,
    FactAmended,
    FactAttested,
    FactCorrected,
    FactDisputed,
    FactReinstated,
    FactReported,
    FactRetracted,
    IncidentAmended,
    IncidentOpened,
    LineageRevoked,
    Redacted,
)
from ledger.fact import Content
from ledger.incident import AttestationState, FactState, IncidentState, evolve_fact, evolve_incident
from ledger.place import Place
from ledger.quantity import Quantity
from ledger.values import Absent, Json
from tests.ledger.dragging import A1, DRAG_CONTENT, READY
from tests.ledger.specification import recorded
from tests.strategies_history import histories

UNDISCLOSED = Absent(absent="undisclosed")
SECOND = Attestation(id="a2", source="wire", stance="supports")
OPENED = IncidentOpened(title="Dragging", zone="America/Chicago")
REPORT = FactReported(fact="drag", content=DRAG_CONTENT, attestations=(A1,))
SHORT = Content(kind="drag@1", statement="The officer was dragged.")
CORRECTION = FactCorrected(
    fact="drag", content=SHORT, class_="other", cause="our-typo", reason="r", rests_on=("a1",)
)
DISPUTE = FactDisputed(fact="drag", dispute=1, by="the mayor", grounds="g")
FACT = FactState(
    content=DRAG_CONTENT, version=2, attestations=Map({"a1": AttestationState(attestation=A1, version=2)})
)
OPEN = IncidentState(version=1, title="Dragging", zone="America/Chicago")
STATE = replace(OPEN, version=2, facts=Map({"drag": FACT}))


def fold(*acts: Act) -> IncidentState:
    """The state of an incident after these acts, from version 1."""
    events = [recorded(act, stream="incident/lr", version=at) for at, act in enumerate(acts, start=1)]
    return reduce(evolve_incident, events, IncidentState())


def after(act: FactAct, fact: FactState = FACT) -> FactState:
    """The fact after one more act, at version 9. Fails where the act changed the state before it."""
    kept = copy.deepcopy(fact)
    evolved = evolve_fact(fact, act, 9)
    assert kept == fact
    return evolved


def test_an_incident_begins_with_its_frame() -> None:
    assert OPEN == fold(OPENED)
    assert replace(OPEN, version=2, title="Flight") == fold(
        OPENED, IncidentAmended(title="Flight", reason="r")
    )
    assert replace(OPEN, version=2, zone="UTC") == fold(OPENED, IncidentAmended(zone="UTC", reason="r"))
    hidden = IncidentAmended(title=UNDISCLOSED, reason=UNDISCLOSED)
    assert replace(OPEN, version=2, title=UNDISCLOSED) == fold(OPENED, hidden)


def test_a_redaction_moves_the_stream_alone() -> None:
    redacted = Redacted(legal_basis="court order", authority="a court", reason="sealed")
    assert replace(STATE, version=3) == fold(OPENED, REPORT, redacted)


def test_a_report_makes_a_fact_with_what_attests_it() -> None:
    assert STATE == fold(OPENED, REPORT)
    assert FACT == evolve_fact(None, REPORT, 2)


def test_an_act_upon_one_fact_leaves_the_others() -> None:
    flight = FactReported(fact="flight", content=SHORT, attestations=(SECOND,))
    before = fold(OPENED, REPORT, flight)
    event = recorded(FactRetracted(fact="flight", cause="legal", reason="r"), stream="incident/lr", version=4)
    state = evolve_incident(before, event)
    assert FACT == state.facts["drag"]
    assert (True, 4) == (state.facts["flight"].retracted, state.facts["flight"].version)
    assert (False, 3) == (before.facts["flight"].retracted, before.facts["flight"].version)


@pytest.mark.parametrize(
    ("act", "changes"),
    [
        pytest.param(
            FactAttested(fact="drag", attestation=SECOND),
            {"attestations": FACT.attestations.set("a2", AttestationState(attestation=SECOND, version=9))},
            id="attested",
        ),
        pytest.param(
            AttestationWithdrawn(fact="drag", attestation="a1", cause="our-misreading", reason="r"),
            {"attestations": Map({"a1": AttestationState(attestation=A1, version=2, withdrawn=True)})},
            id="withdrawn",
        ),
        pytest.param(CORRECTION, {"content": SHORT}, id="corrected"),
        pytest.param(
            replace(CORRECTION, rests_on=(), attestations=(SECOND,), withdraws=("a1",)),
            {
                "content": SHORT,
                "attestations": Map(
                    {
                        "a1": AttestationState(attestation=A1, version=2, withdrawn=True),
                        "a2": AttestationState(attestation=SECOND, version=9),
                    }
                ),
            },
            id="corrected, with other passages",
        ),
        pytest.param(
            FactAmended(fact="drag", set={"statement": "He was dragged."}, reason="r"),
            {"content": replace(DRAG_CONTENT, statement="He was dragged.")},
            id="amended",
        ),
        pytest.param(
            FactRetracted(fact="drag", cause="legal", reason="r"), {"retracted": True}, id="retracted"
        ),
        pytest.param(DISPUTE, {"disputes": Map({1: True})}, id="disputed"),
    ],
)
def test_an_act_changes_what_it_says_and_the_version(act: FactAct, changes: dict[str, object]) -> None:
    assert replace(FACT, version=9, **changes) == after(act)


def test_a_reinstated_fact_stands_with_the_content_it_last_had() -> None:
    reinstated = FactReinstated(fact="drag", cause="legal", reason="r")
    assert replace(FACT, version=9) == after(reinstated, replace(FACT, retracted=True))


def test_a_correction_never_lifts_a_retraction() -> None:
    assert after(CORRECTION, replace(FACT, retracted=True)).retracted


@pytest.mark.parametrize(
    ("outcome", "open_"), [("upheld", False), ("rejected", False), ("withdrawn", False), ("left-open", True)]
)
def test_a_dispute_is_open_until_it_is_resolved(outcome: str, open_: bool) -> None:  # noqa: FBT001  a table's column
    disputed = replace(FACT, disputes=Map({1: True, 2: True}))
    answer = DisputeResolved(fact="drag", dispute=2, outcome=outcome, reason="r")  # type: ignore[arg-type]  # of the table
    assert Map({1: True, 2: open_}) == after(answer, disputed).disputes


def test_only_what_was_not_withdrawn_stands() -> None:
    both = after(FactAttested(fact="drag", attestation=SECOND))
    gone = after(
        AttestationWithdrawn(fact="drag", attestation="a1", cause="source-withdrew", reason="r"), both
    )
    assert {"a1": A1, "a2": SECOND} == both.standing()
    assert {"a2": SECOND} == gone.standing()


WORDED = replace(
    DRAG_CONTENT,
    places=(
        Place(id="scene", as_stated="Chester Street"),
        Place(id="end", as_stated="a yard", lon="1", lat="2"),
    ),
    quantities=(
        Quantity(id="distance", as_stated="a long way"),
        Quantity(id="shots", as_stated="2", value="2", unit="1"),
    ),
    details={"name": "city", "value": "LR", "as_stated": "Lr"},
)


@pytest.mark.parametrize(
    ("path", "text", "hidden"),
    [
        pytest.param("statement", {"statement": "x"}, {"statement": UNDISCLOSED}, id="statement"),
        pytest.param(
            "occurred/as_stated",
            {"occurred": replace(DRAG_CONTENT.occurred or When(), as_stated="x")},
            {"occurred": replace(DRAG_CONTENT.occurred or When(), as_stated=None)},
            id="time with bounds",
        ),
        pytest.param(
            "places/scene/as_stated",
            {"places": (Place(id="scene", as_stated="x"), WORDED.places[1])},
            {"places": (Place(id="scene", absent="undisclosed"), WORDED.places[1])},
            id="place of words alone",
        ),
        pytest.param(
            "places/end/as_stated",
            {"places": (WORDED.places[0], Place(id="end", as_stated="x", lon="1", lat="2"))},
            {"places": (WORDED.places[0], Place(id="end", lon="1", lat="2"))},
            id="place with a point",
        ),
        pytest.param(
            "quantities/distance/as_stated",
            {"quantities": (Quantity(id="distance", as_stated="x"), WORDED.quantities[1])},
            {"quantities": (Quantity(id="distance", absent="undisclosed"), WORDED.quantities[1])},
            id="quantity of words alone",
        ),
        pytest.param(
            "participants/p1/as_described",
            {"participants": (replace(WORDED.participants[0], as_described="x"), WORDED.participants[1])},
            {
                "participants": (
                    replace(WORDED.participants[0], as_described=UNDISCLOSED),
                    WORDED.participants[1],
                )
            },
            id="description",
        ),
        pytest.param(
            "details/as_stated",
            {"details": {**WORDED.details, "as_stated": "x"}},
            {"details": {**WORDED.details, "as_stated": {"absent": "undisclosed"}}},
            id="words of an attribute",
        ),
    ],
)
def test_an_amendment_sets_its_words_also_where_they_were_redacted_since(
    path: str, text: dict[str, Json], hidden: dict[str, Json]
) -> None:
    fact = replace(FACT, content=WORDED)
    amended = FactAmended(fact="drag", set={path: "x"}, reason="r")
    assert replace(WORDED, **text) == after(amended, fact).content
    assert replace(WORDED, **hidden) == after(replace(amended, set={path: UNDISCLOSED}), fact).content


@pytest.mark.parametrize(
    "path",
    ["statement/x", "places/nowhere/as_stated", "participants/p1/name", "quantities/distance/value", "kind"],
)
def test_a_path_that_the_content_does_not_have_changes_nothing(path: str) -> None:
    assert DRAG_CONTENT == after(FactAmended(fact="drag", set={path: "x"}, reason="r")).content


@pytest.mark.parametrize(
    ("acts", "saying"),
    [
        pytest.param([REPORT], "version 1 of the stream: the incident was never opened", id="fact first"),
        pytest.param(
            [OPENED, OPENED], "version 2 of the stream: the incident is opened a second time", id="twice"
        ),
        pytest.param(
            [OPENED, DISPUTE], "version 2 of the stream: fact 'drag' was never reported", id="no fact"
        ),
        pytest.param([OPENED, REPORT, REPORT], "fact 'drag' is reported a second time", id="reported twice"),
        pytest.param(
            [
                OPENED,
                REPORT,
                AttestationWithdrawn(fact="drag", attestation="a7", cause="our-misreading", reason="r"),
            ],
            "version 3 of the stream: attestation 'a7' is withdrawn that was never recorded",
            id="withdrawal of nothing",
        ),
        pytest.param(
            [OPENED, REPORT, replace(CORRECTION, withdraws=("a1", "a7"))],
            "attestation 'a7' is withdrawn that was never recorded",
            id="correction that withdraws nothing",
        ),
        pytest.param(
            [OPENED, REPORT, DISPUTE, DisputeResolved(fact="drag", dispute=2, outcome="upheld", reason="r")],
            "version 4 of the stream: dispute 2 is resolved that was never recorded",
            id="answer to nothing",
        ),
        pytest.param(
            [OPENED, LineageRevoked(lineage=1, reason="r")],
            "LineageRevoked does not belong",
            id="of a source",
        ),
    ],
)
def test_an_act_that_cannot_come_here_is_damage(acts: list[Act], saying: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        fold(*acts)
    assert saying in caught.value.message


@for_any(histories())
def test_folding_a_history_gives_the_state_it_was_decided_against(history: list[dict[str, Json]]) -> None:
    given = READY
    seen = [(given, copy.deepcopy(given.incident()))]
    for command in history:
        try:
            given = given.and_given(command)
        except RefusedError:
            continue
        seen.append((given, copy.deepcopy(given.incident())))
    for point, kept in seen:
        events = [event for event in point.events if event.stream == "incident/lr"]
        assert kept == point.incident()
        assert kept == reduce(evolve_incident, events, IncidentState())
        for fact in kept.facts.values():
            assert any(one.stance == "supports" for one in fact.standing().values())
            assert fact.version <= kept.version == len(events)
