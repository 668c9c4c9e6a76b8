"""Citations as Web Annotations, and annotations as citations."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.citation import (
    Attestation,
    FragmentSelector,
    Selector,
    Stance,
    TextPositionSelector,
    TextQuoteSelector,
)
from ledger.commands import AttestFact
from ledger.errors import InvalidError, UnknownError
from ledger.fact import AsStated
from ledger.read_command import read_command
from projections.citing.annotation_in import read_annotation
from projections.citing.web_annotation import CONTEXT, Copy, annotation_of, iri_of
from tests.fakes import SequentialIds

if TYPE_CHECKING:
    from ledger.values import Json

PAGE = "https://courier.example/tram"
SNAPSHOT = "sha256:7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069"
NAME = "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"
IRI = "urn:uuid:0190a1b2-0000-7000-8000-000000000000"
SOURCES = {PAGE: "courier"}
QUOTE: Json = {"type": "TextQuoteSelector", "exact": "struck a van"}
_WORDS = st.text("abc é–,", min_size=1, max_size=12).filter(lambda text: bool(text.strip()))


def _annotation(selector: Json = None, **members: Json) -> dict[str, Json]:
    target = {"source": PAGE, **({} if selector is None else {"selector": selector})}
    return {"@context": CONTEXT, "type": "Annotation", "target": target, **members}


def test_a_citation_is_an_annotation_of_the_page_with_the_copy_in_its_state() -> None:
    attestation = Attestation(
        id="a1",
        source="courier",
        snapshot=SNAPSHOT,
        selector=(
            TextQuoteSelector(exact="struck a van", prefix="A tram "),
            TextPositionSelector(start=7, end=19),
        ),
        stance="supports",
    )
    copy = Copy(
        snapshot=SNAPSHOT,
        media_type="text/plain",
        captured_at=dt.datetime(2024, 3, 3, 19, 12, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        archive_urls=("https://archive.example/1",),
    )
    expected = {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "id": IRI,
        "type": "Annotation",
        "motivation": ["describing", "classifying"],
        "body": [
            {
                "type": "TextualBody",
                "purpose": "describing",
                "format": "text/plain",
                "value": "A tram struck a van.",
            },
            {"type": "TextualBody", "purpose": "classifying", "value": "supports"},
        ],
        "target": {
            "type": "SpecificResource",
            "source": PAGE,
            "selector": [
                {"type": "TextQuoteSelector", "exact": "struck a van", "prefix": "A tram "},
                {"type": "TextPositionSelector", "start": 7, "end": 19},
            ],
            "state": {
                "type": "TimeState",
                "cached": [f"{NAME}?ct=text/plain", "https://archive.example/1"],
                "sourceDate": "2024-03-03T18:12:00.000000Z",
            },
        },
    }

    assert expected == annotation_of(
        attestation, iri=IRI, url=PAGE, copy=copy, statement="A tram struck a van."
    )


def test_what_the_passage_itself_states_is_the_body() -> None:
    attestation = Attestation(
        id="a1", source="courier", stance="denies", as_stated=AsStated(statement="It stopped in time.")
    )
    made = annotation_of(attestation, iri=IRI, url=PAGE, copy=None, statement="A tram struck a van.")

    assert ["It stopped in time.", "denies"] == [body["value"] for body in made["body"]]


def test_the_copy_stands_for_a_source_without_address() -> None:
    attestation = Attestation(id="a1", source="courier", stance="supports")

    made = annotation_of(attestation, iri=IRI, url=None, copy=Copy(snapshot=SNAPSHOT))
    assert made["target"]["source"] == NAME
    assert {"source": "courier", "snapshot": SNAPSHOT, "stance": "supports"} == read_annotation(
        made, {NAME: "courier"}
    ).citation
    with pytest.raises(InvalidError, match="/target/source"):
        annotation_of(attestation, iri=IRI, url=None, copy=None)


def test_an_annotation_has_one_name_for_ever() -> None:
    assert iri_of("l", "i", "f", "a") == "urn:uuid:3e9492af-83f9-5e3f-a771-a8172af09ed8"
    assert iri_of("l", "i", "f", "a") != iri_of("l", "i", "f", "b")


@st.composite
def _citations(draw: st.DrawFn) -> Attestation:
    start = draw(st.integers(0, 1_000))
    selectors: list[Selector] = [
        TextQuoteSelector(
            exact=draw(_WORDS), prefix=draw(st.none() | _WORDS), suffix=draw(st.none() | _WORDS)
        ),
        TextPositionSelector(start=start, end=start + draw(st.integers(1, 50))),
        FragmentSelector(
            value="page=3", conformsTo=draw(st.none() | st.just("http://tools.ietf.org/rfc/rfc3778"))
        ),
    ]
    return Attestation(
        id="a1",
        source="courier",
        snapshot=draw(st.none() | st.just(SNAPSHOT)),
        selector=tuple(one for one in selectors if draw(st.booleans())),
        stance=draw(st.sampled_from(get_args(Stance))),
    )


@given(_citations())
def test_an_annotation_that_was_made_is_read_back_as_the_citation(attestation: Attestation) -> None:
    copy = None if attestation.snapshot is None else Copy(snapshot=attestation.snapshot)
    made = annotation_of(attestation, iri=IRI, url=PAGE, copy=copy)

    read = read_annotation(msgspec.json.decode(msgspec.json.encode(made)), SOURCES)
    command = {"op": "attest-fact", "incident": "i", "fact": "f", "id": "a1", **read.citation}
    asked = read_command(command, SequentialIds())
    assert isinstance(asked, AttestFact)
    again = asked.attestation

    assert read.notes == ()
    assert (attestation.source, attestation.snapshot) == (again.source, again.snapshot)
    assert (attestation.selector, attestation.stance) == (again.selector, again.stance)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (QUOTE, [QUOTE]),
        ([QUOTE, QUOTE], [QUOTE]),
        ({**QUOTE, "id": "urn:x"}, [QUOTE]),
        (
            {"type": "FragmentSelector", "value": "page=3", "refinedBy": QUOTE},
            [{"type": "FragmentSelector", "value": "page=3"}, QUOTE],
        ),
        (
            {
                "type": "TextPositionSelector",
                "start": 100,
                "end": 200,
                "refinedBy": {"type": "TextPositionSelector", "start": 7, "end": 19},
            },
            [{"type": "TextPositionSelector", "start": 107, "end": 119}],
        ),
        (
            {
                "type": "TextQuoteSelector",
                "prefix": "On Sunday ",
                "exact": "a tram struck a van.",
                "suffix": " Four",
                "refinedBy": QUOTE,
            },
            [
                {
                    "type": "TextQuoteSelector",
                    "exact": "struck a van",
                    "prefix": "On Sunday a tram ",
                    "suffix": ". Four",
                }
            ],
        ),
        (
            {
                "type": "TextQuoteSelector",
                "exact": "a tram struck a van",
                "refinedBy": {"type": "TextPositionSelector", "start": 7, "end": 19},
            },
            [{"type": "TextQuoteSelector", "exact": "struck a van", "prefix": "a tram "}],
        ),
    ],
)
def test_selectors_are_read_and_what_they_refine_is_worked_out(selector: Json, expected: Json) -> None:
    assert expected == read_annotation(_annotation(selector), SOURCES).citation["selector"]


def test_an_unknown_selector_is_left_out_and_said_to_be_where_another_names_the_passage() -> None:
    read = read_annotation(_annotation([{"type": "XPathSelector", "value": "/p[1]"}, QUOTE]), SOURCES)

    assert [QUOTE] == read.citation["selector"]
    assert "XPathSelector was left out: the ledger does not know it" in read.notes


def test_what_refines_an_unknown_selector_is_kept_and_said_to_be() -> None:
    read = read_annotation(_annotation({"type": "CssSelector", "value": "p", "refinedBy": QUOTE}), SOURCES)

    assert [QUOTE] == read.citation["selector"]
    assert "CssSelector was left out: the ledger keeps what refines it" in read.notes


def _refined(times: int) -> Json:
    return QUOTE if times == 0 else {**QUOTE, "refinedBy": _refined(times - 1)}


@pytest.mark.parametrize(
    ("selector", "field"),
    [
        ({"type": "XPathSelector", "value": "/p[1]"}, "/target/selector"),
        ([{"type": "XPathSelector"}, {"type": "SvgSelector"}], "/target/selector"),
        ({**QUOTE, "refinedBy": {"type": "XPathSelector"}}, "/target/selector/refinedBy"),
        ({**QUOTE, "refinedBy": {"type": "FragmentSelector", "value": "t=1"}}, "/target/selector/refinedBy"),
        ({**QUOTE, "refinedBy": {**QUOTE, "exact": "a tram"}}, "/target/selector/refinedBy"),
        (
            {
                "type": "TextPositionSelector",
                "start": 0,
                "end": 5,
                "refinedBy": {"type": "TextPositionSelector", "start": 2, "end": 6},
            },
            "/target/selector/refinedBy",
        ),
        ([QUOTE, {"type": "TextPositionSelector", "start": 9, "end": 3}], "/target/selector/1/start"),
        ([QUOTE, {"type": "TextQuoteSelector"}], "/target/selector/1"),
        ("words", "/target/selector"),
        (_refined(9), "/target/selector" + "/refinedBy" * 8),
    ],
)
def test_a_passage_that_cannot_be_followed_is_refused(selector: Json, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_annotation(_annotation(selector), SOURCES)

    assert field == refused.value.field


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"type": "Note"}, "/type"),
        ({"@context": "https://schema.org"}, "/@context"),
        ({"target": [PAGE, PAGE]}, "/target"),
        ({"target": {}}, "/target/source"),
        ({"target": {"source": PAGE, "state": {"cached": "ni:///sha-256;x"}}}, "/target/state/cached"),
    ],
)
def test_what_is_no_annotation_of_one_passage_is_refused(members: dict[str, Json], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_annotation({**_annotation(QUOTE), **members}, SOURCES)

    assert field == refused.value.field


def test_a_page_that_is_no_source_of_the_ledger_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownError, match="register the work"):
        read_annotation(_annotation(QUOTE, target="https://other.example/"), SOURCES)


def test_an_annotation_without_stance_is_read_and_said_to_have_none() -> None:
    read = read_annotation(_annotation(body={"type": "TextualBody", "value": "Nice"}, target=PAGE), SOURCES)

    assert {"source": "courier"} == read.citation
    assert ["the annotation states no stance; without one the passage supports the fact"] == list(read.notes)
