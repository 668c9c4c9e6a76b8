"""Amending a fact: wording and spelling only, so that no amendment changes what the record says."""

from __future__ import annotations

import pytest

from ledger.citation import Citation
from ledger.decisions import Draft
from ledger.errors import InvalidError, RefusedError, RuleError, StaleError, UnknownError
from ledger.events import FactAmended, FactReported
from ledger.values import Absent, Json
from tests.ledger.bad_citations import BAD_CITATIONS, PINNED, REDACTED_SNAPSHOT
from tests.ledger.dragging import (
    A1,
    AMEND,
    CONTENT,
    DRAG,
    DRAG_CONTENT,
    FLIGHT,
    READY,
    REPORTED,
    RETRACT,
    UNKNOWN_ID,
)
from tests.ledger.specification import REMOVED, changed

MENDED = "The officer was dragged about 15 feet along Chester Street."
AMENDED = FactAmended(fact="drag", set={"statement": MENDED}, reason="Spelling.")
ATTRIBUTE: dict[str, Json] = {
    **{key: FLIGHT[key] for key in ("op", "incident", "id", "citations")},
    "kind": "attribute",
    "details": {"name": "city", "value": "little rock"},
}


MISSPELT = READY.and_given(
    changed(
        DRAG,
        ("/occurred/as_stated", "on Saturdday"),
        ("/places/0/as_stated", "Chester Streeet"),
        ("/participants/0/as_described", "the oficer"),
        ("/quantities/0/as_stated", "aboutt 15 feet"),
    )
)


def _set(path: str, words: str) -> dict[str, Json]:
    return {**AMEND, "set": {path: words}}


def test_a_statement_is_amended_for_a_reason() -> None:
    decision = REPORTED.when(AMEND).then(AMENDED)
    assert ("drag", "incident/lr", 2) == (decision.id, decision.stream, decision.version)
    assert [2] == [draft.answers for draft in decision.drafts]


def test_an_amendment_that_follows_its_upstream_cites_it() -> None:
    REPORTED.when({**AMEND, "citations": [{"source": "wire"}]}).then(
        FactAmended(
            fact="drag",
            set={"statement": MENDED},
            reason="Spelling.",
            citations=(Citation(id="made-1", source="wire"),),
        )
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("occurred/as_stated", "on Saturday", id="words for the time"),
        pytest.param("places/scene/as_stated", "Chester Street", id="words for a place"),
        pytest.param("participants/p1/as_described", "the officer", id="description"),
        pytest.param("quantities/distance/as_stated", "about 15 feet", id="words for a quantity"),
    ],
)
def test_each_wording_field_is_amended_by_its_path(path: str, words: str) -> None:
    MISSPELT.when(_set(path, words)).then(FactAmended(fact="drag", set={path: words}, reason="Spelling."))


def test_the_words_of_an_attribute_change_freely_while_its_value_stays() -> None:
    given = READY.and_given(ATTRIBUTE)
    for words in ("Little Rock, AR", "72201"):
        given.when({**_set("details/as_stated", words), "fact": "flight"}).then(
            FactAmended(fact="flight", set={"details/as_stated": words}, reason="Spelling.")
        )


def test_the_words_of_an_attribute_are_text_and_other_words() -> None:
    given = READY.and_given(changed(ATTRIBUTE, ("/details/as_stated", "Little Rock")))
    amended: dict[str, Json] = {**_set("details/as_stated", "Little Rock"), "fact": "flight"}
    refusal = given.when(amended).refuses(
        RuleError, field="/set/details~1as_stated", saying="already stand so"
    )
    assert "nothing-changes" == refusal.rule
    given.when(changed(amended, ("/set", {"details/as_stated": "Little\x00Rock"}))).refuses(
        InvalidError, field="/set/details~1as_stated", saying="U+0000"
    )


def test_a_retracted_fact_may_still_be_amended() -> None:
    REPORTED.and_given(RETRACT).when(AMEND).then(AMENDED)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("statement", MENDED.replace("15", "50"), id="number"),
        pytest.param("statement", MENDED.replace("was", "was not"), id="negation"),
        pytest.param("statement", MENDED.replace("officer", "driver"), id="another word"),
        pytest.param(
            "quantities/distance/as_stated", "about 16 feet", id="number in the words for a quantity"
        ),
        pytest.param("places/scene/as_stated", "Chester Street North", id="one word more"),
    ],
)
def test_an_amendment_that_may_change_the_meaning_is_refused(path: str, words: str) -> None:
    refusal = REPORTED.when(_set(path, words)).refuses(
        RuleError, field="/set/" + path.replace("/", "~1"), saying="correction"
    )
    assert "amendment-changes-meaning" == refusal.rule


def test_what_may_be_the_name_of_a_participant_is_not_amended() -> None:
    named = changed(DRAG, ("/participants/1/name", "Alex Officer"))
    refusal = (
        READY.and_given(named).when(AMEND).refuses(RuleError, field="/set/statement", saying="correction")
    )
    assert "amendment-changes-meaning" == refusal.rule


@pytest.mark.parametrize(
    "path",
    [
        "participants/p2/name",
        "quantities/distance/value",
        "places/scene/lat",
        "occurred/edtf",
        "details/dragged_by",
        "details/as_stated",
        "kind",
        "",
        "statement/",
        "places/nowhere/as_stated",
        "quantities/0/as_stated",
        "participants/p9/as_described",
        "occurred/relations/0/as_stated",
    ],
)
def test_what_is_no_wording_field_of_the_fact_is_refused(path: str) -> None:
    REPORTED.when(_set(path, "anything")).refuses(
        RuleError, field="/set/" + path.replace("/", "~1"), saying="an amendment sets wording only"
    )


def test_a_fact_without_the_member_has_no_wording_field_there() -> None:
    reported = READY.and_given(ATTRIBUTE)
    for path in ("statement", "occurred/as_stated"):
        reported.when({**_set(path, "words"), "fact": "flight"}).refuses(
            RuleError, field="/set/" + path.replace("/", "~1"), saying="an amendment sets wording only"
        )


def test_words_where_none_stand_are_a_correction() -> None:
    REPORTED.when(_set("participants/p2/as_described", "the driver")).refuses(
        RuleError, field="/set/participants~1p2~1as_described", saying="giving some is a correction"
    )


def test_words_that_were_redacted_are_not_amended() -> None:
    hidden = DRAG_CONTENT.__class__(kind="drag@1", statement=Absent(absent="undisclosed"))
    report = FactReported(fact="drag", content=hidden, attestations=(A1,))
    READY.and_given(Draft(stream="incident/lr", act=report)).when(AMEND).refuses(
        RuleError, field="/set/statement", saying="no words stand there"
    )


def test_words_longer_than_their_member_holds_are_refused() -> None:
    longest = " ".join(["abcd"] * 819)
    reported = READY.and_given(changed(DRAG, ("/participants/0/as_described", longest)))
    reported.when(_set("participants/p1/as_described", longest.replace("abcd", "abcde"))).refuses(
        InvalidError, field="/set/participants~1p1~1as_described", saying="at most 4096"
    )
    placed = READY.and_given(changed(DRAG, ("/places/0/as_stated", longest)))
    placed.when(_set("places/scene/as_stated", longest.replace("abcd", "abcde"))).refuses(
        InvalidError, field="/set/places~1scene~1as_stated", saying="at most 4096"
    )


def test_every_path_of_an_amendment_is_checked() -> None:
    both = {**AMEND, "set": {"statement": MENDED, "quantities/distance/value": "16"}}
    REPORTED.when(both).refuses(RuleError, field="/set/quantities~1distance~1value", saying="wording only")


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        pytest.param([("/incident", UNKNOWN_ID)], UnknownError, "/incident", "open it first", id="incident"),
        pytest.param([("/fact", UNKNOWN_ID)], UnknownError, "/fact", "no such fact", id="unknown fact"),
        pytest.param([("/expected_version", 1)], StaleError, "", "fact drag is at 2", id="stale"),
        pytest.param([("/set", {})], InvalidError, "/set", "at least one wording field", id="nothing set"),
        pytest.param([("/set", REMOVED)], InvalidError, "/set", "is missing", id="no set"),
        pytest.param(
            [("/set/statement", CONTENT["statement"])],
            RuleError,
            "/set/statement",
            "already stand so",
            id="same words",
        ),
        pytest.param(
            [("/set/statement", "")], InvalidError, "/set/statement", "must not be empty", id="empty"
        ),
        pytest.param(
            [("/set/statement", 7)], InvalidError, "/set/statement", "must be a string", id="no text"
        ),
        pytest.param([("/reason", " ")], InvalidError, "/reason", "must not be empty", id="blank reason"),
        pytest.param([("/reason", REMOVED)], InvalidError, "/reason", "is missing", id="no reason"),
        pytest.param(
            [("/citations", [PINNED, PINNED])],
            InvalidError,
            "/citations/1/id",
            "stands twice",
            id="one id twice",
        ),
    ],
)
def test_an_amendment_is_refused(
    changes: list[tuple[str, object]], error: type[RefusedError], field: str, saying: str
) -> None:
    REPORTED.when(changed(AMEND, *changes)).refuses(error, field=field, saying=saying)


@pytest.mark.parametrize(("citation", "error", "below", "saying"), BAD_CITATIONS)
def test_an_amendment_upon_a_bad_citation_is_refused(
    citation: dict[str, Json], error: type[RefusedError], below: str, saying: str
) -> None:
    REPORTED.when({**AMEND, "citations": [citation]}).refuses(
        error, field=f"/citations/0{below}", saying=saying
    )


def test_an_amendment_upon_a_redacted_snapshot_is_refused() -> None:
    REPORTED.and_given(REDACTED_SNAPSHOT).when({**AMEND, "citations": [PINNED]}).refuses(
        RuleError, field="/citations/0/snapshot", saying="was redacted"
    )
