"""What a caller is told who decided upon something that has moved: the acts that came in between."""

from __future__ import annotations

import asyncio

import msgspec

from api.http.problems import ProblemError, problem_of
from ledger.clock import format_instant
from ledger.commands import Command, FactCommand, OpenIncident, RegisterKind, RegisterSource
from ledger.decisions.decision import REGISTRY, incident_stream, source_stream
from ledger.errors import StaleError
from ledger.events import Act, Recorded, Redacted
from ledger.history import History
from ledger.values import Json

__all__ = ["MAX_ACTS", "stale_problem"]

MAX_ACTS = 100
"""Most acts that are told; the newest."""


def _stream_of(command: Command) -> str:
    match command:
        case OpenIncident():
            return incident_stream(command.id)
        case RegisterSource():
            return source_stream(command.id)
        case RegisterKind():
            return REGISTRY
        case _:
            incident = getattr(command, "incident", None)
            return (
                source_stream(getattr(command, "source", ""))
                if incident is None
                else incident_stream(incident)
            )


def _is_upon(act: Act, fact: str) -> bool:
    if isinstance(act, Redacted):
        return any(one.fact == fact for one in act.facts)
    return getattr(act, "fact", None) == fact


def _told(event: Recorded[Act]) -> dict[str, Json]:
    return {
        "position": event.position,
        "version": event.version,
        "type": event.type,
        "recorded_at": format_instant(event.recorded_at),
        "actor": event.actor,
    }


def _between(history: History, command: Command, error: StaleError) -> tuple[dict[str, Json], ...]:
    if not 0 < error.expected < error.current:
        return ()
    events = [event for event in history.stream(_stream_of(command)) if event.version > error.expected]
    if isinstance(command, FactCommand):
        events = [event for event in events if _is_upon(event.body, command.fact)]
    return tuple(_told(event) for event in events[-MAX_ACTS:])


async def stale_problem(
    history: History, command: Command, error: StaleError, *, by_header: bool
) -> ProblemError:
    """The problem of a version that is no longer the newest: 412 where If-Match named it, 409 where the body did."""
    problem = problem_of(error).problem
    acts = await asyncio.to_thread(_between, history, command, error)
    if not by_header:
        return ProblemError(msgspec.structs.replace(problem, acts=acts))
    detail = f"If-Match names another version than the present one, {error.current}; read it again before you decide"
    return ProblemError(
        msgspec.structs.replace(
            problem,
            status=412,
            title="Precondition Failed",
            detail=detail,
            expected=error.expected or None,
            acts=acts,
        )
    )
