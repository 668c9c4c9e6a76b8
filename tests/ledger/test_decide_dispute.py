"""Disputing a fact and answering a dispute: open until resolved with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ledger.citation import Citation
from ledger.errors import ConflictError, InvalidError, RefusedError, RuleError, StaleError, UnknownError
from ledger.events import DisputeResolved, FactDisputed
from tests.ledger.bad_citations import BAD_CITATIONS, PINNED, REDACTED_SNAPSHOT
from tests.ledger.dragging import (
    ATTESTED,
    DISPUTE,
    FLIGHT,
    REPORTED,
    RESOLVE,
    RETRACT,
    UNKNOWN_ID,
    WITHDRAW,
)
from tests.ledger.specification import REMOVED, changed

if TYPE_CHECKING:
    from ledger.values import Json

DISPUTED = ATTESTED.and_given(DISPUTE)
DISPUTES = FactDisputed(fact="drag", dispute=1, by="the driver's lawyer", grounds="The car stood still.")
RESOLVES = DisputeResolved(
    fact="drag", dispute=1, outcome="rejected", reason="The video shows the car moving."
)
LEFT_OPEN: dict[str, Json] = {**RESOLVE, "outcome": "left-open", "reason": "The video is not out yet."}


def test_a_fact_is_disputed_on_grounds() -> None:
    decision = REPORTED.when(DISPUTE).then(DISPUTES)
    assert ("1", "incident/lr", 2) == (decision.id, decision.stream, decision.version)
    assert [2] == [draft.answers for draft in decision.drafts]


def test_a_dispute_may_name_its_ground() -> None:
    REPORTED.when({**DISPUTE, "citations": [{"source": "wire"}]}).then(
        replace(DISPUTES, citations=(Citation(id="made-1", source="wire"),))
    )


def test_disputes_are_counted_within_their_fact() -> None:
    before = DISPUTED.and_given(RESOLVE, FLIGHT)
    before.when({**DISPUTE, "by": "the mayor"}).then(replace(DISPUTES, dispute=2, by="the mayor"))
    before.when({**DISPUTE, "fact": "flight"}).then(replace(DISPUTES, fact="flight"))


def test_a_retracted_fact_may_still_be_disputed() -> None:
    REPORTED.and_given(RETRACT).when(DISPUTE).then(DISPUTES)


@pytest.mark.parametrize("outcome", ["upheld", "rejected", "withdrawn", "left-open"])
def test_a_dispute_is_answered_with_a_reason(outcome: str) -> None:
    decision = DISPUTED.decide({**RESOLVE, "outcome": outcome})
    (act,) = (draft.act for draft in decision.drafts)
    assert isinstance(act, DisputeResolved)
    assert (1, outcome) == (act.dispute, act.outcome)
    assert ("1", "incident/lr", 4) == (decision.id, decision.stream, decision.version)
    assert [4] == [draft.answers for draft in decision.drafts]


def test_an_answer_may_settle_attestations_also_withdrawn_ones() -> None:
    settles = {**RESOLVE, "settles": ["a2", "a1"]}
    DISPUTED.when(settles).then(replace(RESOLVES, settles=("a2", "a1")))
    DISPUTED.and_given(WITHDRAW).when(settles).then(replace(RESOLVES, settles=("a2", "a1")))


def test_a_dispute_is_resolved_once() -> None:
    DISPUTED.and_given(RESOLVE).when(RESOLVE).refuses(
        ConflictError, field="/dispute", saying="dispute 1 was resolved already"
    )


def test_a_dispute_left_open_is_resolved_later() -> None:
    left = DISPUTED.and_given(LEFT_OPEN, LEFT_OPEN)
    left.when(RESOLVE).then(RESOLVES)
    left.and_given(RESOLVE).when(LEFT_OPEN).refuses(
        ConflictError, field="/dispute", saying="was resolved already"
    )


def test_one_of_two_disputes_is_answered_alone() -> None:
    both = DISPUTED.and_given({**DISPUTE, "by": "the mayor"}, {**RESOLVE, "dispute": 2})
    both.when(RESOLVE).then(RESOLVES)
    both.when({**RESOLVE, "dispute": 2}).refuses(
        ConflictError, field="/dispute", saying="dispute 2 was resolved"
    )


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        pytest.param([("/incident", UNKNOWN_ID)], UnknownError, "/incident", "open it first", id="incident"),
        pytest.param([("/fact", UNKNOWN_ID)], UnknownError, "/fact", "no such fact", id="unknown fact"),
        pytest.param([("/expected_version", 2)], StaleError, "", "fact drag is at 3", id="stale"),
        pytest.param([("/by", "")], InvalidError, "/by", "must not be empty", id="nobody"),
        pytest.param([("/by", "a" * 1_025)], InvalidError, "/by", "at most 1024", id="long name"),
        pytest.param([("/by", REMOVED)], InvalidError, "/by", "is missing", id="no one named"),
        pytest.param([("/grounds", " ")], InvalidError, "/grounds", "must not be empty", id="blank grounds"),
        pytest.param(
            [("/grounds", "a" * 8_193)], InvalidError, "/grounds", "at most 8192", id="long grounds"
        ),
        pytest.param([("/grounds", REMOVED)], InvalidError, "/grounds", "is missing", id="no grounds"),
        pytest.param(
            [("/citations", [PINNED, PINNED])],
            InvalidError,
            "/citations/1/id",
            "stands twice",
            id="one id twice",
        ),
    ],
)
def test_a_dispute_is_refused(
    changes: list[tuple[str, object]], error: type[RefusedError], field: str, saying: str
) -> None:
    ATTESTED.when(changed(DISPUTE, *changes)).refuses(error, field=field, saying=saying)


@pytest.mark.parametrize(("citation", "error", "below", "saying"), BAD_CITATIONS)
def test_a_dispute_upon_a_bad_citation_is_refused(
    citation: dict[str, Json], error: type[RefusedError], below: str, saying: str
) -> None:
    REPORTED.when({**DISPUTE, "citations": [citation]}).refuses(
        error, field=f"/citations/0{below}", saying=saying
    )


def test_a_dispute_upon_a_redacted_snapshot_is_refused() -> None:
    REPORTED.and_given(REDACTED_SNAPSHOT).when({**DISPUTE, "citations": [PINNED]}).refuses(
        RuleError, field="/citations/0/snapshot", saying="was redacted"
    )


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        pytest.param([("/incident", UNKNOWN_ID)], UnknownError, "/incident", "open it first", id="incident"),
        pytest.param([("/fact", UNKNOWN_ID)], UnknownError, "/fact", "no such fact", id="unknown fact"),
        pytest.param([("/expected_version", 3)], StaleError, "", "fact drag is at 4", id="stale"),
        pytest.param([("/dispute", 2)], UnknownError, "/dispute", "the fact has 1", id="unknown dispute"),
        pytest.param([("/dispute", 0)], UnknownError, "/dispute", "the fact has 1", id="dispute nought"),
        pytest.param(
            [("/dispute", "1")], InvalidError, "/dispute", "must be an integer", id="text for a number"
        ),
        pytest.param(
            [("/outcome", "won")],
            InvalidError,
            "/outcome",
            "must be one of left-open, rejected, upheld, withdrawn",
            id="outcome",
        ),
        pytest.param([("/reason", "")], InvalidError, "/reason", "must not be empty", id="empty reason"),
        pytest.param([("/reason", REMOVED)], InvalidError, "/reason", "is missing", id="no reason"),
        pytest.param(
            [("/settles", ["a1", "a9"])],
            UnknownError,
            "/settles/1",
            "no such attestation",
            id="settles unknown",
        ),
        pytest.param([("/settles", ["No Id"])], InvalidError, "/settles/0", "an id has", id="settles bad id"),
        pytest.param(
            [("/settles", ["a1", "a1"])], InvalidError, "/settles/1", "stands twice", id="settles twice"
        ),
    ],
)
def test_an_answer_is_refused(
    changes: list[tuple[str, object]], error: type[RefusedError], field: str, saying: str
) -> None:
    DISPUTED.when(changed(RESOLVE, *changes)).refuses(error, field=field, saying=saying)


def test_a_fact_that_nobody_disputes_has_no_dispute_to_answer() -> None:
    ATTESTED.when(RESOLVE).refuses(UnknownError, field="/dispute", saying="the fact has 0")
