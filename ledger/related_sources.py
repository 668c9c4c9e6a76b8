"""The events of the sources that an incident rests on: those it names, and all works joined to them by lineage (model §4).

A ledger has many sources and an incident few. Which work copied which may be declared in the stream of a third one, so the graph
of all declarations is kept; there are few, and the store finds them quickly. What was read is kept and follows the tail.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from ledger.decisions.decision import source_stream
from ledger.errors import IntegrityError, UnreadableError
from ledger.events import LineageDeclared
from ledger.stores.mapper import proved_entry_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.events import Act, Recorded
    from ledger.stores.contract import Row, Store

__all__ = ["RelatedSources", "proved_events", "sources_named_by"]

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


def proved_events(rows: Iterable[Row]) -> list[Recorded[Act]]:
    """The events of one stream, from its first row on, each proved to be what was recorded, and none left out between them.

    Raises IntegrityError naming the position of one that is not, or that comes after a gap.
    """
    events: list[Recorded[Act]] = []
    for version, row in enumerate(rows, start=1):
        if row.version != version:
            raise IntegrityError(
                f"{row.stream} goes on with version {row.version}, and version {version} is not there",
                where=f"position {row.position}",
            )
        events.append(proved_entry_of(row))
    return events


class RelatedSources:
    """Events of sources by id, as they stand now. Safe for many threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._seen = 0
        self._events: dict[str, list[Recorded[Act]]] = {}
        self._neighbours: dict[str, set[str]] = {}

    def events(self, named: Iterable[str]) -> list[Recorded[Act]]:
        """The events of the named sources and of all that are joined to them, source by source, each in order.

        A work is joined by a declaration of lineage, standing or not, or by being cited in another's notice or declaration.
        """
        with self._lock:
            self._follow()
            found: dict[str, list[Recorded[Act]]] = {}
            ahead = list(named)
            while ahead:
                source = ahead.pop()
                if source not in found:
                    found[source] = self._of(source)
                    ahead.extend(self._neighbours.get(source, ()))
                    ahead.extend(sources_named_by(found[source]))
        return [event for source in sorted(found) for event in found[source]]

    def _of(self, source: str) -> list[Recorded[Act]]:
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
                self._events[source] = [*kept, proved_entry_of(row)]

    def _join(self, row: Row) -> None:
        act = proved_entry_of(row).body
        if isinstance(act, LineageDeclared):
            source = row.stream.partition("/")[2]
            self._neighbours.setdefault(source, set()).add(act.to)
            self._neighbours.setdefault(act.to, set()).add(source)
