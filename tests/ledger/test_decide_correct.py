"""Correcting a fact: the whole content is replaced, on a ground that says so, and nothing is lifted or left without support."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ledger.citation import Attestation
from ledger.errors import ConflictError, InvalidError, RuleError
from ledger.events import FactCorrected
from ledger.quantity import Quantity
from tests.ledger.dragging import (
    ATTESTED,
    CONTENT,
    CORRECT,
    DRAG_CONTENT,
    FLIGHT,
    OUR_TYPO,
    QUOTED,
    READY,
    REPORTED,
)
from tests.ledger.specification import REMOVED, changed

if TYPE_CHECKING:
    from ledger.values import Json

FIFTY = replace(
    DRAG_CONTENT,
    quantities=(Quantity(id="distance", as_stated="about 50 feet", value="50", unit="[ft_i]"),),
)
CORRECTED = FactCorrected(
    fact="drag",
    content=FIFTY,
    class_="wrong-number",
    cause="source-error",
    reason="The release was corrected.",
    attestations=(Attestation(id="a3", source="wire", stance="supports"),),
)
WORDING: dict[str, Json] = changed(
    CORRECT,
    ("/quantities", CONTENT["quantities"]),
    ("/class", "wording"),
    ("/statement", "A car dragged the officer about 15 feet along Chester Street."),
)


def test_a_correction_carries_the_whole_new_content() -> None:
    decision = REPORTED.when(CORRECT).then(CORRECTED)
    assert ("drag", "incident/lr", 2) == (decision.id, decision.stream, decision.version)
    assert [2] == [draft.answers for draft in decision.drafts]


def test_what_a_correction_leaves_out_is_gone() -> None:
    bare = changed(CORRECT, ("/participants", REMOVED), ("/occurred", REMOVED), ("/details", REMOVED))
    REPORTED.when(bare).then(
        replace(CORRECTED, content=replace(FIFTY, participants=(), occurred=None, details={}))
    )


def test_a_correction_may_tell_the_reader() -> None:
    notice = "An earlier version said 15 feet."
    REPORTED.when(changed(CORRECT, ("/notice", notice))).then(replace(CORRECTED, notice=notice))


def test_a_correction_may_rest_on_what_stands() -> None:
    REPORTED.when(OUR_TYPO).then(replace(CORRECTED, cause="our-typo", attestations=(), rests_on=("a1",)))


def test_a_correction_may_rest_on_what_contradicted_the_old_content() -> None:
    ATTESTED.when(changed(OUR_TYPO, ("/rests_on", ["a2"]))).then(
        replace(CORRECTED, cause="our-typo", attestations=(), rests_on=("a2",))
    )


def test_a_correction_may_withdraw_what_said_the_old_content() -> None:
    after = REPORTED.and_given(changed(CORRECT, ("/withdraws", ["a1"])))
    fact = after.incident().facts["drag"]
    assert ["a3"] == list(fact.standing())
    assert 3 == fact.version


def test_a_passage_withdrawn_by_the_correction_may_attest_anew_in_it() -> None:
    again = {**QUOTED, "id": "a4"}
    REPORTED.when(changed(CORRECT, ("/citations", [again]))).refuses(
        ConflictError, field="/citations/0", saying="attestation 'a1' of this fact has the same source"
    )
    assert REPORTED.decide(changed(CORRECT, ("/citations", [again]), ("/withdraws", ["a1"]))).drafts


def test_a_correction_of_a_correction_is_decided_against_it() -> None:
    back = changed(CORRECT, ("/quantities", CONTENT["quantities"]), ("/citations/0/id", "a4"))
    back = changed(back, ("/citations/0/source", "article"), ("/expected_version", 3))
    decision = (
        REPORTED.and_given(CORRECT)
        .when(back)
        .then(
            replace(
                CORRECTED,
                content=DRAG_CONTENT,
                attestations=(Attestation(id="a4", source="article", stance="supports"),),
            )
        )
    )
    assert [3] == [draft.answers for draft in decision.drafts]


def test_a_correction_keeps_the_version_of_its_kind_or_takes_the_newest() -> None:
    moved_on = REPORTED.and_kind("drag", 2)
    for ref in ("drag", "drag@1"):
        moved_on.when(changed(CORRECT, ("/kind", ref))).then(CORRECTED)
    moved_on.when(changed(CORRECT, ("/kind", "drag@2"))).then(
        replace(CORRECTED, content=replace(FIFTY, kind="drag@2"))
    )
    moved_on.and_kind("drag", 3).when(changed(CORRECT, ("/kind", "drag@2"))).refuses(
        InvalidError, field="/kind", saying="keeps the fact's kind, drag@1, or uses the newest, drag@3"
    )


def test_a_wrong_kind_is_corrected_to_the_newest_of_another() -> None:
    collision = changed(CORRECT, ("/kind", "collision"), ("/details", {}), ("/class", "wrong-kind"))
    REPORTED.when(collision).then(
        replace(CORRECTED, content=replace(FIFTY, kind="collision@1", details={}), class_="wrong-kind")
    )
    REPORTED.and_kind("collision", 2).when(changed(collision, ("/kind", "collision@1"))).refuses(
        InvalidError, field="/kind", saying="the newest, collision@2"
    )


def test_a_correction_that_changes_nothing_is_refused() -> None:
    same = changed(CORRECT, ("/quantities", CONTENT["quantities"]))
    REPORTED.when(same).refuses(RuleError, field="", saying="already stands so")


def test_how_the_source_wrote_an_attribute_is_wording() -> None:
    details = {"name": "age", "value": 50, "as_stated": "50"}
    attribute: dict[str, Json] = {"kind": "attribute", "details": details}
    reported = READY.and_given({**{k: FLIGHT[k] for k in ("op", "incident", "id", "citations")}, **attribute})
    reworded = changed(
        {**{k: WORDING[k] for k in ("op", "incident", "class", "cause", "reason")}, "fact": "flight"},
        ("/rests_on", ["b1"]),
        ("/kind", "attribute"),
        ("/details", {**details, "as_stated": "fifty"}),
    )

    assert reported.decide(reworded).drafts
    reported.when(changed(reworded, ("/details/name", "years"))).refuses(
        RuleError, field="/class", saying="a value changes"
    )


def test_one_is_not_the_same_as_true() -> None:
    attribute = {"kind": "attribute", "details": {"name": "fatal", "value": 1}}
    reported = READY.and_given({**{k: FLIGHT[k] for k in ("op", "incident", "id", "citations")}, **attribute})
    correction: dict[str, Json] = {
        "op": "correct-fact",
        "incident": "lr",
        "fact": "flight",
        "kind": "attribute",
        "details": {"name": "fatal", "value": True},
        "class": "other",
        "cause": "our-misreading",
        "reason": "The column holds yes and no.",
        "rests_on": ["b1"],
    }
    assert reported.decide(correction).drafts
    reported.when(changed(correction, ("/class", "wording"))).refuses(
        RuleError, field="/class", saying="a value changes"
    )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([], id="statement"),
        pytest.param([("/occurred/as_stated", "last Saturday")], id="words for the time"),
        pytest.param([("/places/0/as_stated", "Chester St.")], id="words for a place"),
        pytest.param([("/participants/0/as_described", "a policeman")], id="description"),
        pytest.param([("/quantities/0/as_stated", "15 ft")], id="words for a quantity"),
    ],
)
def test_words_alone_are_corrected_as_wording(changes: list[tuple[str, object]]) -> None:
    assert REPORTED.decide(changed(WORDING, *changes)).drafts


def test_the_words_of_a_relation_are_wording_and_the_relation_is_not() -> None:
    during = {"relations": [{"rel": "during", "fact": "flight", "as_stated": "as it fled"}]}
    given = READY.and_given(FLIGHT).and_given(
        {
            "op": "report-fact",
            "incident": "lr",
            "id": "drag",
            **CONTENT,
            "occurred": during,
            "citations": [QUOTED],
        }
    )
    reworded = changed(WORDING, ("/occurred", during), ("/occurred/relations/0/as_stated", "fleeing"))
    assert given.decide(reworded).drafts
    given.when(changed(reworded, ("/occurred/relations/0/rel", "after"))).refuses(
        RuleError, field="/class", saying="a value changes"
    )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([("/quantities/0/value", "51")], id="quantity"),
        pytest.param([("/occurred/edtf", "2021-05-09")], id="time"),
        pytest.param([("/places/0/precision", "block")], id="place"),
        pytest.param([("/participants/1/name", "Jordan Marsch")], id="name"),
        pytest.param([("/participants/0/role", "officer")], id="role"),
        pytest.param([("/details/dragged_by", "a van")], id="detail"),
        pytest.param([("/participants", [])], id="participant gone"),
        pytest.param([("/kind", "collision"), ("/details", {})], id="kind"),
    ],
)
def test_a_changed_value_is_no_wording(changes: list[tuple[str, object]]) -> None:
    REPORTED.when(changed(WORDING, *changes)).refuses(RuleError, field="/class", saying="a value changes")
