"""What the client sends and how often, without any I/O: calls, when one is sent again, and what an answer means.

The clients of client.py, with and without `await`, drive the same generators: these say what to send and how long to wait.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import quote, urlencode

import httpx2
import msgspec
import orjson

from api.client.errors import NoAnswerError, ProblemAnsweredError
from api.http.problems import Problem
from ledger.append import Receipt
from ledger.commands import Command
from ledger.ids import RandomSource
from ledger.values import Json

__all__ = [
    "PATHS",
    "Answered",
    "Call",
    "Given",
    "LineTold",
    "Outcome",
    "Retries",
    "Step",
    "attempts",
    "batches",
    "call_of_act",
    "is_temporary",
    "new_key",
]

Given: TypeAlias = Command | Mapping[str, Json]
"""A command: one of the ledger's structs, or a mapping with `op`, in any of the forms that docs/commands.md tells."""

_FACT = "/v1/incidents/{incident}/facts/{fact}"
_SOURCE = "/v1/sources/{source}"
PATHS = {
    "open-incident": "/v1/incidents",
    "amend-incident": "/v1/incidents/{incident}/amendments",
    "report-fact": "/v1/incidents/{incident}/facts",
    "attest-fact": f"{_FACT}/attestations",
    "withdraw-attestation": f"{_FACT}/attestations/{{attestation}}/withdrawal",
    "correct-fact": f"{_FACT}/corrections",
    "amend-fact": f"{_FACT}/amendments",
    "retract-fact": f"{_FACT}/retractions",
    "reinstate-fact": f"{_FACT}/reinstatements",
    "dispute-fact": f"{_FACT}/disputes",
    "resolve-dispute": f"{_FACT}/disputes/{{dispute}}/resolution",
    "register-source": "/v1/sources",
    "amend-source": f"{_SOURCE}/amendments",
    "record-notice": f"{_SOURCE}/notices",
    "declare-lineage": f"{_SOURCE}/lineage",
    "revoke-lineage": f"{_SOURCE}/lineage/{{lineage}}/revocation",
    "redact": "/v1/redactions",
    "register-kind": "/v1/kinds",
}
"""Where each act is sent. The server's own table is not imported, so that a client needs no server; a test compares them."""

GROUP_LINES = 250
_TEMPORARY = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_IN_PROGRESS = "request-in-progress"
_KEY_BYTES = 16


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request: sent again, it asks for the same."""

    method: str
    url: str
    headers: dict[str, str] = {}
    content: bytes | None = None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, read whole."""

    status: int
    headers: httpx2.Headers
    content: bytes

    @property
    def problem(self) -> Problem | None:
        """The problem that it is, if it has the form of one."""
        if self.status < HTTPStatus.BAD_REQUEST:
            return None
        try:
            return msgspec.json.decode(self.content, type=Problem)
        except msgspec.DecodeError:
            return None


class LineTold(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a line of a batch, counted from 1: a receipt, or a problem."""

    line: int
    receipt: Receipt | None = None
    problem: Problem | None = None


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """How often a call is sent again that was not answered, or not now; and how long to wait before."""

    times: int = 6
    first_s: float = 0.1
    longest_s: float = 30.0

    def wait_s(self, number: int, answered: Answered | None, random: RandomSource) -> float:
        """How long to wait before try `number`, counted from 1: as the server says, else twice as long each time, and never in step."""
        asked = None if answered is None else _retry_after(answered.headers)
        backoff = self.first_s * float(2 ** (number - 1)) * (0.5 + random(1)[0] / 255)
        return min(self.longest_s, backoff if asked is None else max(asked, backoff))


def _retry_after(headers: httpx2.Headers) -> float | None:
    """What Retry-After says, in seconds: a number of them, or a date beside that of the answer (RFC 9110 §10.2.3)."""
    text = headers.get("retry-after", "")
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers["date"])
        return max(0.0, (until - now) / dt.timedelta(seconds=1))
    except (KeyError, TypeError, ValueError):
        return None


Outcome: TypeAlias = Answered | httpx2.TransportError | None
Step: TypeAlias = Call | float | list[LineTold]
"""What a generator asks for: a call to be sent, seconds to be waited, or answers to be handed on."""


def is_temporary(status: int, code: str | None) -> bool:
    """Whether what could not be answered now may be another time."""
    return status in _TEMPORARY or code == _IN_PROGRESS


def attempts(call: Call, retries: Retries, random: RandomSource) -> Generator[Step, Outcome, Answered]:
    """Send a call until it is answered for good. It must be one that may be sent twice: a read, or an act with its key.

    Raises ProblemAnsweredError for a problem, NoAnswerError where nothing was answered in the end.
    """
    for number in itertools.count(1):
        outcome = yield call
        if isinstance(outcome, Answered):
            problem = outcome.problem
            if not is_temporary(outcome.status, None if problem is None else problem.code):
                if outcome.status >= HTTPStatus.BAD_REQUEST:
                    raise ProblemAnsweredError.of(outcome.status, problem)
                return outcome
            if number > retries.times:
                raise ProblemAnsweredError.of(outcome.status, problem)
            yield retries.wait_s(number, outcome, random)
        else:
            if number > retries.times:
                raise NoAnswerError(f"nothing was answered, {number} times over") from outcome
            yield retries.wait_s(number, None, random)
    raise AssertionError


def _members(given: Given) -> dict[str, Json]:
    return dict(given) if isinstance(given, Mapping) else msgspec.to_builtins(given)


def new_key(random: RandomSource) -> str:
    """An idempotency key that nobody had before."""
    return random(_KEY_BYTES).hex()


def call_of_act(given: Given, *, key: str, if_match: str | int | None = None, dry_run: bool = False) -> Call:
    """The call that records a command. Raises ValueError for one that has no path of its own, or lacks what its path says."""
    body = _members(given)
    op = body.pop("op", None)
    if op not in PATHS:
        raise ValueError(f"there is no path for {op!r}; a snapshot is captured by capture(), or in a batch")
    path = PATHS[op]
    for name in ("incident", "fact", "attestation", "dispute", "source", "lineage"):
        if f"{{{name}}}" in path:
            if name not in body:
                raise ValueError(f"{op} says its {name}")
            path = path.replace(f"{{{name}}}", quote(str(body.pop(name)), safe=""))
    headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{key}"'}
    if if_match is not None:
        headers["If-Match"] = f'"{if_match}"' if isinstance(if_match, int) else if_match
    url = path + ("?dry_run=true" if dry_run else "")
    return Call(method="POST", url=url, headers=headers, content=orjson.dumps(body))


def _lines(given: Iterable[Given], random: RandomSource) -> Iterator[bytes]:
    for one in given:
        line = _members(one)
        line.setdefault("key", new_key(random))
        if isinstance(line.get("data"), str):
            line["base64"] = line.pop("data")
        yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _told(answered: Answered) -> list[LineTold]:
    return [msgspec.json.decode(line, type=LineTold) for line in answered.content.splitlines() if line]


def batches(
    given: Iterable[Given],
    retries: Retries,
    random: RandomSource,
    *,
    atomic: bool = False,
    dry_run: bool = False,
) -> Generator[Step, Outcome, None]:
    """Send commands in groups, each line with a key that it keeps however often it is sent. Answers are handed on in order.

    A line that cannot be taken now is sent again with all after it, which may rest on it; those that were recorded are answered
    again. What is atomic is sent as a whole. Raises as `attempts`.
    """
    said = urlencode(
        {name: "true" for name, is_said in (("atomic", atomic), ("dry_run", dry_run)) if is_said}
    )
    url = "/v1/batch" + (f"?{said}" if said else "")
    lines = _lines(given, random)
    done = 0
    while group := list(lines if said else itertools.islice(lines, GROUP_LINES)):
        number = 0
        while group:
            content = b"".join(group)
            call = Call(
                method="POST", url=url, headers={"Content-Type": "application/jsonl"}, content=content
            )
            answered = yield from attempts(call, retries, random)
            told = _told(answered)
            final = _final(told, atomic=bool(said))
            if final:
                number = 0
                yield [msgspec.structs.replace(one, line=one.line + done) for one in final]
                done += len(final)
                group = group[len(final) :]
            if group:
                number += 1
                if number > retries.times:
                    raise _given_up(told[len(final) :])
                yield retries.wait_s(number, None, random)


def _final(told: Sequence[LineTold], *, atomic: bool) -> Sequence[LineTold]:
    """The answers before the first that says: not now. Of what is atomic they are all, or none."""
    for index, one in enumerate(told):
        if one.problem is not None and is_temporary(one.problem.status, one.problem.code):
            return [] if atomic else told[:index]
    return told


def _given_up(left: Sequence[LineTold]) -> Exception:
    problem = left[0].problem if left else None
    if problem is None:
        return NoAnswerError("lines of the batch were not answered")
    return ProblemAnsweredError.of(problem.status, problem)
