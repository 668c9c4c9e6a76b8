"""Reading the log: typed entries of the streams that a view folds, and the position that a time stands for (model §5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from ledger.decisions.decision import REGISTRY, incident_stream
from ledger.errors import InvalidError
from ledger.proved import Proved, proved_events
from ledger.registry import RegistryState, evolve_registry
from ledger.related_sources import RelatedSources, sources_named_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.events import Act, Recorded
    from ledger.kinds import Kinds
    from ledger.stores.contract import Row, Store

__all__ = ["FUTURE_S", "History", "KnownAt", "is_to_come"]

FUTURE_S = 5
"""How far ahead of the clock a time may lie before it is refused, in seconds: clocks differ a little."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def is_to_come(instant: dt.datetime, now: dt.datetime) -> bool:
    """Whether an instant is ahead of `now` by more than FUTURE_S."""
    return (instant - now).total_seconds() > FUTURE_S


class KnownAt(msgspec.Struct, frozen=True, kw_only=True):
    """A point of the ledger. `final`: nothing can be recorded any more that would belong before it (model §5, Time)."""

    position: int
    final: bool


class History:
    """The log as readers see it. What is folded is proved as it is read: a view shows no word that was not recorded."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sources = RelatedSources(store)

    def head(self) -> KnownAt:
        """The newest position."""
        return KnownAt(position=self._store.head().position, final=True)

    def at_position(self, position: int) -> KnownAt:
        """A position. Raises InvalidError where the ledger has not reached it."""
        head = self._store.head().position
        if not 0 <= position <= head:
            raise InvalidError(f"the ledger is at position {head}", field="/known_at")
        return KnownAt(position=position, final=True)

    def at_time(self, instant: dt.datetime, now: dt.datetime) -> KnownAt:
        """The last position recorded by an instant. It is final once the head has reached the instant.

        Raises InvalidError for an instant more than FUTURE_S ahead of `now`.
        """
        if is_to_come(instant, now):
            raise InvalidError(
                "lies in the future; nobody knows yet what will be known then", field="/known_at"
            )
        us = (instant - _EPOCH) // dt.timedelta(microseconds=1)
        head = self._store.head()
        return KnownAt(position=self._store.position_at(us), final=head.recorded_us >= us)

    def stored(self, stream: str | None = None, *, until: int | None = None) -> Iterator[Row]:
        """The rows as they are stored, of the whole log or of one stream, up to a position; read a page at a time."""
        return self._store.rows(stop=until) if stream is None else self._store.stream(stream, until=until)

    def of_topic(self, topic: str) -> Iterator[Row]:
        """The rows of one `type@schema` as they are stored, in order of position."""
        return self._store.of_topic(topic)

    def stored_from(self, first: int, last: int) -> Iterator[Row]:
        """The rows of the whole log as they are stored, from one position to another, both included."""
        return self._store.rows(first, last)

    def stream(self, stream: str, known: int | None = None) -> list[Recorded[Act]]:
        """Every event of one stream, in order, each proved to be what was recorded, and none left out between them.

        `known`: up to which position they are to be folded; None for the last. Raises IntegrityError naming the position of one that is
        not, or that comes after a gap, and UnknownSchemaError for one up to `known` that only a newer program can read.
        """
        return self.proved(stream).until(known)

    def proved(self, stream: str) -> Proved:
        """As stream, with what only a newer program can read named beside: for who tells of many streams, and says what is left out."""
        return proved_events(self._store.stream(stream))

    def of_incident(self, incident: str, known: int | None = None) -> list[Recorded[Act]]:
        """The events of an incident and of every source that it rests on, in ledger order: what its views fold.

        `known`, and what it raises, as of stream.
        """
        own = self.proved(incident_stream(incident))
        of_sources = self._sources.events(sources_named_by(own.events))
        found = Proved(events=own.events + of_sources.events, unknown=own.unknown + of_sources.unknown)
        return sorted(found.until(known), key=lambda event: event.position)

    def incidents(self) -> list[str]:
        """The ids of the incidents, in the order in which they were opened."""
        return [stream.partition("/")[2] for stream in self._store.streams("incident/")]

    def sources(self) -> list[str]:
        """The ids of the sources, in the order in which they were registered."""
        return [stream.partition("/")[2] for stream in self._store.streams("source/")]

    def kinds(self, known: int | None = None) -> Kinds:
        """The kinds in force at a position; before the first append, those that a ledger begins with."""
        state = RegistryState.empty()
        for event in self.stream(REGISTRY, known):
            if known is None or event.position <= known:
                state = evolve_registry(state, event)
        return state.kinds
