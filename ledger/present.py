"""The present state of the streams, cached: the context that decisions look at (ADR 1).

It is filled stream by stream as decisions ask, and follows the log by folding the tail. Whoever holds it must hold the
append lock. What a decision rests on is proved while it is read: each event against its leaf hash, each disclosure
against the digest in its event.

Within a transaction it runs ahead of the store: acts that are decided and not yet durable are folded as *tentative*, so that
the next command sees them, and are then settled together or taken back together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ledger.decisions.decision import REGISTRY, incident_stream, source_stream
from ledger.errors import IntegrityError
from ledger.incident import IncidentState, evolve_incident
from ledger.registry import RegistryState, evolve_registry
from ledger.source import SourceState, evolve_source
from ledger.stores.mapper import proved_entry_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.events import Act, Recorded
    from ledger.kinds import Kinds
    from ledger.stores.contract import Head, Store

__all__ = ["OF_SNAPSHOTS", "Present"]

MAX_CACHED = 4_096
"""How many incidents, and how many sources, are kept in memory; those asked for first go first."""

OF_SNAPSHOTS = ("SnapshotCaptured@", "Redacted@")
"""What the topics of acts begin with by which bytes come or go."""

S = TypeVar("S")


class Present:
    """The newest state of every stream asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._position = store.head().position
        self._incidents: dict[str, IncidentState] = {}
        self._sources: dict[str, SourceState] = {}
        self._registry: RegistryState | None = None
        self._settled = self._position
        self._tentative: dict[str, list[Recorded[Act]]] = {}
        self._redacting = False

    @property
    def position(self) -> int:
        """The last position that is folded."""
        return self._position

    @property
    def kinds(self) -> Kinds:
        """The kinds in force."""
        return self._registry_state().kinds

    def incident(self, ident: str) -> IncidentState:
        """The newest state of one incident."""
        state = self._incidents.get(ident)
        if state is None:
            state = IncidentState()
            for event in self.stream(incident_stream(ident)):
                state = evolve_incident(state, event)
            _keep(self._incidents, ident, state)
        return state

    def source(self, ident: str) -> SourceState:
        """The newest state of one source."""
        state = self._sources.get(ident)
        if state is None:
            state = SourceState()
            for event in self.stream(source_stream(ident)):
                state = evolve_source(state, event)
            _keep(self._sources, ident, state)
        return state

    def _registry_state(self) -> RegistryState:
        if self._registry is None:
            state = RegistryState.empty()
            for event in self.stream(REGISTRY):
                state = evolve_registry(state, event)
            self._registry = state
        return self._registry

    def version(self, stream: str) -> int:
        """The last version of a stream; 0 where it has no event."""
        kind, _, ident = stream.partition("/")
        if kind == "incident":
            return self.incident(ident).version
        if kind == "source":
            return self.source(ident).version
        return self._registry_state().version

    def stream(self, stream: str) -> Sequence[Recorded[Act]]:
        """Every event of one stream up to the position that is folded, in order; tentative ones come last.

        Raises IntegrityError where one is missing, or does not match its hashes.
        """
        events = [proved_entry_of(row) for row in self._store.stream(stream, until=self._settled)]
        events += self._tentative.get(stream, ())
        for version, event in enumerate(events, start=1):
            if event.version != version:
                raise IntegrityError(
                    f"version {version} of {stream} is missing", where=f"position {event.position}"
                )
        return events

    def catch_up(self, head: Head | None = None) -> bool:
        """Fold the tail that is not seen yet: what others recorded. Whether snapshots were captured or anything was redacted in it.

        `head`: where the log ends, if that is known. Raises IntegrityError as stream does.
        """
        snapshots = False
        last = (head or self._store.head()).position
        if last > self._position:
            for row in self._store.rows(self._position + 1, last):
                self._fold(proved_entry_of(row))
                self._settled = self._position
                snapshots |= row.topic.startswith(OF_SNAPSHOTS)
        return snapshots

    def fold(self, event: Recorded[Act]) -> None:
        """Take in one more event that is not durable yet. Raises IntegrityError where a position is left out."""
        self._fold(event)
        self._tentative.setdefault(event.stream, []).append(event)
        self._redacting = self._redacting or event.type == "Redacted"

    def settle(self) -> None:
        """What was folded as tentative is durable now."""
        if self._redacting:
            # What was folded since may have been read before the words went.
            self._forget_tentative()
        self._end()
        self._settled = self._position

    def take_back(self) -> None:
        """What was folded as tentative is not durable: forget it."""
        self._forget_tentative()
        self._end()
        self._position = self._settled

    def _end(self) -> None:
        self._tentative.clear()
        self._redacting = False

    def _forget_tentative(self) -> None:
        for stream in self._tentative:
            kind, _, ident = stream.partition("/")
            self._forget(kind, ident)

    def _fold(self, event: Recorded[Act]) -> None:
        if event.position != self._position + 1:
            raise IntegrityError(f"position {event.position} came after position {self._position}")
        kind, _, ident = event.stream.partition("/")
        if event.type == "Redacted":
            # Words are gone from what was folded before; it is folded anew when it is asked for.
            self._forget(kind, ident)
        elif kind == "incident" and ident in self._incidents:
            self._incidents[ident] = evolve_incident(self._incidents[ident], event)
        elif kind == "source" and ident in self._sources:
            self._sources[ident] = evolve_source(self._sources[ident], event)
        elif kind == REGISTRY and self._registry is not None:
            self._registry = evolve_registry(self._registry, event)
        self._position = event.position

    def _forget(self, kind: str, ident: str) -> None:
        if kind == "incident":
            self._incidents.pop(ident, None)
        elif kind == "source":
            self._sources.pop(ident, None)
        else:
            self._registry = None


def _keep(cache: dict[str, S], ident: str, state: S) -> None:
    while len(cache) >= MAX_CACHED:
        del cache[next(iter(cache))]
    cache[ident] = state
