"""What a source's change asks the desk to look at, fact by fact: its newer snapshots, and its notices (docs/worklist.md).

A matter is settled by an act of the desk that deals with the very passage, never by one that merely came later: a correction of a
name does not answer for a distance that a source has changed without saying so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.clock import format_instant
from ledger.events import SourceNoticeRecorded
from projections.anchoring import Cited, anchor, names_words, newer_than
from projections.passages import superseded, taken_back_by
from projections.source_view import Notice, SourceAt, copied_by
from projections.work_items import Item, Loss, NoticeInShort
from projections.work_sentences import change_sentence, loss_sentence, notice_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ledger.events import Act, Recorded
    from projections.anchoring import Anchor, Capture, Texts
    from projections.fact_case import FactCase
    from projections.passages import Passage

__all__ = ["noticed", "notices_of", "source_changes", "takes_back"]

_TAKES_BACK = ("correction", "retraction", "takedown")
_SPEAKS = ("supports", "contradicts", "denies")


def _asks(found: Anchor) -> bool:
    """Whether somebody should look: not where the words stand on in what stood around them, nor where nothing can be compared."""
    match found.verdict:
        case "intact":
            return False
        case "moved":
            return found.found is not None and not found.found.in_context
        case "unknown":
            return found.why == "no-text"
        case "altered" | "gone":
            return True


def _outcome(found: Anchor) -> object:
    """What two snapshots have in common that did the same to a passage."""
    now = None if found.found is None else found.found.now
    return found.verdict, found.why, now


def source_changes(case: FactCase, captures: Mapping[str, Sequence[Capture]], texts: Texts) -> Iterator[Item]:
    """An item for each passage that counts and that the newest snapshot of its source no longer has as cited."""
    for passage in case.counted():
        attestation = passage.attestation
        if not names_words(attestation):
            continue
        newer = [
            one
            for one in newer_than(attestation.snapshot or "", captures.get(attestation.source, ()))
            if not one.redacted
        ]
        if not newer:
            continue
        cited = Cited(
            incident=case.incident,
            fact=case.fact,
            version=passage.version,
            position=case.recorded(passage),
            citation=attestation,
        )
        newest = anchor(cited, newer[-1], texts)
        if not _asks(newest):
            continue
        since = [newer[-1]]
        for capture in reversed(newer[:-1]):
            if _outcome(anchor(cited, capture, texts)) != _outcome(newest):
                break
            since.append(capture)
        if not _is_answered(case, passage, since):
            yield _changed(case, passage, newest, min(since, key=lambda one: one.position))


def _is_answered(case: FactCase, passage: Passage, since: Sequence[Capture]) -> bool:
    """Whether the desk has dealt with a changed passage.

    It has if the fact cites a snapshot in which the words were changed already, by a passage that counts; or if a correction recorded since
    rests on this very passage all the same. Where the passage is withdrawn, settled or struck it is not asked about at all.
    """
    snapshots = {one.snapshot for one in since}
    source, ident = passage.attestation.source, passage.attestation.id
    if any(
        one.attestation.source == source and one.attestation.snapshot in snapshots for one in case.counted()
    ):
        return True
    first = min(one.position for one in since)
    return any(ident in act.rests_on for act in case.corrections_after(first))


def _changed(case: FactCase, passage: Passage, newest: Anchor, first: Capture) -> Item:
    ident = passage.attestation.id
    loses = Loss(before=case.standing(), after=case.standing_if(uncounted={ident}), done=False)
    return Item(
        id=f"source-changed/{case.incident}/{case.fact}/{ident}/{first.position}",
        sort="source-changed",
        incident=case.incident,
        fact=case.fact,
        version=case.view.version,
        statement=case.view.content.statement,
        position=first.position,
        recorded_at=format_instant(first.recorded_at),
        sentence=f"{change_sentence(newest)} {loss_sentence(loses, 1)}",
        sources=(passage.attestation.source,),
        passages=case.cited({ident}),
        loses=loses,
        anchor=newest,
    )


def notices_of(
    events: Sequence[Recorded[Act]], known: int
) -> tuple[tuple[str, Recorded[SourceNoticeRecorded]], ...]:
    """Every notice recorded up to position `known`, with the source that put it out, in the order of the ledger."""
    return tuple(
        (event.stream.partition("/")[2], event)  # type: ignore[misc]  # narrowed by its body
        for event in events
        if event.position <= known and isinstance(event.body, SourceNoticeRecorded)
    )


def takes_back(passage: Passage, event: Recorded[SourceNoticeRecorded], case: FactCase) -> bool:
    """Whether a notice of the passage's own source strikes it (model §4)."""
    return event.body.type in _TAKES_BACK and _lies_in_scope(passage, event, case)


def _alone(source: str, event: Recorded[SourceNoticeRecorded]) -> SourceAt:
    """A source with one notice and no other; one that strikes nothing is read as a correction, so that its scope tells."""
    act = event.body
    if act.type not in _TAKES_BACK:
        act = msgspec.structs.replace(act, type="correction")
    return SourceAt(id=source, notices=(Notice(act=act, recorded_at=event.recorded_at),))


def _lies_in_scope(passage: Passage, event: Recorded[SourceNoticeRecorded], case: FactCase) -> bool:
    source = passage.attestation.source
    return superseded(passage.attestation, _alone(source, event), case.fold.axes)


def _behind(passage: Passage, case: FactCase) -> frozenset[str]:
    """The sources whose story a passage may pass on: the one it relays, and those that it or that one copies."""
    attestation = passage.attestation
    through = {attestation.source, attestation.relays or attestation.source}
    return frozenset(through.union(*(copied_by(one, case.sources) for one in through)))


def _passes_on(passage: Passage, source: str, event: Recorded[SourceNoticeRecorded], case: FactCase) -> bool:
    """Whether the passage passes on, by relaying or as a copy, what another source's notice speaks of."""
    known = case.sources.get(source, SourceAt(id=source))
    notices = _alone(source, event).notices
    sources = {**case.sources, source: msgspec.structs.replace(known, notices=notices)}
    return source in taken_back_by(passage.attestation, sources, case.fold.axes)


def noticed(case: FactCase, notices: Sequence[tuple[str, Recorded[SourceNoticeRecorded]]]) -> Iterator[Item]:
    """An item for each notice that strikes a passage of the fact, or reaches one that still counts."""
    speaking = [
        (passage, why, _behind(passage, case))
        for passage, why in case.passages
        if passage.attestation.stance in _SPEAKS and passage.attestation.id not in case.fold.settled
    ]
    for source, event in notices:
        struck: list[Passage] = []
        scoped: list[Passage] = []
        passed_on: list[Passage] = []
        for passage, why, behind in speaking:
            if passage.attestation.source == source:
                if why == "superseded" and takes_back(passage, event, case):
                    struck.append(passage)
                elif why == "counted" and _lies_in_scope(passage, event, case):
                    scoped.append(passage)
            elif why == "counted" and source in behind and _passes_on(passage, source, event, case):
                passed_on.append(passage)
        reached = [*struck, *scoped, *passed_on]
        if reached and not _is_dealt_with(case, source, event.position, reached):
            yield _notice_item(case, source, event, (struck, scoped, passed_on))


def _is_dealt_with(case: FactCase, source: str, position: int, reached: Sequence[Passage]) -> bool:
    """Whether the desk has dealt with a notice since it was recorded.

    It has if one of the sources concerned was cited anew, by a passage that counts; or if the fact was corrected on the ground of a passage
    that counts. Passages that were withdrawn or settled are not asked about at all.
    """
    concerned = {source, *(one.attestation.source for one in reached)}
    counted = case.counted()
    old = {one.attestation.id for one in reached}
    if any(
        case.recorded(one) > position
        and one.attestation.source in concerned
        and one.attestation.id not in old
        for one in counted
    ):
        return True
    standing = {one.attestation.id for one in counted}
    return any(
        standing.intersection((*act.rests_on, *(one.id for one in act.attestations)))
        for act in case.corrections_after(position)
    )


def _before(case: FactCase, struck: Sequence[Passage], source: str) -> dict[str, SourceAt]:
    """The sources as if none of the struck passages had been taken back."""
    known = case.sources[source]
    kept = tuple(
        notice
        for notice in known.notices
        if not any(
            superseded(one.attestation, SourceAt(id=source, notices=(notice,)), case.fold.axes)
            for one in struck
        )
    )
    return {**case.sources, source: msgspec.structs.replace(known, notices=kept)}


def _notice_item(
    case: FactCase,
    source: str,
    event: Recorded[SourceNoticeRecorded],
    reached: tuple[Sequence[Passage], Sequence[Passage], Sequence[Passage]],
) -> Item:
    struck, scoped, passed_on = ([one.attestation.id for one in part] for part in reached)
    counting = {*scoped, *passed_on}
    loses = Loss(
        before=case.standing_if(sources=_before(case, reached[0], source)) if struck else case.standing(),
        after=case.standing_if(uncounted=counting) if counting else case.standing(),
        done=not counting,
    )
    act = event.body
    notice = NoticeInShort(
        source=source, notice=act.notice, type=act.type, summary=act.summary, published=act.published
    )
    told = notice_sentence(notice, struck, scoped, passed_on)
    return Item(
        id=f"source-notice/{case.incident}/{case.fact}/{source}/{act.notice}",
        sort="source-notice",
        incident=case.incident,
        fact=case.fact,
        version=case.view.version,
        statement=case.view.content.statement,
        position=event.position,
        recorded_at=format_instant(event.recorded_at),
        sentence=f"{told} {loss_sentence(loses, len(struck) + len(counting))}",
        sources=tuple(dict.fromkeys((source, *(one.attestation.source for part in reached for one in part)))),
        passages=case.cited({*struck, *counting}),
        loses=loses,
        notice=notice,
    )
