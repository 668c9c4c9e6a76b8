"""Deciding to open and amend an incident, and to report a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.citation import check_unique
from ledger.decisions.checks import (
    attestations_of,
    check_citations,
    check_not_standing,
    check_reason,
    content_of,
    incident_of,
)
from ledger.decisions.decision import incident_stream, one
from ledger.errors import ConflictError, InvalidError, RuleError
from ledger.events import FactReported, IncidentAmended, IncidentOpened
from ledger.ids import check_id
from ledger.values import check_text
from ledger.zones import find_zone

if TYPE_CHECKING:
    from ledger.commands import AmendIncident, OpenIncident, ReportFact
    from ledger.context import Context
    from ledger.decisions.decision import Decision

__all__ = ["MAX_TITLE", "amend_incident", "open_incident", "report_fact"]

MAX_TITLE = 1_024


def open_incident(command: OpenIncident, context: Context) -> Decision:
    """Refused: the id is in use; no such time zone."""
    check_id(command.id, field="/id")
    check_text(command.title, field="/title", limit=MAX_TITLE)
    find_zone(command.zone, field="/zone")
    if context.incident(command.id).version:
        raise ConflictError(f"incident {command.id!r} was opened already", field="/id")
    act = IncidentOpened(title=command.title, zone=command.zone)
    return one(act, ident=command.id, stream=incident_stream(command.id), version=0)


def amend_incident(command: AmendIncident, context: Context) -> Decision:
    """Refused: unknown incident; nothing changes; no such time zone."""
    state = incident_of(context, command.incident)
    check_reason(command.reason)
    if command.title is not None:
        check_text(command.title, field="/title", limit=MAX_TITLE)
    if command.zone is not None:
        find_zone(command.zone, field="/zone")
    title = None if command.title == state.title else command.title
    zone = None if command.zone == state.zone else command.zone
    if title is None and zone is None:
        raise RuleError(
            "nothing-changes", "title and zone already stand so; an amendment changes at least one of them"
        )
    check_unique(command.citations, field="/citations")
    check_citations(context, command.citations, field="/citations")
    act = IncidentAmended(title=title, zone=zone, reason=command.reason, citations=command.citations)
    return one(act, ident=command.incident, stream=incident_stream(command.incident), version=state.version)


def report_fact(command: ReportFact, context: Context) -> Decision:
    """Refused: unknown incident, source or snapshot; the id is in use; no supporting citation; the kind's rules are broken."""
    state = incident_of(context, command.incident)
    check_id(command.id, field="/id")
    if command.id in state.facts:
        raise ConflictError(f"incident {command.incident} has a fact {command.id!r} already", field="/id")
    kind = context.kinds.resolve(command.kind, field="/kind")
    newest = context.kinds.newest(kind.slug)
    if newest is not None and newest.version != kind.version:
        raise InvalidError(f"a new report uses the newest version of its kind, {newest.ref}", field="/kind")
    content = content_of(command, kind, state, command.id)
    attestations = attestations_of(command.citations, kind, state, command.id, field="/citations")
    if not any(cited.stance == "supports" for cited in attestations):
        raise RuleError(
            "no-citation",
            "no citation, no fact: give at least one citation with the stance supports",
            field="/citations",
        )
    check_citations(context, attestations, field="/citations")
    check_not_standing({}, attestations, field="/citations")
    act = FactReported(fact=command.id, content=content, attestations=attestations)
    return one(act, ident=command.id, stream=incident_stream(command.incident), version=state.version)
