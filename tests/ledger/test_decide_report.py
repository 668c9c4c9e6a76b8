"""Reporting a fact: no citation, no fact; and content by the rules of its kind."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from ledger.bounds import Relation, When
from ledger.citation import Attestation, Speaker, TextQuoteSelector
from ledger.commands import StatedAttestation
from ledger.decisions import Draft
from ledger.decisions.checks import attestations_of
from ledger.errors import ConflictError, InvalidError, RuleError, UnknownError
from ledger.events import FactReported, IncidentOpened
from ledger.fact import AsStated, Content
from ledger.incident import IncidentState
from ledger.kinds import load_vocabulary
from ledger.place import Place
from ledger.quantity import Quantity
from ledger.values import Absent, Json
from ledger.when import Published
from tests.ledger.dragging import (
    A1,
    ARTICLE,
    CONTENT,
    DRAG,
    DRAG_CONTENT,
    FLIGHT,
    QUOTED,
    READY,
    REPORTED,
    RETRACT,
)
from tests.ledger.specification import REMOVED, changed, given

REPORT = FactReported(fact="drag", content=DRAG_CONTENT, attestations=(A1,))
MENTION: dict[str, Json] = {"id": "m1", "source": "wire", "stance": "mentions"}


def test_a_fact_is_reported_with_its_citations() -> None:
    decision = READY.when(DRAG).then(REPORT)
    assert ("drag", "incident/lr", 1) == (decision.id, decision.stream, decision.version)
    assert [None] == [draft.answers for draft in decision.drafts]


def test_a_kind_may_name_its_newest_version() -> None:
    READY.when(changed(DRAG, ("/kind", "drag@1"))).then(REPORT)


def test_a_fact_may_be_undated_and_say_nothing_but_its_statement() -> None:
    READY.when(FLIGHT).then(
        FactReported(
            fact="flight",
            content=Content(kind="flight@1", statement="The driver fled."),
            attestations=(Attestation(id="b1", source="article", stance="supports"),),
        )
    )


def test_an_attestation_keeps_every_member_that_was_written() -> None:
    snapshot, extraction = "sha256:" + "1" * 64, "sha256:" + "2" * 64
    cited = StatedAttestation(
        id="b1",
        source="article",
        snapshot=snapshot,
        extraction=extraction,
        selector=(TextQuoteSelector(exact="fled"),),
        speaker=Speaker(id="chief"),
        relays="wire",
        language="en",
        published=Published(earliest="2021-05-08T00:00:00Z", latest="2021-05-09T00:00:00Z"),
        stance="mentions",
    )
    kind = next(one for one in load_vocabulary().kinds if one.slug == "flight")
    made = attestations_of((cited,), kind, IncidentState(), "flight", field="/citations")
    assert [msgspec.structs.asdict(cited)] == [msgspec.structs.asdict(one) for one in made]
    assert not [
        name for name, value in msgspec.structs.asdict(cited).items() if not value and name != "as_stated"
    ]


def test_ids_that_are_left_out_are_made() -> None:
    command = changed(
        FLIGHT,
        ("/id", REMOVED),
        ("/places", [{"as_stated": "downtown"}]),
        ("/quantities", [{"as_stated": "several miles"}]),
        ("/citations/0/id", REMOVED),
    )
    decision = READY.when(command).then(
        FactReported(
            fact="made-1",
            content=Content(
                kind="flight@1",
                statement="The driver fled.",
                places=(Place(id="made-2", as_stated="downtown"),),
                quantities=(Quantity(id="made-3", as_stated="several miles"),),
            ),
            attestations=(Attestation(id="made-4", source="article", stance="supports"),),
        )
    )
    assert "made-1" == decision.id


def test_a_time_is_resolved_in_the_zone_of_the_incident() -> None:
    relations = [{"rel": "after", "fact": "drag", "as_stated": "after a while"}]
    command = changed(
        FLIGHT,
        (
            "/occurred",
            {"earliest": "2021-05-08T14:00:00", "latest": "2021-05-08T15:00:00", "relations": relations},
        ),
    )
    decision = REPORTED.decide(command)
    (act,) = (draft.act for draft in decision.drafts)
    assert isinstance(act, FactReported)
    assert act.content.occurred == When(
        earliest="2021-05-08T14:00:00-05:00",
        latest="2021-05-08T15:00:00-05:00",
        zone="America/Chicago",
        relations=(Relation(rel="after", fact="drag", as_stated="after a while"),),
    )


def test_what_a_passage_states_is_resolved_and_kept_beside_the_content() -> None:
    said: dict[str, Json] = {
        "occurred": "2021-05-07",
        "quantities": [{"id": "distance", "value": "20", "unit": "[ft_i]"}],
        "participants": [{"id": "p3"}, {"id": "p2", "name": "J. Marsh"}],
        "details": {"dragged_by": {"absent": "not-stated"}},
    }
    command = changed(DRAG, ("/citations", [QUOTED, {**MENTION, "as_stated": said}]))
    decision = READY.decide(command)
    (act,) = (draft.act for draft in decision.drafts)
    assert isinstance(act, FactReported)
    stated = act.attestations[1].as_stated
    assert isinstance(stated, AsStated)
    assert stated.occurred == replace(
        When(earliest="2021-05-07T00:00:00-05:00", latest="2021-05-08T00:00:00-05:00"),
        zone="America/Chicago",
        edtf="2021-05-07",
    )
    assert (Quantity(id="distance", value="20", unit="[ft_i]"),) == stated.quantities
    assert ["p3", "p2"] == [one.id for one in stated.participants]
    assert {"dragged_by": {"absent": "not-stated"}} == stated.details


@pytest.mark.parametrize("slug", ["attribute", "record"])
def test_what_a_data_set_holds_needs_no_statement(slug: str) -> None:
    details = {"attribute": {"name": "city", "value": "Little Rock"}, "record": {"dataset": "d", "id": "7"}}
    command = changed(FLIGHT, ("/kind", slug), ("/statement", REMOVED), ("/details", details[slug]))
    READY.when(command).then(
        FactReported(
            fact="flight",
            content=Content(kind=f"{slug}@1", details=details[slug]),
            attestations=(Attestation(id="b1", source="article", stance="supports"),),
        )
    )


def test_a_fact_may_rest_on_one_support_among_other_stances() -> None:
    command = changed(DRAG, ("/citations", [MENTION, QUOTED]))
    mention = Attestation(id="m1", source="wire", stance="mentions")
    READY.when(command).then(replace(REPORT, attestations=(mention, A1)))


@pytest.mark.parametrize("stance", ["contradicts", "mentions", "denies", "declines"])
def test_a_fact_that_nothing_supports_is_refused(stance: str) -> None:
    READY.when(changed(DRAG, ("/citations/0/stance", stance))).refuses(
        RuleError, field="/citations", saying="no citation, no fact"
    )


def test_a_fact_without_any_citation_is_refused() -> None:
    READY.when(changed(DRAG, ("/citations", []))).refuses(
        RuleError, field="/citations", saying="no citation, no fact"
    )
    READY.when(changed(DRAG, ("/citations", REMOVED))).refuses(
        InvalidError, field="/citations", saying="is missing"
    )


def test_an_id_in_use_is_refused_also_after_a_retraction() -> None:
    REPORTED.when(DRAG).refuses(ConflictError, field="/id", saying="has a fact 'drag' already")
    REPORTED.and_given(RETRACT).when(DRAG).refuses(ConflictError, field="/id", saying="already")


def test_an_unknown_incident_is_refused() -> None:
    given(ARTICLE).when(FLIGHT).refuses(UnknownError, field="/incident", saying="open it first")


def test_a_new_report_of_an_older_version_of_its_kind_is_refused() -> None:
    READY.and_kind("drag", 2).when(changed(DRAG, ("/kind", "drag@1"))).refuses(
        InvalidError, field="/kind", saying="newest version of its kind, drag@2"
    )


def test_a_redacted_zone_has_to_be_given_anew_before_a_time() -> None:
    hidden = Draft(stream="incident/lr", act=IncidentOpened(title="x", zone=Absent(absent="undisclosed")))
    before = given(ARTICLE, hidden)
    before.when(changed(FLIGHT, ("/occurred", "2021-05-08"))).refuses(
        RuleError, field="/occurred", saying="amend the incident first"
    )
    assert before.decide(FLIGHT).drafts


def test_the_content_as_given_is_not_changed_by_reading_it() -> None:
    before = changed(DRAG)
    READY.decide(DRAG)
    assert before == DRAG
    assert CONTENT["occurred"] == DRAG["occurred"]
