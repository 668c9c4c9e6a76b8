"""What a decision may look at: a frozen look-up of the streams and kinds concerned, as they stand under the append lock (ADR 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ledger.incident import IncidentState
from ledger.source import Captures, SourceState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ledger.events import Act, Recorded, SourceRegistered
    from ledger.incident import FactState
    from ledger.kinds import Kinds
    from ledger.source import LineageEdge
    from ledger.values import Absent

__all__ = ["Context", "KnownIncident", "KnownSource", "Snapshot"]


class KnownIncident(Protocol):
    """What a decision asks of an incident as a whole, as IncidentState has it."""

    @property
    def version(self) -> int:
        """The last version of its stream; 0 where nothing was recorded."""
        ...

    @property
    def title(self) -> str | Absent:
        """Its title."""
        ...

    @property
    def zone(self) -> str | Absent:
        """Its time zone."""
        ...

    @property
    def facts(self) -> Collection[str]:
        """The ids of its facts, retracted ones too."""
        ...


class KnownSource(Protocol):
    """What a decision asks of a source as a whole, as SourceState has it."""

    @property
    def version(self) -> int:
        """The last version of its stream; 0 where nothing was recorded."""
        ...

    @property
    def registered(self) -> SourceRegistered | None:
        """Its description as it stands."""
        ...

    @property
    def redacted_snapshots(self) -> Collection[str]:
        """The digests of the snapshots whose bytes are gone."""
        ...

    @property
    def notices(self) -> int:
        """How many notices it put out."""
        ...

    @property
    def lineage(self) -> Mapping[int, LineageEdge]:
        """What it was declared to copy, by number."""
        ...

    def copied_from(self) -> Collection[str]:
        """The sources that it is declared to copy, as it stands."""
        ...


class Context(Protocol):
    """The present state, read-only. A stream that has no event is at version 0."""

    @property
    def kinds(self) -> Kinds:
        """The kinds in force."""
        ...

    def incident(self, ident: str) -> KnownIncident:
        """One incident as a whole."""
        ...

    def fact(self, incident: str, fact: str) -> FactState | None:
        """The state of one fact; None where the incident has none of that id."""
        ...

    def source(self, ident: str) -> KnownSource:
        """One source as a whole."""
        ...

    def captures(self, source: str, snapshot: str) -> Captures | None:
        """The captures of one snapshot of a source; None where those bytes were never captured from it."""
        ...

    def stream(self, stream: str) -> Sequence[Recorded[Act]]:
        """Every event of one stream, in order. For the rare acts that name single events."""
        ...


class Snapshot:
    """A context made of values at hand, for tests and for trying a decision out."""

    def __init__(
        self,
        kinds: Kinds,
        incidents: Mapping[str, IncidentState] | None = None,
        sources: Mapping[str, SourceState] | None = None,
        streams: Mapping[str, Sequence[Recorded[Act]]] | None = None,
    ) -> None:
        self._kinds = kinds
        self._incidents = incidents or {}
        self._sources = sources or {}
        self._streams = streams or {}

    @property
    def kinds(self) -> Kinds:
        """The kinds in force."""
        return self._kinds

    def incident(self, ident: str) -> IncidentState:
        """The state of one incident."""
        return self._incidents.get(ident, IncidentState())

    def fact(self, incident: str, fact: str) -> FactState | None:
        """The state of one fact; None where the incident has none of that id."""
        return self.incident(incident).facts.get(fact)

    def source(self, ident: str) -> SourceState:
        """The state of one source."""
        return self._sources.get(ident, SourceState())

    def captures(self, source: str, snapshot: str) -> Captures | None:
        """The captures of one snapshot of a source; None where those bytes were never captured from it."""
        return self.source(source).captures(snapshot)

    def stream(self, stream: str) -> Sequence[Recorded[Act]]:
        """Every event of one stream, in order."""
        return self._streams.get(stream, ())
