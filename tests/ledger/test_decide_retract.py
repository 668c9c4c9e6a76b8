"""Retracting and reinstating a fact: withdrawn with nothing in its place, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ledger.citation import Citation
from ledger.errors import ConflictError, InvalidError, RefusedError, RuleError, StaleError, UnknownError
from ledger.events import FactReinstated, FactRetracted
from tests.ledger.bad_citations import BAD_CITATIONS, PINNED, REDACTED_SNAPSHOT
from tests.ledger.dragging import (
    DRAG_CONTENT,
    ELSEWHERE,
    FLIGHT,
    REINSTATE,
    REPORTED,
    RETRACT,
    STOP,
    UNKNOWN_ID,
)
from tests.ledger.specification import REMOVED, changed

if TYPE_CHECKING:
    from ledger.values import Json

RETRACTED = REPORTED.and_given(RETRACT)
TWO_INCIDENTS = REPORTED.and_given(FLIGHT, ELSEWHERE, STOP)
DUPLICATE: dict[str, Json] = {**RETRACT, "cause": "duplicate", "in_favour_of": "flight"}
RETRACTS = FactRetracted(fact="drag", cause="source-error", reason="The agency took it back.")
REINSTATES = FactReinstated(fact="drag", cause="new-information", reason="The video shows it.")


def test_a_fact_is_retracted_for_a_reason() -> None:
    decision = REPORTED.when(RETRACT).then(RETRACTS)
    assert ("drag", "incident/lr", 2) == (decision.id, decision.stream, decision.version)
    assert [2] == [draft.answers for draft in decision.drafts]


def test_a_retraction_may_tell_the_reader_and_name_its_ground() -> None:
    command = {**RETRACT, "notice": "We no longer report this.", "citations": [{"source": "wire"}]}
    REPORTED.when(command).then(
        replace(
            RETRACTS,
            notice="We no longer report this.",
            citations=(Citation(id="made-1", source="wire"),),
        )
    )


def test_a_retracted_fact_keeps_its_content() -> None:
    fact = RETRACTED.incident().facts["drag"]
    assert (True, DRAG_CONTENT, 3) == (fact.retracted, fact.content, fact.version)


def test_a_duplicate_is_retracted_in_favour_of_the_other() -> None:
    TWO_INCIDENTS.when(DUPLICATE).then(replace(RETRACTS, cause="duplicate", in_favour_of="flight"))


def test_a_fact_of_the_wrong_incident_may_name_the_one_elsewhere() -> None:
    command = {**RETRACT, "cause": "wrong-incident"}
    TWO_INCIDENTS.when({**command, "in_favour_of": "mpls/stop"}).then(
        replace(RETRACTS, cause="wrong-incident", in_favour_of="mpls/stop")
    )
    TWO_INCIDENTS.when(command).then(replace(RETRACTS, cause="wrong-incident"))


@pytest.mark.parametrize(
    ("changes", "error", "saying"),
    [
        pytest.param([("/in_favour_of", REMOVED)], InvalidError, "names the fact that stays", id="left out"),
        pytest.param([("/cause", "legal")], InvalidError, "goes with the causes duplicate", id="other cause"),
        pytest.param([("/in_favour_of", "drag")], InvalidError, "in favour of itself", id="itself"),
        pytest.param(
            [("/in_favour_of", "lr/drag")], InvalidError, "in favour of itself", id="itself at length"
        ),
        pytest.param([("/in_favour_of", "No Id")], InvalidError, "is a fact's id", id="no id"),
        pytest.param([("/in_favour_of", "")], InvalidError, "is a fact's id", id="empty"),
        pytest.param([("/in_favour_of", "/flight")], InvalidError, "is a fact's id", id="no incident"),
        pytest.param([("/in_favour_of", "a/b/c")], InvalidError, "is a fact's id", id="too many parts"),
        pytest.param(
            [("/in_favour_of", "stop")], UnknownError, "'stop'", id="fact of another incident alone"
        ),
        pytest.param([("/in_favour_of", "mpls/drag")], UnknownError, "'mpls/drag'", id="unknown elsewhere"),
        pytest.param(
            [("/in_favour_of", f"{UNKNOWN_ID}/drag")], UnknownError, "/drag'", id="unknown incident"
        ),
    ],
)
def test_the_fact_that_stays_has_to_be_another_that_is_known(
    changes: list[tuple[str, object]], error: type[RefusedError], saying: str
) -> None:
    TWO_INCIDENTS.when(changed(DUPLICATE, *changes)).refuses(error, field="/in_favour_of", saying=saying)


def test_the_fact_that_stays_is_not_retracted_itself() -> None:
    TWO_INCIDENTS.and_given({**RETRACT, "fact": "flight"}).when(DUPLICATE).refuses(
        RuleError, field="/in_favour_of", saying="'flight' is retracted itself"
    )


def test_a_fact_is_retracted_once() -> None:
    RETRACTED.when(RETRACT).refuses(ConflictError, field="/fact", saying="'drag' is retracted already")


def test_a_retraction_is_taken_back_for_a_reason() -> None:
    decision = RETRACTED.when(REINSTATE).then(REINSTATES)
    assert ("drag", "incident/lr", 3) == (decision.id, decision.stream, decision.version)
    assert [3] == [draft.answers for draft in decision.drafts]


def test_a_reinstatement_may_name_its_ground() -> None:
    RETRACTED.when({**REINSTATE, "citations": [{"source": "wire"}]}).then(
        replace(REINSTATES, citations=(Citation(id="made-1", source="wire"),))
    )


def test_a_fact_that_stands_is_not_reinstated() -> None:
    REPORTED.when(REINSTATE).refuses(ConflictError, field="/fact", saying="'drag' is not retracted")
    RETRACTED.and_given(REINSTATE).when(REINSTATE).refuses(
        ConflictError, field="/fact", saying="'drag' is not retracted"
    )


def test_a_reinstated_fact_may_be_retracted_again() -> None:
    RETRACTED.and_given(REINSTATE).when(RETRACT).then(RETRACTS)


MALFORMED = [
    pytest.param([("/incident", UNKNOWN_ID)], UnknownError, "/incident", "open it first", id="incident"),
    pytest.param([("/incident", "No Id")], InvalidError, "/incident", "an id has", id="bad incident id"),
    pytest.param([("/fact", UNKNOWN_ID)], UnknownError, "/fact", "no such fact", id="unknown fact"),
    pytest.param([("/fact", "No Id")], InvalidError, "/fact", "an id has", id="bad fact id"),
    pytest.param([("/expected_version", 1)], StaleError, "", "expected version 1", id="stale"),
    pytest.param([("/reason", "")], InvalidError, "/reason", "must not be empty", id="empty reason"),
    pytest.param([("/reason", REMOVED)], InvalidError, "/reason", "is missing", id="no reason"),
    pytest.param([("/cause", "boredom")], InvalidError, "/cause", "must be one of", id="cause"),
    pytest.param([("/cause", REMOVED)], InvalidError, "/cause", "is missing", id="no cause"),
    pytest.param(
        [("/citations", [PINNED, PINNED])], InvalidError, "/citations/1/id", "stands twice", id="one id twice"
    ),
]


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        *MALFORMED,
        pytest.param([("/notice", " ")], InvalidError, "/notice", "must not be empty", id="blank notice"),
        pytest.param([("/notice", "a" * 8_193)], InvalidError, "/notice", "at most 8192", id="long notice"),
    ],
)
def test_a_retraction_is_refused(
    changes: list[tuple[str, object]], error: type[RefusedError], field: str, saying: str
) -> None:
    REPORTED.when(changed(RETRACT, *changes)).refuses(error, field=field, saying=saying)


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        *MALFORMED,
        pytest.param(
            [("/cause", "duplicate")], InvalidError, "/cause", "must be one of", id="of a retraction"
        ),
    ],
)
def test_a_reinstatement_is_refused(
    changes: list[tuple[str, object]], error: type[RefusedError], field: str, saying: str
) -> None:
    RETRACTED.when(changed(REINSTATE, *changes)).refuses(error, field=field, saying=saying)


@pytest.mark.parametrize(("citation", "error", "below", "saying"), BAD_CITATIONS)
def test_neither_rests_on_a_bad_citation(
    citation: dict[str, Json], error: type[RefusedError], below: str, saying: str
) -> None:
    for before, command in ((REPORTED, RETRACT), (RETRACTED, REINSTATE)):
        before.when({**command, "citations": [citation]}).refuses(
            error, field=f"/citations/0{below}", saying=saying
        )


def test_neither_rests_on_a_redacted_snapshot() -> None:
    for before, command in ((REPORTED, RETRACT), (RETRACTED, REINSTATE)):
        before.and_given(REDACTED_SNAPSHOT).when({**command, "citations": [PINNED]}).refuses(
            RuleError, field="/citations/0/snapshot", saying="was redacted"
        )
