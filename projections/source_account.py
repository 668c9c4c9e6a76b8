"""The account of a source: its description, what was captured of it, its own notices, who copied whom, and what was taken from it.

What the ledger knows of sources at a position; only redactions are known whenever they were recorded (model §5).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ledger.citation import Citation
from ledger.clock import format_instant
from ledger.events import (
    FactAct,
    IncidentAmended,
    LineageDeclared,
    LineageRevoked,
    Redacted,
    SnapshotCaptured,
    SourceAmended,
    SourceNoticeRecorded,
    SourceRegistered,
)
from ledger.terms import LineageRelation
from ledger.values import Absent
from projections.axes import citations_of
from projections.fact_fold import AttestationView, FactView, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.events import Act, Recorded
    from projections.incident_view import IncidentView

__all__ = [
    "Capture",
    "CitingAct",
    "CitingFact",
    "Lineage",
    "NoticeTaken",
    "SourceAccount",
    "acts_citing",
    "facts_citing",
    "is_attested_by",
    "source_accounts",
]


class Capture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One capture of a source's bytes. `redacted_at` is the position of the redaction that took them, and the text, away."""

    source: str
    position: int
    version: int
    act: SnapshotCaptured
    redacted_at: int | None = None


class NoticeTaken(msgspec.Struct, frozen=True, kw_only=True):
    """A notice of the source, and when it was recorded."""

    position: int
    recorded_at: str
    act: SourceNoticeRecorded


class Lineage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One declared lineage: `source` copied `to`. `lineage` counts from 1 within `source`."""

    source: str
    to: str
    lineage: int
    relation: LineageRelation | Absent
    revoked: bool = False


class SourceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One source as known at a position. `version` is that of the last act in its stream; redacted words are absent."""

    source: str
    version: int
    description: SourceRegistered
    captures: tuple[Capture, ...] = ()
    notices: tuple[NoticeTaken, ...] = ()
    copied_from: tuple[Lineage, ...] = ()
    copied_by: tuple[Lineage, ...] = ()


class CitingFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fact that a source speaks to, how the fact stands, and the passages of that source, those that no longer count included."""

    incident: str
    fact: str
    version: int
    kind: str
    statement: str | Absent | None = None
    status: Status
    decided: tuple[str, ...] = ()
    passages: tuple[AttestationView, ...]


class CitingAct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An act that names a source as its ground, without an attestation: a retraction, a dispute, a notice of another source."""

    stream: str
    position: int
    version: int
    type: str
    fact: str | None = None


@dataclass(slots=True)
class _Gathered:
    """What was read of one source so far."""

    version: int = 0
    description: SourceRegistered | None = None
    captures: list[Capture] = field(default_factory=list)
    notices: list[NoticeTaken] = field(default_factory=list)
    lineage: dict[int, Lineage] = field(default_factory=dict)

    def take(self, source: str, event: Recorded[Act]) -> None:
        self.version = event.version
        act = event.body
        match act:
            case SourceRegistered():
                self.description = act
            case SourceAmended():
                if self.description is not None:
                    self.description = _amended(self.description, act)
            case SnapshotCaptured():
                self.captures.append(
                    Capture(source=source, position=event.position, version=event.version, act=act)
                )
            case SourceNoticeRecorded():
                recorded_at = format_instant(event.recorded_at.astimezone(dt.UTC))
                self.notices.append(NoticeTaken(position=event.position, recorded_at=recorded_at, act=act))
            case LineageDeclared():
                self.lineage[act.lineage] = Lineage(
                    source=source, to=act.to, lineage=act.lineage, relation=act.relation
                )
            case LineageRevoked():
                if act.lineage in self.lineage:
                    self.lineage[act.lineage] = replace(self.lineage[act.lineage], revoked=True)
            case _:
                pass


def _amended(before: SourceRegistered, act: SourceAmended) -> SourceRegistered:
    changes = {
        name: value
        for name in SourceRegistered.__struct_fields__
        if (value := getattr(act, name)) is not None
    }
    return replace(before, **changes)


def source_accounts(events: Iterable[Recorded[Act]], known: int) -> dict[str, SourceAccount]:
    """The account of every source, in the order in which they were registered.

    `events` are every source's, in ledger order, those after `known` included: a redaction masks at once. Events of other streams are
    passed over.
    """
    gathered: dict[str, _Gathered] = {}
    redacted: dict[str, int] = {}
    for event in events:
        kind, _, source = event.stream.partition("/")
        if kind != "source":
            continue
        if isinstance(event.body, Redacted):
            redacted |= dict.fromkeys(event.body.snapshots, event.position)
        if event.position <= known:
            gathered.setdefault(source, _Gathered()).take(source, event)
    lineage = [one for found in gathered.values() for one in found.lineage.values()]
    return {
        source: SourceAccount(
            source=source,
            version=found.version,
            description=found.description,
            captures=tuple(_as_redacted(one, redacted) for one in found.captures),
            notices=tuple(found.notices),
            copied_from=tuple(found.lineage.values()),
            copied_by=tuple(one for one in lineage if one.to == source),
        )
        for source, found in gathered.items()
        if found.description is not None
    }


def _as_redacted(capture: Capture, redacted: dict[str, int]) -> Capture:
    """The capture with the redaction that took its bytes away: one after it, of whatever source that has the same bytes."""
    at = redacted.get(capture.act.snapshot, 0)
    return replace(capture, redacted_at=at) if at > capture.position else capture


def is_attested_by(events: Iterable[Recorded[Act]], source: str) -> bool:
    """Whether a source speaks to any fact in some events: only then is it worth folding them."""
    acts = (event.body for event in events)
    return any(
        one.source == source for act in acts if isinstance(act, FactAct) for one in citations_of(act)[0]
    )


def facts_citing(view: IncidentView, source: str) -> tuple[CitingFact, ...]:
    """The facts of an incident, as it stood, that a source speaks to."""
    found = ((fact, _passages_of(fact, source)) for fact in view.facts)
    return tuple(
        CitingFact(
            incident=view.incident,
            fact=fact.fact,
            version=fact.version,
            kind=fact.content.kind,
            statement=fact.content.statement,
            status=fact.status,
            decided=fact.decided,
            passages=passages,
        )
        for fact, passages in found
        if passages
    )


def _passages_of(fact: FactView, source: str) -> tuple[AttestationView, ...]:
    return tuple(one for one in fact.attestations if one.attestation.source == source)


def acts_citing(events: Iterable[Recorded[Act]], source: str, known: int) -> tuple[CitingAct, ...]:
    """The acts up to a position that name a source as their ground. `events` may be of any streams; its own is passed over."""
    return tuple(
        CitingAct(
            stream=event.stream,
            position=event.position,
            version=event.version,
            type=event.type,
            fact=event.body.fact if isinstance(event.body, FactAct) else None,
        )
        for event in events
        if event.position <= known and event.stream != f"source/{source}"
        if any(one.source == source for one in _grounds_of(event.body))
    )


def _grounds_of(act: Act) -> tuple[Citation, ...]:
    if isinstance(act, FactAct):
        return citations_of(act)[1]
    if isinstance(act, IncidentAmended | SourceNoticeRecorded | LineageDeclared):
        return act.citations
    return ()
