"""What is kept of each request, whatever became of it: figures, a line of the log, a span (docs/operations.md).

A line says which route was asked and how it ended. It never holds a body, a query, an access key, or of the path more than ids:
a log is not redacted.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.metrics import Metrics
from api.http.roles import Admitted
from api.http.tracing import RequestSpan
from ledger.clock import Clock
from ledger.ids import is_id

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["NOWHERE", "LogLine", "Observed"]

LogLine = Callable[[str, dict[str, "Json"]], None]
"""Takes a line of the log: its level, and what it says."""

NOWHERE = "(none)"
"""The route of what no route answers."""

_MS = 1_000
_NAME = re.compile(r"[a-z_]{1,32}", re.ASCII)
_SERVER_FAULT = 500


class Observed:
    """The layer around all others."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        clock: Clock,
        log: LogLine | None,
        span: RequestSpan | None = None,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._log = log
        self._span = span

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered, and keep how that ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        began = time.perf_counter()
        began_at = None if self._span is None else self._clock.now()
        status = 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            seconds = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", NOWHERE)
            problem = state.get("problem")
            self._metrics.request(scope["method"], route, status, seconds, problem)
            if self._span is not None and began_at is not None:
                self._span(scope, None if route == NOWHERE else route, status, began_at, seconds)
            if self._log is not None:
                self._log(
                    "error" if status >= _SERVER_FAULT else "info", _line(scope, route, status, seconds)
                )


def _line(scope: Scope, route: str, status: int, seconds: float) -> dict[str, Json]:
    state = scope["state"]
    line: dict[str, Json] = {
        "event": "request",
        "request_id": state.get("request_id"),
        "method": scope["method"] if scope["method"].isalpha() else "other",
        "route": route,
        "status": status,
        "ms": round(seconds * _MS, 3),
    }
    names = {
        name: value
        for name, value in scope.get("path_params", {}).items()
        if _NAME.fullmatch(name) and isinstance(value, str) and is_id(value)
    }
    if names:
        line["ids"] = names
    admitted = state.get("admitted")
    if isinstance(admitted, Admitted) and admitted.caller is not None:
        line["actor"] = admitted.caller.actor
        if admitted.caller.key is not None:
            line["key"] = admitted.caller.key
    if "problem" in state:
        line["code"] = state["problem"]
    return line
