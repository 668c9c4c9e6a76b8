"""The worklist: what a source's change, a conflict or a dispute asks the desk to look at (docs/worklist.md).

A fold like any other view, so an item leaves when an act settles its matter, and asking at an earlier position shows the list as it was.
It takes a position and no `public_at`: it tells a desk what to do now, and what it knows is all that it has to do with. Redactions
mask here as everywhere.

Cost: every incident among the events is folded once, every fact once more for each item that says what it would lose, and each pinned
passage that has a newer snapshot is looked for in the newest one.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import msgspec

from ledger.clock import format_instant
from ledger.events import (
    AttestationWithdrawn,
    DisputeResolved,
    FactCorrected,
    FactDisputed,
)
from projections.anchoring import captures_of
from projections.axes import Axes
from projections.comparison import disjoint_paths
from projections.fact_case import FactCase
from projections.incident_view import folded
from projections.work_items import Item
from projections.work_on_sources import noticed, notices_of, source_changes, takes_back
from projections.work_sentences import conflict_sentence, dispute_sentence, unsupported_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ledger.events import Act, Recorded, SourceNoticeRecorded
    from projections.anchoring import Texts
    from projections.passages import Passage

__all__ = ["concerning", "worklist"]


class _Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Where passages of a fact exclude each other, which ones, those that speak against it, and the version at which it began."""

    paths: tuple[str, ...]
    parties: tuple[str, ...]
    against: tuple[tuple[str, str], ...]
    since: int


def _conflict_of(case: FactCase) -> _Conflict | None:
    """What makes a fact disputed, disputes by people aside; None where nothing does. The one place that knows how conflicts are found."""
    counted = case.counted()
    supports = [one for one in counted if one.attestation.stance == "supports"]
    against = [one for one in counted if one.attestation.stance != "supports"]
    pairs: list[tuple[Passage, Passage]] = [
        (one, other)
        for one, other in combinations(supports, 2)
        if disjoint_paths(case.view.content.slug, one.stated, other.stated)
    ]
    if not pairs and not against:
        return None
    parties = {side.attestation.id for pair in pairs for side in pair}
    return _Conflict(
        paths=case.view.disagreements,
        parties=tuple(one.attestation.id for one in supports if one.attestation.id in parties),
        against=tuple((one.attestation.source, one.attestation.id) for one in against),
        since=min(
            [
                *(max(one.version, other.version) for one, other in pairs),
                *(one.version for one in against),
            ]
        ),
    )


def _conflicts(case: FactCase) -> Iterator[Item]:
    conflict = _conflict_of(case)
    if conflict is None:
        return
    event = case.acts[conflict.since]
    passages = case.cited({*conflict.parties, *(ident for _, ident in conflict.against)})
    yield Item(
        id=f"conflict/{case.incident}/{case.fact}",
        sort="conflict",
        incident=case.incident,
        fact=case.fact,
        version=case.view.version,
        statement=case.view.content.statement,
        position=event.position,
        recorded_at=format_instant(event.recorded_at),
        sentence=conflict_sentence(conflict.paths, conflict.parties, conflict.against),
        sources=tuple(dict.fromkeys(one.source for one in passages)),
        passages=passages,
        paths=conflict.paths,
    )


def _disputes(case: FactCase) -> Iterator[Item]:
    raised = {
        event.body.dispute: (event, event.body.citations)
        for event in case.acts.values()
        if isinstance(event.body, FactDisputed)
    }
    for dispute in case.view.disputes:
        if dispute.stands not in ("open", "left-open"):
            continue
        event, citations = raised[dispute.dispute]
        yield Item(
            id=f"dispute/{case.incident}/{case.fact}/{dispute.dispute}",
            sort="dispute",
            incident=case.incident,
            fact=case.fact,
            version=case.view.version,
            statement=case.view.content.statement,
            position=event.position,
            recorded_at=format_instant(event.recorded_at),
            sentence=dispute_sentence(dispute),
            sources=tuple(dict.fromkeys(one.source for one in citations)),
            dispute=dispute,
        )


def _stopped(
    case: FactCase, passage: Passage, notices: Sequence[tuple[str, Recorded[SourceNoticeRecorded]]]
) -> Recorded[Act]:
    """The event by which a passage that no longer counts stopped counting."""
    attestation = passage.attestation
    stops: list[Recorded[Act]] = []
    for event in case.acts.values():
        match event.body:
            case AttestationWithdrawn(attestation=ident) if ident == attestation.id:
                stops.append(event)
            case FactCorrected(withdraws=idents) if attestation.id in idents:
                stops.append(event)
            case DisputeResolved(settles=idents) if attestation.id in idents:
                stops.append(event)
            case _:
                pass
    stops += [
        event
        for source, event in notices
        if source == attestation.source and takes_back(passage, event, case)
    ]
    started = case.acts[passage.version]
    return max(
        min(stops, key=lambda event: event.position, default=started), started, key=lambda one: one.position
    )


def _unsupported(
    case: FactCase, notices: Sequence[tuple[str, Recorded[SourceNoticeRecorded]]]
) -> Iterator[Item]:
    if case.view.status != "unsupported":
        return
    supports = [passage for passage, _ in case.passages if passage.attestation.stance == "supports"]
    event = max((_stopped(case, one, notices) for one in supports), key=lambda one: one.position)
    passages = case.cited({one.attestation.id for one in supports})
    yield Item(
        id=f"unsupported/{case.incident}/{case.fact}",
        sort="unsupported",
        incident=case.incident,
        fact=case.fact,
        version=case.view.version,
        statement=case.view.content.statement,
        position=event.position,
        recorded_at=format_instant(event.recorded_at),
        sentence=unsupported_sentence(len(supports)),
        sources=tuple(dict.fromkeys(one.source for one in passages)),
        passages=passages,
    )


def worklist(events: Sequence[Recorded[Act]], known: int, texts: Texts) -> tuple[Item, ...]:
    """What the desk is asked to look at as known at a position: by incident in the order opened, in each the oldest matter first.

    `events` are those of the incidents asked about and of every source, in ledger order, those after `known` included.
    """
    axes = Axes(known=known)
    frame = [event for event in events if event.stream.startswith("source/")]
    by_source: dict[str, list[Recorded[Act]]] = {}
    for event in frame:
        by_source.setdefault(event.stream.partition("/")[2], []).append(event)
    captures = {source: captures_of(own, source, known) for source, own in by_source.items()}
    notices = notices_of(frame, known)
    by_incident: dict[str, list[Recorded[Act]]] = {}
    for event in events:
        if event.stream.startswith("incident/"):
            by_incident.setdefault(event.stream.partition("/")[2], []).append(event)
    items: list[Item] = []
    for incident, own in by_incident.items():
        made = folded([*frame, *own], incident, axes)
        if made is None:
            continue
        found: list[Item] = []
        for fold, view in made.facts:
            case = FactCase(incident, made, fold, view)
            found += _disputes(case)
            if case.is_retracted:
                continue
            told = [*source_changes(case, captures, texts), *noticed(case, notices), *_conflicts(case)]
            explained = any(item.sort == "source-notice" for item in told)
            found += told if explained else [*told, *_unsupported(case, notices)]
        items += sorted(found, key=lambda item: (item.position, item.id))
    return tuple(items)


def concerning(
    items: Iterable[Item], *, incident: str | None = None, source: str | None = None
) -> tuple[Item, ...]:
    """The items of one incident, or on words of one source, or both."""
    return tuple(
        item
        for item in items
        if (incident is None or item.incident == incident) and (source is None or source in item.sources)
    )
