"""Requests straight to their endpoints: the routes as one table, asked before the framework's router (ADR 18).

The framework works out anew for each request what is known when the application is put together: which of its routes a path is, and
that an endpoint wants its request and nothing else. Those routes stand here in a table, with the same order, the same expressions for
paths and the same guards. What the table does not answer goes on to the framework as if the table were not there: another method, no
such path, a path that a name of several parts may stand for, an endpoint with parameters of the framework's, a request that it traces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.convertors import StringConvertor
from starlette.requests import Request

from api.http.roles import GuardedRoute

if TYPE_CHECKING:
    import re
    from collections.abc import Awaitable, Callable, Iterable

    from fastapi import APIRouter
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["BEGUN", "Straight"]

BEGUN = "begun"
"""What the outermost layer notes in the state of a request once its answer has begun (edge.py)."""


class Straight:
    """The layer before the framework's router.

    `told` are the errors that `tell` has an answer for. `routers` are asked in their order, as the framework asks them.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        routers: Iterable[APIRouter],
        told: tuple[type[Exception], ...],
        tell: Callable[[Request, Exception], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._told = told
        self._tell = tell
        self._table: dict[tuple[str, int], list[GuardedRoute]] = {}
        self._wide: list[re.Pattern[str]] = []
        for router in routers:
            for route in router.routes:
                if isinstance(route, GuardedRoute):
                    self._add(route)

    def _add(self, route: GuardedRoute) -> None:
        if any(type(one) is not StringConvertor for one in route.param_convertors.values()):
            self._wide.append(route.path_regex)
            return
        for method in route.methods or ():
            self._table.setdefault((method, route.path.count("/")), []).append(route)

    def _found(self, scope: Scope) -> tuple[GuardedRoute, dict[str, str]] | None:
        """The route of a request, and the names in its path; None where it is not in the table."""
        if scope["type"] != "http" or scope.get("root_path"):
            return None
        path = scope["path"]
        if any(wide.match(path) for wide in self._wide):
            return None
        for route in self._table.get((scope["method"], path.count("/")), ()):
            if found := route.path_regex.match(path):
                return (route, found.groupdict()) if route.is_plain(scope) else None
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by its route, or hand it on."""
        found = self._found(scope)
        if found is None:
            await self._app(scope, receive, send)
            return
        route, scope["path_params"] = found
        scope["route"], scope["endpoint"] = route, route.endpoint
        try:
            await route.handle(scope, receive, send)
        except self._told as error:
            if scope["state"].get(BEGUN):
                raise
            response = await self._tell(Request(scope, receive, send), error)
            await response(scope, receive, send)
