"""A batch: commands a line each, recorded as they come, an answer a line (docs/http.md).

Lines that arrive together go to the writer together. A batch that is atomic, or only tried, is read whole before anything is decided,
so it has a limit of its own; any other is as long as it likes, and what is held of it is a group of lines.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
import orjson
from starlette.requests import ClientDisconnect, Request

from api.http.auth import admitted_of
from api.http.batch_lines import Line, LineSplitter, ask_of_line
from api.http.body import body_chunks
from api.http.problems import Problem, ProblemError, problem_json, problem_of, problem_of_status
from api.http.roles import Admitted, Role, role_of, role_problem
from api.http.serving import Served
from api.http.spool import Spool
from api.http.writing import problem_of_refusal
from api.opening import open_for_rehearsal
from ledger.append import Ask, Receipt
from ledger.errors import LedgerError, RefusedError, RuleError
from ledger.values import Json

if TYPE_CHECKING:
    from ledger.append import Outcome

__all__ = ["record_atomically", "record_streamed", "rehearse"]

GROUP_LINES = 250
GROUP_BYTES = 4 * 1024 * 1024


class LineAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a line: a receipt, or a problem."""

    line: int
    receipt: Receipt | None = None
    problem: Problem | None = None

    def json(self) -> bytes:
        """The answer as a line of JSON."""
        told: dict[str, Json] = {"line": self.line}
        if self.receipt is not None:
            told["receipt"] = msgspec.to_builtins(self.receipt)
        if self.problem is not None:
            told["problem"] = problem_json(self.problem)
        return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _problem(error: Exception) -> Problem:
    match error:
        case ProblemError():
            return error.problem
        case RefusedError():
            return problem_of_refusal(error).problem
        case LedgerError():
            return problem_of(error).problem
        case _:
            return problem_of_status(500).problem


def _answer(number: int, outcome: Outcome) -> LineAnswer:
    if isinstance(outcome, Receipt):
        return LineAnswer(line=number, receipt=outcome)
    return LineAnswer(line=number, problem=_problem(outcome))


def _asked(line: Line, served: Served, admitted: Admitted) -> Ask | RefusedError | ProblemError:
    """What a line asks for, or why it may not: it needs the role that its command needs elsewhere."""
    if admitted.caller is None:
        return role_problem(admitted, Role.REPORTER)
    try:
        ask = ask_of_line(line, served.ids, admitted.caller)
    except RefusedError as error:
        return error
    role = role_of(ask.command)
    return ask if admitted.role >= role else role_problem(admitted, role)


async def _recorded(asks: Sequence[Ask], served: Served, *, atomic: bool) -> list[Outcome]:
    try:
        return await served.record_batch(asks, atomic=atomic)
    except LedgerError as error:
        return [error] * len(asks)


async def _record_group(lines: Sequence[Line], served: Served, admitted: Admitted) -> Iterator[LineAnswer]:
    """Record lines together; one that is refused does not stop the others."""
    asked = [_asked(line, served, admitted) for line in lines]
    asks = [one for one in asked if isinstance(one, Ask)]
    outcomes = iter(await _recorded(asks, served, atomic=False) if asks else [])
    return (
        _answer(line.number, next(outcomes) if isinstance(one, Ask) else one)
        for line, one in zip(lines, asked, strict=True)
    )


def _groups(lines: Iterator[Line]) -> Iterator[list[Line]]:
    group: list[Line] = []
    size = 0
    for line in lines:
        group.append(line)
        size += len(line.data or b"")
        if len(group) >= GROUP_LINES or size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


async def _record_into(spool: Spool, request: Request, served: Served) -> None:
    """Record the lines of a body as they come, and put their answers into a spool. What is complete is recorded, also of a broken body."""
    admitted, settings, splitter = admitted_of(request), served.settings, LineSplitter()
    last = 0
    try:
        async for chunk in body_chunks(request, settings.batch_limit_bytes, settings.body_idle_s):
            for group in _groups(splitter.feed(chunk)):
                for answer in await _record_group(group, served, admitted):
                    spool.put(answer.json())
                last = group[-1].number
        for group in _groups(splitter.end()):
            for answer in await _record_group(group, served, admitted):
                spool.put(answer.json())
    except ClientDisconnect:
        return
    except ProblemError as problem:
        # Too slow, or too much: the answer has begun, so a line says why it ends.
        spool.put(LineAnswer(line=last + 1, problem=problem.problem).json())
    finally:
        spool.end()


async def record_streamed(request: Request, served: Served) -> AsyncIterator[bytes]:
    """The answers to a batch, recorded while they are read. Recording never waits for its answers to be taken."""
    spool = Spool()
    recording = asyncio.create_task(_record_into(spool, request, served))
    try:
        async for piece in spool.pieces():
            yield piece
        await recording
    finally:
        recording.cancel()
        await asyncio.wait([recording])
        spool.close()


async def _whole(request: Request, served: Served) -> list[Line]:
    """Every line of a body that has to be held. Raises ProblemError (413) where it is too long, and what body_chunks raises."""
    settings, splitter = served.settings, LineSplitter()
    lines: list[Line] = []
    async for chunk in body_chunks(request, settings.atomic_limit_bytes, settings.body_idle_s):
        lines += splitter.feed(chunk)
        _refuse_too_many(lines, settings.atomic_lines)
    lines += splitter.end()
    _refuse_too_many(lines, settings.atomic_lines)
    return lines


def _refuse_too_many(lines: Sequence[Line], limit: int) -> None:
    if len(lines) > limit:
        raise ProblemError.of(
            413,
            "too-large",
            f"a batch that is atomic, or only tried, has at most {limit} lines; nothing was recorded",
            headers={"Connection": "close"},
        )


async def record_atomically(request: Request, served: Served) -> bytes:
    """The answers to a batch of which all is recorded, or nothing. Raises ProblemError where it cannot be held."""
    lines = await _whole(request, served)
    asked = [_asked(line, served, admitted_of(request)) for line in lines]
    asks = [one for one in asked if isinstance(one, Ask)]
    outcomes: list[Outcome]
    if len(asks) < len(asked):
        refused = RuleError(
            "batch-refused", "nothing was recorded, since another line of the atomic batch is refused"
        )
        outcomes = [refused if isinstance(one, Ask) else one for one in asked]
    else:
        outcomes = await _recorded(asks, served, atomic=True) if asks else []
    return b"".join(_answer(line.number, one).json() for line, one in zip(lines, outcomes, strict=True))


async def rehearse(request: Request, served: Served, *, atomic: bool) -> bytes:
    """The answers that a batch would get, each line decided as if those before it had been recorded. Nothing is."""
    lines = await _whole(request, served)
    asked = [_asked(line, served, admitted_of(request)) for line in lines]
    outcomes = await asyncio.to_thread(_rehearsed, asked, served, atomic=atomic)
    return b"".join(_answer(line.number, one).json() for line, one in zip(lines, outcomes, strict=True))


def _rehearsed(
    asked: Sequence[Ask | RefusedError | ProblemError], served: Served, *, atomic: bool
) -> list[Outcome]:
    with open_for_rehearsal(served.path, clock=served.clock, ids=served.ids) as opened:
        real = opened.history.head().position
        outcomes: list[Outcome] = [
            opened.writer.record_all([one])[0] if isinstance(one, Ask) else one for one in asked
        ]
    if atomic and not all(isinstance(one, Receipt) for one in outcomes):
        refused = RuleError(
            "batch-refused", "nothing would be recorded, since another line of the atomic batch is refused"
        )
        outcomes = [refused if isinstance(one, Receipt) else one for one in outcomes]
    return [_as_tried(one, real) for one in outcomes]


def _as_tried(outcome: Outcome, real: int) -> Outcome:
    """An outcome without position and time, where it is of what was not recorded."""
    if not isinstance(outcome, Receipt) or (outcome.position or 0) <= real:
        return outcome
    return msgspec.structs.replace(outcome, position=None, recorded_at=None, dry_run=True)
