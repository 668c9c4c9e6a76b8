"""Views of one incident or source that are folded when they are asked for, and kept for who asks next (docs/http-reads.md).

What is kept is right because of what its key is. A view rests on the acts of its streams up to a position and on every redaction,
whenever recorded. Appending never changes an answer at an earlier position, redaction apart (law 2). So the bytes of an answer are kept
under the position of the last act that the answer rests on, which stands for the versions of the incident and of the sources that matter,
and under the number of redactions in the ledger: with the next one, nothing that was kept before is given out any more.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from ledger.decisions.decision import REGISTRY, incident_stream, source_stream
from ledger.errors import UnreadableError
from ledger.events import LineageDeclared, Redacted
from ledger.instants import microseconds_of
from ledger.proved import Proved, proved_events, refuse_unknown
from ledger.related_sources import RelatedSources, sources_named_by
from ledger.stores.mapper import entry_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from api.http.conditional import Told
    from ledger.events import Act, Recorded
    from ledger.proved import Unknown
    from ledger.stores.contract import Row, Store

__all__ = ["FoldedViews", "Gathered"]

KEPT_EVENTS = 100_000
"""How many events of streams are kept; those asked for longest ago go first."""

KEPT_BYTES = 64 * 1024 * 1024
LARGEST_BYTES = 8 * 1024 * 1024
"""Answers longer than this are made anew each time."""

LONG_TAIL = 2_000
"""A tail longer than this is not read through: what was gathered is dropped."""

MANY_STREAMS = 100_000

_LINEAGE, _REDACTED = "LineageDeclared@1", "Redacted@1"


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """The events that the views of one incident or source rest on, in ledger order, those after any point asked about included.

    `own`: where its own stream begins. `redactions`: how many there were in the ledger before they were read. `unknown`: those of their
    streams that this program cannot read, and that are not among them; `positions` are of all.
    """

    events: tuple[Recorded[Act], ...]
    own: int
    streams: frozenset[str]
    positions: tuple[int, ...]
    redactions: int
    unknown: tuple[Unknown, ...] = ()

    def whole(self, known: int) -> Gathered:
        """Itself, for a fold up to a position. Raises UnknownSchemaError for an event up to there that only a newer program can read."""
        refuse_unknown(self.unknown, known)
        return self

    def told_until(self, known: int) -> int:
        """The last position up to one, before the first event that this program cannot read: what a list tells of it."""
        return min([known, *(one.position - 1 for one in self.unknown)])

    def last(self, known: int) -> int:
        """The position of the last of them up to a position; 0 where there is none. Every view is the same at both."""
        found = bisect_right(self.positions, known)
        return self.positions[found - 1] if found else 0

    def last_recorded_us(self, known: int) -> int | None:
        """When that was recorded; None where there is none."""
        found = bisect_right(self.positions, known)
        return microseconds_of(self.events[found - 1].recorded_at) if found else None


class _Held(msgspec.Struct):
    gathered: Gathered
    seen: int


class FoldedViews:
    """Events and answers, kept as long as they are right. Safe for many threads."""

    def __init__(self, store: Store, *, kept_events: int = KEPT_EVENTS, kept_bytes: int = KEPT_BYTES) -> None:
        self._store = store
        self._related = RelatedSources(store)
        self._lock = threading.Lock()
        self._seen = 0
        self._last: dict[str, int] = {}
        self._redactions = 0
        self._redacted_at = 0
        self._doubtful_at = 0
        self._erased: dict[str, list[int]] = {}
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._events = 0
        self._kept_events = kept_events
        self._told: OrderedDict[tuple[Hashable, ...], tuple[int, Told]] = OrderedDict()
        self._bytes = 0
        self._kept_bytes = kept_bytes

    def incident(self, incident: str) -> Gathered | None:
        """What the views of an incident rest on: its events, and those of every source that matters. None where there is none."""
        return self._gathered(incident_stream(incident), self._of_incident)

    def source(self, source: str) -> Gathered | None:
        """What the account of a source rests on: its events, and those of all that are joined to it. None where there is none."""
        return self._gathered(source_stream(source), self._of_source)

    def registry(self) -> Gathered:
        """What the vocabulary rests on; nothing before the first append."""
        found = self._gathered(REGISTRY, lambda name: proved_events(self._store.stream(name)))
        if found is None:
            return Gathered(events=(), own=0, streams=frozenset(), positions=(), redactions=self.redactions())
        return found

    def held(self, stream: str) -> Gathered | None:
        """What was gathered for a stream before, if it is still right: found without reading any events but new ones."""
        with self._lock:
            self._follow()
            return self._still(stream)

    def erasures(self, snapshot: str) -> list[int]:
        """The positions of the redactions that took a snapshot's bytes away, in whatever source."""
        with self._lock:
            self._follow()
            return list(self._erased.get(snapshot, ()))

    def redactions(self) -> int:
        """How many redactions the ledger has now."""
        with self._lock:
            self._follow()
            return self._redactions

    def redacted_at(self) -> int:
        """The position of the last redaction; 0 where there is none."""
        with self._lock:
            self._follow()
            return self._redacted_at

    def told(self, key: tuple[Hashable, ...], gathered: Gathered) -> Told | None:
        """The answer that was kept under a key, if it was made of what was gathered."""
        with self._lock:
            found = self._told.get(key)
            if found is None or found[0] != gathered.redactions:
                return None
            self._told.move_to_end(key)
            return found[1]

    def keep(self, key: tuple[Hashable, ...], gathered: Gathered, told: Told) -> None:
        """Keep the answer that was made of what was gathered."""
        size = len(told.body)
        if size > LARGEST_BYTES:
            return
        with self._lock:
            before = self._told.pop(key, None)
            if before is not None:
                self._bytes -= len(before[1].body)
            if gathered.redactions != self._redactions:
                return
            self._told[key] = gathered.redactions, told
            self._bytes += size
            while self._bytes > self._kept_bytes:
                self._bytes -= len(self._told.popitem(last=False)[1][1].body)

    def _gathered(self, stream: str, read: Callable[[str], Proved]) -> Gathered | None:
        with self._lock:
            self._follow()
            found = self._still(stream)
            seen, redactions = self._seen, self._redactions
        if found is not None:
            return found
        # Read after the tail was: newer events may be among them, and no redaction that was counted is missing.
        proved = read(stream)
        events = sorted(proved.events, key=lambda event: event.position)
        places = [(one.stream, one.position) for one in events]
        places += [(one.stream, one.position) for one in proved.unknown]
        own = min((position for name, position in places if name == stream), default=0)
        if not own:
            return None
        made = Gathered(
            events=tuple(events),
            own=own,
            streams=frozenset(name for name, _ in places),
            positions=tuple(sorted(position for _, position in places)),
            redactions=redactions,
            unknown=proved.unknown,
        )
        with self._lock:
            self._hold(stream, _Held(made, seen))
        return made

    def _of_incident(self, stream: str) -> Proved:
        own = proved_events(self._store.stream(stream))
        of_sources = self._related.events(sources_named_by(own.events))
        return Proved(events=own.events + of_sources.events, unknown=own.unknown + of_sources.unknown)

    def _of_source(self, stream: str) -> Proved:
        return self._related.events([stream.partition("/")[2]])

    def _still(self, stream: str) -> Gathered | None:
        held = self._held.get(stream)
        if held is None:
            return None
        if held.seen != self._seen:
            if max(self._redacted_at, self._doubtful_at) > held.seen or any(
                self._last.get(one, 0) > held.seen for one in held.gathered.streams
            ):
                self._drop(stream)
                return None
            held.seen = self._seen
        self._held.move_to_end(stream)
        return held.gathered

    def _hold(self, stream: str, held: _Held) -> None:
        self._drop(stream)
        self._held[stream] = held
        self._events += len(held.gathered.events)
        while self._events > self._kept_events:
            self._drop(next(iter(self._held)))

    def _drop(self, stream: str) -> None:
        held = self._held.pop(stream, None)
        if held is not None:
            self._events -= len(held.gathered.events)

    def _follow(self) -> None:
        """Notice what was recorded since: which streams moved, and what was redacted."""
        head = self._store.head().position
        if head == self._seen:
            return
        if head - self._seen > LONG_TAIL or len(self._last) > MANY_STREAMS:
            self._held.clear()
            self._events = 0
            self._last.clear()
            for row in self._store.of_topic(_REDACTED, after=self._seen):
                self._take_redaction(row)
        else:
            for row in self._store.rows(self._seen + 1, head):
                self._take(row)
        self._seen = head

    def _take(self, row: Row) -> None:
        self._last[row.stream] = row.position
        if row.topic == _REDACTED:
            self._take_redaction(row)
        elif row.topic == _LINEAGE:
            try:
                act = entry_of(row).body
            except UnreadableError:
                # Whom it joins cannot be told: nothing that was gathered is taken to be right.
                self._doubtful_at = row.position
            else:
                if isinstance(act, LineageDeclared):
                    self._last[source_stream(act.to)] = row.position

    def _take_redaction(self, row: Row) -> None:
        self._redactions += 1
        self._redacted_at = row.position
        self._told.clear()
        self._bytes = 0
        try:
            act = entry_of(row).body
        except UnreadableError:
            return
        if isinstance(act, Redacted):
            for snapshot in act.snapshots:
                self._erased.setdefault(snapshot, []).append(row.position)
