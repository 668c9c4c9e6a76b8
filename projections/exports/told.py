"""One incident at a point of both axes, with all that an export tells of it: the view, the acts, and the sources."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from ledger.citation import quote_of
from ledger.values import Absent
from projections.audit_trail import AuditEntry, trail_at
from projections.citing.described import Described, descriptions_at
from projections.incident_view import IncidentView, incident_view

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.citation import Citation
    from ledger.events import Act, Recorded
    from projections.axes import Axes

__all__ = ["Told", "as_json", "cell", "corrections_of", "name_of", "quoted_words", "told"]

_ENCODER = msgspec.json.Encoder(order="sorted")
_CORRECTING = ("FactCorrected", "FactRetracted")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an export tells of an incident. `sources` are those that a shown passage or act cites or relays."""

    view: IncidentView
    entries: tuple[AuditEntry, ...]
    sources: dict[str, Described]

    @property
    def incident(self) -> str:
        """The incident's id."""
        return self.view.incident


def told(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> Told | None:
    """An incident as it stood; None where it was not known yet. `events` as incident_view takes them."""
    view = incident_view(events, incident, axes)
    if view is None:
        return None
    entries = trail_at(events, incident, axes)
    named = dict.fromkeys(_named(view, entries))
    described = descriptions_at(events, axes.known)
    return Told(
        view=view, entries=entries, sources={one: described[one] for one in named if one in described}
    )


def _named(view: IncidentView, entries: Sequence[AuditEntry]) -> Iterator[str]:
    for fact in view.facts:
        for passage in fact.attestations:
            yield passage.attestation.source
            if passage.attestation.relays is not None:
                yield passage.attestation.relays
    for entry in entries:
        yield from (cited.source for cited in entry.citations)


def corrections_of(entries: Sequence[AuditEntry], fact: str) -> list[AuditEntry]:
    """The corrections and retractions of a fact, oldest first; those of class `wording` change nothing that was told."""
    return [
        entry
        for entry in entries
        if entry.fact == fact and entry.type in _CORRECTING and entry.words.get("class") != "wording"
    ]


def cell(value: object) -> str:
    """A value as the text of one cell: absence in brackets, so that what was redacted is seen to have been there."""
    match value:
        case None:
            return ""
        case Absent():
            return f"[{value.absent}]"
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            return value.isoformat()
        case str() | int():
            return str(value)
        case list() | tuple():
            return "; ".join(map(cell, value))
        case dict() if list(value) == ["absent"]:
            return f"[{value['absent']}]"
        case _:
            return as_json(value)


def as_json(value: object) -> str:
    """A value of the model as JSON with sorted members; "" where there is none."""
    return _ENCODER.encode(value).decode() if value else ""


def name_of(source: Described | None) -> str:
    """The title of a source, or its tombstone."""
    return "" if source is None else cell(source.title)


def quoted_words(citation: Citation) -> str:
    """The words that a citation quotes; the tombstone where they were redacted."""
    if isinstance(citation.selector, Absent):
        return cell(citation.selector)
    quote = quote_of(citation)
    return "" if quote is None else quote.exact
