"""How a write is answered, whatever its noun: a table says which command a path is, and everything else is the same for all.

Path and body together are the command, read in the one strict way (read_command.py). What the path names and is not there is 404; what
the body names is 422. Errors point into the body that the caller sent.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import msgspec
import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.auth import caller_of
from api.http.body import read_json_body
from api.http.idempotency import HEADER, in_flight, read_idempotency_key
from api.http.preconditions import IfMatch, read_if_match
from api.http.problems import ProblemError, RefusedField, problem_of
from api.http.query import check_known, yes_no
from api.http.roles import ROLE_OF, GuardedRoute, needs
from api.http.serving import Served, served_by
from api.http.stale import stale_problem
from ledger.append import Ask, Caller, Receipt
from ledger.asking import Request as KeyedRequest
from ledger.commands import COMMANDS, Command, FactCommand
from ledger.errors import ConflictError, InvalidError, RefusedError, StaleError, UnknownError
from ledger.read_command import read_command
from ledger.strict_json import canonical
from ledger.values import Json

__all__ = [
    "KEY_REUSED",
    "Asked",
    "Write",
    "add_route",
    "add_writes",
    "answer_receipt",
    "not_found",
    "path_names",
    "problem_of_refusal",
    "record",
]

KEY_REUSED = "idempotency-key-reused"
"""The code of a request whose key was used for another."""

_PATH_NAME = re.compile(r"\{([a-z_]+)\}")
_NUMBER = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_ATTESTATION = "/attestation"


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table: a path, the command that it is, and where what was made or acted upon is found.

    Names in the path are members of the command; `numbers` are those that count. `location` may name them, the `id` of the receipt, and
    `stream`, the path of the incident or source that the act is in.
    """

    op: str
    path: str
    location: str
    numbers: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The members of the command that the path says."""
        return tuple(_PATH_NAME.findall(self.path))


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the headers and the query of a write say, its body apart."""

    caller: Caller
    key: str | None
    if_match: IfMatch | None
    dry_run: bool

    @classmethod
    def of(cls, request: Request, *parameters: str) -> Asked:
        """Read them. `parameters`: what the query may say beside dry_run. Raises ProblemError (400)."""
        check_known(request, "dry_run", *parameters)
        return cls(
            caller=caller_of(request),
            key=read_idempotency_key(request),
            if_match=read_if_match(request),
            dry_run=yes_no(request, "dry_run"),
        )


def not_found(what: str) -> ProblemError:
    """The problem of what a path names and is not there."""
    return ProblemError.of(404, "not-found", f"the {what} that the path names is not in this ledger")


def path_names(write: Write, request: Request) -> dict[str, Json]:
    """The members of the command that the path of a request says. Raises ProblemError (404) for a number that is none."""
    found: dict[str, Json] = dict(request.path_params)
    for name in write.numbers:
        if _NUMBER.fullmatch(found[name]) is None:
            raise not_found(name)
        found[name] = int(found[name])
    return found


def _said_twice(name: str, rule: str) -> ProblemError:
    return ProblemError.of(422, "invalid", rule, RefusedField(pointer=f"/{name}", rule=rule))


def _command(write: Write, names: dict[str, Json], body: dict[str, Json], served: Served) -> Command:
    if "op" in body:
        raise _said_twice("op", "is not known here; the path says what is to be done")
    for name in names:
        if name in body and not (name == "attestation" and write.op == "attest-fact"):
            raise _said_twice(name, "is said by the path; leave it out")
    return read_command({"op": write.op, **names, **body}, served.ids)


def problem_of_refusal(
    error: RefusedError, names: tuple[str, ...] = (), *, flat: bool = False
) -> ProblemError:
    """The problem of a refused write. `names`: what its path says. `flat`: its body is itself the attestation."""
    first = error.field.removeprefix("/").partition("/")[0]
    by_path = first in names and error.field == f"/{first}"
    if by_path and isinstance(error, (UnknownError, InvalidError)):
        return not_found(first)
    if isinstance(error, ConflictError) and error.field == "/key":
        return ProblemError.of(
            422, KEY_REUSED, error.message, RefusedField(header=HEADER, rule=error.message)
        )
    problem = problem_of(error)
    if not problem.problem.errors or not (by_path or flat):
        return problem
    told = tuple(
        msgspec.structs.replace(one, pointer=(one.pointer or "").removeprefix(_ATTESTATION))
        for one in problem.problem.errors
        if not by_path
    )
    detail = problem.problem.detail.removeprefix(f"{_ATTESTATION.removeprefix('/')}/")
    return ProblemError(msgspec.structs.replace(problem.problem, errors=told, detail=detail), problem.headers)


def _asks_at(command: Command, asked: Asked, request: KeyedRequest | None, version: int | None) -> Ask:
    """The ask to record a command if what it acts upon is at a version: a fact, else its stream."""
    stream_version = version
    if version is not None and isinstance(command, FactCommand):
        if command.expected_version is not None:
            raise InvalidError("stands in If-Match already; say it once", field="/expected_version")
        command, stream_version = msgspec.structs.replace(command, expected_version=version), None
    return Ask(
        command=command,
        caller=asked.caller,
        request=request,
        dry_run=asked.dry_run,
        stream_version=stream_version,
    )


async def record(served: Served, command: Command, asked: Asked, content: bytes) -> Receipt:
    """Have a command recorded under the conditions of its request; `content` is what tells it from another with its key, if it has one.

    Raises what Served.record raises, and ProblemError for a version that moved (412 where If-Match said it, else 409), or for a key in
    flight (409).
    """
    request = None if asked.key is None else KeyedRequest(idempotency_key=asked.key, content=content)
    versions = (None,) if asked.if_match is None else asked.if_match.versions
    version = versions[0]
    with in_flight(served.in_flight, asked.caller, None if asked.dry_run else asked.key):
        while True:
            try:
                return await served.record(_asks_at(command, asked, request, version))
            except StaleError as error:
                # Another of the versions that were named may be the present one.
                if version is not None and error.current in versions and error.current != version:
                    version = error.current
                    continue
                raise await stale_problem(
                    served.history, command, error, by_header=version is not None
                ) from None


def _location(write: Write, names: dict[str, Json], receipt: Receipt) -> str:
    kind, _, ident = receipt.stream.partition("/")
    return write.location.format(**names, id=receipt.id, stream=f"/v1/{kind}s/{ident}")


def answer_receipt(
    write: Write, names: dict[str, Json], receipt: Receipt, more: dict[str, Json] | None = None
) -> Response:
    """The answer to a write: 201 where something was recorded, 200 where it stood already or was only tried.

    A replayed answer is the same to the byte; a header tells it.
    """
    recorded = receipt.position is not None
    first = msgspec.structs.replace(receipt, replayed=False) if receipt.replayed else receipt
    told = orjson.dumps(msgspec.to_builtins(first) | (more or {}))
    response = Response(told, status_code=201 if recorded else 200, media_type="application/json")
    if not receipt.dry_run:
        response.headers["Location"] = _location(write, names, receipt)
        response.headers["ETag"] = f'"{receipt.version}"'
    if receipt.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


async def _answer(write: Write, request: Request) -> Response:
    served = served_by(request)
    asked = Asked.of(request)
    names = path_names(write, request)
    settings = served.settings
    body = await read_json_body(request, settings.body_limit_bytes, settings.body_idle_s)
    try:
        command = _command(write, names, body, served)
        content = b"" if asked.key is None else _content(request, body)
        receipt = await record(served, command, asked, content)
    except RefusedError as error:
        flat = write.op == "attest-fact" and "attestation" not in body
        raise problem_of_refusal(error, write.names, flat=flat) from None
    return answer_receipt(write, names, receipt)


def _content(request: Request, body: dict[str, Json]) -> bytes:
    """What tells a request from another with its key: where it was sent, and the canonical bytes of its body."""
    return f"POST {request.scope['path']}\n".encode() + canonical(body)


def _endpoint(write: Write) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await _answer(write, request)

    return endpoint


def add_writes(router: APIRouter, *writes: Write) -> None:
    """Put writes on a router."""
    for write in writes:
        add_route(router, write, _endpoint(write))


def add_route(router: APIRouter, write: Write, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
    """Put a write on a router that has an endpoint of its own."""
    router.add_api_route(
        write.path,
        endpoint,
        methods=["POST"],
        operation_id=write.op,
        summary=_summary(COMMANDS[write.op]),
        status_code=201,
        response_model=None,
        route_class_override=GuardedRoute,
        openapi_extra=needs(ROLE_OF[write.op]),
    )


def _summary(command: type[Command]) -> str:
    return (command.__doc__ or "").partition("\n")[0].rstrip(".")
