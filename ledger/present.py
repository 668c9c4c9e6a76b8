"""The present state of the streams, cached: the context that decisions look at (ADR 1).

It is filled stream by stream as decisions ask, and follows the log by folding the tail. Whoever holds it must hold the
append lock. What a decision rests on is proved while it is read: each event against its leaf hash, each disclosure
against the digest in its event.

What was folded from it once is not kept whole for ever: a decision looks at one fact, and a ledger has millions (ADR 25).

Within a transaction it runs ahead of the store: acts that are decided and not yet durable are folded as *tentative*, so that
the next command sees them, and are then settled together or taken back together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.codec import decode
from ledger.decisions.decision import REGISTRY, incident_stream, source_stream
from ledger.errors import IntegrityError, UnknownSchemaError
from ledger.events import AttestationWithdrawn, FactAct, FactCorrected, FactReported, SnapshotCaptured
from ledger.frames import IncidentFrame, SourceFrame, lean, positions_in
from ledger.incident import evolve_fact
from ledger.kept import Kept, KeptFacts
from ledger.proved import binds_all
from ledger.registry import RegistryState, evolve_registry
from ledger.source import recaptured
from ledger.stores.mapper import proved_entry_of, proved_envelope_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.events import Act, Recorded
    from ledger.frames import Positions
    from ledger.incident import FactState
    from ledger.kinds import Kinds
    from ledger.source import Captures, SourceState
    from ledger.stores.contract import Head, NewEvent, Row, Store

__all__ = ["OF_SNAPSHOTS", "Present"]

MOST_NAMED = 100_000
"""Of how many facts it is kept in memory where they lie, some 200 bytes for each, and of as many snapshots."""

MOST_WHOLE = 8_000
"""How many facts are kept whole, some 2.5 kB for each."""

MOST_PACKED_BYTES = 16 * 1024 * 1024
"""How much the facts take that are kept packed beside them: some 25,000."""

MOST_CAPTURES = 20_000
"""How many captures of snapshots are kept."""

_FURTHER = 8
"""So many further acts upon a fact take as much as the fact: of a citation that was withdrawn the words are not kept."""

_SINGLY = 4
"""The events wanted of a stream are read one by one where it has so many times as many; else the stream is read."""

OF_SNAPSHOTS = ("SnapshotCaptured@", "Redacted@")
"""What the topics of acts begin with by which bytes come or go."""


class Present:
    """The newest state of every stream asked for.

    Of incidents and sources the frames are kept, and of their facts and snapshots those that were acted upon last (frames.py).
    A fact or a capture is kept only as long as the frame is that it belongs to.
    """

    def __init__(self, store: Store, bound: UnknownSchemaError | None = None) -> None:
        """`bound`: an event found in the log that stops all writing, since only a newer program knows what it binds."""
        self._store = store
        self._bound = bound
        self._position = store.head().position
        self._facts = KeptFacts(lambda: MOST_WHOLE, lambda: MOST_PACKED_BYTES)
        self._captures: Kept[tuple[str, str], Captures] = Kept(lambda: MOST_CAPTURES)
        self._incidents: Kept[str, IncidentFrame] = Kept(lambda: MOST_NAMED, self._drop_facts)
        self._sources: Kept[str, SourceFrame] = Kept(lambda: MOST_NAMED, self._drop_captures)
        self._registry: RegistryState | None = None
        self._settled = self._position
        self._tentative: dict[str, list[int]] = {}
        self._pending: list[NewEvent] = []
        self._redacting = False

    @property
    def position(self) -> int:
        """The last position that is folded."""
        return self._position

    @property
    def kinds(self) -> Kinds:
        """The kinds in force."""
        return self._registry_state().kinds

    def refuse_if_bound(self) -> None:
        """Raise UnknownSchemaError where only a newer program knows what binds every stream: the registry, or a redaction."""
        if self._bound is not None:
            raise self._bound
        self._registry_state()

    def incident(self, ident: str) -> IncidentFrame:
        """One incident as a whole. It changes as acts are folded."""
        frame = self._incidents.get(ident)
        if frame is None:
            frame = IncidentFrame()
            for event in self.stream(incident_stream(ident)):
                frame.take(event)
            self._incidents.put(ident, frame, frame.weight)
        return frame

    def fact(self, incident: str, fact: str) -> FactState | None:
        """The newest state of one fact; None where the incident has none of that id."""
        state = self._facts.get((incident, fact))
        if state is None and (known := self.incident(incident).facts.get(fact)) is not None:
            length = self.incident(incident).version
            for event in self._at(incident_stream(incident), known, length):
                if not isinstance(event.body, FactAct) or event.body.fact != fact:
                    raise _not_there(event)
                state = evolve_fact(state, event.body, event.version)
            if state is not None:
                state = lean(state, [ident for ident, one in state.attestations.items() if one.withdrawn])
                self._facts.put((incident, fact), state, _weight(known))
        return state

    def source(self, ident: str) -> SourceState:
        """One source as a whole, its captures left out."""
        return self._source_frame(ident).state

    def captures(self, source: str, snapshot: str) -> Captures | None:
        """The captures of one snapshot of a source; None where those bytes were never captured from it."""
        captures = self._captures.get((source, snapshot))
        if captures is None and (known := self._source_frame(source).captures.get(snapshot)) is not None:
            length = self._source_frame(source).state.version
            for event in self._at(source_stream(source), known, length):
                if not isinstance(event.body, SnapshotCaptured) or event.body.snapshot != snapshot:
                    raise _not_there(event)
                captures = recaptured(captures, event.body)
            if captures is not None:
                self._captures.put((source, snapshot), captures, 1 + len(captures.times))
        return captures

    def _source_frame(self, ident: str) -> SourceFrame:
        frame = self._sources.get(ident)
        if frame is None:
            frame = SourceFrame()
            for event in self.stream(source_stream(ident)):
                frame.take(event)
            self._sources.put(ident, frame, frame.weight)
        return frame

    def _at(self, stream: str, known: Positions, length: int) -> Iterator[Recorded[Act]]:
        """The events of a stream at these positions, tentative ones too. Raises IntegrityError where one is not there."""
        positions = positions_in(known)
        if _SINGLY * len(positions) > length > 1:
            wanted = set(positions)
            yield from (event for event in self.stream(stream) if event.position in wanted)
            return
        for position in positions:
            if position <= self._settled:
                (row,) = self._store.rows(position, position)
                event = proved_entry_of(row)
            else:
                event = self._entered(position)
            if event.stream != stream:
                raise _not_there(event)
            yield event

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
            return self._source_frame(ident).state.version
        return self._registry_state().version

    def stream(self, stream: str) -> Sequence[Recorded[Act]]:
        """Every event of one stream up to the position that is folded, in order; tentative ones come last.

        Raises IntegrityError where one is missing, or does not match its hashes, and UnknownSchemaError where one can be read only by a
        newer program: nothing is decided upon a stream without it.
        """
        events = [proved_entry_of(row) for row in self._store.stream(stream, until=self._settled)]
        events += map(self._entered, self._tentative.get(stream, ()))
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
                try:
                    self._fold(proved_entry_of(row))
                except UnknownSchemaError as error:
                    self._pass_over(row, error)
                self._settled = self._position
                snapshots |= row.topic.startswith(OF_SNAPSHOTS)
        return snapshots

    def fold(self, event: Recorded[Act], stored: NewEvent) -> None:
        """Take in one more event that is not durable yet, and how it is to be stored. Raises IntegrityError where a position is left out.

        It is kept as it will be stored, which takes a third of what the event does, and read where it is asked for again.
        """
        self._fold(event)
        self._tentative.setdefault(event.stream, []).append(event.position)
        self._pending.append(stored)
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

    def _entered(self, position: int) -> Recorded[Act]:
        """A tentative event. Positions are dense, so that it lies as many places after the first as its position says."""
        stored = self._pending[position - self._settled - 1]
        return decode(stored.event, stored.disclosures, position=position)

    def _end(self) -> None:
        self._tentative.clear()
        self._pending.clear()
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
        elif kind == "incident":
            self._fold_incident(ident, event)
        elif kind == "source":
            self._fold_source(ident, event)
        elif kind == REGISTRY and self._registry is not None:
            self._registry = evolve_registry(self._registry, event)
        self._position = event.position

    def _fold_incident(self, ident: str, event: Recorded[Act]) -> None:
        frame = self._incidents.get(ident)
        if frame is None:
            return
        act = event.body
        if isinstance(act, FactAct):
            key = (ident, act.fact)
            before = self._facts.get(key)
            after = None
            if before is not None or isinstance(act, FactReported):
                after = evolve_fact(before, act, event.version)
                if withdrawn := _withdrawn_by(act):
                    after = lean(after, withdrawn)
            frame.take(event)
            if after is not None:
                self._facts.put(key, after, _weight(frame.facts[act.fact]))
        else:
            frame.take(event)
        self._incidents.put(ident, frame, frame.weight)

    def _fold_source(self, ident: str, event: Recorded[Act]) -> None:
        frame = self._sources.get(ident)
        if frame is None:
            return
        frame.take(event)
        if isinstance(act := event.body, SnapshotCaptured):
            key = (ident, act.snapshot)
            before = self._captures.get(key)
            if before is not None or isinstance(frame.captures[act.snapshot], int):
                after = recaptured(before, act)
                self._captures.put(key, after, 1 + len(after.times))
        self._sources.put(ident, frame, frame.weight)

    def _drop_facts(self, incident: str, frame: IncidentFrame) -> None:
        for fact in frame.facts:
            self._facts.forget((incident, fact))

    def _drop_captures(self, source: str, frame: SourceFrame) -> None:
        for snapshot in frame.captures:
            self._captures.forget((source, snapshot))

    def _pass_over(self, row: Row, error: UnknownSchemaError) -> None:
        """Take in an event that only a newer program can fold: its stream is read anew when it is asked for, and refused then."""
        proved_envelope_of(row)
        if binds_all(row.topic):
            self._bound = self._bound or error
        kind, _, ident = row.stream.partition("/")
        self._forget(kind, ident)
        self._position = row.position

    def _forget(self, kind: str, ident: str) -> None:
        if kind == "incident":
            self._incidents.forget(ident)
        elif kind == "source":
            self._sources.forget(ident)
        else:
            self._registry = None


def _weight(known: Positions) -> int:
    return 1 + len(positions_in(known)) // _FURTHER


def _withdrawn_by(act: FactAct) -> tuple[str, ...]:
    if isinstance(act, FactCorrected):
        return act.withdraws
    return (act.attestation,) if isinstance(act, AttestationWithdrawn) else ()


def _not_there(event: Recorded[Act]) -> IntegrityError:
    return IntegrityError(
        "another event stands where an act was read before", where=f"position {event.position}"
    )
