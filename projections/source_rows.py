"""The rows that the stored tables hold of one source, and what an incident's rows need to know of sources (ADR 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.events import (
    FactAct,
    IncidentAmended,
    LineageDeclared,
    SnapshotCaptured,
    SourceNoticeRecorded,
)
from ledger.source import SourceState, evolve_source
from projections.axes import citations_of
from projections.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.citation import Citation
    from ledger.events import Act, Recorded
    from projections.runs import Row, Rows

__all__ = ["alert_since", "named_sources", "source_rows"]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def named_sources(events: Iterable[Recorded[Act]]) -> dict[str, None]:
    """The sources that acts cite or relay, on whatever ground, in the order in which they were first named."""
    named: dict[str, None] = {}
    for event in events:
        act = event.body
        citations: Iterable[Citation] = ()
        if isinstance(act, FactAct):
            new, plain = citations_of(act)
            citations = (*new, *plain)
        elif isinstance(act, IncidentAmended):
            citations = act.citations
        for one in citations:
            named[one.source] = None
            if one.relays is not None:
                named[one.relays] = None
    return named


def alert_since(events: Iterable[Recorded[Act]]) -> int | None:
    """The position from which on a source has put something out, or been captured a second time, that the desk may have to look at."""
    first: set[str] = set()
    for event in events:
        act = event.body
        if isinstance(act, SourceNoticeRecorded) or (
            isinstance(act, SnapshotCaptured) and event.stream in first
        ):
            return event.position
        if isinstance(act, SnapshotCaptured):
            first.add(event.stream)
    return None


def source_rows(events: Sequence[Recorded[Act]], source: str) -> Rows:
    """The rows of one source. `events` are its own, in order. Raises IntegrityError for events that cannot be."""
    state = SourceState()
    runs = Runs()
    edges: list[Row] = []
    number = events[0].position
    for event in events:
        state = evolve_source(state, event)
        known, published = state.registered, state.published
        if known is None:
            continue
        never = published == "never"
        bounds = None if published is None or isinstance(published, str) else published
        row = (
            source,
            _text(known.kind),
            _text(known.title),
            _text(known.publisher),
            None if bounds is None else bounds.earliest,
            None if bounds is None else bounds.latest,
            int(never),
            len(state.snapshots),
            state.notices,
        )
        runs.put((number,), row, event.position)
        if isinstance(event.body, LineageDeclared):
            edges.append((source, event.body.lineage, event.body.to, event.position))
    return {
        "sources": [(*key, start, end, *value) for key, value, start, end in runs.all()],
        "edges": edges,
    }
