"""The commands: what somebody asks the ledger to record, in the imperative (model §2, docs/commands.md).

A command's struct is also the shape that a caller writes: `op` names it, members are strict, unknown ones are refused. Times may be
given in any of the forms of when.py and are resolved in the incident's zone when the command is decided.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from ledger.citation import Citation, Selector, Stance
from ledger.events import RedactedEvent, RedactedFact
from ledger.fact import Participant
from ledger.place import Place
from ledger.quantity import Quantity
from ledger.snapshot import Extractor, Held, Measured
from ledger.terms import (
    CorrectionCause,
    CorrectionClass,
    DisputeOutcome,
    LineageRelation,
    NoticeType,
    RetractionCause,
    SourceKind,
    WithdrawalCause,
)
from ledger.values import Json, Value
from ledger.when import Published, StatedWhen

__all__ = [
    "COMMANDS",
    "AmendFact",
    "AmendIncident",
    "AmendSource",
    "AttestFact",
    "CaptureSnapshot",
    "Command",
    "CorrectFact",
    "DeclareLineage",
    "DisputeFact",
    "FactCommand",
    "OpenIncident",
    "RecordNotice",
    "RecordSnapshot",
    "Redact",
    "RegisterKind",
    "RegisterSource",
    "ReinstateFact",
    "ReportFact",
    "ResolveDispute",
    "RetractFact",
    "RevokeLineage",
    "ScopePassages",
    "StatedAttestation",
    "StatedPassage",
    "StatedValues",
    "WithdrawAttestation",
]


class StatedValues(Value, frozen=True, kw_only=True):
    """What a passage states of a fact's values, as a caller writes it: AsStated with its time not yet resolved."""

    statement: str | None = None
    occurred: StatedWhen | None = None
    places: tuple[Place, ...] = ()
    participants: tuple[Participant, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    details: dict[str, Json] = msgspec.field(default_factory=dict)


class StatedAttestation(Citation, frozen=True, kw_only=True):
    """An attestation as a caller writes it."""

    stance: Stance = "supports"
    as_stated: StatedValues | None = None


class StatedPassage(Value, frozen=True, kw_only=True):
    """A passage that a notice speaks of, as a caller writes it."""

    id: str
    selector: tuple[Selector, ...]


class ScopePassages(Value, frozen=True, kw_only=True):
    """The scope of a notice that speaks of some passages only."""

    passages: tuple[StatedPassage, ...]


class OpenIncident(Value, frozen=True, kw_only=True, tag_field="op", tag="open-incident"):
    """Keep track of a happening. `zone` is the IANA time zone of the place."""

    id: str
    title: str
    zone: str


class AmendIncident(Value, frozen=True, kw_only=True, tag_field="op", tag="amend-incident"):
    """Change the ledger's own label or zone of an incident."""

    incident: str
    title: str | None = None
    zone: str | None = None
    reason: str
    citations: tuple[Citation, ...] = ()


class _Contents(Value, frozen=True, kw_only=True):
    """The content fields of a fact, as a caller writes them."""

    kind: str
    statement: str | None = None
    occurred: StatedWhen | None = None
    places: tuple[Place, ...] = ()
    participants: tuple[Participant, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    details: dict[str, Json] = msgspec.field(default_factory=dict)


class ReportFact(_Contents, frozen=True, kw_only=True, tag_field="op", tag="report-fact"):
    """Report a sourced fact. `kind` is a slug, or slug@version; at least one citation supports it."""

    incident: str
    id: str
    citations: tuple[StatedAttestation, ...]


class AttestFact(Value, frozen=True, kw_only=True, tag_field="op", tag="attest-fact"):
    """Add a passage that speaks to a fact."""

    incident: str
    fact: str
    attestation: StatedAttestation
    expected_version: int | None = None


class WithdrawAttestation(Value, frozen=True, kw_only=True, tag_field="op", tag="withdraw-attestation"):
    """Say that an attestation no longer stands as recorded."""

    incident: str
    fact: str
    attestation: str
    cause: WithdrawalCause
    reason: str
    citations: tuple[Citation, ...] = ()
    expected_version: int | None = None


class CorrectFact(_Contents, frozen=True, kw_only=True, tag_field="op", tag="correct-fact"):
    """Replace the whole content of a fact that was recorded wrongly."""

    incident: str
    fact: str
    class_: CorrectionClass = msgspec.field(name="class")
    cause: CorrectionCause
    reason: str
    notice: str | None = None
    citations: tuple[StatedAttestation, ...] = ()
    rests_on: tuple[str, ...] = ()
    withdraws: tuple[str, ...] = ()
    expected_version: int | None = None


class AmendFact(Value, frozen=True, kw_only=True, tag_field="op", tag="amend-fact"):
    """Mend wording or spelling. `set` maps paths of wording fields, such as `statement`, to their new text."""

    incident: str
    fact: str
    set: dict[str, str]
    reason: str
    citations: tuple[Citation, ...] = ()
    expected_version: int | None = None


class RetractFact(Value, frozen=True, kw_only=True, tag_field="op", tag="retract-fact"):
    """Withdraw a fact with nothing in its place."""

    incident: str
    fact: str
    cause: RetractionCause
    reason: str
    notice: str | None = None
    in_favour_of: str | None = None
    citations: tuple[Citation, ...] = ()
    expected_version: int | None = None


class ReinstateFact(Value, frozen=True, kw_only=True, tag_field="op", tag="reinstate-fact"):
    """Take a retraction back."""

    incident: str
    fact: str
    cause: CorrectionCause
    reason: str
    citations: tuple[Citation, ...] = ()
    expected_version: int | None = None


class DisputeFact(Value, frozen=True, kw_only=True, tag_field="op", tag="dispute-fact"):
    """Record that somebody contests a fact: the subject, an agency, a reader or the desk."""

    incident: str
    fact: str
    by: str
    grounds: str
    citations: tuple[Citation, ...] = ()
    expected_version: int | None = None


class ResolveDispute(Value, frozen=True, kw_only=True, tag_field="op", tag="resolve-dispute"):
    """Answer a dispute."""

    incident: str
    fact: str
    dispute: int
    outcome: DisputeOutcome
    reason: str
    settles: tuple[str, ...] = ()
    expected_version: int | None = None


class RegisterSource(Value, frozen=True, kw_only=True, tag_field="op", tag="register-source"):
    """Make one work by somebody else known to the ledger, so that it can be cited."""

    id: str
    kind: SourceKind
    title: str
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    url: str | None = None
    published: Published | Literal["never"] | None = None
    language: str | None = None
    csl: dict[str, Json] | None = None


class AmendSource(Value, frozen=True, kw_only=True, tag_field="op", tag="amend-source"):
    """Change the description of a source; members left out stay."""

    source: str
    kind: SourceKind | None = None
    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] | None = None
    url: str | None = None
    published: Published | Literal["never"] | None = None
    language: str | None = None
    csl: dict[str, Json] | None = None
    reason: str


class CaptureSnapshot(Value, frozen=True, kw_only=True, tag_field="op", tag="capture-snapshot"):
    """Keep the bytes of a source, given here or received before. Becomes RecordSnapshot once the bytes are stored."""

    source: str
    media_type: str
    data: bytes | Held
    captured_at: str | None = None
    method: str | None = None
    url: str | None = None
    archive_urls: tuple[str, ...] = ()


class RecordSnapshot(Value, frozen=True, kw_only=True, tag_field="op", tag="record-snapshot"):
    """Record that stored bytes are a snapshot of a source. Made by the ledger; not a caller's command."""

    source: str
    snapshot: str
    size_bytes: int
    media_type: str
    captured_at: str | None = None
    method: str | None = None
    url: str | None = None
    archive_urls: tuple[str, ...] = ()
    extraction: str | None = None
    extractor: Extractor | None = None
    measured: Measured | None = None


class RecordNotice(Value, frozen=True, kw_only=True, tag_field="op", tag="record-notice"):
    """Record what a source itself said of what it had said."""

    source: str
    type: NoticeType
    summary: str
    scope: Literal["all"] | ScopePassages
    published: Published
    citation: Citation


class DeclareLineage(Value, frozen=True, kw_only=True, tag_field="op", tag="declare-lineage"):
    """Say that a source copies, syndicates or rewrites another."""

    source: str
    relation: LineageRelation
    to: str
    citation: Citation | None = None


class RevokeLineage(Value, frozen=True, kw_only=True, tag_field="op", tag="revoke-lineage"):
    """Take a declared lineage back. `lineage` counts from 1 within the source."""

    source: str
    lineage: int
    reason: str


class Redact(Value, frozen=True, kw_only=True, tag_field="op", tag="redact"):
    """Remove content lawfully: paths of facts, paths of single events, or snapshots with their extractions."""

    incident: str | None = None
    source: str | None = None
    facts: tuple[RedactedFact, ...] = ()
    events: tuple[RedactedEvent, ...] = ()
    snapshots: tuple[str, ...] = ()
    legal_basis: str
    authority: str
    reason: str


class RegisterKind(Value, frozen=True, kw_only=True, tag_field="op", tag="register-kind"):
    """Bring a kind of the users' own, or the next version of any kind, into force. `schema` is a JSON Schema of `details`."""

    slug: str
    version: int
    label: str
    definition: str
    schema: dict[str, Json]
    roles: tuple[str, ...] = ()


FactCommand: TypeAlias = (
    AttestFact
    | WithdrawAttestation
    | CorrectFact
    | AmendFact
    | RetractFact
    | ReinstateFact
    | DisputeFact
    | ResolveDispute
)
Command: TypeAlias = (
    OpenIncident
    | AmendIncident
    | ReportFact
    | FactCommand
    | RegisterSource
    | AmendSource
    | CaptureSnapshot
    | RecordSnapshot
    | RecordNotice
    | DeclareLineage
    | RevokeLineage
    | Redact
    | RegisterKind
)

COMMANDS: dict[str, type[Command]] = {
    "open-incident": OpenIncident,
    "amend-incident": AmendIncident,
    "report-fact": ReportFact,
    "attest-fact": AttestFact,
    "withdraw-attestation": WithdrawAttestation,
    "correct-fact": CorrectFact,
    "amend-fact": AmendFact,
    "retract-fact": RetractFact,
    "reinstate-fact": ReinstateFact,
    "dispute-fact": DisputeFact,
    "resolve-dispute": ResolveDispute,
    "register-source": RegisterSource,
    "amend-source": AmendSource,
    "capture-snapshot": CaptureSnapshot,
    "record-notice": RecordNotice,
    "declare-lineage": DeclareLineage,
    "revoke-lineage": RevokeLineage,
    "redact": Redact,
    "register-kind": RegisterKind,
}
"""What a caller may ask for, by `op` (docs/commands.md)."""
