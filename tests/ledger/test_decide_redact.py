"""Redacting: which disclosures go, in which events, and every reason to refuse."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decisions.decision import Decision, Draft, Erasure
from ledger.errors import UnknownError
from ledger.events import FactCorrected, FactReported, IncidentOpened, Redacted, RedactedEvent, RedactedFact
from ledger.fact import Participant
from ledger.values import Absent
from tests.ledger.source_specification import given
from tests.ledger.test_decide_snapshot import DIGEST, OTHER, RECORD, REGISTER

UNDISCLOSED = Absent(absent="undisclosed")
OPEN: dict[str, Any] = {"op": "open-incident", "id": "lr", "title": "Little Rock", "zone": "America/Chicago"}
CONTENT: dict[str, Any] = {
    "kind": "drag",
    "statement": "The officer was dragged about 15 feet.",
    "occurred": "2021-05-08",
    "places": [{"id": "scene", "as_stated": "1400 block of Main Street", "role": "scene"}],
    "participants": [{"id": "p1", "role": "injured", "name": "A. Person", "as_described": "the officer"}],
    "quantities": [{"id": "distance", "as_stated": "about 15 feet", "value": "15", "unit": "[ft_i]"}],
}
REPORT: dict[str, Any] = {
    "op": "report-fact",
    "incident": "lr",
    "id": "drag",
    "citations": [
        {
            "id": "a1",
            "source": "paper",
            "selector": {"type": "TextQuoteSelector", "exact": "A. Person was dragged"},
        }
    ],
    **CONTENT,
}
ATTEST: dict[str, Any] = {
    "op": "attest-fact",
    "incident": "lr",
    "fact": "drag",
    "id": "a2",
    "source": "station",
    "as_stated": {"statement": "A. Person was dragged."},
}
CORRECT: dict[str, Any] = {
    "op": "correct-fact",
    "incident": "lr",
    "fact": "drag",
    "class": "wrong-number",
    "cause": "our-typo",
    "reason": "A slip.",
    "rests_on": ["a1"],
    **CONTENT,
    "quantities": [
        {"id": "distance", "as_stated": "about 15 feet", "value": "15", "unit": "[ft_i]", "approximate": True}
    ],
}
AMEND: dict[str, Any] = {
    "op": "amend-fact",
    "incident": "lr",
    "fact": "drag",
    "reason": "Spelling.",
    "set": {"quantities/distance/as_stated": "About 15 feet"},
}
BLANK: dict[str, Any] = {
    "op": "redact",
    "incident": "lr",
    "legal_basis": "Order 60CR-21-1 of 1 June 2021",
    "authority": "Pulaski County Circuit Court",
    "reason": "It names a minor.",
}
STATION = REGISTER | {"id": "station"}
# Positions: 1 the ledger, 2 and 3 the sources, 4 the incident opened, 5 report, 6 attestation, 7 correction, 8 amendment.
TOLD = (REGISTER, STATION, OPEN, REPORT, ATTEST, CORRECT, AMEND)
REPORTED, ATTESTED, CORRECTED, AMENDED = 5, 6, 7, 8


def of_fact(*paths: str) -> dict[str, Any]:
    """A redaction of paths of the fact."""
    return BLANK | {"facts": [{"fact": "drag", "paths": list(paths)}]}


def of_event(version: int, *paths: str) -> dict[str, Any]:
    """A redaction of paths of one event."""
    return BLANK | {"events": [{"version": version, "paths": list(paths)}]}


def of_source(**targets: Any) -> dict[str, Any]:
    """A redaction in the source."""
    return {key: value for key, value in BLANK.items() if key != "incident"} | {"source": "paper", **targets}


def erased(decision: Decision) -> dict[int, tuple[str, ...]]:
    """What goes, by position; each event is named once and in order."""
    positions = [one.position for one in decision.erasures]
    assert positions == sorted(set(positions))
    return {one.position: one.paths for one in decision.erasures}


def test_a_redaction_is_recorded_with_its_ground_and_what_it_names() -> None:
    command = of_fact("participants/p1/name") | {"events": [{"version": 1, "paths": ["title"]}]}
    act = Redacted(
        facts=(RedactedFact(fact="drag", paths=("participants/p1/name",)),),
        events=(RedactedEvent(version=1, paths=("title",)),),
        legal_basis="Order 60CR-21-1 of 1 June 2021",
        authority="Pulaski County Circuit Court",
        reason="It names a minor.",
    )
    decision = given(*TOLD).when(command).then(act, ident="lr", stream="incident/lr")
    name = ("participants/p1/name",)
    assert decision == Decision(
        id="lr",
        stream="incident/lr",
        version=5,
        drafts=(Draft(stream="incident/lr", act=act),),
        erasures=(
            Erasure(position=4, paths=("title",)),
            Erasure(position=REPORTED, paths=name),
            Erasure(position=CORRECTED, paths=name),
        ),
    )


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("statement", {REPORTED: ("statement",), CORRECTED: ("statement",)}),
        ("occurred", {REPORTED: ("occurred",), CORRECTED: ("occurred",)}),
        ("participants/p1/name", {REPORTED: ("participants/p1/name",), CORRECTED: ("participants/p1/name",)}),
        (
            "participants/p1",
            {
                REPORTED: ("participants/p1/as_described", "participants/p1/name"),
                CORRECTED: ("participants/p1/as_described", "participants/p1/name"),
            },
        ),
        ("places", {REPORTED: ("places/scene",), CORRECTED: ("places/scene",)}),
        (
            "quantities/distance",
            {
                REPORTED: ("quantities/distance",),
                CORRECTED: ("quantities/distance",),
                AMENDED: ("quantities/distance/as_stated",),
            },
        ),
        ("attestations/a1", {REPORTED: ("attestations/a1/selector",)}),
        ("attestations", {REPORTED: ("attestations/a1/selector",), ATTESTED: ("attestations/a2/as_stated",)}),
        ("reason", {CORRECTED: ("reason",), AMENDED: ("reason",)}),
    ],
)
def test_a_path_of_a_fact_goes_from_every_act_that_carries_it(
    path: str, gone: dict[int, tuple[str, ...]]
) -> None:
    ledger = given(*TOLD)
    assert erased(ledger.record(of_fact(path))) == gone
    for event in ledger.events():
        for one in gone.get(event.position, ()):
            assert one in event.committed


def test_the_words_are_gone_and_their_neighbours_stay() -> None:
    ledger = given(*TOLD, of_fact("participants/p1/name"))
    (report,) = (one.body for one in ledger.events() if isinstance(one.body, FactReported))
    (correction,) = (one.body for one in ledger.events() if isinstance(one.body, FactCorrected))
    left = (Participant(id="p1", role="injured", name=UNDISCLOSED, as_described="the officer"),)
    assert (report.content.participants, correction.content.participants) == (left, left)
    assert report.content.statement == "The officer was dragged about 15 feet."


def test_details_are_redacted_one_by_one_or_all() -> None:
    attribute = {
        **REPORT,
        "id": "date",
        "kind": "attribute",
        "details": {"name": "date", "value": "2021-05-08", "as_stated": "05/08/2021"},
        **{key: [] for key in ("places", "participants", "quantities")},
    }
    ledger = given(REGISTER, OPEN, attribute)

    def gone(path: str) -> dict[int, tuple[str, ...]]:
        return erased(ledger.decide(BLANK | {"facts": [{"fact": "date", "paths": [path]}]}))

    assert gone("details/value") == {4: ("details/value",)}
    assert gone("details") == {4: ("details/as_stated", "details/name", "details/value")}


def test_paths_that_meet_in_one_event_make_one_erasure_without_repeats() -> None:
    command = of_fact("participants/p1/name", "participants", "participants/p1/name", "statement") | {
        "events": [{"version": 2, "paths": ["statement", "occurred"]}]
    }
    both = ("participants/p1/as_described", "participants/p1/name", "statement")
    assert erased(given(*TOLD).decide(command)) == {
        REPORTED: ("occurred", *both),
        CORRECTED: both,
    }


def test_one_event_alone_loses_its_words() -> None:
    assert erased(given(*TOLD).decide(of_event(4, "participants"))) == {
        CORRECTED: ("participants/p1/as_described", "participants/p1/name")
    }


def test_a_path_is_a_whole_name_not_the_beginning_of_one() -> None:
    given(*TOLD).when(of_fact("participants/p")).refuses(
        UnknownError, field="/facts/0/paths/0", saying="there are attestations, occurred, participants"
    )


def test_the_ledgers_own_words_of_an_incident_go_by_event() -> None:
    ledger = given(*TOLD)
    assert erased(ledger.record(of_event(1, "title", "zone"))) == {4: ("title", "zone")}
    (opened,) = (one.body for one in ledger.events() if isinstance(one.body, IncidentOpened))
    assert opened == IncidentOpened(title=UNDISCLOSED, zone=UNDISCLOSED)


def test_the_reason_of_a_redaction_may_itself_be_redacted() -> None:
    ledger = given(*TOLD, of_fact("statement"))
    assert erased(ledger.record(of_event(6, "reason"))) == {9: ("reason",)}


def test_a_sources_description_goes_by_event() -> None:
    amended = {"op": "amend-source", "source": "paper", "title": "Two hurt", "reason": "So it says."}
    command = of_source(
        events=[{"version": 1, "paths": ["title"]}, {"version": 2, "paths": ["title", "reason"]}]
    )
    assert erased(given(REGISTER, amended).decide(command)) == {2: ("title",), 3: ("reason", "title")}


def test_words_that_an_amendment_set_may_go_from_it_alone() -> None:
    path = "quantities/distance/as_stated"
    assert erased(given(*TOLD).decide(of_event(5, path))) == {AMENDED: (path,)}


def test_once_the_whole_is_gone_a_part_that_an_amendment_set_may_follow() -> None:
    path = "quantities/distance/as_stated"
    ledger = given(*TOLD, of_event(2, "quantities/distance"), of_event(4, "quantities/distance"))
    assert erased(ledger.decide(of_fact(path))) == {AMENDED: (path,)}


def test_what_is_left_of_a_path_goes() -> None:
    ledger = given(*TOLD, of_event(2, "participants"), of_fact("statement"))
    assert erased(ledger.decide(of_fact("participants"))) == {
        CORRECTED: ("participants/p1/as_described", "participants/p1/name")
    }


def test_a_snapshot_goes_with_the_text_that_was_extracted_from_it() -> None:
    decision = given(REGISTER, replace(RECORD, extraction=OTHER)).decide(of_source(snapshots=[DIGEST]))
    assert (decision.snapshots, decision.erasures) == ((DIGEST,), ())
    assert decision.drafts[0].act == Redacted(
        snapshots=(DIGEST,),
        legal_basis="Order 60CR-21-1 of 1 June 2021",
        authority="Pulaski County Circuit Court",
        reason="It names a minor.",
    )


def test_a_text_that_is_its_own_extraction_goes_once() -> None:
    assert given(REGISTER, RECORD).decide(of_source(snapshots=[DIGEST])).snapshots == (DIGEST,)


def test_the_frame_of_a_snapshot_goes_by_event() -> None:
    decision = given(REGISTER, RECORD).decide(
        of_source(events=[{"version": 2, "paths": ["url", "archive_urls"]}])
    )
    assert (erased(decision), decision.snapshots) == ({3: ("archive_urls", "url")}, ())
