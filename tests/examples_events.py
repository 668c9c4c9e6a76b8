"""One full act of every event type: what the golden bytes are made of and what the documents show.

Every member is set wherever one may stand beside the others. Never edit an act that has golden bytes
(fixtures/golden): a change of shape is a new schema version with an example of its own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ledger.citation import (
    Attestation,
    Citation,
    FragmentSelector,
    Selector,
    Speaker,
    TextPositionSelector,
    TextQuoteSelector,
)
from ledger.codec import Stamp
from ledger.events import (
    AttestationWithdrawn,
    DisputeResolved,
    Extractor,
    FactAmended,
    FactAttested,
    FactCorrected,
    FactDisputed,
    FactReinstated,
    FactReported,
    FactRetracted,
    IncidentAmended,
    IncidentOpened,
    KindRegistered,
    LedgerOpened,
    LineageDeclared,
    LineageRevoked,
    Measured,
    Passage,
    Redacted,
    RedactedEvent,
    RedactedFact,
    SnapshotCaptured,
    SourceAmended,
    SourceNoticeRecorded,
    SourceRegistered,
    VocabularyRef,
)
from ledger.fact import AsStated, Content, Participant
from ledger.place import Place
from ledger.quantity import Quantity
from ledger.values import Absent
from ledger.when import Published, Relation, When

if TYPE_CHECKING:
    from ledger.events import Act

__all__ = ["ADDED", "EVERY", "EXAMPLES", "stamp_of"]


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


_SNAPSHOT: Final = _digest("the page as captured")
_EXTRACTION: Final = _digest("the text of the page")

_PUBLISHED = Published(
    earliest="2021-05-08T12:30:00-05:00",
    latest="2021-05-08T14:00:00-05:00",
    as_stated="Saturday, early afternoon",
)
_SELECTOR: tuple[Selector, ...] = (
    TextQuoteSelector(exact="dragged about 15 feet", prefix="The officer was ", suffix=" – “maybe more”"),
    TextPositionSelector(start=1812, end=1833),
    FragmentSelector(value="t=252,258.5", conformsTo="http://www.w3.org/TR/media-frags/"),
)
_SPEAKER = Speaker(
    id="chief", name=Absent(absent="not-stated"), capacity="police spokesperson", speech_act="stated"
)
_CITATION = Citation(
    id="c1",
    source="lrpd-release",
    snapshot=_SNAPSHOT,
    extraction=_EXTRACTION,
    selector=_SELECTOR,
    speaker=_SPEAKER,
    relays="partner-station",
    language="en",
    published=_PUBLISHED,
)
_OCCURRED = When(
    as_stated="around the 8th of May, 2021",
    earliest="2021-05-07T00:00:00-05:00",
    latest="2021-05-10T00:00:00-05:00",
    zone="America/Chicago",
    edtf="2021-05-08~",
    approximate=True,
    relations=(Relation(rel="during", fact="flight", as_stated="dragging the officer along"),),
)
_SCENE = Place(
    id="scene",
    role="scene",
    as_stated="1400 block of Main St – near “Café Ñandú”",
    lon="-92.32",
    lat="34.74",
    uncertainty_m=150,
    precision="block",
)
_OFFICER = Participant(
    id="p1", role="injured", name=Absent(absent="not-stated"), as_described="officer on the passenger's side"
)
_DRIVER = Participant(id="p2", role="driver", name="Zoë Łukasz 😀 עדן", as_described="the driver")
_DISTANCE = Quantity(
    id="distance", as_stated="about 15 feet (4.5 metres)", unit="[ft_i]", value="15", approximate=True
)
_SPEED = Quantity(id="speed", as_stated="30 to 40 mph", unit="[mi_i]/h", min="30", max="40")
_CONTENT = Content(
    kind="drag@1",
    statement="The officer was dragged about 15 feet.\nHe was treated at the scene.",
    occurred=_OCCURRED,
    places=(_SCENE, Place(id="hospital", role="destination", absent="not-stated")),
    participants=(_OFFICER, _DRIVER),
    quantities=(_DISTANCE, _SPEED, Quantity(id="hours", absent="not-reported")),
    details={
        "vehicle": {"make": "unknown", "doors": 4},
        "lights_on": True,
        "weather": {"absent": "not-stated"},
    },
)
_AS_STATED = AsStated(
    statement="Dragged for 15 to 20 feet.",
    occurred=When(relations=(Relation(rel="after", fact="contact"),), as_stated="after a while"),
    places=(Place(id="scene", as_stated="on Main Street"),),
    participants=(Participant(id="p1", as_described="an officer"),),
    quantities=(Quantity(id="distance", min="15", max="20", unit="[ft_i]", approximate=True),),
    details={"vehicle": {"make": "a sedan"}},
)
_ATTESTATION = Attestation(
    id="a1",
    source="lrpd-release",
    stance="supports",
    as_stated=_AS_STATED,
    snapshot=_SNAPSHOT,
    extraction=_EXTRACTION,
    selector=_SELECTOR,
    speaker=_SPEAKER,
    relays="partner-station",
    language="en",
    published=_PUBLISHED,
)
_SECOND = Attestation(id="a2", source="local-paper", stance="mentions")

_ACTS: tuple[tuple[str, Act], ...] = (
    (
        "registry",
        LedgerOpened(
            ledger="ledger.example",
            ledger_format="incident-ledger/1",
            vocabulary=VocabularyRef(version=1, digest=_digest("the vocabulary")),
        ),
    ),
    (
        "registry",
        KindRegistered(
            slug="desk.weather",
            version=1,
            label="Weather",
            definition="What the weather was at the time.",
            schema='{"additionalProperties":false,"properties":{"sky":{"type":"string"}}}',
            roles=("observer",),
        ),
    ),
    ("incident/little-rock", IncidentOpened(title="Traffic stop on Main Street", zone="America/Chicago")),
    (
        "incident/little-rock",
        IncidentAmended(
            title="Traffic stop on South Main Street",
            zone="America/Chicago",
            reason="the street was named in full",
            citations=(_CITATION,),
        ),
    ),
    (
        "incident/little-rock",
        FactReported(fact="drag", content=_CONTENT, attestations=(_ATTESTATION, _SECOND)),
    ),
    ("incident/little-rock", FactAttested(fact="drag", attestation=_ATTESTATION)),
    (
        "incident/little-rock",
        AttestationWithdrawn(
            fact="drag",
            attestation="a1",
            cause="our-misreading",
            reason="we read another paragraph",
            citations=(_CITATION,),
        ),
    ),
    (
        "incident/little-rock",
        FactCorrected(
            fact="drag",
            content=_CONTENT,
            class_="wrong-number",
            cause="source-error",
            reason="the source corrected the distance",
            notice="An earlier version said 50 feet.",
            attestations=(_ATTESTATION,),
            rests_on=("a3",),
            withdraws=("a2",),
        ),
    ),
    (
        "incident/little-rock",
        FactAmended(
            fact="drag",
            set={
                "statement": "The officer was dragged about 15 feet.",
                "places/scene/as_stated": "Main Street",
            },
            reason="spelling",
            citations=(_CITATION,),
        ),
    ),
    (
        "incident/little-rock",
        FactRetracted(
            fact="drag",
            cause="duplicate",
            reason="told twice",
            notice="This fact stands under another name.",
            in_favour_of="north-little-rock/drag",
            citations=(_CITATION,),
        ),
    ),
    (
        "incident/little-rock",
        FactReinstated(
            fact="drag", cause="new-information", reason="it was another one", citations=(_CITATION,)
        ),
    ),
    (
        "incident/little-rock",
        FactDisputed(
            fact="drag", dispute=1, by="the officer", grounds="It was further.", citations=(_CITATION,)
        ),
    ),
    (
        "incident/little-rock",
        DisputeResolved(
            fact="drag", dispute=1, outcome="upheld", reason="the video shows it", settles=("a2",)
        ),
    ),
    (
        "source/lrpd-release",
        SourceRegistered(
            kind="release",
            title="Media release 21-058",
            publisher="Little Rock Police Department",
            authors=("Public Affairs", "Ana María"),
            url="https://example.org/releases/21-058",
            published=_PUBLISHED,
            language="en",
            csl={"type": "report", "issued": {"date-parts": [[2021, 5, 8]]}, "number": "21-058"},
        ),
    ),
    (
        "source/lrpd-release",
        SourceAmended(
            kind="report",
            title="Media release 21-058 (revised)",
            publisher="Police Department",
            authors=("Ana María",),
            url="https://example.org/releases/21-058-revised",
            published=_PUBLISHED,
            language="en",
            csl={"type": "report"},
            reason="the release was revised",
        ),
    ),
    (
        "source/lrpd-release",
        SnapshotCaptured(
            snapshot=_SNAPSHOT,
            size_bytes=48_213,
            media_type="text/plain",
            captured_at="2021-05-09T08:00:00-05:00",
            method="saved by hand",
            url="https://example.org/releases/21-058",
            archive_urls=("https://archive.example/1", "https://archive.example/2"),
            extraction=_EXTRACTION,
            extractor=Extractor(name="incident-ledger.text-plain", version="1"),
        ),
    ),
    (
        "source/lrpd-release",
        SourceNoticeRecorded(
            notice=1,
            type="correction",
            summary="The distance was corrected.",
            scope="passages",
            passages=(Passage(id="n1", selector=_SELECTOR),),
            published=_PUBLISHED,
            citations=(_CITATION,),
        ),
    ),
    (
        "source/local-paper",
        LineageDeclared(lineage=1, relation="rewrites", to="lrpd-release", citations=(_CITATION,)),
    ),
    ("source/local-paper", LineageRevoked(lineage=1, reason="they had a reporter there")),
    (
        "incident/little-rock",
        Redacted(
            facts=(RedactedFact(fact="drag", paths=("participants/p2/name", "attestations/a1/selector")),),
            events=(RedactedEvent(version=3, paths=("reason",)),),
            snapshots=(_SNAPSHOT,),
            legal_basis="court order 21-0815",
            authority="Pulaski County Circuit Court",
            reason="the record was sealed",
        ),
    ),
)

EXAMPLES: Final[dict[str, tuple[str, Act]]] = {
    f"{type(act).__name__}@1": (stream, act) for stream, act in _ACTS
}
"""By `type@schema`: the stream, and the act. In the order of ledger.events.ACTS, which is also that of their positions."""


_CAPTURED = next(act for _, act in _ACTS if isinstance(act, SnapshotCaptured))
_ATTESTED = next(act for _, act in _ACTS if isinstance(act, FactAttested))
ADDED: Final[dict[str, tuple[str, Act]]] = {
    "SnapshotCaptured@1.measured": (
        "source/lrpd-release",
        replace(
            _CAPTURED,
            media_type="application/pdf",
            extraction=None,
            extractor=Extractor(
                name="incident-ledger.pdf", version="1; pypdfium2 5.15.0", no_text="none-there"
            ),
            measured=Measured(pages=12, duration_s="258.5", width_px=1920, height_px=1080),
        ),
    ),
    "FactAttested@1.matched_by": (
        "incident/little-rock",
        replace(
            _ATTESTED,
            attestation=replace(
                _ATTESTED.attestation,
                selector=(
                    TextQuoteSelector(
                        exact="“about 15 feet”", matched_by="incident-ledger.quotes-and-spaces@1"
                    ),
                    TextPositionSelector(start=1812, end=1827),
                ),
            ),
        ),
    ),
}
"""Acts with members that came after the schema version did; older bytes do not have them. By `type@schema.member`."""

EVERY: Final = EXAMPLES | ADDED
"""All of them, in the order of their positions."""


def stamp_of(topic: str) -> Stamp:
    """The stamp of an example, each member set; the same in every run."""
    stream, _ = EVERY[topic]
    number = 1 + list(EVERY).index(topic)
    return Stamp(
        event_id=f"01798b1c-4a00-7000-8000-{number:012x}",
        request="01798b1c-4a00-7000-8000-0000000000ff",
        stream=stream,
        version=number,
        recorded_at=f"2026-11-22T18:25:00.{number:06d}Z",
        actor="desk-1",
        key="key-1",
        on_behalf_of="desk-2",
        answers=number - 1,
    )
