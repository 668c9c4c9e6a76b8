"""The audit trail: every act upon an incident, who recorded it and when, what it changed from what to what, and why (model §5, law 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from ledger.citation import Attestation, Citation, quote_of
from ledger.clock import format_instant
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
    IncidentAmended,
    IncidentOpened,
    Redacted,
)
from ledger.values import Absent, Json
from ledger.wording_fields import with_wording, wording_at
from projections.axes import Axes, citations_of, is_public
from projections.incident_view import folded
from projections.source_view import sources_at
from projections.tight_bounds import occurring

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ledger.events import Act, Recorded
    from ledger.fact import Content

__all__ = ["AuditEntry", "Change", "audit_trail", "flattened", "public_trail", "trail_at", "upon"]


_UNDISCLOSED = {"absent": "undisclosed"}


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field from what it was to what it is. A side left out was not there; a redacted one stands as its tombstone."""

    path: str
    old: Json = None
    new: Json = None


class CitedWords(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A citation in short: the source, what it does, and the words it quotes."""

    id: str
    source: str
    stance: str | None = None
    quote: str | None = None
    pinned: bool = False


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act. `words` are those of the act that explain it: class and cause, reason, notice, grounds, by, outcome."""

    position: int
    version: int
    recorded_at: str
    actor: str
    on_behalf_of: str | None = None
    type: str
    fact: str | None = None
    changes: tuple[Change, ...] = ()
    words: dict[str, Json] = msgspec.field(default_factory=dict)
    citations: tuple[CitedWords, ...] = ()
    event_id: str


def flattened(content: Content) -> dict[str, Json]:
    """The content as paths and values, with the paths of ledger-format §3."""
    flat: dict[str, Json] = {"kind": content.kind}
    body: dict[str, Json] = msgspec.to_builtins(content)
    for key in ("statement", "occurred"):
        if key in body:
            flat[key] = body[key]
    for key in ("places", "quantities"):
        for item in body.get(key, ()):
            flat[f"{key}/{item['id']}"] = {name: value for name, value in item.items() if name != "id"}
    for item in body.get("participants", ()):
        for name, value in item.items():
            if name != "id":
                flat[f"participants/{item['id']}/{name}"] = value
    for name, value in body.get("details", {}).items():
        flat[f"details/{name}"] = value
    return flat


def _reordered(before: Content, after: Content) -> Iterator[Change]:
    """Of each list whose items stand in another order, the ids of those that stood there before and do after, as they stood."""
    for name in ("places", "participants", "quantities"):
        sides = [[one.id for one in getattr(content, name)] for content in (before, after)]
        both = set(sides[0]) & set(sides[1])
        old, new = ([ident for ident in side if ident in both] for side in sides)
        if old != new:
            yield Change(path=name, old=old, new=new)


def _is_undisclosed(value: Json) -> bool:
    return isinstance(value, dict) and value.get("absent") == "undisclosed"


def _difference(before: dict[str, Json], after: dict[str, Json]) -> tuple[Change, ...]:
    """What changed between two flattened contents, in order of path.

    A path redacted on both sides is listed: whether it changed cannot be told any more, and a trail that left it out would have shrunk.
    """
    return tuple(
        Change(path=path, old=before.get(path), new=after.get(path))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path) or _is_undisclosed(after.get(path))
    )


def _old_words(before: Content, path: str) -> Json:
    """The words that stood at a wording path; a tombstone where they, or the item that they belong to, were redacted."""
    words = wording_at(before, path)
    if words is not None:
        return msgspec.to_builtins(words)
    flat = flattened(before)
    gone = any(_is_undisclosed(flat.get(name)) for name in (path, path.rpartition("/")[0]))
    return _UNDISCLOSED if gone else None


def _cited(citation: Citation) -> CitedWords:
    quote = quote_of(citation)
    return CitedWords(
        id=citation.id,
        source=citation.source,
        stance=citation.stance if isinstance(citation, Attestation) else None,
        quote=None if quote is None else quote.exact,
        pinned=citation.snapshot is not None and bool(citation.selector),
    )


class _Trail:
    """What stood before each act."""

    def __init__(self) -> None:
        self.contents: dict[str, Content] = {}
        self.passed_over: set[str] = set()
        """Facts of which a content stood that is not told: an amendment of it changes nothing of the one that is (ADR 8)."""
        self.disputes: dict[tuple[str, int], str] = {}
        self.title: str | Absent | None = None
        self.zone: str | Absent | None = None

    def upon_fact(self, act: FactAct) -> tuple[Change, ...]:
        """What an act upon a fact changed; the trail then stands after it."""
        before = self.contents.get(act.fact)
        match act:
            case FactReported():
                self.contents[act.fact] = act.content
                self.passed_over.discard(act.fact)
                return _difference({}, flattened(act.content))
            case FactCorrected():
                self.contents[act.fact] = act.content
                self.passed_over.discard(act.fact)
                new = (Change(path=f"attestations/{one.id}", new=one.stance) for one in act.attestations)
                gone = (
                    Change(path=f"attestations/{one}", old="standing", new="withdrawn")
                    for one in act.withdraws
                )
                return (
                    *_difference(flattened(before) if before else {}, flattened(act.content)),
                    *(_reordered(before, act.content) if before else ()),
                    *new,
                    *gone,
                )
            case FactAmended():
                if before is None or act.fact in self.passed_over:
                    return ()
                self.contents[act.fact] = with_wording(before, act.set)
                words = msgspec.to_builtins(act.set)
                return tuple(
                    Change(path=path, old=_old_words(before, path), new=words[path])
                    for path in sorted(act.set)
                )
            case FactAttested():
                return (Change(path=f"attestations/{act.attestation.id}", new=act.attestation.stance),)
            case AttestationWithdrawn():
                return (Change(path=f"attestations/{act.attestation}", old="standing", new="withdrawn"),)
            case FactRetracted():
                return (Change(path="standing", old="stands", new="retracted"),)
            case FactReinstated():
                return (Change(path="standing", old="retracted", new="stands"),)
            case FactDisputed():
                self.disputes[act.fact, act.dispute] = "open"
                return (Change(path=f"disputes/{act.dispute}", new="open"),)
            case DisputeResolved():
                settled = tuple(
                    Change(path=f"attestations/{one}", old="counted", new="settled") for one in act.settles
                )
                stood = self.disputes.get((act.fact, act.dispute), "open")
                self.disputes[act.fact, act.dispute] = act.outcome
                return (Change(path=f"disputes/{act.dispute}", old=stood, new=act.outcome), *settled)
            case _:
                assert_never(act)

    def upon_frame(self, act: Act) -> tuple[Change, ...]:
        """What an act upon the incident itself changed."""
        changes: list[Change] = []
        if isinstance(act, IncidentOpened | IncidentAmended):
            for name in ("title", "zone"):
                new = getattr(act, name)
                if new is not None:
                    old = getattr(self, name)
                    changes.append(
                        Change(path=name, old=msgspec.to_builtins(old), new=msgspec.to_builtins(new))
                    )
                    setattr(self, name, new)
        elif isinstance(act, Redacted):
            for target in act.facts:
                changes.extend(
                    Change(path=f"{target.fact}/{path}", new=_UNDISCLOSED) for path in target.paths
                )
            for event in act.events:
                changes.extend(
                    Change(path=f"version {event.version}/{path}", new=_UNDISCLOSED) for path in event.paths
                )
        return tuple(changes)


_WORDS = (
    "class_",
    "cause",
    "reason",
    "notice",
    "by",
    "grounds",
    "outcome",
    "in_favour_of",
    "rests_on",
    "legal_basis",
    "authority",
)


def _words(act: Act) -> dict[str, Json]:
    words: dict[str, Json] = {}
    for name in _WORDS:
        value = getattr(act, name, None)
        if value not in (None, ()):
            words[name.rstrip("_")] = msgspec.to_builtins(value)
    return words


def audit_trail(events: Sequence[Recorded[Act]], incident: str, known: int) -> tuple[AuditEntry, ...]:
    """Every act of the incident's stream up to position `known`, oldest first. It is never shortened: redaction leaves its tombstones."""
    return _trail_of(events, incident, Axes(known=known))


def _trail_of(
    events: Sequence[Recorded[Act]], incident: str, axes: Axes, taken: Collection[int] | None = None
) -> tuple[AuditEntry, ...]:
    """The acts of the incident, those upon facts only where their version is `taken`, each with its citations that were out."""
    sources = {} if axes.public is None else sources_at(events, axes.known)
    trail = _Trail()
    entries: list[AuditEntry] = []
    for event in events:
        if event.stream != f"incident/{incident}" or event.position > axes.known:
            continue
        act = event.body
        if isinstance(act, FactAct) and taken is not None and event.version not in taken:
            if isinstance(act, FactReported | FactCorrected):
                trail.passed_over.add(act.fact)
            continue
        cited: tuple[Citation, ...] = ()
        if isinstance(act, FactAct):
            changes = trail.upon_fact(act)
            cited = tuple(one for citations in citations_of(act) for one in citations)
        else:
            changes = trail.upon_frame(act)
            if isinstance(act, IncidentAmended):
                cited = act.citations
        told = [one for one in cited if is_public(one, sources, event.recorded_at, axes)]
        left_out = {f"attestations/{one.id}" for one in cited if one not in told}
        entries.append(
            AuditEntry(
                position=event.position,
                version=event.version,
                recorded_at=format_instant(event.recorded_at),
                actor=event.actor,
                on_behalf_of=event.on_behalf_of,
                type=event.type,
                fact=act.fact if isinstance(act, FactAct) else None,
                changes=tuple(change for change in changes if change.path not in left_out),
                words=_words(act),
                citations=tuple(map(_cited, told)),
                event_id=event.event_id,
            )
        )
    return tuple(entries)


def public_trail(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> tuple[AuditEntry, ...]:
    """The acts of the trail that a reader at `axes.public` could see the effect of, with what each changed of those before it.

    Acts upon the incident itself, and redactions, obey `known` only (model §5). An act upon a fact is there once it is out and the
    fact established. What was not out by then stands nowhere in it: neither as what an act changed, nor among its citations.
    """
    made = folded(events, incident, axes)
    taken = set() if made is None else {version for fold, _ in made.facts for version in fold.taken}
    return _trail_of(events, incident, axes, taken)


def trail_at(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> tuple[AuditEntry, ...]:
    """The trail at a point of both axes: with `axes.public` as public_trail, else whole.

    With `axes.occurred` the acts upon the facts that it asks about, as these stood at the point, and no acts upon the incident itself.
    """
    whole = axes.public is None
    trail = audit_trail(events, incident, axes.known) if whole else public_trail(events, incident, axes)
    if axes.occurred is None:
        return trail
    made = folded(events, incident, axes)
    told = set() if made is None else occurring((view for _, view in made.facts), axes.occurred)
    return upon(trail, told)


def upon(trail: Sequence[AuditEntry], facts: Collection[str]) -> tuple[AuditEntry, ...]:
    """Of a trail the acts upon some facts: those that name one of them, and the redactions that took something of one."""
    theirs = {*facts, *(f"version {entry.version}" for entry in trail if entry.fact in facts)}
    return tuple(
        entry
        for entry in trail
        if entry.fact in facts
        or (
            entry.type == "Redacted"
            and any(change.path.partition("/")[0] in theirs for change in entry.changes)
        )
    )
