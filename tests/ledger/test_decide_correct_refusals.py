"""What no correction may do: rest on nothing that says so, leave a fact unsupported, lift a retraction, or come late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.errors import ConflictError, InvalidError, RefusedError, RuleError, StaleError, UnknownError
from tests.ledger.bad_citations import BAD_CITATIONS, PINNED, REDACTED_SNAPSHOT
from tests.ledger.dragging import (
    ATTEST,
    ATTESTED,
    CORRECT,
    OUR_TYPO,
    REPORTED,
    RETRACT,
    STOP,
    UNKNOWN_ID,
    WITHDRAW,
)
from tests.ledger.specification import REMOVED, changed

if TYPE_CHECKING:
    from ledger.values import Json


def test_a_retracted_fact_is_not_corrected() -> None:
    REPORTED.and_given(RETRACT).when(CORRECT).refuses(RuleError, field="/fact", saying="reinstate it first")


def test_two_editors_do_not_correct_at_once() -> None:
    REPORTED.and_given(CORRECT).when(changed(OUR_TYPO, ("/expected_version", 2))).refuses(
        StaleError, field="", saying="expected version 2, fact drag is at 3"
    )


@pytest.mark.parametrize("stance", ["mentions", "declines", "denies", "contradicts"])
def test_a_new_passage_that_does_not_support_the_new_content_is_no_ground(stance: str) -> None:
    cited = changed(CORRECT, ("/citations/0/stance", stance))
    REPORTED.when(cited).refuses(RuleError, field="/citations", saying="say what the new content rests on")
    assert REPORTED.decide(changed(cited, ("/rests_on", ["a1"]))).drafts


@pytest.mark.parametrize("stance", ["mentions", "declines"])
def test_a_standing_passage_that_states_nothing_is_no_ground(stance: str) -> None:
    before = REPORTED.and_given(changed(ATTEST, ("/stance", stance), ("/as_stated", REMOVED)))
    before.when(changed(OUR_TYPO, ("/rests_on", ["a1", "a2"]))).refuses(
        RuleError, field="/rests_on/1", saying="'a2' does not state any content"
    )


def test_what_was_withdrawn_is_no_ground() -> None:
    ATTESTED.and_given(WITHDRAW).when(changed(OUR_TYPO, ("/rests_on", ["a2"]))).refuses(
        RuleError, field="/rests_on/0", saying="'a2' does not stand after this act"
    )


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        pytest.param([("/incident", UNKNOWN_ID)], UnknownError, "/incident", "open it first", id="incident"),
        pytest.param([("/fact", UNKNOWN_ID)], UnknownError, "/fact", "no such fact", id="unknown fact"),
        pytest.param([("/kind", "dragg")], UnknownError, "/kind", "did you mean drag?", id="kind amiss"),
        pytest.param([("/statement", REMOVED)], InvalidError, "/statement", "sentence", id="no statement"),
        pytest.param([("/reason", "")], InvalidError, "/reason", "must not be empty", id="empty reason"),
        pytest.param([("/notice", " ")], InvalidError, "/notice", "must not be empty", id="blank notice"),
        pytest.param(
            [("/class", "wrong")], InvalidError, "/class", "must be one of other, wording", id="class"
        ),
        pytest.param([("/cause", "duplicate")], InvalidError, "/cause", "must be one of legal", id="cause"),
        pytest.param(
            [("/participants/0/role", "caller")],
            InvalidError,
            "/participants/0/role",
            "does not know",
            id="role",
        ),
        pytest.param(
            [("/details/color", "x")], InvalidError, "/details/color", "no such detail", id="detail"
        ),
        pytest.param([("/citations", [])], RuleError, "/citations", "rests_on with ids", id="no ground"),
        pytest.param(
            [("/occurred", {"relations": [{"rel": "after", "fact": UNKNOWN_ID}]})],
            UnknownError,
            "/occurred/relations/0/fact",
            "report it first",
            id="relation to an unknown fact",
        ),
        pytest.param(
            [("/occurred", {"relations": [{"rel": "after", "fact": "drag"}]})],
            InvalidError,
            "/occurred/relations/0/fact",
            "not related to itself",
            id="relation to itself",
        ),
        pytest.param(
            [("/citations/0/id", "a1")],
            ConflictError,
            "/citations/0/id",
            "has an attestation 'a1'",
            id="id in use",
        ),
        pytest.param(
            [("/citations/0/as_stated", {"quantities": [{"id": "q", "value": "1"}]})],
            InvalidError,
            "/citations/0/as_stated/quantities/0/unit",
            "needs a unit",
            id="passage with a number alone",
        ),
        pytest.param(
            [("/rests_on", ["a7"])], UnknownError, "/rests_on/0", "no such attestation", id="unknown"
        ),
        pytest.param([("/rests_on", ["No Id"])], InvalidError, "/rests_on/0", "an id has", id="bad id"),
        pytest.param([("/rests_on", ["a1", "a1"])], InvalidError, "/rests_on/1", "stands twice", id="twice"),
        pytest.param(
            [("/rests_on", ["a2", "a1"]), ("/withdraws", ["a1"])],
            RuleError,
            "/rests_on/1",
            "'a1' does not stand after this act",
            id="rests on what it withdraws",
        ),
        pytest.param(
            [("/withdraws", ["a7"])], UnknownError, "/withdraws/0", "no such", id="withdraws unknown"
        ),
        pytest.param(
            [("/withdraws", ["No Id"])], InvalidError, "/withdraws/0", "an id has", id="withdraws bad"
        ),
        pytest.param(
            [("/withdraws", ["a1", "a1"])],
            ConflictError,
            "/withdraws/1",
            "withdrawn already",
            id="withdraws twice",
        ),
        pytest.param(
            [("/citations", []), ("/rests_on", ["a2"]), ("/withdraws", ["a1"])],
            RuleError,
            "/withdraws",
            "last standing attestation that supports",
            id="withdraws the last support",
        ),
    ],
)
def test_a_correction_is_refused(
    changes: list[tuple[str, object]], error: type[RefusedError], field: str, saying: str
) -> None:
    ATTESTED.when(changed(CORRECT, *changes)).refuses(error, field=field, saying=saying)


def test_a_correction_does_not_withdraw_what_was_withdrawn() -> None:
    ATTESTED.and_given(WITHDRAW).when(changed(CORRECT, ("/withdraws", ["a2"]))).refuses(
        ConflictError, field="/withdraws/0", saying="'a2' was withdrawn already"
    )


@pytest.mark.parametrize(("citation", "error", "below", "saying"), BAD_CITATIONS)
def test_a_correction_upon_a_bad_citation_is_refused(
    citation: dict[str, Json], error: type[RefusedError], below: str, saying: str
) -> None:
    REPORTED.when(changed(CORRECT, ("/citations", [{"source": "wire"}, citation]))).refuses(
        error, field=f"/citations/1{below}", saying=saying
    )


def test_a_correction_upon_a_redacted_snapshot_is_refused() -> None:
    REPORTED.and_given(REDACTED_SNAPSHOT).when(changed(CORRECT, ("/citations", [PINNED]))).refuses(
        RuleError, field="/citations/0/snapshot", saying="was redacted"
    )


def test_a_fact_of_another_incident_is_none_of_this_one() -> None:
    REPORTED.when(changed(CORRECT, ("/fact", STOP["id"]))).refuses(
        UnknownError, field="/fact", saying="incident lr has no such fact"
    )
