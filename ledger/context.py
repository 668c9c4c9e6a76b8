"""What a decision may look at: a frozen look-up of the streams and kinds concerned, as they stand under the append lock (ADR 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ledger.incident import IncidentState
from ledger.source import SourceState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.events import Act, Recorded
    from ledger.kinds import Kinds

__all__ = ["Context", "Snapshot"]


class Context(Protocol):
    """The present state, read-only. A stream that has no event is at version 0."""

    @property
    def kinds(self) -> Kinds:
        """The kinds in force."""
        ...

    def incident(self, ident: str) -> IncidentState:
        """The state of one incident."""
        ...

    def source(self, ident: str) -> SourceState:
        """The state of one source."""
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

    def source(self, ident: str) -> SourceState:
        """The state of one source."""
        return self._sources.get(ident, SourceState())

    def stream(self, stream: str) -> Sequence[Recorded[Act]]:
        """Every event of one stream, in order."""
        return self._streams.get(stream, ())
