"""The events of the sources that an incident rests on: those it names, and all works joined to them by lineage (model §4).

A ledger has many sources and an incident few. Which work copied which may be declared in the stream of a third one, so the graph
of all declarations is kept; there are few, and the store finds them quickly. What was read is kept and follows the tail.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from ledger.decisions.decision import source_stream
from ledger.errors import UnreadableError
from ledger.events import LineageDeclared
from ledger.proved import Proved, proved_events
from ledger.stores.mapper import proved_entry_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.events import Act, Recorded
    from ledger.stores.contract import Row, Store

__all__ = ["RelatedSources", "sources_named_by"]

MAX_CACHED = 4_096
"""How many sources are kept; those read first go first."""

LONG_TAIL = 2_000
"""A tail longer than this is not read through: what was kept is dropped and read anew when it is asked for."""

_LINEAGE, _REDACTED = "LineageDeclared@1", "Redacted@1"


def sources_named_by(events: Iterable[Recorded[Act]]) -> set[str]:
    """The sources that acts cite or relay."""
    named: set[str] = set()
    for event in events:
        act = event.body
        for member in ("attestations", "citations"):
            for cited in getattr(act, member, ()):
                named.add(cited.source)
                if cited.relays is not None:
                    named.add(cited.relays)
        attested = getattr(act, "attestation", None)
        if attested is not None and not isinstance(attested, str):
            named.add(attested.source)
            if attested.relays is not None:
                named.add(attested.relays)
    return named


class RelatedSources:
    """Events of sources by id, as they stand now. Safe for many threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._seen = 0
        self._events: dict[str, Proved] = {}
        self._neighbours: dict[str, set[str]] = {}

    def events(self, named: Iterable[str]) -> Proved:
        """The events of the named sources and of all that are joined to them, source by source, each in order.

        A work is joined by a declaration of lineage, standing or not, or by being cited in another's notice or declaration.
        """
        with self._lock:
            self._follow()
            found: dict[str, Proved] = {}
            ahead = list(named)
            while ahead:
                source = ahead.pop()
                if source not in found:
                    found[source] = self._of(source)
                    ahead.extend(self._neighbours.get(source, ()))
                    ahead.extend(sources_named_by(found[source].events))
        each = [found[source] for source in sorted(found)]
        return Proved(
            events=[event for one in each for event in one.events],
            unknown=tuple(unknown for one in each for unknown in one.unknown),
        )

    def _of(self, source: str) -> Proved:
        kept = self._events.get(source)
        if kept is None:
            kept = proved_events(self._store.stream(source_stream(source), until=self._seen))
            while len(self._events) >= MAX_CACHED:
                del self._events[next(iter(self._events))]
            self._events[source] = kept
        return kept

    def _follow(self) -> None:
        head = self._store.head().position
        if head - self._seen > LONG_TAIL:
            self._events.clear()
            for row in self._store.of_topic(_LINEAGE, after=self._seen):
                self._join(row)
        else:
            for row in self._store.rows(self._seen + 1, head):
                if row.stream.startswith("source/"):
                    self._take(row)
        self._seen = head

    def _take(self, row: Row) -> None:
        if row.topic == _LINEAGE:
            self._join(row)
        source = row.stream.partition("/")[2]
        # Read anew when it is asked for: it lost words, or it cannot be read, which then concerns only what rests on it.
        kept = self._events.pop(source, None)
        if kept is not None and row.topic != _REDACTED:
            with suppress(UnreadableError):
                self._events[source] = Proved(
                    events=[*kept.events, proved_entry_of(row)], unknown=kept.unknown
                )

    def _join(self, row: Row) -> None:
        act = proved_entry_of(row).body
        if isinstance(act, LineageDeclared):
            source = row.stream.partition("/")[2]
            self._neighbours.setdefault(source, set()).add(act.to)
            self._neighbours.setdefault(act.to, set()).add(source)
