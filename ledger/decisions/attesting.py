"""Deciding to attest a fact and to withdraw an attestation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.citation import check_unique
from ledger.decisions.checks import (
    attestations_of,
    check_attestation,
    check_citations,
    check_new_ids,
    check_not_standing,
    check_reason,
    fact_of,
    item,
)
from ledger.decisions.decision import incident_stream, one
from ledger.errors import ConflictError, RuleError
from ledger.events import AttestationWithdrawn, FactAttested

if TYPE_CHECKING:
    from ledger.commands import AttestFact, WithdrawAttestation
    from ledger.context import Context
    from ledger.decisions.decision import Decision
    from ledger.incident import FactState

__all__ = ["attest_fact", "check_supports_left", "check_withdrawable", "withdraw_attestation"]

_FIELD = "/attestation"


def check_withdrawable(fact: FactState, idents: tuple[str, ...], *, field: str) -> None:
    """Refuse ids that the fact does not have or that were withdrawn before. Raises UnknownError or ConflictError."""
    for index, ident in enumerate(idents):
        at = item(field, index)
        if check_attestation(fact, ident, field=at).withdrawn or ident in idents[:index]:
            raise ConflictError(f"attestation {ident!r} was withdrawn already", field=at)


def check_supports_left(fact: FactState, gone: tuple[str, ...], *, field: str, new: bool = False) -> None:
    """Refuse to leave a fact without a standing attestation that supports it. `new`: the act brings one of its own."""
    left = (one for key, one in fact.standing().items() if key not in gone)
    if not new and not any(one.stance == "supports" for one in left):
        raise RuleError(
            "last-support",
            "it is the last standing attestation that supports the fact; attest another first, or retract the fact",
            field=field,
        )


def attest_fact(command: AttestFact, context: Context) -> Decision:
    """Refused: fact, source or snapshot unknown; the same passage attests the fact already."""
    state, fact = fact_of(context, command)
    kind = context.kinds.resolve(fact.content.kind, field="/fact")
    (attestation,) = attestations_of((command.attestation,), kind, state, command.fact, field=_FIELD)
    check_new_ids(fact, (attestation,), field=_FIELD)
    check_citations(context, (attestation,), field=_FIELD)
    check_not_standing(fact.standing(), (attestation,), field=_FIELD)
    act = FactAttested(fact=command.fact, attestation=attestation)
    stream = incident_stream(command.incident)
    return one(act, ident=attestation.id, stream=stream, version=state.version, answers=fact.version)


def withdraw_attestation(command: WithdrawAttestation, context: Context) -> Decision:
    """Refused: attestation unknown or withdrawn already; it is the last standing one that supports."""
    state, fact = fact_of(context, command)
    check_reason(command.reason)
    check_withdrawable(fact, (command.attestation,), field="/attestation")
    check_supports_left(fact, (command.attestation,), field="/attestation")
    check_unique(command.citations, field="/citations")
    check_citations(context, command.citations, field="/citations")
    act = AttestationWithdrawn(
        fact=command.fact,
        attestation=command.attestation,
        cause=command.cause,
        reason=command.reason,
        citations=command.citations,
    )
    stream = incident_stream(command.incident)
    return one(act, ident=command.attestation, stream=stream, version=state.version, answers=fact.version)
