"""What is kept in mind of a stream from one command to the next: its frame, and where the rest lies (ADR 25).

A ledger that is written to for months has millions of facts, and a decision looks at one or two. So of an incident only the frame is
kept, and of each fact the positions of the acts upon it, a tenth of what the fact itself takes; likewise of a source and its
snapshots. The facts that are acted upon are folded when they are asked for (present.py).

A frame changes in place. Whoever takes back what was folded forgets the frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ledger.citation import Attestation
from ledger.errors import IntegrityError
from ledger.events import FactAct, FactReported, SnapshotCaptured
from ledger.incident import AttestationState, IncidentState, evolve_incident
from ledger.source import SourceState, evolve_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.events import Act, Recorded
    from ledger.incident import FactState
    from ledger.values import Absent

__all__ = ["IncidentFrame", "Positions", "SourceFrame", "lean", "positions_in"]

Positions: TypeAlias = int | tuple[int, ...]
"""One position, or several in order. Most facts have one act, and a number takes less than a tuple of one."""


def positions_in(known: Positions) -> Sequence[int]:
    """Them, however many they are."""
    return (known,) if isinstance(known, int) else known


_TAKEN_BACK = Attestation(id="withdrawn", source="withdrawn", stance="mentions")


def lean(fact: FactState, withdrawn: Iterable[str]) -> FactState:
    """A fact without the words of citations that were withdrawn: of these it is asked that they were there, and no more."""
    known = fact.attestations
    for ident in withdrawn:
        one = known[ident]
        known = known.set(
            ident, AttestationState(attestation=_TAKEN_BACK, version=one.version, withdrawn=True)
        )
    return msgspec.structs.replace(fact, attestations=known)


def _with(known: Positions | None, position: int) -> Positions:
    if known is None:
        return position
    return (known, position) if isinstance(known, int) else (*known, position)


class IncidentFrame(msgspec.Struct, kw_only=True, gc=False):
    """An incident without its facts. `facts`: where the acts upon each of them lie, `acts` in all. `version` 0: nothing was recorded."""

    version: int = 0
    title: str | Absent = ""
    zone: str | Absent = ""
    facts: dict[str, Positions] = msgspec.field(default_factory=dict)
    acts: int = 0

    @property
    def weight(self) -> int:
        """How much it takes, in facts' places of some 200 bytes: a further act upon a fact is a number more."""
        return 3 + len(self.facts) + (self.acts - len(self.facts)) // 4

    def take(self, event: Recorded[Act]) -> None:
        """Fold one more event of the stream. Raises IntegrityError, with nothing changed, for one that cannot come here.

        Whether an act fits what stood of its fact is asked where the fact is folded.
        """
        act = event.body
        if isinstance(act, FactAct):
            known = self.facts.get(act.fact)
            if self.version == 0 or (known is None) != isinstance(act, FactReported):
                raise IntegrityError(
                    f"{event.type} of fact {act.fact!r} cannot come here",
                    where=f"version {event.version} of the stream",
                )
            self.facts[act.fact] = _with(known, event.position)
            self.acts += 1
            self.version = event.version
            return
        state = evolve_incident(IncidentState(version=self.version, title=self.title, zone=self.zone), event)
        self.version, self.title, self.zone = state.version, state.title, state.zone


class SourceFrame(msgspec.Struct, kw_only=True, gc=False):
    """A source without its captures. `captures`: for each snapshot where they lie. `state` knows of none of them."""

    state: SourceState = SourceState()
    captures: dict[str, Positions] = msgspec.field(default_factory=dict)

    @property
    def weight(self) -> int:
        """How much it takes, in snapshots' places of some 200 bytes."""
        return 6 + len(self.captures)

    def take(self, event: Recorded[Act]) -> None:
        """Fold one more event of the stream. Raises IntegrityError, with nothing changed, for one that cannot come here."""
        act = event.body
        state = evolve_source(self.state, event)
        if isinstance(act, SnapshotCaptured):
            self.captures[act.snapshot] = _with(self.captures.get(act.snapshot), event.position)
            state = msgspec.structs.replace(
                state, snapshots=self.state.snapshots, captured_at=self.state.captured_at
            )
        self.state = state
