"""The incident that the specifications of decisions play in: an officer was dragged by a car; two sources differ on how far.

Commands as callers write them, and what stands recorded after the first of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.bounds import When
from ledger.citation import Attestation, TextPositionSelector, TextQuoteSelector
from ledger.commands import RecordSnapshot
from ledger.events import Extractor
from ledger.fact import Content, Participant
from ledger.place import Place
from ledger.quantity import Quantity
from ledger.values import Absent
from tests.ledger.specification import given

if TYPE_CHECKING:
    from ledger.values import Json

SNAPSHOT = f"sha256:{'a' * 64}"
EXTRACTION = f"sha256:{'b' * 64}"
OTHER_DIGEST = f"sha256:{'c' * 64}"
UNKNOWN_ID = "nobody-s"

OPEN: dict[str, Json] = {
    "op": "open-incident",
    "id": "lr",
    "title": "Officer dragged in Little Rock",
    "zone": "America/Chicago",
}
ELSEWHERE: dict[str, Json] = {
    "op": "open-incident",
    "id": "mpls",
    "title": "Stop in Minneapolis",
    "zone": "America/Chicago",
}


def _source(ident: str, kind: str) -> dict[str, Json]:
    return {
        "op": "register-source",
        "id": ident,
        "kind": kind,
        "title": f"The {ident}",
        "published": "2021-05-08",
    }


RELEASE, ARTICLE, WIRE = (
    _source("release", "release"),
    _source("article", "article"),
    _source("wire", "article"),
)
CAPTURE = RecordSnapshot(
    source="release",
    snapshot=SNAPSHOT,
    size_bytes=1_000,
    media_type="text/plain",
    captured_at="2021-05-08T11:00:00Z",
    extraction=EXTRACTION,
    extractor=Extractor(name="plain", version="1"),
)
CONTENT: dict[str, Json] = {
    "kind": "drag",
    "statement": "The oficer was dragged about 15 feet along Chester Street.",
    "occurred": {"edtf": "2021-05-08", "as_stated": "on Saturday"},
    "places": [{"id": "scene", "as_stated": "Chester Street", "role": "scene"}],
    "participants": [
        {"id": "p1", "role": "injured", "as_described": "the officer", "name": {"absent": "not-stated"}},
        {"id": "p2", "role": "driver", "name": "Jordan Marsh"},
    ],
    "quantities": [{"id": "distance", "as_stated": "about 15 feet", "value": "15", "unit": "[ft_i]"}],
    "details": {"dragged_by": "a car"},
}
QUOTED: dict[str, Json] = {
    "id": "a1",
    "source": "release",
    "snapshot": SNAPSHOT,
    "extraction": EXTRACTION,
    "selector": [
        {"type": "TextQuoteSelector", "exact": "dragged about 15 feet"},
        {"type": "TextPositionSelector", "start": 10, "end": 31},
    ],
}
DRAG: dict[str, Json] = {
    "op": "report-fact",
    "incident": "lr",
    "id": "drag",
    **CONTENT,
    "citations": [QUOTED],
}
FLIGHT: dict[str, Json] = {
    "op": "report-fact",
    "incident": "lr",
    "id": "flight",
    "kind": "flight",
    "statement": "The driver fled.",
    "citations": [{"id": "b1", "source": "article"}],
}
STOP: dict[str, Json] = {
    "op": "report-fact",
    "incident": "mpls",
    "id": "stop",
    "kind": "contact",
    "statement": "A car was stopped.",
    "citations": [{"id": "c1", "source": "article"}],
}
ATTEST: dict[str, Json] = {
    "op": "attest-fact",
    "incident": "lr",
    "fact": "drag",
    "id": "a2",
    "source": "article",
    "stance": "contradicts",
    "as_stated": {"quantities": [{"id": "distance", "value": "50", "unit": "[ft_i]"}]},
}
CORRECT: dict[str, Json] = {
    "op": "correct-fact",
    "incident": "lr",
    "fact": "drag",
    **CONTENT,
    "quantities": [{"id": "distance", "as_stated": "about 50 feet", "value": "50", "unit": "[ft_i]"}],
    "class": "wrong-number",
    "cause": "source-error",
    "reason": "The release was corrected.",
    "citations": [{"id": "a3", "source": "wire"}],
}
OUR_TYPO: dict[str, Json] = {
    **{member: value for member, value in CORRECT.items() if member != "citations"},
    "cause": "our-typo",
    "rests_on": ["a1"],
}
WITHDRAW: dict[str, Json] = {
    "op": "withdraw-attestation",
    "incident": "lr",
    "fact": "drag",
    "attestation": "a2",
    "cause": "our-misreading",
    "reason": "The passage speaks of another officer.",
}
AMEND: dict[str, Json] = {
    "op": "amend-fact",
    "incident": "lr",
    "fact": "drag",
    "set": {"statement": "The officer was dragged about 15 feet along Chester Street."},
    "reason": "Spelling.",
}
RETRACT: dict[str, Json] = {
    "op": "retract-fact",
    "incident": "lr",
    "fact": "drag",
    "cause": "source-error",
    "reason": "The agency took it back.",
}
REINSTATE: dict[str, Json] = {
    "op": "reinstate-fact",
    "incident": "lr",
    "fact": "drag",
    "cause": "new-information",
    "reason": "The video shows it.",
}
DISPUTE: dict[str, Json] = {
    "op": "dispute-fact",
    "incident": "lr",
    "fact": "drag",
    "by": "the driver's lawyer",
    "grounds": "The car stood still.",
}
RESOLVE: dict[str, Json] = {
    "op": "resolve-dispute",
    "incident": "lr",
    "fact": "drag",
    "dispute": 1,
    "outcome": "rejected",
    "reason": "The video shows the car moving.",
}
NOTICE: dict[str, Json] = {
    "op": "record-notice",
    "source": "release",
    "type": "correction",
    "summary": "It was 50 feet.",
    "scope": "all",
    "published": "2021-05-10",
    "citation": {"id": "n1", "source": "release"},
}
CAPTURED: dict[str, Json] = {
    "op": "capture-snapshot",
    "source": "release",
    "media_type": "text/plain",
    "text": "é",
}

DRAG_CONTENT = Content(
    kind="drag@1",
    statement="The oficer was dragged about 15 feet along Chester Street.",
    occurred=When(
        as_stated="on Saturday",
        earliest="2021-05-08T00:00:00-05:00",
        latest="2021-05-09T00:00:00-05:00",
        zone="America/Chicago",
        edtf="2021-05-08",
    ),
    places=(Place(id="scene", as_stated="Chester Street", role="scene"),),
    participants=(
        Participant(id="p1", role="injured", as_described="the officer", name=Absent(absent="not-stated")),
        Participant(id="p2", role="driver", name="Jordan Marsh"),
    ),
    quantities=(Quantity(id="distance", as_stated="about 15 feet", value="15", unit="[ft_i]"),),
    details={"dragged_by": "a car"},
)
A1 = Attestation(
    id="a1",
    source="release",
    snapshot=SNAPSHOT,
    extraction=EXTRACTION,
    selector=(TextQuoteSelector(exact="dragged about 15 feet"), TextPositionSelector(start=10, end=31)),
    stance="supports",
)

READY = given(OPEN, RELEASE, ARTICLE, WIRE, CAPTURE)
"""The incident is opened and three sources are known, one of them captured."""
REPORTED = READY.and_given(DRAG)
"""The dragging was reported, at version 2."""
ATTESTED = REPORTED.and_given(ATTEST)
"""The article contradicts it, at version 3."""
