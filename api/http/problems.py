"""Errors over HTTP: problem details (RFC 9457), for every status, from one table.

What is told is the rule and the member, never the input and never the text of an exception that is not ours. `type` is a page
of this server's documentation.
"""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Iterator
from http import HTTPStatus

import msgspec
import orjson
from starlette.responses import Response

from ledger.errors import (
    ClockLeapError,
    ConflictError,
    IntegrityError,
    InvalidError,
    LedgerError,
    LockedError,
    OutcomeUnknownError,
    QueueFullError,
    QuotationError,
    RefusedError,
    RuleError,
    StaleError,
    StoreError,
    UnavailableError,
    UnknownError,
    UnknownSchemaError,
    UnreadableError,
)
from ledger.values import Json

__all__ = [
    "DOCS",
    "MEDIA_TYPE",
    "STATUS",
    "Problem",
    "ProblemError",
    "RefusedField",
    "answer",
    "problem_json",
    "problem_of",
    "problem_of_status",
    "sentence_of",
]

MEDIA_TYPE = "application/problem+json"
DOCS = "/docs/problems/"

RETRY_AFTER_S = 2
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_SQLITE_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)

STATUS: dict[type[LedgerError], int] = {
    LedgerError: 500,
    RefusedError: 422,
    InvalidError: 422,
    UnknownError: 422,
    ConflictError: 409,
    StaleError: 409,
    RuleError: 422,
    QuotationError: 422,
    UnreadableError: 500,
    UnknownSchemaError: 500,
    IntegrityError: 500,
    UnavailableError: 503,
    LockedError: 503,
    QueueFullError: 503,
    ClockLeapError: 503,
    StoreError: 503,
    OutcomeUnknownError: 503,
}
"""What each error of the ledger is over HTTP. What the path names and is not there is 404, whatever this says (writing.py)."""

_STATUS_CODES = {
    400: ("bad-request", "the request is not formed as HTTP wants it"),
    401: ("key-needed", "this needs an access key"),
    403: ("forbidden", "this may not be asked from there"),
    404: ("not-found", "there is nothing at this path"),
    405: ("method-not-allowed", "this path knows other methods only; Allow names them"),
    406: ("not-acceptable", "this is not given in a form that was asked for"),
    408: ("request-timeout", "the body did not come in time; nothing was recorded"),
    413: ("too-large", "the body is larger than is taken"),
    415: ("unsupported-media-type", "the body is of a type that is not taken here"),
    422: ("invalid", "a part of the request breaks a rule"),
    429: ("too-many-requests", "too many requests came from there"),
    500: ("internal", "this is our fault; nothing is acknowledged, and what was sent is not repeated here"),
    503: ("unavailable", "this cannot be answered now; try again later"),
}
"""What a bare status is called where no error of ours stands behind it."""


_VERB = re.compile(r"(?:must|is|has|may|names|lies|says|belongs|asks) ")


def sentence_of(name: str, rule: str) -> str:
    """The rule as a sentence about what it binds, `limit must be …`; after a colon where the rule is a sentence by itself."""
    return f"{name} {rule}" if _VERB.match(rule) else f"{name}: {rule}"


class RefusedField(msgspec.Struct, frozen=True, kw_only=True):
    """A member, parameter or header that is at fault, and the rule. `pointer` is a JSON pointer into the body."""

    rule: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Problem details (RFC 9457 §3). `code` is kebab-case and stable; what comes after it, some codes have and others have not."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    errors: tuple[RefusedField, ...] = ()
    rule: str | None = None
    nearest: tuple[str, ...] = ()
    expected: int | None = None
    current: int | None = None
    acts: tuple[dict[str, Json], ...] = ()


class ProblemError(Exception):
    """A problem that a route answers with, and headers that go with it."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.headers = headers or {}

    @classmethod
    def of(
        cls,
        status: int,
        code: str,
        detail: str,
        *fields: RefusedField,
        headers: dict[str, str] | None = None,
    ) -> ProblemError:
        """One of the edge's own making."""
        return cls(_problem(status, code, detail, errors=fields), headers)


def _problem(status: int, code: str, detail: str, **more: object) -> Problem:
    made = Problem(
        type=f"{DOCS}{code}", title=HTTPStatus(status).phrase, status=status, code=code, detail=detail
    )
    return msgspec.structs.replace(made, **more)


def _status_of(error: LedgerError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def _told(error: RefusedError) -> str:
    """The sentence, without what the caller wrote: an id that is not there is a text like any other."""
    match error:
        case InvalidError():
            return error.rule
        case UnknownError():
            return f"the {error.what} named here is not {error.where}"
        case _:
            return error.message


def _detail(error: RefusedError) -> str:
    """The sentence for people, which names the member where the rule says only what it must be."""
    told = _told(error)
    member = error.field.removeprefix("/")
    return f"{member} {told}" if member and _VERB.match(told) else told


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_full(error: StoreError) -> bool:
    """Whether the disk had no room, as the system or SQLite says."""
    return any(
        (isinstance(one, OSError) and one.errno in _DISK_FULL)
        or (isinstance(one, sqlite3.Error) and getattr(one, "sqlite_errorcode", None) in _SQLITE_FULL)
        for one in _causes(error)
    )


def problem_of_status(status: int, headers: dict[str, str] | None = None) -> ProblemError:
    """The problem that a bare status is: what the web framework raises. Its own text is not told."""
    code, detail = _STATUS_CODES.get(status, _STATUS_CODES[HTTPStatus.INTERNAL_SERVER_ERROR])
    told = status if status in _STATUS_CODES else HTTPStatus.INTERNAL_SERVER_ERROR
    return ProblemError.of(told, code, detail, headers=headers)


def problem_of(error: LedgerError) -> ProblemError:
    """The problem that an error of the ledger is. Ours are told without their text, which may name files."""
    if isinstance(error, StoreError) and _is_full(error):
        return ProblemError.of(
            HTTPStatus.INSUFFICIENT_STORAGE,
            "disk-full",
            "the disk of the server is full; nothing was recorded, and writing goes on by itself once there is room",
        )
    status = _status_of(error)
    headers: dict[str, str] = {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        wait = error.retry_after_s if isinstance(error, QueueFullError) else RETRY_AFTER_S
        headers["Retry-After"] = str(wait)
    if not isinstance(error, RefusedError):
        return ProblemError(_problem(status, error.code, _ours(error)), headers)
    fields = (RefusedField(pointer=error.field, rule=_told(error)),) if error.field else ()
    problem = _problem(status, error.code, _detail(error), errors=fields)
    match error:
        case QuotationError():
            problem = msgspec.structs.replace(problem, nearest=error.nearest)
        case StaleError():
            problem = msgspec.structs.replace(problem, expected=error.expected, current=error.current)
        case RuleError():
            problem = msgspec.structs.replace(problem, rule=error.rule)
        case _:
            pass
    return ProblemError(problem, headers)


def _ours(error: LedgerError) -> str:
    match error:
        case QueueFullError() | ClockLeapError() | UnknownSchemaError():
            return error.message
        case LockedError():
            return "another process is writing to this ledger; nothing was recorded"
        case OutcomeUnknownError():
            return "whether this was recorded is not known; ask again with the same Idempotency-Key, or look for it first"
        case UnavailableError():
            return "the disk or the database refused; nothing was acknowledged, try again later"
        case _:
            return (
                "the ledger holds bytes that cannot be read; nothing was recorded, and its keeper has to look"
            )


def problem_json(problem: Problem) -> dict[str, Json]:
    """A problem as JSON has it."""
    body: dict[str, Json] = msgspec.to_builtins(problem)
    if errors := body.pop("errors", ()):
        body["errors"] = [{name: value for name, value in one.items() if value is not None} for one in errors]
    return body


def answer(problem: ProblemError, *, request_id: str | None = None) -> Response:
    """The response that tells a problem."""
    body = problem_json(problem.problem)
    if request_id is not None:
        body["request_id"] = request_id
    return Response(
        orjson.dumps(body),
        status_code=problem.problem.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )
