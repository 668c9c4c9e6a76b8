"""What is known of the sources at a position: publication, captures, notices, and who copied whom (model §4)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import msgspec

from ledger.events import (
    LineageDeclared,
    LineageRevoked,
    SnapshotCaptured,
    SourceAmended,
    SourceNoticeRecorded,
    SourceRegistered,
)
from ledger.when import Published, parse_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ledger.events import Act, Recorded

__all__ = ["Notice", "SourceAt", "copied_by", "origins_by_lineage", "sources_at"]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice of a source, and when it was recorded."""

    act: SourceNoticeRecorded
    recorded_at: dt.datetime


class SourceAt(msgspec.Struct, frozen=True, kw_only=True):
    """One source as known at a position."""

    id: str
    title: str = ""
    publisher: str = ""
    published: Published | Literal["never"] | None = None
    captured: dict[str, dt.datetime] = msgspec.field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    copies: dict[int, str] = msgspec.field(default_factory=dict)


def _described(source: SourceAt, act: SourceRegistered | SourceAmended) -> SourceAt:
    changes: dict[str, object] = {}
    for name in ("title", "publisher"):
        text = getattr(act, name)
        if text is not None:
            changes[name] = text if isinstance(text, str) else ""
    if act.published is not None:
        changes["published"] = act.published
    return msgspec.structs.replace(source, **changes)


def _evolve(source: SourceAt, event: Recorded[Act]) -> SourceAt:
    act = event.body
    replace = msgspec.structs.replace
    match act:
        case SourceRegistered() | SourceAmended():
            return _described(source, act)
        case SnapshotCaptured():
            if not isinstance(act.captured_at, str):
                return source
            captured = parse_datetime(act.captured_at, field="/captured_at")
            # In place: this fold alone has it by now, and a data set has a capture for each of its commits.
            source.captured[act.snapshot] = min(captured, source.captured.get(act.snapshot, captured))
            return source
        case SourceNoticeRecorded():
            return replace(source, notices=(*source.notices, Notice(act=act, recorded_at=event.recorded_at)))
        case LineageDeclared():
            return replace(source, copies={**source.copies, act.lineage: act.to})
        case LineageRevoked():
            return replace(source, copies={n: to for n, to in source.copies.items() if n != act.lineage})
        case _:
            return source


def sources_at(events: Iterable[Recorded[Act]], known: int) -> dict[str, SourceAt]:
    """Every source that the events up to position `known` speak of. Events of other streams are passed over."""
    sources: dict[str, SourceAt] = {}
    for event in events:
        kind, _, ident = event.stream.partition("/")
        if kind == "source" and event.position <= known:
            sources[ident] = _evolve(sources.get(ident, SourceAt(id=ident)), event)
    return sources


def origins_by_lineage(sources: Mapping[str, SourceAt]) -> dict[str, str]:
    """For each source the name of its origin: works joined by standing lineage have one (model §4, Origins).

    The name is that of a work among them which copies none, the first by id where there are several.
    """
    parent = {ident: ident for ident in sources}

    def root(ident: str) -> str:
        while parent[ident] != ident:
            parent[ident] = parent[parent[ident]]
            ident = parent[ident]
        return ident

    for source in sources.values():
        for to in source.copies.values():
            parent.setdefault(to, to)
            one, other = sorted((root(source.id), root(to)))
            parent[other] = one
    names: dict[str, str] = {}
    for ident in sorted(parent, key=lambda one: (one in sources and bool(sources[one].copies), one)):
        names.setdefault(root(ident), ident)
    return {ident: names[root(ident)] for ident in parent}


def copied_by(ident: str, sources: Mapping[str, SourceAt]) -> tuple[str, ...]:
    """The works that a source copies, syndicates or rewrites by standing lineage, and those that they do, nearest first."""
    found: dict[str, None] = {}
    ahead = [ident]
    for one in ahead:
        for to in sources[one].copies.values() if one in sources else ():
            if to != ident and to not in found:
                found[to] = None
                ahead.append(to)
    return tuple(found)
