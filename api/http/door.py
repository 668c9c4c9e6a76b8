"""Who may come in: asked before any route, and inside of what lets the pages of other origins read the answer (CORS).

A refusal is an answer like any other, so that a page of an origin that is let in can read it.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.auth import Access
from api.http.problems import ProblemError, RefusedField, answer

__all__ = ["Door", "Origins"]


class Door:
    """The layer that says who asks."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope["state"]
        client = scope.get("client")
        try:
            state["admitted"] = self._access.admit(
                Headers(scope=scope), scope.get("scheme", "http"), client[0] if client else ""
            )
        except ProblemError as problem:
            state["problem"] = problem.problem.code
            await answer(problem, request_id=state["request_id"])(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Origins(CORSMiddleware):
    """The framework's CORS; a page that is not let in is told so as everything is told."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to what a browser asks before it asks."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:  # noqa: PLR2004  from here on a status is an error
            return response
        problem = ProblemError.of(
            403,
            "forbidden",
            "pages of this origin may not ask, or not in this way",
            RefusedField(header="Origin", rule="must be one that the setting cors_origins names"),
            headers={"Vary": "Origin"},
        )
        return answer(problem)
