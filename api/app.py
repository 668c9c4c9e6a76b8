"""The composition root of the server: the only place that puts routes, layers and the ledger together."""

from __future__ import annotations

import math
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.auth import LedgerAccess
from api.http.door import Door, Origins
from api.http.edge import REQUEST_ID, Edge
from api.http.health import Health
from api.http.hearing import hearing
from api.http.metrics import Metrics
from api.http.observed import LogLine, Observed
from api.http.problems import ProblemError, answer, problem_of, problem_of_status
from api.http.reading import Reading
from api.http.roles import check_guarded
from api.http.serving import Served, serving
from api.http.straight import Straight
from api.http.tracing import RequestSpan
from api.keys_at import live_keys
from api.openapi.document import document
from api.pages.problem_pages import ProblemPages
from api.pages.routers import PAGES
from api.pages.sessions import Sessions
from api.routes import ROUTERS
from api.routes.reading import READS
from ledger.append import Receipt
from ledger.clock import Clock, SystemClock
from ledger.errors import LedgerError
from ledger.ids import Ids, RandomSource, TimeOrderedIds
from ledger.random_blocks import RandomBlocks
from ledger.settings import Settings

__all__ = ["create_app"]

_TOLD = (ProblemError, LedgerError, HTTPException, RequestValidationError)
"""What is raised on purpose, and told as a problem."""

_ALL = (*ROUTERS, *PAGES)
_ASKED_HEADERS = (
    "Accept-Datetime",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    REQUEST_ID,
)
_TOLD_HEADERS = (
    "ETag",
    "Idempotency-Replayed",
    "Ledger-Position",
    "Link",
    "Location",
    "Memento-Datetime",
    "Retry-After",
    REQUEST_ID,
)


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    random: RandomSource | None = None,
    log: LogLine | None = None,
    span: RequestSpan | None = None,
    worker: int | None = None,
) -> FastAPI:
    """The application. Its lifespan opens the ledger, and closes it once what was accepted is answered.

    Clock, ids and random bytes are the machine's, unless a test says its own. `log` takes a line for each request, `span` each request.
    `worker` is the number of this process, where several answer at one address.
    Raises StoreError where there are access keys that cannot be read.
    """
    clock = clock or SystemClock()
    random = random or RandomBlocks(os.urandom)
    ids = ids or TimeOrderedIds(clock, random)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        def turned(outcomes: Sequence[Receipt | Exception], seconds: float) -> None:
            metrics.turn(outcomes, seconds)
            _wake_views(app)

        with (
            serving(settings, clock=clock, ids=ids, random=random, told=turned) as served,
            hearing(settings.path, lambda: _wake_views(app)),
        ):
            app.state.served = served
            with keys.followed(), closing(Health(served, lambda: _views_stalled(app))) as health:
                app.state.health = health
                yield

    metrics = Metrics(worker)
    app = _Application(
        title="incident-ledger",
        version=version("incident-ledger"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        # Its spans would hold what stands in a query; ours are made in tracing.py.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers=dict.fromkeys(_TOLD, _tell),
    )
    check_guarded(_ALL)
    for router in _ALL:
        app.include_router(router)
    app.state.metrics = metrics
    app.state.end_streams = lambda: _end_streams(app)
    _watch(metrics, app)
    # Each layer stands around those before it.
    app.add_middleware(Straight, routers=_ALL, told=_TOLD, tell=_tell)
    keys = live_keys(settings.path, clock)
    access = LedgerAccess(keys, clock, public_read=settings.public_read)
    app.state.access = access
    app.add_middleware(Door, access=access)
    app.add_middleware(Sessions, keys=keys)
    if settings.cors_origins:
        app.add_middleware(
            Origins,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=list(_ASKED_HEADERS),
            expose_headers=list(_TOLD_HEADERS),
        )
    app.add_middleware(Edge, ids=ids)
    app.add_middleware(ProblemPages)
    app.add_middleware(Observed, metrics=metrics, clock=clock, log=log, span=span)
    return app


class _Application(FastAPI):
    """The framework's, with a document of our own making, and none of the framework's layers around ours (ADR 18).

    What these do is done by ours: the answer to a fault (edge.py), the limits of bodies (body.py), spans (tracing.py).
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or run the lifespan."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        scope["app"] = self
        await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Our layers, and what of the framework stands within them."""
        layer: Any = super().build_middleware_stack()
        while not isinstance(layer, Observed):
            layer = layer.app
        return layer

    def openapi(self) -> dict[str, Any]:
        """The document of the API."""
        return document(ROUTERS, READS)


def _wake_views(app: FastAPI) -> None:
    reading = getattr(app.state, "reading", None)
    if isinstance(reading, Reading):
        reading.keeper.wake()
        reading.feed.wake()


def _end_streams(app: FastAPI) -> None:
    """Have the streams end that would not end by themselves."""
    reading = getattr(app.state, "reading", None)
    if isinstance(reading, Reading):
        reading.feed.end_streams()


def _feed(app: FastAPI) -> tuple[int, int, int]:
    """How many follow, how many messages were sent, and how many followers were cut."""
    reading = getattr(app.state, "reading", None)
    feed = reading.feed if isinstance(reading, Reading) else None
    return (0, 0, 0) if feed is None else (feed.followers, feed.sent, feed.cut)


def _views_stalled(app: FastAPI) -> bool:
    reading = getattr(app.state, "reading", None)
    return isinstance(reading, Reading) and reading.keeper.stalled is not None


def _watch(metrics: Metrics, app: FastAPI) -> None:
    """Have the figures that stand somewhere asked for there, while the application runs; what does not run is 0."""

    def of(what: Callable[[Served], float]) -> Callable[[], float]:
        def asked() -> float:
            served = getattr(app.state, "served", None)
            return what(served) if isinstance(served, Served) else 0.0

        return asked

    def views() -> float:
        reading = getattr(app.state, "reading", None)
        return float(reading.keeper.reached) if isinstance(reading, Reading) else 0.0

    def signed() -> float:
        reading = getattr(app.state, "reading", None)
        return float(reading.checkpoints.position) if isinstance(reading, Reading) else 0.0

    def unsigned() -> float:
        reading = getattr(app.state, "reading", None)
        return float(isinstance(reading, Reading) and reading.checkpoints.stalled is not None)

    metrics.watch("ledger_queue_waiting", "Commands and batches that wait for the writer.", of(_waiting))
    metrics.watch("ledger_head_position", "The last position of the ledger.", of(_head))
    metrics.watch("ledger_views_position", "The position up to which the stored views have read.", views)
    metrics.watch(
        "ledger_views_stalled", "1 while the stored views stand still.", lambda: float(_views_stalled(app))
    )
    metrics.watch("ledger_checkpoint_position", "How many events the newest checkpoint has.", signed)
    metrics.watch("ledger_checkpoint_stalled", "1 while the log is not signed.", unsigned)
    metrics.watch("ledger_feed_followers", "How many follow the log.", lambda: float(_feed(app)[0]))
    metrics.watch(
        "ledger_feed_sent",
        "Messages sent to those who follow, since the start.",
        lambda: float(_feed(app)[1]),
    )
    metrics.watch(
        "ledger_feed_cut",
        "Followers cut since the start, who took nothing for too long.",
        lambda: float(_feed(app)[2]),
    )
    metrics.watch(
        "ledger_redactions_owed",
        "1 while something redacted has yet to leave the files.",
        of(lambda served: float(served.erasing)),
    )
    metrics.watch(
        "ledger_redactions_found",
        "How many files still held something redacted when they were last searched for it.",
        lambda: float(_leftovers(app)),
    )


def _leftovers(app: FastAPI) -> int:
    reading = getattr(app.state, "reading", None)
    return len({one.file for one in reading.redactions.left}) if isinstance(reading, Reading) else 0


def _waiting(served: Served) -> float:
    return float(served.waiting)


def _head(served: Served) -> float:
    try:
        return float(served.history.head().position)
    except LedgerError:
        return math.nan


async def _tell(request: Request, error: Exception) -> Response:
    problem = _problem(request, error)
    request.state.problem = problem.problem.code
    return answer(problem, request_id=request.state.request_id)


def _problem(request: Request, error: Exception) -> ProblemError:
    match error:
        case ProblemError():
            return error
        case LedgerError():
            return problem_of(error)
        case HTTPException(status_code=405):
            allowed = ", ".join(sorted(_methods_at(request.app.routes, request.scope)))
            return problem_of_status(405, {"Allow": allowed})
        case HTTPException():
            return problem_of_status(error.status_code)
        case _:
            # The framework's own sentence repeats what was sent.
            return problem_of_status(422)


def _methods_at(routes: Iterable[BaseRoute], scope: Scope) -> set[str]:
    """Every method that some route takes at the path of a request."""
    own = [one for router in _ALL for one in router.routes]
    asked = {"type": "http", "path": scope["path"], "root_path": scope.get("root_path", ""), "method": ""}
    return {
        method
        for route in (*routes, *own)
        if isinstance(route, Route) and route.matches(dict(asked))[0] is not Match.NONE
        for method in route.methods or ()
    }
