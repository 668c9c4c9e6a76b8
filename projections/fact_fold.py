"""One fact, folded act by act at a point of both axes: what stood, what speaks to it, and its status (model §4, §5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ledger.citation import Attestation
from ledger.events import (
    AttestationWithdrawn,
    DisputeResolved,
    FactAct,
    FactAmended,
    FactAttested,
    FactCorrected,
    FactDisputed,
    FactReinstated,
    FactReported,
    FactRetracted,
)
from ledger.fact import AsStated, Content
from ledger.values import Absent
from ledger.wording_fields import with_wording
from projections.axes import citations_of, is_out, mends_our_own, publication
from projections.comparison import disagreeing_paths
from projections.origins import origins_of
from projections.passages import Passage, Why, known_contents, passages_of, superseded, taken_back_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.events import Recorded
    from projections.axes import Axes
    from projections.passages import KnownContent
    from projections.source_view import SourceAt

__all__ = ["AttestationView", "DisputeView", "FactFold", "FactView", "Status"]

Status: TypeAlias = Literal["disputed", "unsupported", "corroborated", "reported"]


class AttestationView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One passage that speaks to the fact: the citation as recorded, whether it counts, and when it was certainly public.

    `origin` is the same name for all passages of one independent teller; only what counts in support has one. `taken_back_by` are the
    sources that this passage passes on, or that its work copies, and that have taken the story back: shown, while the passage counts
    until its own source says so.
    """

    attestation: Attestation
    counts: bool
    why: Why
    pinned: bool
    published_by: str | None = None
    version: int
    origin: str | None = None
    taken_back_by: tuple[str, ...] = ()


class DisputeView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One dispute of the fact and how it stands: open, or the outcome."""

    dispute: int
    by: str | Absent
    grounds: str | Absent
    stands: str
    reason: str | Absent | None = None


class FactView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact as it stood. `version` is that of the last act upon it; `decided` what was decided, beside the computed status."""

    fact: str
    version: int
    content: Content
    status: Status
    decided: tuple[Literal["redacted", "retracted"], ...] = ()
    origins: int
    attestations: tuple[AttestationView, ...]
    disputes: tuple[DisputeView, ...] = ()
    disagreements: tuple[str, ...] = ()
    first_version: int


class FactFold:
    """One fact, folded act by act over the acts that are out."""

    def __init__(
        self, acts: Sequence[Recorded[FactAct]], sources: Mapping[str, SourceAt], axes: Axes
    ) -> None:
        self.acts = acts
        self.sources = sources
        self.axes = axes
        self.contents = known_contents(acts)
        self.passages = passages_of(acts, self.contents, sources)
        self.content: Content | None = None
        self.base: int | None = None
        self.version = 0
        self.first_version = 0
        self.taken: set[int] = set()
        self.retracted = False
        self.withdrawn: set[str] = set()
        self.settled: set[str] = set()
        self.disputes: dict[int, DisputeView] = {}
        self._outs: dict[int, dt.datetime | None] = {}
        for event in acts:
            self._outs[event.version] = self._out(event)
            if is_out(self._outs[event.version], axes):
                self._take(event)

    def _out(self, event: Recorded[FactAct]) -> dt.datetime | None:
        """When an act is out: the earliest publication among its standing citations, `mentions` aside (model §5)."""
        act = event.body
        new, plain = citations_of(act)
        rests_on = act.rests_on if isinstance(act, FactCorrected) else ()
        passages = [self.passages[ident] for ident in (*(one.id for one in new), *rests_on)]
        telling = [one for one in passages if one.attestation.stance != "mentions"]
        instants = [one.published for one in telling if not one.misread]
        instants += [publication(one, self.sources, event.recorded_at) for one in plain]
        known = [instant for instant in instants if instant is not None]
        out = min(known) if known else None
        if not telling and not plain:
            out = event.recorded_at
        if mends_our_own(act):
            answered = self._outs.get(self._mended(event))
            if answered is not None and (out is None or answered < out):
                out = answered
        return out

    def _mended(self, event: Recorded[FactAct]) -> int:
        """The version of the act whose work is mended: the one that brought the withdrawn passage, or the content that stood."""
        act = event.body
        if isinstance(act, AttestationWithdrawn):
            return self.passages[act.attestation].version
        answered = self.contents.get(event.answers or 0)
        return 0 if answered is None else answered.base

    def _is_listed(self, passage: Passage) -> bool:
        return is_out(passage.published, self.axes)

    def _establishing(self, event: Recorded[FactAct]) -> Passage | None:
        act = event.body
        rests_on = act.rests_on if isinstance(act, FactCorrected) else ()
        for ident in (*(one.id for one in citations_of(act)[0]), *rests_on):
            passage = self.passages[ident]
            if passage.attestation.stance == "supports" and not passage.misread and self._is_listed(passage):
                return passage
        return None

    def _establish(self, event: Recorded[FactAct], passage: Passage) -> None:
        act = event.body
        if isinstance(act, FactReported | FactCorrected):
            self.content, self.base = act.content, event.version
        elif isinstance(passage.stated, AsStated):
            own = passage.stated
            self.content = Content(
                kind=passage.kind,
                statement=own.statement,
                occurred=own.occurred,
                places=own.places,
                participants=tuple(
                    msgspec.structs.replace(
                        one, role=one.role or _role_of(one.id, self.contents[event.version])
                    )
                    for one in own.participants
                ),
                quantities=own.quantities,
                details=own.details,
            )
            self.base = None
        else:
            self.content, self.base = passage.stated, passage.base
        self.first_version = event.version

    def _take(self, event: Recorded[FactAct]) -> None:
        """Fold one act that is out. An act upon a fact not established changes nothing."""
        act = event.body
        if isinstance(act, AttestationWithdrawn):
            self.withdrawn.add(act.attestation)
        elif isinstance(act, FactCorrected):
            self.withdrawn.update(act.withdraws)
        elif isinstance(act, DisputeResolved):
            self.settled.update(act.settles)
        if self.content is None:
            passage = self._establishing(event)
            if passage is None:
                return
            self._establish(event, passage)
        self.version = event.version
        self.taken.add(event.version)
        match act:
            case FactReported() | FactAttested() | AttestationWithdrawn():
                pass
            case FactCorrected():
                self.content, self.base = act.content, event.version
            case FactAmended():
                answered = self.contents.get(event.answers or 0)
                if self.content is not None and answered is not None and answered.base == self.base:
                    self.content = with_wording(self.content, act.set)
            case FactRetracted():
                self.retracted = True
            case FactReinstated():
                self.retracted = False
            case FactDisputed():
                self.disputes[act.dispute] = DisputeView(
                    dispute=act.dispute, by=act.by, grounds=act.grounds, stands="open"
                )
            case DisputeResolved():
                if act.dispute in self.disputes:
                    self.disputes[act.dispute] = msgspec.structs.replace(
                        self.disputes[act.dispute], stands=act.outcome, reason=act.reason
                    )

    def why(self, passage: Passage) -> Why:
        """Whether a listed passage counts, and if not, why not."""
        attestation = passage.attestation
        if passage.misread or attestation.id in self.withdrawn:
            return "withdrawn"
        if superseded(attestation, self.sources.get(attestation.source), self.axes):
            return "superseded"
        if attestation.id in self.settled:
            return "settled"
        if attestation.stance in ("mentions", "declines"):
            return "mentions" if attestation.stance == "mentions" else "declines"
        return "counted"

    def listed(self) -> list[tuple[Passage, Why]]:
        """The passages that are out, in the order recorded, each with whether it counts."""
        return [(one, self.why(one)) for one in self.passages.values() if self._is_listed(one)]

    def view(self, lineage: Mapping[str, str], *, redacted: bool) -> FactView | None:
        """The fact as it stood; None where nothing that was out had established it."""
        if self.content is None:
            return None
        listed = self.listed()
        counted = [one for one, why in listed if why == "counted"]
        supports = [one for one in counted if one.attestation.stance == "supports"]
        slug = self.content.slug
        disagreements = disagreeing_paths(slug, (one.stated for one in supports))
        tellers = origins_of(supports, lineage, self.sources)
        origins = len(set(tellers.values()))
        contested = any(one.stands in ("open", "left-open") for one in self.disputes.values())
        status: Status
        if contested or disagreements or len(supports) < len(counted):
            status = "disputed"
        elif not supports:
            status = "unsupported"
        else:
            status = "corroborated" if origins > 1 else "reported"
        decided: list[Literal["redacted", "retracted"]] = []
        if redacted:
            decided.append("redacted")
        if self.retracted:
            decided.append("retracted")
        return FactView(
            fact=self.acts[0].body.fact,
            version=self.version,
            content=self.content,
            status=status,
            decided=tuple(decided),
            origins=origins,
            attestations=tuple(
                AttestationView(
                    attestation=one.attestation,
                    counts=why == "counted",
                    why=why,
                    pinned=one.attestation.snapshot is not None and bool(one.attestation.selector),
                    published_by=None if one.published is None else one.published.isoformat(),
                    version=one.version,
                    origin=tellers.get(one.attestation.id),
                    taken_back_by=()
                    if why in ("withdrawn", "superseded")
                    else taken_back_by(one.attestation, self.sources, self.axes),
                )
                for one, why in listed
            ),
            disputes=tuple(self.disputes.values()),
            disagreements=disagreements,
            first_version=self.first_version,
        )


def _role_of(ident: str, known: KnownContent) -> str:
    return next((one.role or "" for one in known.content.participants if one.id == ident), "") or "unstated"
