"""Attesting a fact and withdrawing an attestation: a passage speaks once, and a fact keeps one that supports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ledger.citation import Attestation, Citation, Speaker
from ledger.errors import ConflictError, InvalidError, RefusedError, RuleError, StaleError, UnknownError
from ledger.events import AttestationWithdrawn, FactAttested
from ledger.fact import AsStated
from ledger.quantity import Quantity
from tests.ledger.bad_citations import BAD_CITATIONS, PINNED, REDACTED_SNAPSHOT
from tests.ledger.dragging import (
    A1,
    ATTEST,
    ATTESTED,
    QUOTED,
    READY,
    REPORTED,
    RETRACT,
    SNAPSHOT,
    UNKNOWN_ID,
    WITHDRAW,
)
from tests.ledger.specification import REMOVED, changed

if TYPE_CHECKING:
    from ledger.values import Json

CONTRADICTION = Attestation(
    id="a2",
    source="article",
    stance="contradicts",
    as_stated=AsStated(quantities=(Quantity(id="distance", value="50", unit="[ft_i]"),)),
)
ATTESTS = FactAttested(fact="drag", attestation=CONTRADICTION)
WITHDRAWS = AttestationWithdrawn(
    fact="drag", attestation="a2", cause="our-misreading", reason="The passage speaks of another officer."
)
FRAME = {"op": "attest-fact", "incident": "lr", "fact": "drag"}
SECOND_SUPPORT: dict[str, Json] = {**FRAME, "id": "a5", "source": "wire"}


def test_a_passage_attests_a_fact() -> None:
    decision = REPORTED.when(ATTEST).then(ATTESTS)
    assert ("a2", "incident/lr", 2) == (decision.id, decision.stream, decision.version)
    assert [2] == [draft.answers for draft in decision.drafts]


def test_an_attestation_may_stand_in_an_object_of_its_own() -> None:
    nested = {**FRAME, "attestation": {key: one for key, one in ATTEST.items() if key not in FRAME}}
    REPORTED.when(nested).then(ATTESTS)


def test_an_attestation_supports_unless_it_says_otherwise_and_its_id_is_made() -> None:
    REPORTED.when({**FRAME, "source": "wire"}).then(
        FactAttested(fact="drag", attestation=Attestation(id="made-1", source="wire", stance="supports"))
    )


def test_a_retracted_fact_may_still_be_attested() -> None:
    REPORTED.and_given(RETRACT).when(ATTEST).then(ATTESTS)


def test_an_act_may_say_which_version_it_answers() -> None:
    REPORTED.when(changed(ATTEST, ("/expected_version", 2))).then(ATTESTS)
    stale = ATTESTED.when(changed(ATTEST, ("/id", "a9"), ("/expected_version", 2))).refuses(
        StaleError, field="", saying="expected version 2, fact drag is at 3"
    )
    assert (2, 3) == (stale.expected, stale.current)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"source": "wire"}, id="source"),
        pytest.param({"selector": [{"type": "TextPositionSelector", "start": 11, "end": 31}]}, id="passage"),
        pytest.param({"speaker": {"id": "chief"}}, id="speaker"),
    ],
)
def test_another_passage_or_speaker_is_another_attestation(other: dict[str, Json]) -> None:
    cited = {**QUOTED, "id": "a9", **other}
    if other.get("source"):
        del cited["snapshot"], cited["extraction"]
    assert REPORTED.decide({**FRAME, **cited}).drafts


@pytest.mark.parametrize(
    "same",
    [
        pytest.param({}, id="to the letter"),
        pytest.param({"selector": QUOTED["selector"][::-1]}, id="selectors in another order"),
        pytest.param({"stance": "mentions", "language": "en"}, id="with another stance"),
        pytest.param(
            {
                "selector": [
                    {"type": "TextQuoteSelector", "exact": "dragged about 15 feet", "prefix": "was "},
                    QUOTED["selector"][1],
                ]
            },
            id="found by other words around it",
        ),
    ],
)
def test_a_passage_that_attests_the_fact_already_is_refused(same: dict[str, Json]) -> None:
    REPORTED.when({**FRAME, **QUOTED, "id": "a9", **same}).refuses(
        ConflictError, field="/attestation", saying="attestation 'a1' of this fact has the same source"
    )


def test_without_a_snapshot_the_same_selectors_in_another_order_are_the_same_passage() -> None:
    heard: dict[str, Json] = {**FRAME, "source": "wire", "selector": QUOTED["selector"]}
    REPORTED.and_given(heard).when({**heard, "selector": QUOTED["selector"][::-1]}).refuses(
        ConflictError, field="/attestation", saying="same source"
    )
    unpinned = {
        **heard,
        "selector": [{"type": "TextQuoteSelector", "exact": "50 feet"}, QUOTED["selector"][1]],
    }
    assert REPORTED.and_given(heard).decide(unpinned).drafts


def test_words_that_have_no_position_in_the_snapshot_are_told_apart_by_themselves() -> None:
    seen: dict[str, Json] = {**FRAME, **{k: v for k, v in QUOTED.items() if k != "extraction"}, "id": "a8"}
    seen["selector"] = [{"type": "TextQuoteSelector", "exact": "15 feet"}]
    given = REPORTED.and_given(seen)

    assert given.decide({**seen, "id": "a9", "selector": [{**seen["selector"][0], "exact": "a car"}]}).drafts
    given.when({**seen, "id": "a9"}).refuses(ConflictError, field="/attestation", saying="'a8' of this fact")


def test_a_whole_source_attests_a_fact_once_for_each_speaker() -> None:
    said: dict[str, Json] = {**FRAME, "source": "wire", "speaker": {"id": "chief"}}
    REPORTED.and_given(said).when({**said, "stance": "denies"}).refuses(
        ConflictError, field="/attestation", saying="same source"
    )
    assert REPORTED.and_given(said).decide({**said, "speaker": {"id": "mayor"}}).drafts


def test_a_passage_may_attest_again_once_it_was_withdrawn() -> None:
    again = changed(ATTEST, ("/id", "a9"))
    ATTESTED.and_given(WITHDRAW).when(again).then(
        FactAttested(fact="drag", attestation=replace(CONTRADICTION, id="a9"))
    )


def test_an_id_of_an_attestation_is_never_given_twice() -> None:
    withdrawn = ATTESTED.and_given(WITHDRAW)
    withdrawn.when(ATTEST).refuses(ConflictError, field="/attestation/id", saying="has an attestation 'a2'")


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        pytest.param([("/incident", UNKNOWN_ID)], UnknownError, "/incident", "open it first", id="incident"),
        pytest.param([("/incident", "No Id")], InvalidError, "/incident", "an id has", id="bad incident id"),
        pytest.param([("/fact", UNKNOWN_ID)], UnknownError, "/fact", "lr has no such fact", id="fact"),
        pytest.param([("/fact", "No Id")], InvalidError, "/fact", "an id has", id="bad fact id"),
        pytest.param(
            [("/as_stated/quantities/0/unit", "feet")],
            InvalidError,
            "/attestation/as_stated/quantities/0/unit",
            "[ft_i]",
            id="unit",
        ),
        pytest.param(
            [("/as_stated/participants", [{"id": "p1", "role": "caller"}])],
            InvalidError,
            "/attestation/as_stated/participants/0/role",
            "drag@1 does not know this role",
            id="role",
        ),
        pytest.param(
            [("/as_stated/occurred", {"relations": [{"rel": "during", "fact": "drag"}]})],
            InvalidError,
            "/attestation/as_stated/occurred/relations/0/fact",
            "not related to itself",
            id="relation to itself",
        ),
    ],
)
def test_an_attestation_is_refused(
    changes: list[tuple[str, object]], error: type[RefusedError], field: str, saying: str
) -> None:
    REPORTED.when(changed(ATTEST, *changes)).refuses(error, field=field, saying=saying)


@pytest.mark.parametrize(("citation", "error", "below", "saying"), BAD_CITATIONS)
def test_an_attestation_by_a_bad_citation_is_refused(
    citation: dict[str, Json], error: type[RefusedError], below: str, saying: str
) -> None:
    REPORTED.when({**FRAME, "attestation": citation}).refuses(
        error, field=f"/attestation{below}", saying=saying
    )


def test_an_attestation_by_a_redacted_snapshot_is_refused() -> None:
    REPORTED.and_given(REDACTED_SNAPSHOT).when({**FRAME, **PINNED}).refuses(
        RuleError, field="/attestation/snapshot", saying="was redacted"
    )


def test_an_attestation_is_withdrawn_for_a_reason() -> None:
    decision = ATTESTED.when(WITHDRAW).then(WITHDRAWS)
    assert ("a2", "incident/lr", 3) == (decision.id, decision.stream, decision.version)
    assert [3] == [draft.answers for draft in decision.drafts]


def test_a_withdrawal_may_name_its_ground() -> None:
    ground = {"id": "x1", "source": "release", "snapshot": SNAPSHOT, "speaker": {"capacity": "editor"}}
    ATTESTED.when(changed(WITHDRAW, ("/citations", [ground]))).then(
        replace(
            WITHDRAWS,
            citations=(
                Citation(id="x1", source="release", snapshot=SNAPSHOT, speaker=Speaker(capacity="editor")),
            ),
        )
    )


def test_the_last_standing_support_is_not_withdrawn() -> None:
    first = changed(WITHDRAW, ("/attestation", "a1"))
    ATTESTED.when(first).refuses(
        RuleError, field="/attestation", saying="last standing attestation that supports"
    )
    ATTESTED.and_given(SECOND_SUPPORT).when(first).then(replace(WITHDRAWS, attestation="a1"))
    ATTESTED.and_given(SECOND_SUPPORT, first).when(changed(WITHDRAW, ("/attestation", "a5"))).refuses(
        RuleError, field="/attestation", saying="retract the fact"
    )


def test_an_attestation_is_withdrawn_once() -> None:
    ATTESTED.and_given(WITHDRAW).when(WITHDRAW).refuses(
        ConflictError, field="/attestation", saying="'a2' was withdrawn already"
    )


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        pytest.param(
            [("/attestation", "a7")], UnknownError, "/attestation", "no such attestation", id="unknown"
        ),
        pytest.param([("/attestation", "No Id")], InvalidError, "/attestation", "an id has", id="bad id"),
        pytest.param([("/fact", UNKNOWN_ID)], UnknownError, "/fact", "no such fact", id="unknown fact"),
        pytest.param(
            [("/incident", UNKNOWN_ID)], UnknownError, "/incident", "open it", id="unknown incident"
        ),
        pytest.param([("/expected_version", 2)], StaleError, "", "fact drag is at 3", id="stale"),
        pytest.param([("/reason", " ")], InvalidError, "/reason", "must not be empty", id="blank reason"),
        pytest.param([("/reason", REMOVED)], InvalidError, "/reason", "is missing", id="no reason"),
        pytest.param(
            [("/cause", "our-typo")],
            InvalidError,
            "/cause",
            "must be one of our-misreading, source-withdrew, upstream-unexplained",
            id="cause of another act",
        ),
        pytest.param(
            [("/citations", [PINNED, PINNED])],
            InvalidError,
            "/citations/1/id",
            "stands twice",
            id="one id twice",
        ),
        pytest.param(
            [("/citations", [{**PINNED, "stance": "supports"}])],
            InvalidError,
            "/citations/0/stance",
            "is not known here",
            id="ground with a stance",
        ),
    ],
)
def test_a_withdrawal_is_refused(
    changes: list[tuple[str, object]], error: type[RefusedError], field: str, saying: str
) -> None:
    ATTESTED.when(changed(WITHDRAW, *changes)).refuses(error, field=field, saying=saying)


@pytest.mark.parametrize(("citation", "error", "below", "saying"), BAD_CITATIONS)
def test_a_withdrawal_upon_a_bad_citation_is_refused(
    citation: dict[str, Json], error: type[RefusedError], below: str, saying: str
) -> None:
    ATTESTED.when(changed(WITHDRAW, ("/citations", [citation]))).refuses(
        error, field=f"/citations/0{below}", saying=saying
    )


def test_a_fact_that_was_never_reported_is_not_attested() -> None:
    READY.when(ATTEST).refuses(UnknownError, field="/fact", saying="incident lr has no such fact")
    assert A1 == REPORTED.incident().facts["drag"].attestations["a1"].attestation
