"""The header Idempotency-Key: a request that is sent again is one act and one answer.

The answers are kept by the writer, in the transaction that records the act. Here the header is read, and a key whose first request
is still being worked on in this process is held back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request as HttpRequest

from api.http.problems import ProblemError, RefusedField
from ledger.append import Caller
from ledger.asking import scope_of

__all__ = ["in_flight", "read_idempotency_key"]

HEADER = "Idempotency-Key"
MAX_LENGTH = 255

_QUOTED = re.compile(r'"(?P<text>(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_BARE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]+")
_ESCAPED = re.compile(r'\\(["\\])')
_RETRY_AFTER_S = 1


def _malformed(rule: str) -> ProblemError:
    return ProblemError.of(400, "invalid-header", f"{HEADER} {rule}", RefusedField(header=HEADER, rule=rule))


def read_idempotency_key(request: HttpRequest) -> str | None:
    """The key, whether it was sent as a structured field's string (RFC 8941 §3.3.3) or bare; None where there is none.

    Raises ProblemError (400) where it has neither form, is empty or too long, or stands twice.
    """
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    if len(given) > 1:
        raise _malformed("must stand once")
    text = given[0].strip(" \t")
    quoted = _QUOTED.fullmatch(text)
    if quoted is None and _BARE.fullmatch(text) is None:
        raise _malformed("must be a text in quotes, or bare without blanks, commas and semicolons, in ASCII")
    key = text if quoted is None else _ESCAPED.sub(r"\1", quoted["text"])
    if not key.strip() or len(key) > MAX_LENGTH:
        raise _malformed(f"must have 1 to {MAX_LENGTH} characters, not all blank")
    return key


@contextmanager
def in_flight(keys: set[tuple[str, str]], caller: Caller, key: str | None) -> Iterator[None]:
    """Hold a key while its request is worked on. Raises ProblemError (409) where another request with it is."""
    if key is None:
        yield
        return
    held = (scope_of(caller), key)
    if held in keys:
        raise ProblemError.of(
            409,
            "request-in-progress",
            "another request with this idempotency key is being worked on; ask again for its answer",
            RefusedField(header=HEADER, rule="is in use by a request that is not answered yet"),
            headers={"Retry-After": str(_RETRY_AFTER_S)},
        )
    keys.add(held)
    try:
        yield
    finally:
        keys.discard(held)
