"""The events: closed, versioned acts in the past tense (model §2), and the entry that carries each in the ledger.

What happened in the world is the `kind` of a fact, never a class here: an act applies to every kind, and a wrong kind must be
correctable. Fields typed `X | Absent` hold words that are committed beside the event and may be redacted; the reader then finds
`Absent(absent="undisclosed")` there. Which fields stand in the clear is decided by codec.py (ledger-format §3).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeAlias, TypeVar

import msgspec

from ledger.citation import Attestation, Citation, Selector
from ledger.fact import Content
from ledger.snapshot import Extractor, Measured
from ledger.terms import (
    CorrectionCause,
    CorrectionClass,
    DisputeOutcome,
    LineageRelation,
    NoticeScope,
    NoticeType,
    RetractionCause,
    SourceKind,
    WithdrawalCause,
)
from ledger.values import Absent, Json, Value
from ledger.when import Published

__all__ = [
    "ACTS",
    "Act",
    "AttestationWithdrawn",
    "DisputeResolved",
    "Extractor",
    "FactAct",
    "FactAmended",
    "FactAttested",
    "FactCorrected",
    "FactDisputed",
    "FactReinstated",
    "FactReported",
    "FactRetracted",
    "IncidentAmended",
    "IncidentOpened",
    "KindRegistered",
    "LedgerOpened",
    "LineageDeclared",
    "LineageRevoked",
    "Measured",
    "Passage",
    "Recorded",
    "Redacted",
    "RedactedEvent",
    "RedactedFact",
    "SnapshotCaptured",
    "SourceAmended",
    "SourceNoticeRecorded",
    "SourceRegistered",
    "VocabularyRef",
]


class VocabularyRef(Value, frozen=True, kw_only=True):
    """Which shipped vocabulary a ledger began with: its version, and the digest of the file's bytes."""

    version: int
    digest: str


class LedgerOpened(Value, frozen=True, kw_only=True):
    """The ledger began. Always position 1. `ledger` is its id and the origin of its checkpoints; `ledger_format` its format."""

    ledger: str
    ledger_format: str
    vocabulary: VocabularyRef


class KindRegistered(Value, frozen=True, kw_only=True):
    """A user kind, or a new version of a kind, is in force from here on. `schema` is the JSON text of a JSON Schema."""

    slug: str
    version: int
    label: str | Absent
    definition: str | Absent
    schema: str | Absent
    roles: tuple[str, ...] = ()


class IncidentOpened(Value, frozen=True, kw_only=True):
    """A happening is now kept track of. `title` is the ledger's own label; `zone` the IANA time zone of the place."""

    title: str | Absent
    zone: str | Absent


class IncidentAmended(Value, frozen=True, kw_only=True):
    """The ledger's label or time zone of an incident was changed, for a reason."""

    title: str | Absent | None = None
    zone: str | Absent | None = None
    reason: str | Absent
    citations: tuple[Citation, ...] = ()


class FactReported(Value, frozen=True, kw_only=True):
    """A sourced fact was reported. At least one attestation supports it."""

    fact: str
    content: Content
    attestations: tuple[Attestation, ...]


class FactAttested(Value, frozen=True, kw_only=True):
    """One more passage speaks to a fact."""

    fact: str
    attestation: Attestation


class AttestationWithdrawn(Value, frozen=True, kw_only=True):
    """An attestation no longer stands as recorded: we misread it, its source withdrew it, or upstream dropped it unexplained."""

    fact: str
    attestation: str
    cause: WithdrawalCause
    reason: str | Absent
    citations: tuple[Citation, ...] = ()


class FactCorrected(Value, frozen=True, kw_only=True):
    """The record was wrong and the whole content is replaced. What stood before stays readable for ever.

    `rests_on` names standing attestations that say the new content; `withdraws` those that go with the old one; `notice` is the
    sentence for the reader ("An earlier version said …").
    """

    fact: str
    content: Content
    class_: CorrectionClass = msgspec.field(name="class")
    cause: CorrectionCause
    reason: str | Absent
    notice: str | Absent | None = None
    attestations: tuple[Attestation, ...] = ()
    rests_on: tuple[str, ...] = ()
    withdraws: tuple[str, ...] = ()


class FactAmended(Value, frozen=True, kw_only=True):
    """Wording or spelling was mended, the meaning unchanged. `set` maps paths of wording fields to their new text."""

    fact: str
    set: dict[str, str | Absent]
    reason: str | Absent
    citations: tuple[Citation, ...] = ()


class FactRetracted(Value, frozen=True, kw_only=True):
    """A fact was withdrawn with nothing in its place. `in_favour_of`: a fact here, or `incident/fact` elsewhere."""

    fact: str
    cause: RetractionCause
    reason: str | Absent
    notice: str | Absent | None = None
    in_favour_of: str | None = None
    citations: tuple[Citation, ...] = ()


class FactReinstated(Value, frozen=True, kw_only=True):
    """A retraction was taken back: the fact stands again with the content it last had."""

    fact: str
    cause: CorrectionCause
    reason: str | Absent
    citations: tuple[Citation, ...] = ()


class FactDisputed(Value, frozen=True, kw_only=True):
    """Somebody contests a fact. `dispute` counts from 1 within the fact; `by` is the subject, agency, reader or desk, in words."""

    fact: str
    dispute: int
    by: str | Absent
    grounds: str | Absent
    citations: tuple[Citation, ...] = ()


class DisputeResolved(Value, frozen=True, kw_only=True):
    """A dispute was answered. `left-open` says that it cannot be: it goes on. `settles`: attestations that no longer count."""

    fact: str
    dispute: int
    outcome: DisputeOutcome
    reason: str | Absent
    settles: tuple[str, ...] = ()


class SourceRegistered(Value, frozen=True, kw_only=True):
    """One work by somebody else. `published` is `"never"` for what was never made public; left out where unknown."""

    kind: SourceKind | Absent
    title: str | Absent
    publisher: str | Absent | None = None
    authors: tuple[str, ...] | Absent = ()
    url: str | Absent | None = None
    published: Published | Literal["never"] | None = None
    language: str | Absent | None = None
    csl: dict[str, Json] | None = None


class SourceAmended(Value, frozen=True, kw_only=True):
    """The description of a source was changed, for a reason. Members left out stay as they were."""

    kind: SourceKind | Absent | None = None
    title: str | Absent | None = None
    publisher: str | Absent | None = None
    authors: tuple[str, ...] | Absent | None = None
    url: str | Absent | None = None
    published: Published | Literal["never"] | None = None
    language: str | Absent | None = None
    csl: dict[str, Json] | None = None
    reason: str | Absent


class SnapshotCaptured(Value, frozen=True, kw_only=True):
    """The bytes of a source were captured. `snapshot` and `extraction` are digests, of the bytes and of the extracted text."""

    snapshot: str
    size_bytes: int | Absent
    media_type: str | Absent
    captured_at: str | Absent
    method: str | Absent | None = None
    url: str | Absent | None = None
    archive_urls: tuple[str, ...] | Absent = ()
    extraction: str | None = None
    extractor: Extractor | None = None
    measured: Measured | None = None


class Passage(Value, frozen=True, kw_only=True):
    """A passage of the source that a notice speaks of: by its words, its position, or both."""

    id: str
    selector: tuple[Selector, ...] | Absent = ()


class SourceNoticeRecorded(Value, frozen=True, kw_only=True):
    """The source itself corrected, clarified, retracted, updated, silently edited or took down what it had said."""

    notice: int
    type: NoticeType | Absent
    summary: str | Absent
    scope: NoticeScope
    passages: tuple[Passage, ...] = ()
    published: Published
    citations: tuple[Citation, ...] = ()


class LineageDeclared(Value, frozen=True, kw_only=True):
    """This source copies, syndicates or rewrites another: the two are one origin. `lineage` counts from 1 within the source."""

    lineage: int
    relation: LineageRelation | Absent
    to: str
    citations: tuple[Citation, ...] = ()


class LineageRevoked(Value, frozen=True, kw_only=True):
    """A declared lineage was wrong."""

    lineage: int
    reason: str | Absent


class RedactedFact(Value, frozen=True, kw_only=True):
    """Paths of a fact, erased in every act that carries them."""

    fact: str
    paths: tuple[str, ...]


class RedactedEvent(Value, frozen=True, kw_only=True):
    """Paths erased in one event of the stream, named by its version."""

    version: int
    paths: tuple[str, ...]


class Redacted(Value, frozen=True, kw_only=True):
    """Content was lawfully removed. The proof and a tombstone stay; legal basis and authority stand in the clear."""

    facts: tuple[RedactedFact, ...] = ()
    events: tuple[RedactedEvent, ...] = ()
    snapshots: tuple[str, ...] = ()
    legal_basis: str
    authority: str
    reason: str | Absent


FactAct: TypeAlias = (
    FactReported
    | FactAttested
    | AttestationWithdrawn
    | FactCorrected
    | FactAmended
    | FactRetracted
    | FactReinstated
    | FactDisputed
    | DisputeResolved
)
Act: TypeAlias = (
    LedgerOpened
    | KindRegistered
    | IncidentOpened
    | IncidentAmended
    | FactAct
    | SourceRegistered
    | SourceAmended
    | SnapshotCaptured
    | SourceNoticeRecorded
    | LineageDeclared
    | LineageRevoked
    | Redacted
)

ACTS: dict[tuple[str, int], type[Any]] = {
    ("LedgerOpened", 1): LedgerOpened,
    ("KindRegistered", 1): KindRegistered,
    ("IncidentOpened", 1): IncidentOpened,
    ("IncidentAmended", 1): IncidentAmended,
    ("FactReported", 1): FactReported,
    ("FactAttested", 1): FactAttested,
    ("AttestationWithdrawn", 1): AttestationWithdrawn,
    ("FactCorrected", 1): FactCorrected,
    ("FactAmended", 1): FactAmended,
    ("FactRetracted", 1): FactRetracted,
    ("FactReinstated", 1): FactReinstated,
    ("FactDisputed", 1): FactDisputed,
    ("DisputeResolved", 1): DisputeResolved,
    ("SourceRegistered", 1): SourceRegistered,
    ("SourceAmended", 1): SourceAmended,
    ("SnapshotCaptured", 1): SnapshotCaptured,
    ("SourceNoticeRecorded", 1): SourceNoticeRecorded,
    ("LineageDeclared", 1): LineageDeclared,
    ("LineageRevoked", 1): LineageRevoked,
    ("Redacted", 1): Redacted,
}
"""Every event type that may stand in a ledger, by its explicit name and schema version (ledger-format §6)."""

if TYPE_CHECKING:
    Digests: TypeAlias = dict[str, str]
else:
    Digests = Any  # `opened` has looked at every path, and a digest is judged by comparing it: typing each anew is waste

A_co = TypeVar("A_co", covariant=True)


class Recorded(Value, Generic[A_co], frozen=True, kw_only=True):
    """One entry of the ledger: an act, and how and when it was recorded.

    `position` counts the whole ledger from 1, `version` one stream from 1. `recorded_at` is set by the ledger under the append lock.
    `request` groups the events of one command. `answers` is the fact version that the act was decided against. `committed` maps
    each path to the digest of its disclosure. `unknown` holds members that a newer program wrote and this one does not know.
    """

    position: int
    format: str
    type: str
    schema: int
    event_id: str
    request: str
    stream: str
    version: int
    recorded_at: Annotated[dt.datetime, msgspec.Meta(tz=True)]
    actor: str
    key: str | None = None
    on_behalf_of: str | None = None
    answers: int | None = None
    committed: Digests = msgspec.field(default_factory=dict)
    body: A_co
    unknown: dict[str, Json] = msgspec.field(default_factory=dict)
