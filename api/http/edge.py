"""What every request goes through, whatever its route: an id for it, the headers of safety, and an answer for our own faults.

It stands outside everything else, so that no status and no fault is answered without it. The text of an exception is neither told to
the caller nor logged: it may hold what somebody wrote, and a log is not redacted.
"""

from __future__ import annotations

import logging
import traceback

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import ProblemError, answer, problem_of_status
from api.http.straight import BEGUN
from ledger.ids import Ids, is_id

__all__ = ["CutOffError", "Edge"]

REQUEST_ID = "X-Request-Id"

SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers that each answer has, unless the route sets its own."""

_SAFETY = tuple((name.lower().encode(), value.encode()) for name, value in SAFETY.items())
_REQUEST_ID = REQUEST_ID.lower().encode()

_logger = logging.getLogger(__name__)


class CutOffError(Exception):
    """An answer that had begun could not be finished: the connection is closed, so that it is seen to be cut off."""


class Edge:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, *, ids: Ids) -> None:
        self._app = app
        self._ids = ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _REQUEST_ID), b"").decode(
            "latin-1"
        )
        request_id = given if is_id(given) else self._ids.make()
        state = scope.setdefault("state", {})
        state["request_id"] = request_id

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                state[BEGUN] = True
                set_already = {name for name, _ in message["headers"]}
                headers = [*message["headers"], *(one for one in _SAFETY if one[0] not in set_already)]
                headers.append((_REQUEST_ID, request_id.encode()))
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self._app(scope, receive, told)
        except ClientDisconnect:
            # Nobody is there to be answered.
            return
        except Exception as error:  # noqa: BLE001  whatever it is, the caller has an answer without its text
            if isinstance(error, ProblemError) and BEGUN not in state:
                state["problem"] = error.problem.code
                await answer(error, request_id=request_id)(scope, receive, told)
                return
            _logger.error("request %s failed: %s", request_id, _where(error))  # noqa: TRY400  its text is not logged
            state["problem"] = "internal"
            if BEGUN in state:
                raise CutOffError(request_id) from None
            await answer(problem_of_status(500), request_id=request_id)(scope, receive, told)


def _where(error: BaseException) -> str:
    """The kind of an exception and the lines it came through, and not its text."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames[-8:])
    cause = error.__cause__ or error.__context__
    kind = type(error).__qualname__
    return f"{kind} at {lines}" + (f"; from {type(cause).__qualname__}" if cause else "")
