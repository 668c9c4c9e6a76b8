"""Re-anchoring: every citation of a source, compared with the snapshots of it that were captured after the cited one (model §4).

Nothing moves by itself: what is computed here stands beside the facts, and the worklist asks the desk to look. What counts as the cited
words is what the old extraction has at the recorded position, also where the citation quotes them otherwise; only where that text is
not there any more (redacted), its quotation stands for it, if it was found there character for character. The texts are handed in, so
that nothing here reads a file.

A snapshot is newer than another if its bytes were captured later, whenever either was recorded: a copy from an archive may come in long
after. Of bytes captured several times the last time counts, so that a source that goes back to what it said has no newer snapshot that
says otherwise.

Cost: one comparison of texts (relocation.py) for each citation and newer snapshot whose extraction is another; a digest is enough where
it is the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ledger.citation import Citation, position_of, quote_of
from ledger.clock import format_instant
from ledger.events import FactAct, IncidentAmended, Redacted, SnapshotCaptured
from ledger.values import Absent
from ledger.when import parse_datetime
from projections.axes import citations_of
from projections.relocation import PinnedWords, Relocated, passage_at, relocated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.events import Act, Recorded

__all__ = [
    "Anchor",
    "Capture",
    "Cited",
    "Texts",
    "anchor",
    "anchors",
    "captures_of",
    "cited_of",
    "newer_than",
]

Texts: TypeAlias = Callable[[str], str | None]
"""The text of an extraction by its digest; None where there is none to read, because it was redacted or is not kept here."""


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """One capture of a source, as recorded at `position`. `redacted`: its bytes and texts were lawfully removed."""

    snapshot: str
    extraction: str | None
    captured_at: dt.datetime
    position: int
    recorded_at: dt.datetime
    redacted: bool = False


class Cited(msgspec.Struct, frozen=True, kw_only=True):
    """A citation and where it was made. `fact` is left out for a citation of an act upon the incident itself."""

    incident: str
    fact: str | None
    version: int
    position: int
    citation: Citation


class Anchor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one citation's words in one newer snapshot of its source.

    `verdict` as in Relocated, or `unknown`, then with `why`: the new snapshot has no text, or what was to be compared is redacted.
    `words` are the cited ones; `found` tells where they stand now and how they read. `position` and `recorded_at`: the newer capture's.
    """

    incident: str
    fact: str | None
    citation: str
    version: int
    source: str
    cited_snapshot: str
    snapshot: str
    position: int
    recorded_at: str
    verdict: Literal["intact", "moved", "altered", "gone", "unknown"]
    why: Literal["no-text", "redacted"] | None = None
    words: str | None = None
    found: Relocated | None = None


def captures_of(events: Iterable[Recorded[Act]], source: str, known: int) -> tuple[Capture, ...]:
    """The captures of a source recorded up to position `known`, in the order in which they were taken.

    Redactions obey no axis (model §5), so events after `known` are to be among `events`. A capture whose time is redacted is taken for
    as old as its record.
    """
    found: list[Capture] = []
    redacted: set[str] = set()
    for event in events:
        if event.stream != f"source/{source}":
            continue
        act = event.body
        if isinstance(act, Redacted):
            redacted.update(act.snapshots)
        elif isinstance(act, SnapshotCaptured) and event.position <= known:
            at = act.captured_at
            found.append(
                Capture(
                    snapshot=act.snapshot,
                    extraction=act.extraction,
                    captured_at=parse_datetime(at, field="/captured_at")
                    if isinstance(at, str)
                    else event.recorded_at,
                    position=event.position,
                    recorded_at=event.recorded_at,
                )
            )
    found.sort(key=lambda one: (one.captured_at, one.position))
    return tuple(msgspec.structs.replace(one, redacted=one.snapshot in redacted) for one in found)


def newer_than(snapshot: str, captures: Sequence[Capture]) -> tuple[Capture, ...]:
    """The captures taken after the last one of `snapshot`, oldest first; none where it was never captured of this source."""
    last = max((index for index, one in enumerate(captures) if one.snapshot == snapshot), default=None)
    return () if last is None else tuple(captures[last + 1 :])


def _cited_by(act: Act) -> tuple[str | None, tuple[Citation, ...]]:
    if isinstance(act, FactAct):
        new, plain = citations_of(act)
        return act.fact, (*new, *plain)
    return None, act.citations if isinstance(act, IncidentAmended) else ()


def cited_of(events: Iterable[Recorded[Act]], source: str, known: int) -> tuple[Cited, ...]:
    """Every citation of a source that names words of a snapshot's text, in the order of the ledger.

    A citation of the whole work, of a scene or of a page names none; whether it still holds, no text tells.
    """
    return tuple(
        Cited(
            incident=event.stream.partition("/")[2],
            fact=fact,
            version=event.version,
            position=event.position,
            citation=citation,
        )
        for event in events
        if event.position <= known and event.stream.startswith("incident/")
        for fact, citations in (_cited_by(event.body),)
        for citation in citations
        if citation.source == source and names_words(citation)
    )


def names_words(citation: Citation) -> bool:
    """Whether a citation names words of a text, by quotation or position; of a redacted one nobody can tell, and it is taken to."""
    if citation.snapshot is None or citation.extraction is None:
        return False
    if isinstance(citation.selector, Absent):
        return True
    return quote_of(citation) is not None or position_of(citation) is not None


def _pinned(citation: Citation, texts: Texts) -> PinnedWords | None:
    """The words that a citation is pinned to; None where they are redacted."""
    quote, position = quote_of(citation), position_of(citation)
    text = texts(citation.extraction or "")
    if text is not None and position is not None and position.end <= len(text):
        return passage_at(text, position.start, position.end)
    if quote is None or quote.matched_by is not None:
        return None
    return PinnedWords(
        words=quote.exact,
        start=-1 if position is None else position.start,
        before=quote.prefix or "",
        after=quote.suffix or "",
    )


def anchor(cited: Cited, capture: Capture, texts: Texts) -> Anchor:
    """What became of a citation's words in a newer capture of its source."""
    citation = cited.citation
    plain = Anchor(
        incident=cited.incident,
        fact=cited.fact,
        citation=citation.id,
        version=cited.version,
        source=citation.source,
        cited_snapshot=citation.snapshot or "",
        snapshot=capture.snapshot,
        position=capture.position,
        recorded_at=format_instant(capture.recorded_at),
        verdict="unknown",
    )
    pinned = _pinned(citation, texts)
    if pinned is None or capture.redacted:
        return msgspec.structs.replace(plain, why="redacted", words=None if pinned is None else pinned.words)
    if capture.extraction is not None and capture.extraction == citation.extraction:
        found = Relocated(verdict="intact", start=pinned.start, end=pinned.start + len(pinned.words))
    else:
        text = None if capture.extraction is None else texts(capture.extraction)
        if text is None:
            return msgspec.structs.replace(plain, why="no-text", words=pinned.words)
        found = relocated(pinned, text)
    return msgspec.structs.replace(plain, verdict=found.verdict, words=pinned.words, found=found)


def anchors(events: Sequence[Recorded[Act]], source: str, known: int, texts: Texts) -> tuple[Anchor, ...]:
    """Every citation of a source against every newer snapshot of it, snapshot by snapshot in the order taken, as known at a position.

    `events` are those of the source and of the incidents that may cite it, in ledger order, those after `known` included.
    """
    captures = captures_of(events, source, known)
    cited = cited_of(events, source, known)
    newer = {
        snapshot: frozenset(one.position for one in newer_than(snapshot, captures))
        for snapshot in {one.citation.snapshot or "" for one in cited}
    }
    return tuple(
        anchor(one, capture, texts)
        for capture in captures
        for one in cited
        if capture.position in newer[one.citation.snapshot or ""]
    )
