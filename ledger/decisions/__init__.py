"""Deciding: a command and the present state in, the acts to record or a refusal out. Pure (ADR 1).

`decide` does no I/O, reads no clock and makes no ids: `now` is passed in, and ids that a caller left out were made when the
command was read (read_command.py). A command with nothing left to do records nothing
(it *stays quiet*); one that breaks a rule raises a RefusedError that names the field and the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from ledger.commands import (
    AmendFact,
    AmendIncident,
    AmendSource,
    AttestFact,
    CaptureSnapshot,
    CorrectFact,
    DeclareLineage,
    DisputeFact,
    OpenIncident,
    RecordNotice,
    RecordSnapshot,
    Redact,
    RegisterKind,
    RegisterSource,
    ReinstateFact,
    ReportFact,
    ResolveDispute,
    RetractFact,
    RevokeLineage,
    WithdrawAttestation,
)
from ledger.decisions import attesting, disputing, mending, redacting, registering, reporting, sourcing
from ledger.decisions.decision import Decision, Draft, Erasure

if TYPE_CHECKING:
    import datetime as dt

    from ledger.commands import Command
    from ledger.context import Context

__all__ = ["Decision", "Draft", "Erasure", "decide"]


def decide(command: Command, context: Context, now: dt.datetime) -> Decision:  # noqa: C901  one arm per command
    """What recording `command` would add. `now` is the instant of the transaction.

    Raises RefusedError (InvalidError, UnknownError, ConflictError, StaleError, RuleError) where the command is refused.
    """
    match command:
        case OpenIncident():
            return reporting.open_incident(command, context)
        case AmendIncident():
            return reporting.amend_incident(command, context)
        case ReportFact():
            return reporting.report_fact(command, context)
        case AttestFact():
            return attesting.attest_fact(command, context)
        case WithdrawAttestation():
            return attesting.withdraw_attestation(command, context)
        case CorrectFact():
            return mending.correct_fact(command, context)
        case AmendFact():
            return mending.amend_fact(command, context)
        case RetractFact():
            return mending.retract_fact(command, context)
        case ReinstateFact():
            return mending.reinstate_fact(command, context)
        case DisputeFact():
            return disputing.dispute_fact(command, context)
        case ResolveDispute():
            return disputing.resolve_dispute(command, context)
        case RegisterSource():
            return sourcing.register_source(command, context)
        case AmendSource():
            return sourcing.amend_source(command, context)
        case RecordSnapshot():
            return sourcing.record_snapshot(command, context, now)
        case CaptureSnapshot():
            raise TypeError("the bytes of a snapshot are stored first; blobs.py makes a RecordSnapshot of it")
        case RecordNotice():
            return sourcing.record_notice(command, context)
        case DeclareLineage():
            return sourcing.declare_lineage(command, context)
        case RevokeLineage():
            return sourcing.revoke_lineage(command, context)
        case Redact():
            return redacting.redact(command, context)
        case RegisterKind():
            return registering.register_kind(command, context)
        case _:
            assert_never(command)
