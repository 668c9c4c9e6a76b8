"""One act as a reader is told of it: an entry of the audit trail, also where it is a source's, and since when it was public."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.citation import quote_of
from ledger.clock import format_instant
from ledger.events import LineageDeclared, LineageRevoked, SourceNoticeRecorded
from ledger.values import Json
from projections.audit_trail import AuditEntry, CitedWords, audit_trail, trail_at
from projections.axes import is_public
from projections.source_view import sources_at

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from ledger.citation import Citation
    from ledger.events import Act, Recorded
    from projections.axes import Axes

__all__ = ["Account", "Accounts"]

_WORDS = ("type", "summary", "scope", "relation", "to", "reason", "legal_basis", "authority")


class Account(AuditEntry, frozen=True, kw_only=True, omit_defaults=True):
    """One act of an incident, or of a source that it rests on. `public_from`: when it was certainly public, where that is told."""

    stream: str
    public_from: str | None = None


class Accounts:
    """The accounts of an incident's acts and of its sources', with what was public by `axes.public` of what they changed and cite.

    `out` are the positions of the incident's acts that were.
    """

    def __init__(self, events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> None:
        self._axes = axes
        self._sources = sources_at(events, axes.known)
        whole = () if axes.public is None else audit_trail(events, incident, axes.known)
        self._entries = {entry.position: _in_short(entry) for entry in whole}
        out = {entry.position: entry for entry in trail_at(events, incident, axes.point)}
        self._entries |= out
        self.out = frozenset(out)
        self._declared = {
            (event.stream, event.body.lineage): event.body
            for event in events
            if isinstance(event.body, LineageDeclared)
        }

    def of(self, event: Recorded[Act], public_from: dt.datetime | None = None) -> Account:
        """The account of one act."""
        entry = self._entries.get(event.position)
        public = None if public_from is None else public_from.isoformat()
        if entry is not None:
            members = {name: getattr(entry, name) for name in AuditEntry.__struct_fields__}
            return Account(**members, stream=event.stream, public_from=public)
        act = event.body
        cited = act.citations if isinstance(act, SourceNoticeRecorded | LineageDeclared) else ()
        return Account(
            position=event.position,
            version=event.version,
            recorded_at=format_instant(event.recorded_at),
            actor=event.actor,
            on_behalf_of=event.on_behalf_of,
            type=event.type,
            words=self._words(event.stream, act),
            citations=tuple(
                _cited(one for one in cited if is_public(one, self._sources, event.recorded_at, self._axes))
            ),
            event_id=event.event_id,
            stream=event.stream,
            public_from=public,
        )

    def _words(self, stream: str, act: Act) -> dict[str, Json]:
        """What a source's act says of itself; where it revokes a lineage, which."""
        found = {name: getattr(act, name, None) for name in _WORDS}
        if isinstance(act, LineageRevoked):
            declared = self._declared[stream, act.lineage]
            found |= {"relation": declared.relation, "to": declared.to}
        return {name: msgspec.to_builtins(value) for name, value in found.items() if value is not None}


def _in_short(entry: AuditEntry) -> AuditEntry:
    """An act that was not out: that it was, by whom and when."""
    return msgspec.structs.replace(entry, changes=(), words={}, citations=())


def _cited(citations: Iterable[Citation]) -> Iterable[CitedWords]:
    for one in citations:
        quote = quote_of(one)
        yield CitedWords(
            id=one.id,
            source=one.source,
            quote=None if quote is None else quote.exact,
            pinned=one.snapshot is not None and bool(one.selector),
        )
