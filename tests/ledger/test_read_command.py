"""From JSON to a command: short forms are written out, and what is wrong is named by its place and its rule, never repeated."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from ledger.bounds import Published, StatedWhen
from ledger.citation import FragmentSelector, TextPositionSelector, TextQuoteSelector
from ledger.commands import (
    COMMANDS,
    AttestFact,
    CaptureSnapshot,
    DeclareLineage,
    RecordNotice,
    RegisterSource,
    ReportFact,
    ScopePassages,
    StatedAttestation,
    StatedPassage,
    StatedValues,
)
from ledger.errors import InvalidError
from ledger.place import Place
from ledger.quantity import Quantity
from ledger.read_command import read_command
from tests.fakes import SequentialIds
from tests.ledger.dragging import AMEND, ATTEST, CAPTURED, CORRECT, DRAG, NOTICE, OPEN, RELEASE, WITHDRAW
from tests.ledger.specification import REMOVED, changed

if TYPE_CHECKING:
    from ledger.values import Json


def read(value: Json) -> object:
    """The command, with ids that count from id-1."""
    return read_command(value, SequentialIds())


def refusal(value: Json) -> InvalidError:
    """Why it is refused."""
    with pytest.raises(InvalidError) as caught:
        read(value)
    return caught.value


def test_ids_that_are_left_out_are_made_in_the_order_of_reading() -> None:
    command = read(
        {
            "op": "report-fact",
            "incident": "lr",
            "kind": "drag",
            "places": [{"as_stated": "downtown"}, {"id": "p", "as_stated": "uptown"}],
            "quantities": [{"as_stated": "far"}],
            "citations": [{"source": "wire", "as_stated": {"places": [{"as_stated": "here"}]}}],
        }
    )
    assert command == ReportFact(
        id="id-1",
        incident="lr",
        kind="drag",
        places=(Place(id="id-2", as_stated="downtown"), Place(id="p", as_stated="uptown")),
        quantities=(Quantity(id="id-3", as_stated="far"),),
        citations=(
            StatedAttestation(
                id="id-4", source="wire", as_stated=StatedValues(places=(Place(id="id-5", as_stated="here"),))
            ),
        ),
    )


@pytest.mark.parametrize("command", [OPEN, RELEASE, DRAG])
def test_what_is_made_anew_gets_an_id_and_keeps_a_given_one(command: dict[str, Json]) -> None:
    made = read(changed(command, ("/id", REMOVED)))
    assert "id-1" == getattr(made, "id", None)
    assert command["id"] == getattr(read(command), "id", None)


def test_a_time_may_be_written_as_a_text() -> None:
    date = read(changed(DRAG, ("/occurred", "2021-05-08~")))
    assert isinstance(date, ReportFact)
    assert StatedWhen(edtf="2021-05-08~") == date.occurred
    stated = read(changed(ATTEST, ("/as_stated/occurred", "2021-05-08")))
    assert isinstance(stated, AttestFact)
    assert stated.attestation.as_stated is not None
    assert StatedWhen(edtf="2021-05-08") == stated.attestation.as_stated.occurred


def test_a_publication_may_be_written_as_a_date() -> None:
    source = read(RELEASE)
    assert isinstance(source, RegisterSource)
    assert (
        Published(earliest="2021-05-08T00:00:00+14:00", latest="2021-05-09T00:00:00-12:00")
        == source.published
    )
    attested = read({**ATTEST, "published": "2021-05-08"})
    assert isinstance(attested, AttestFact)
    assert source.published == attested.attestation.published
    never = read(changed(RELEASE, ("/published", "never")))
    assert isinstance(never, RegisterSource)
    assert "never" == never.published
    notice = read(changed(NOTICE, ("/published", "2021-05-08")))
    assert isinstance(notice, RecordNotice)
    assert source.published == notice.published


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        pytest.param(
            {"type": "TextQuoteSelector", "exact": "far"}, TextQuoteSelector(exact="far"), id="words"
        ),
        pytest.param(
            {"type": "TextPositionSelector", "start": 1, "end": 2},
            TextPositionSelector(start=1, end=2),
            id="position",
        ),
        pytest.param(
            {"type": "FragmentSelector", "value": "t=1,2"}, FragmentSelector(value="t=1,2"), id="fragment"
        ),
    ],
)
def test_a_selector_may_stand_alone(selector: dict[str, Json], expected: object) -> None:
    for form in (selector, [selector]):
        attested = read({**ATTEST, "selector": form})
        assert isinstance(attested, AttestFact)
        assert (expected,) == attested.attestation.selector
        notice = read(changed(NOTICE, ("/scope", {"passages": [{"selector": form}]})))
        assert isinstance(notice, RecordNotice)
        assert ScopePassages(passages=(StatedPassage(id="id-1", selector=(expected,)),)) == notice.scope  # type: ignore[arg-type]  # of the table
        lineage = {"op": "declare-lineage", "source": "wire", "relation": "copies", "to": "release"}
        declared = read({**lineage, "citation": {"source": "wire", "selector": form}})
        assert isinstance(declared, DeclareLineage)
        assert declared.citation is not None
        assert (expected,) == declared.citation.selector


def test_an_attestation_is_written_beside_the_fact_or_in_an_object() -> None:
    frame = {"op": "attest-fact", "incident": "lr", "fact": "drag", "expected_version": 3}
    attestation: dict[str, Json] = {"source": "wire", "stance": "denies"}
    expected = AttestFact(
        incident="lr",
        fact="drag",
        expected_version=3,
        attestation=StatedAttestation(id="id-1", source="wire", stance="denies"),
    )
    assert expected == read({**frame, **attestation})
    assert expected == read({**frame, "attestation": attestation})


def test_bytes_are_written_as_text_or_as_base64() -> None:
    expected = CaptureSnapshot(source="release", media_type="text/plain", data=b"\xc3\xa9")
    assert expected == read(CAPTURED)
    assert expected == read(changed(CAPTURED, ("/text", REMOVED), ("/base64", "w6k=")))


def test_what_was_given_is_left_as_it_was() -> None:
    short = changed(ATTEST, ("/as_stated", {"occurred": "2021-05-08", "places": [{"as_stated": "here"}]}))
    for command in (DRAG, ATTEST, short, CORRECT, NOTICE, CAPTURED, AMEND):
        before = copy.deepcopy(command)
        read(command)
        refusal({**command, "colour": "red"})
        assert before == command


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"op": "record-snapshot", "source": "release"}, id="made by the ledger"),
        pytest.param({"op": "update-fact"}, id="unknown"),
        pytest.param({"op": "FactReported"}, id="an event"),
        pytest.param({"op": 7}, id="number"),
        pytest.param({"op": ["report-fact"]}, id="list"),
        pytest.param({}, id="none"),
    ],
)
def test_an_op_that_nobody_may_ask_for_is_refused(value: dict[str, Json]) -> None:
    error = refusal(value)
    assert ("/op", f"must be one of {', '.join(COMMANDS)}") == (error.field, error.rule)


@pytest.mark.parametrize("value", [None, "report-fact", 7, True, [], [OPEN]], ids=repr)
def test_what_is_no_object_is_no_command(value: Json) -> None:
    error = refusal(value)
    assert ("", "a command is a JSON object with the member op") == (error.field, error.rule)


@pytest.mark.parametrize(
    ("command", "where", "known"),
    [
        pytest.param(OPEN, "/colour", "known are id, title, zone", id="command"),
        pytest.param(DRAG, "/citations/0/colour", "known are id, source, snapshot", id="citation"),
        pytest.param(DRAG, "/citations/0/selector/1/exact", "known are start, end", id="selector"),
        pytest.param(DRAG, "/citations/0/speaker/age", "known are id, name, capacity", id="speaker"),
        pytest.param(DRAG, "/citations/0/published/colour", "known are as_stated, edtf", id="published"),
        pytest.param(DRAG, "/citations/0/as_stated/kind", "known are statement, occurred", id="passage"),
        pytest.param(DRAG, "/occurred/date", "known are as_stated, edtf", id="time"),
        pytest.param(DRAG, "/places/0/city", "known are id, role", id="place"),
        pytest.param(DRAG, "/participants/1/age", "known are id, role, name", id="participant"),
        pytest.param(DRAG, "/participants/0/name/first", "known are absent", id="absence"),
        pytest.param(DRAG, "/quantities/0/uncertainty", "known are id, as_stated, unit", id="quantity"),
        pytest.param(CORRECT, "/citations/0/colour", "known are id, source, snapshot", id="of a correction"),
        pytest.param(WITHDRAW, "/colour", "known are incident, fact, attestation", id="withdrawal"),
        pytest.param(ATTEST, "/colour", "known are id, source, snapshot", id="attestation, flat"),
        pytest.param(ATTEST, "/as_stated/quantities/0/colour", "known are id, as_stated", id="value, flat"),
        pytest.param(NOTICE, "/citation/stance", "known are id, source, snapshot", id="notice"),
        pytest.param(CAPTURED, "/colour", "known are source, media_type, text or base64", id="snapshot"),
        pytest.param(CAPTURED, "/data", "as text or as base64", id="the bytes by their name inside"),
        pytest.param(DRAG, "/citations/0/a~1b~0c", "known are id", id="a name to be escaped"),
    ],
)
def test_an_unknown_member_is_named_by_its_pointer(command: dict[str, Json], where: str, known: str) -> None:
    error = refusal(changed(command, (where, "red")))
    assert where == error.field
    assert "is not known here" in error.rule
    assert known in error.rule


def test_an_unknown_member_of_the_second_item_is_counted_from_nought() -> None:
    cited = [
        {"source": "wire"},
        {"source": "wire", "selector": [{"type": "FragmentSelector", "value": "x", "b": 1}]},
    ]
    assert "/citations/1/selector/0/b" == refusal(changed(DRAG, ("/citations", cited))).field


def test_an_attestation_in_an_object_is_pointed_at_there() -> None:
    nested = {**{k: ATTEST[k] for k in ("op", "incident", "fact")}, "attestation": {"source": 7}}
    assert "/attestation/source" == refusal(nested).field
    assert "/attestation" == refusal({**nested, "attestation": "a2"}).field
    assert "/source" == refusal(changed({**nested, "source": "wire"}, ("/attestation/source", "wire"))).field
    assert (
        "/attestation/colour"
        == refusal(changed(nested, ("/attestation", {"source": "s", "colour": 1}))).field
    )
    assert "/expected_version" == refusal({**ATTEST, "expected_version": "3"}).field


def test_an_unspeakable_member_is_told_by_the_object_that_has_it() -> None:
    for name in ("Jürgen", "a" * 65, "two words", ""):
        error = refusal({**OPEN, name: "x"})
        assert ("", "has a member that is not known here; known are id, title, zone") == (
            error.field,
            error.rule,
        )
