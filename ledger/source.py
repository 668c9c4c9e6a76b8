"""The state of a source's stream: the least that decisions need, and how each event changes it (ADR 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from immutables import Map
from msgspec.structs import replace

from ledger.errors import IntegrityError
from ledger.events import (
    Act,
    LineageDeclared,
    LineageRevoked,
    Recorded,
    Redacted,
    SnapshotCaptured,
    SourceAmended,
    SourceNoticeRecorded,
    SourceRegistered,
)

if TYPE_CHECKING:
    from ledger.when import Published

__all__ = ["Captures", "LineageEdge", "SourceState", "evolve_source", "recaptured"]


class Captures(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The captures of one snapshot: the newest, and every time at which those bytes were captured."""

    newest: SnapshotCaptured
    times: tuple[str, ...]


def recaptured(before: Captures | None, act: SnapshotCaptured) -> Captures:
    """The captures of a snapshot after one more. A time that was redacted is left out."""
    times = () if before is None else before.times
    if isinstance(act.captured_at, str):
        times = (*times, act.captured_at)
    return Captures(newest=act, times=times)


class LineageEdge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One declared lineage: the source copied from, and whether the declaration still stands."""

    to: str
    standing: bool


class SourceState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One source: its description, captures, notices and lineage. `version` 0: nothing was recorded.

    `snapshots` has the newest capture of each digest, `captured_at` every time at which those bytes were captured.
    """

    version: int = 0
    registered: SourceRegistered | None = None
    published: Published | Literal["never"] | None = None
    snapshots: Map[str, SnapshotCaptured] = Map()
    captured_at: Map[str, tuple[str, ...]] = Map()
    redacted_snapshots: frozenset[str] = frozenset()
    notices: int = 0
    lineage: Map[int, LineageEdge] = Map()

    def captures(self, snapshot: str) -> Captures | None:
        """The captures of one snapshot; None where those bytes were never captured."""
        newest = self.snapshots.get(snapshot)
        return None if newest is None else Captures(newest=newest, times=self.captured_at[snapshot])

    def copied_from(self) -> set[str]:
        """The sources that this one is declared to copy, as it stands."""
        return {edge.to for edge in self.lineage.values() if edge.standing}


def _amended(before: SourceRegistered, act: SourceAmended) -> SourceRegistered:
    changes = {
        name: value
        for name in SourceRegistered.__struct_fields__
        if (value := getattr(act, name)) is not None
    }
    return replace(before, **changes)


def _captured(state: SourceState, act: SnapshotCaptured) -> SourceState:
    captures = recaptured(state.captures(act.snapshot), act)
    return replace(
        state,
        snapshots=state.snapshots.set(act.snapshot, captures.newest),
        captured_at=state.captured_at.set(act.snapshot, captures.times),
    )


def _declared(state: SourceState, act: LineageDeclared, where: str) -> SourceState:
    if act.lineage != len(state.lineage) + 1:
        raise IntegrityError(f"lineage {act.lineage} is declared out of its order", where=where)
    edge = LineageEdge(to=act.to, standing=True)
    return replace(state, lineage=state.lineage.set(act.lineage, edge))


def _revoked(state: SourceState, act: LineageRevoked, where: str) -> SourceState:
    edge = state.lineage.get(act.lineage)
    if edge is None or not edge.standing:
        raise IntegrityError(f"lineage {act.lineage} is revoked that does not stand", where=where)
    return replace(state, lineage=state.lineage.set(act.lineage, replace(edge, standing=False)))


def evolve_source(state: SourceState, event: Recorded[Act]) -> SourceState:
    """The source after one more event of its stream.

    Raises IntegrityError for an event of another sort of stream, or one that cannot come here: before the source was registered,
    registering it again, or lineage out of its order.
    """
    act = event.body
    where = f"version {event.version} of the stream"
    if isinstance(act, SourceRegistered):
        if state.version:
            raise IntegrityError("the source is registered a second time", where=where)
        return replace(state, version=event.version, registered=act, published=act.published)
    registered = state.registered
    if registered is None:
        raise IntegrityError("the source was never registered", where=where)
    state = replace(state, version=event.version)
    match act:
        case SourceAmended():
            registered = _amended(registered, act)
            return replace(state, registered=registered, published=registered.published)
        case SnapshotCaptured():
            return _captured(state, act)
        case SourceNoticeRecorded():
            return replace(state, notices=act.notice)
        case LineageDeclared():
            return _declared(state, act, where)
        case LineageRevoked():
            return _revoked(state, act, where)
        case Redacted():
            return replace(state, redacted_snapshots=state.redacted_snapshots | set(act.snapshots))
        case _:
            raise IntegrityError(f"{event.type} does not belong in a source's stream", where=where)
