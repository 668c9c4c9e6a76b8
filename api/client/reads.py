"""What can be read from a server, as values that both clients take: a path, what is asked of it, and the type of the answer.

The types are those that the server answers with. A point is `At(known=…, public=…)`; left out, it is the present.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from api.client.calls import Call
from ledger.transparency import FactProof
from ledger.values import STORED, Json
from projections.audit_trail import AuditEntry
from projections.changes import Changes
from projections.conflicts import IncidentConflicts
from projections.fact_lineage import FactLineage
from projections.first_known import IncidentFirstKnown
from projections.page_rows import CitationRow, CorrectionRow, FactRow, IncidentRow
from projections.replay import ReplayStep
from projections.told_facts import IncidentTimeline, ToldFact, ToldIncident
from projections.told_sources import ToldSource
from projections.work_items import Item

__all__ = [
    "NOW",
    "At",
    "Page",
    "Pages",
    "Read",
    "changes",
    "conflicts",
    "corrections",
    "fact",
    "facts",
    "first_known",
    "incident",
    "incidents",
    "kinds",
    "lineage",
    "proof",
    "replay",
    "snapshot",
    "source",
    "source_facts",
    "sources",
    "stored_events",
    "timeline",
    "trail",
    "worklist",
]

T = TypeVar("T")


class At(msgspec.Struct, frozen=True, kw_only=True):
    """A point: what the ledger knew at a position or instant, of what was public at an instant."""

    known: int | dt.datetime | None = None
    public: dt.datetime | None = None

    @property
    def said(self) -> dict[str, Json]:
        """As a query says it. Raises ValueError for an instant without an offset."""
        return {"known_at": _text(self.known), "public_at": _text(self.public)}


NOW = At()


def _text(value: Json) -> Json:
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no offset, and the ledger knows no local time")
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else value


class Read(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One thing to be read: `Client.read` answers it."""

    url: str
    decode: Callable[[bytes], T]

    @property
    def call(self) -> Call:
        """The call that asks for it."""
        return Call(method="GET", url=self.url)


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A page of a list: its rows, the position that all its pages are of, and where the next begins."""

    rows: tuple[T, ...]
    position: int
    next: str | None = None


class Pages(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A list to be read page by page: `Client.rows` answers its rows, all of one position."""

    path: str
    asked: dict[str, Json]
    decode: Callable[[bytes], Page[T]]

    def page(self, cursor: str | None = None, *, at_least: int = 0) -> Read[Page[T]]:
        """The page at a cursor, which says the position; without one the first, which has taken in position `at_least`.

        A list of a point in the past, and one that says an `at_least` of its own, are left as they are.
        """
        asked = self.asked
        if cursor is not None:
            asked = {**asked, "cursor": cursor, "known_at": None, "at_least": None}
        elif at_least and asked.get("known_at") is None:
            asked = {"at_least": at_least, **asked}
        return Read(url=_url(self.path, asked), decode=self.decode)


def _url(path: str, asked: dict[str, Json]) -> str:
    said = urlencode({name: _text(value) for name, value in asked.items() if value is not None})
    return f"{path}?{said}" if said else path


def _typed(answers: type[T]) -> Callable[[bytes], T]:
    decoder = msgspec.json.Decoder(answers)

    def decode(body: bytes) -> T:
        # What stands in the ledger was judged when it was recorded, and may be older than a rule.
        token = STORED.set(True)
        try:
            return decoder.decode(body)
        finally:
            STORED.reset(token)

    return decode


def _line_by_line(answers: type[T]) -> Callable[[bytes], tuple[T, ...]]:
    decode = _typed(answers)
    return lambda body: tuple(decode(line) for line in body.splitlines() if line)


class _Trail(msgspec.Struct, frozen=True, kw_only=True):
    entries: tuple[AuditEntry, ...]
    position: int
    next: str | None = None


class _Kinds(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[dict[str, Json], ...]


_TRAIL = _typed(_Trail)
_KINDS = _typed(_Kinds)
_INCIDENT = _typed(ToldIncident)
_TIMELINE = _typed(IncidentTimeline)
_CONFLICTS = _typed(IncidentConflicts)
_FIRST_KNOWN = _typed(IncidentFirstKnown)
_CHANGES = _typed(Changes)
_FACT = _typed(ToldFact)
_LINEAGE = _typed(FactLineage)
_PROOF = _typed(FactProof)
_SOURCE = _typed(ToldSource)
_REPLAY = _line_by_line(ReplayStep)
_EVENTS = _line_by_line(dict)


def _of(incident: str, *more: str) -> str:
    return "/".join(("/v1/incidents", *(quote(part, safe="") for part in (incident, *more))))


def incident(ident: str, at: At = NOW) -> Read[ToldIncident]:
    """An incident as it stood."""
    return Read(url=_url(_of(ident), at.said), decode=_INCIDENT)


def timeline(ident: str, at: At = NOW) -> Read[IncidentTimeline]:
    """The facts of an incident in order of occurrence."""
    return Read(url=_url(_of(ident, "timeline"), at.said), decode=_TIMELINE)


def conflicts(ident: str, at: At = NOW) -> Read[IncidentConflicts]:
    """Where sources disagree."""
    return Read(url=_url(_of(ident, "conflicts"), at.said), decode=_CONFLICTS)


def first_known(ident: str, at: At = NOW) -> Read[IncidentFirstKnown]:
    """When each fact occurred, was first public and first recorded."""
    return Read(url=_url(_of(ident, "first-known"), at.said), decode=_FIRST_KNOWN)


def changes(
    ident: str,
    *,
    start: int | dt.datetime | None = None,
    end: int | dt.datetime | None = None,
    axis: str = "known",
    at: At = NOW,
) -> Read[Changes]:
    """What changed between two points of an axis; `at` holds the other."""
    asked = {"from": start, "to": end, "axis": axis, **at.said}
    return Read(url=_url(_of(ident, "changes"), asked), decode=_CHANGES)


def replay(ident: str, at: At = NOW) -> Read[tuple[ReplayStep, ...]]:
    """The incident act by act."""
    return Read(url=_url(_of(ident, "replay"), at.said), decode=_REPLAY)


def stored_events(ident: str, at: At = NOW) -> Read[tuple[dict[str, Json], ...]]:
    """The stored events, as lines of the log."""
    return Read(url=_url(_of(ident, "events"), at.said), decode=_EVENTS)


def fact(ident: str, fact_id: str, at: At = NOW) -> Read[ToldFact]:
    """A fact as it stood."""
    return Read(url=_url(_of(ident, "facts", fact_id), at.said), decode=_FACT)


def lineage(ident: str, fact_id: str, at: At = NOW) -> Read[FactLineage]:
    """Every act upon a fact."""
    return Read(url=_url(_of(ident, "facts", fact_id, "lineage"), at.said), decode=_LINEAGE)


def proof(ident: str, fact_id: str, at: At = NOW) -> Read[FactProof]:
    """A file that proves a fact: `proof(…).file` is its bytes."""
    return Read(url=_url(_of(ident, "facts", fact_id, "proof"), at.said), decode=_PROOF)


def source(ident: str, at: At = NOW) -> Read[ToldSource]:
    """A source as known."""
    return Read(url=_url(f"/v1/sources/{quote(ident, safe='')}", at.said), decode=_SOURCE)


def snapshot(source_id: str, digest: str) -> Read[bytes]:
    """The captured bytes."""
    path = f"/v1/sources/{quote(source_id, safe='')}/snapshots/{quote(digest, safe='')}"
    return Read(url=path, decode=bytes)


def kinds(at: At = NOW) -> Read[tuple[dict[str, Json], ...]]:
    """The kinds of facts in force."""
    return Read(url=_url("/v1/kinds", at.said), decode=lambda body: _KINDS(body).rows)


def _trail_page(body: bytes) -> Page[AuditEntry]:
    told = _TRAIL(body)
    return Page(rows=told.entries, position=told.position, next=told.next)


def trail(
    ident: str, at: At = NOW, *, fact_id: str | None = None, limit: int | None = None
) -> Pages[AuditEntry]:
    """Every act of an incident, what it changed and why."""
    asked = {"fact": fact_id, "limit": limit, **at.said}
    return Pages(path=_of(ident, "audit"), asked=asked, decode=_trail_page)


def _listed(path: str, row: type[T], at: At, **asked: Json) -> Pages[T]:
    return Pages(path=path, asked={**asked, **at.said}, decode=_typed(Page[row]))  # type: ignore[valid-type]  # made at run time


def incidents(at: At = NOW, **filters: Json) -> Pages[IncidentRow]:
    """Incidents of which a fact answers the filters, by the names that the API has for them."""
    return _listed("/v1/incidents", IncidentRow, at, **filters)


def facts(at: At = NOW, **filters: Json) -> Pages[FactRow]:
    """Facts of all incidents that answer the filters."""
    return _listed("/v1/facts", FactRow, at, **filters)


def corrections(at: At = NOW, *, wording: bool = False, limit: int | None = None) -> Pages[CorrectionRow]:
    """Corrections and retractions, the newest first."""
    return _listed("/v1/corrections", CorrectionRow, at, wording=wording, format="json", limit=limit)


def worklist(at: At = NOW, **matters: Json) -> Pages[Item]:
    """What the desk is asked to look at; `matters` are incident, source and sort."""
    return _listed("/v1/worklist", Item, at, **matters)


def sources(at: At = NOW, *, limit: int | None = None) -> Pages[ToldSource]:
    """The sources, in the order registered."""
    return _listed("/v1/sources", ToldSource, at, limit=limit)


def source_facts(ident: str, at: At = NOW, *, limit: int | None = None) -> Pages[CitationRow]:
    """What was taken from a source, and which facts stand."""
    return _listed(f"/v1/sources/{quote(ident, safe='')}/facts", CitationRow, at, limit=limit)
