"""Deciding to record that somebody contests a fact, and how that was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.citation import check_unique
from ledger.decisions.checks import check_attestation, check_citations, check_reason, fact_of
from ledger.decisions.decision import incident_stream, one
from ledger.errors import ConflictError, InvalidError, UnknownError
from ledger.events import DisputeResolved, FactDisputed
from ledger.values import check_text

if TYPE_CHECKING:
    from ledger.commands import DisputeFact, ResolveDispute
    from ledger.context import Context
    from ledger.decisions.decision import Decision

__all__ = ["dispute_fact", "resolve_dispute"]

_MAX_BY = 1_024


def dispute_fact(command: DisputeFact, context: Context) -> Decision:
    """Refused: fact unknown; nobody named; no grounds."""
    state, fact = fact_of(context, command)
    check_text(command.by, field="/by", limit=_MAX_BY)
    check_reason(command.grounds, field="/grounds")
    check_unique(command.citations, field="/citations")
    check_citations(context, command.citations, field="/citations")
    number = len(fact.disputes) + 1
    act = FactDisputed(
        fact=command.fact, dispute=number, by=command.by, grounds=command.grounds, citations=command.citations
    )
    stream = incident_stream(command.incident)
    return one(act, ident=str(number), stream=stream, version=state.version, answers=fact.version)


def resolve_dispute(command: ResolveDispute, context: Context) -> Decision:
    """Refused: dispute unknown or answered already; what it settles is unknown."""
    state, fact = fact_of(context, command)
    check_reason(command.reason)
    if command.dispute not in fact.disputes:
        raise UnknownError(
            "dispute", str(command.dispute), field="/dispute", hint=f"the fact has {len(fact.disputes)}"
        )
    if not fact.disputes[command.dispute]:
        raise ConflictError(f"dispute {command.dispute} was resolved already", field="/dispute")
    for index, ident in enumerate(command.settles):
        check_attestation(fact, ident, field=f"/settles/{index}")
        if ident in command.settles[:index]:
            raise InvalidError("this id stands twice", field=f"/settles/{index}")
    act = DisputeResolved(
        fact=command.fact,
        dispute=command.dispute,
        outcome=command.outcome,
        reason=command.reason,
        settles=command.settles,
    )
    stream = incident_stream(command.incident)
    return one(act, ident=str(command.dispute), stream=stream, version=state.version, answers=fact.version)
