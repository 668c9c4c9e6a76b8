"""The present state of the streams, cached: the context that decisions look at (ADR 1).

It is filled stream by stream as decisions ask, and follows the log by folding the tail. Whoever holds it must hold the
append lock. What a decision rests on is proved while it is read: each event against its leaf hash, each disclosure
against the digest in its event.

Within a transaction it runs ahead of the store: acts that are decided and not yet durable are folded as *tentative*, so that
the next command sees them, and are then settled together or taken back together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from ledger.decisions.decision import REGISTRY, incident_stream, source_stream
from ledger.errors import IntegrityError
from ledger.incident import IncidentState, evolve_incident
from ledger.registry import RegistryState, evolve_registry
from ledger.source import SourceState, evolve_source
from ledger.stores.mapper import proved_entry_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ledger.events import Act, Recorded
    from ledger.kinds import Kinds
    from ledger.stores.contract import Head, Store

__all__ = ["OF_SNAPSHOTS", "Present"]

MOST_KEPT = 50_000
"""Of how much the state is kept in memory: facts of incidents and, as many again, snapshots of sources. A fact takes some 2.5 kB."""

OF_SNAPSHOTS = ("SnapshotCaptured@", "Redacted@")
"""What the topics of acts begin with by which bytes come or go."""

S = TypeVar("S")


class _Kept(Generic[S]):
    """States by id, as long as they do not weigh too much together: then those go that nothing was recorded of for longest."""

    def __init__(self, weigh: Callable[[S], int]) -> None:
        self._weigh = weigh
        self.states: dict[str, S] = {}
        self._weight = 0

    def __len__(self) -> int:
        return len(self.states)

    def get(self, ident: str) -> S | None:
        """The state, if it is kept."""
        return self.states.get(ident)

    def put(self, ident: str, state: S) -> None:
        """Keep a state, or its newer one. The last is kept whatever it weighs."""
        self.forget(ident)
        self.states[ident] = state
        self._weight += self._weigh(state)
        while self._weight > MOST_KEPT and len(self.states) > 1:
            self.forget(next(iter(self.states)))

    def forget(self, ident: str) -> None:
        """Keep it no longer."""
        state = self.states.pop(ident, None)
        if state is not None:
            self._weight -= self._weigh(state)


def _facts_in(state: IncidentState) -> int:
    return 1 + len(state.facts)


def _snapshots_in(state: SourceState) -> int:
    return 1 + len(state.snapshots)


class Present:
    """The newest state of every stream asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._position = store.head().position
        self._incidents = _Kept(_facts_in)
        self._sources = _Kept(_snapshots_in)
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
            self._incidents.put(ident, state)
        return state

    def source(self, ident: str) -> SourceState:
        """The newest state of one source."""
        state = self._sources.get(ident)
        if state is None:
            state = SourceState()
            for event in self.stream(source_stream(ident)):
                state = evolve_source(state, event)
            self._sources.put(ident, state)
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
        elif kind == "incident" and (incident := self._incidents.get(ident)) is not None:
            self._incidents.put(ident, evolve_incident(incident, event))
        elif kind == "source" and (source := self._sources.get(ident)) is not None:
            self._sources.put(ident, evolve_source(source, event))
        elif kind == REGISTRY and self._registry is not None:
            self._registry = evolve_registry(self._registry, event)
        self._position = event.position

    def _forget(self, kind: str, ident: str) -> None:
        if kind == "incident":
            self._incidents.forget(ident)
        elif kind == "source":
            self._sources.forget(ident)
        else:
            self._registry = None
