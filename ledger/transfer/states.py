"""The streams of a log that is taken in, folded as decisions fold them: an event that could not have been recorded is found here."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ledger.decisions.decision import REGISTRY
from ledger.errors import IntegrityError
from ledger.ids import is_id
from ledger.incident import IncidentState, evolve_incident
from ledger.registry import RegistryState, evolve_registry
from ledger.source import SourceState, evolve_source
from ledger.stores.mapper import proved_entry_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.events import Act, Recorded
    from ledger.stores.contract import Store

    State: TypeAlias = IncidentState | SourceState | RegistryState

__all__ = ["States"]

MAX_CACHED = 4_096
"""How many streams are kept in memory; those read first go first, and are read again where they are asked for."""


class _Folded(msgspec.Struct, kw_only=True):
    version: int
    state: State


class States:
    """The newest state of every stream. `flush` makes durable what was judged, so that it can be read again, and calls `settle`."""

    def __init__(self, store: Store, flush: Callable[[], None]) -> None:
        self._store = store
        self._flush = flush
        self._kept: dict[str, _Folded] = {}
        self._unsettled: set[str] = set()

    def settle(self) -> None:
        """Every event taken is durable now."""
        self._unsettled.clear()

    def take(self, event: Recorded[Act]) -> None:
        """Fold one more event. Raises IntegrityError where it cannot come here: its version, its sort, or what it acts upon."""
        folded = self._of(event.stream)
        if event.version != folded.version + 1:
            raise IntegrityError(
                f"version {event.version} of {event.stream} comes after version {folded.version}"
            )
        folded.state = _evolved(folded.state, event)
        folded.version = event.version
        self._unsettled.add(event.stream)

    def _of(self, stream: str) -> _Folded:
        folded = self._kept.get(stream)
        if folded is None:
            begun = _begun(stream)
            if stream in self._unsettled:
                self._flush()
            folded = _Folded(version=0, state=begun)
            for row in self._store.stream(stream):
                folded.state = _evolved(folded.state, proved_entry_of(row))
                folded.version = row.version
            while len(self._kept) >= MAX_CACHED:
                del self._kept[next(iter(self._kept))]
            self._kept[stream] = folded
        return folded


def _begun(stream: str) -> State:
    kind, _, ident = stream.partition("/")
    if stream == REGISTRY:
        return RegistryState.empty()
    if kind == "incident" and is_id(ident):
        return IncidentState()
    if kind == "source" and is_id(ident):
        return SourceState()
    raise IntegrityError("its stream is none of a ledger: registry, incident/ID or source/ID")


def _evolved(state: State, event: Recorded[Act]) -> State:
    match state:
        case IncidentState():
            return evolve_incident(state, event)
        case SourceState():
            return evolve_source(state, event)
        case RegistryState():
            return evolve_registry(state, event)
