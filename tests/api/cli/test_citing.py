"""Citations out on the command line: annotations, links to the words, sources as CSL-JSON, names of snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.citing_line import ask_citing, record_all
from tests.api.command_line import INCIDENT, SNAPSHOT, TEXT, Answer, desk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def cited(tmp_path: Path) -> Path:
    """A ledger with fact `drag`, cited to the words of a page, and to a source without address."""
    ledger = tmp_path / "incident.ledger"
    lines = desk()
    lines[0]["url"] = "https://station.example/stop"
    wire = {"op": "register-source", "id": "wire", "kind": "article", "title": "A wire"}
    attest = {"op": "attest-fact", "incident": INCIDENT, "fact": "drag", "id": "drag-2", "source": "wire"}
    record_all(ledger, *lines, wire, attest)
    return ledger


def _cite(ledger: Path, form: str, *more: object) -> Answer:
    return ask_citing("cite", INCIDENT, "drag", "--as", form, "--ledger", ledger, *more)


def test_a_citation_is_given_as_an_annotation_that_names_the_captured_copy(cited: Path) -> None:
    (made,) = _cite(cited, "web-annotation", "--attestation", "drag-1").json
    name = ask_citing("snapshot", "name", SNAPSHOT, "--media-type", "text/plain").out.strip()
    selector = made["target"]["selector"]

    assert made["target"]["source"] == "https://station.example/stop"
    assert made["target"]["state"]["cached"] == name
    assert selector[0] == {"type": "TextQuoteSelector", "exact": "dragged about 15 feet"}
    assert TEXT[selector[1]["start"] : selector[1]["end"]] == "dragged about 15 feet"
    assert ["An officer was dragged about 15 feet.", "supports"] == [one["value"] for one in made["body"]]


def test_what_was_redacted_is_in_no_annotation(cited: Path) -> None:
    basis = {"legal_basis": "Art. 17 GDPR", "authority": "The officer", "reason": "A private person."}
    record_all(cited, {"op": "redact", "source": "station", "snapshots": [SNAPSHOT], **basis})
    paths = ["statement", "attestations/drag-1/selector"]
    record_all(
        cited, {"op": "redact", "incident": INCIDENT, "facts": [{"fact": "drag", "paths": paths}], **basis}
    )
    (made,) = _cite(cited, "web-annotation", "--attestation", "drag-1").json

    assert {"type": "SpecificResource", "source": "https://station.example/stop"} == made["target"]
    assert ["supports"] == [one["value"] for one in made["body"]]


def test_a_citation_that_an_annotation_cannot_point_at_is_refused_by_name(cited: Path) -> None:
    answer = _cite(cited, "web-annotation")

    assert answer.code == 3
    assert answer.err.startswith("/drag-2/target/source: the source has no URL")


def test_links_lead_to_the_words_and_what_has_none_is_said(cited: Path) -> None:
    answer = _cite(cited, "text-fragment")
    link = "https://station.example/stop#:~:text=dragged%20about%2015%20feet"

    assert answer.code == 0
    assert answer.out == f"{link}\n"
    assert "attestation 'drag-2' has no link" in answer.err
    assert [{"attestation": "drag-1", "link": link}] == _cite(cited, "text-fragment", "--json").json
    assert _cite(cited, "text-fragment", "--attestation", "drag-2").code == 3


def test_the_sources_of_a_fact_are_given_as_csl(cited: Path) -> None:
    assert ["station", "wire"] == [item["id"] for item in _cite(cited, "csl").json]
    assert ["station"] == [item["id"] for item in _cite(cited, "csl", "--known-at", "5").json]


def test_a_withdrawn_attestation_is_cited_only_by_its_id_and_said_to_be_withdrawn(cited: Path) -> None:
    withdrawal = {
        "op": "withdraw-attestation",
        "incident": INCIDENT,
        "fact": "drag",
        "attestation": "drag-1",
        "cause": "our-misreading",
        "reason": "Another officer.",
    }
    record_all(cited, withdrawal)
    named = _cite(cited, "text-fragment", "--attestation", "drag-1")

    assert ["wire"] == [item["id"] for item in _cite(cited, "csl").json]
    assert named.code == 0
    assert "attestation 'drag-1' is withdrawn" in named.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "drag"), "incident 'nowhere' is not in this ledger"),
        ((INCIDENT, "nothing"), "has no fact 'nothing'"),
        ((INCIDENT, "drag", "--attestation", "x"), "has no attestation 'x'; it has: drag-1, drag-2"),
    ],
)
def test_what_is_not_there_is_not_cited(cited: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = ask_citing("cite", *arguments, "--as", "csl", "--ledger", cited)

    assert answer.code == 3
    assert said in answer.err


def test_a_name_is_made_of_a_digest_and_read_back() -> None:
    name = ask_citing("snapshot", "name", SNAPSHOT).out.strip()

    assert ask_citing("snapshot", "name", name).out.strip() == SNAPSHOT
    assert {"snapshot": SNAPSHOT, "name": name} == ask_citing("snapshot", "name", SNAPSHOT, "--json").json
    assert ask_citing("snapshot", "name", "sha256:abc").code == 3
