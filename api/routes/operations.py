"""What whoever runs the server asks: does it live, is it ready, which version is it, what are its figures (docs/operations.md)."""

from __future__ import annotations

from importlib.metadata import version

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.health import CANARY_S, Health
from api.http.metrics import OPENMETRICS, TEXT, Metrics
from api.http.problems import ProblemError
from api.http.reading import reading_by
from api.http.roles import GuardedRoute, Role, needs
from ledger.codec import FORMAT
from ledger.kinds import LATEST_VOCABULARY

__all__ = ["router"]

router = APIRouter(tags=["operations"], route_class=GuardedRoute)

_JSON = "application/json"


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type=_JSON)


def _get(path: str, what: str, summary: str, *, role: Role = Role.ANYONE) -> None:
    """Put a question on the router, with its HEAD."""
    endpoint = _ENDPOINTS[what]
    said = needs(role, public=False)
    router.add_api_route(
        path,
        endpoint,
        methods=["GET"],
        operation_id=what,
        summary=summary,
        response_model=None,
        openapi_extra=said,
    )
    router.add_api_route(
        path, endpoint, methods=["HEAD"], include_in_schema=False, response_model=None, openapi_extra=said
    )


async def live(request: Request) -> Response:  # noqa: ARG001  an endpoint is given its request
    """Say that the process answers; nothing is looked at."""
    return _json({"live": True})


async def ready(request: Request) -> Response:
    """Say that a write would be taken. Raises ProblemError (503) where it would not."""
    health = request.app.state.health
    if not isinstance(health, Health):
        raise TypeError("the application was not started: its lifespan begins to look after the ledger")
    found = await health.look()
    if found.ready:
        return _json({"ready": True, "checks": found})
    wrong = [
        sentence
        for is_wrong, sentence in (
            (found.writing == "refused", "the disk or the database refuses to write"),
            (found.writing == "slow", "the disk does not answer in time"),
            (found.queue == "full", "more is asked for than can be recorded"),
        )
        if is_wrong
    ]
    raise ProblemError.of(503, "not-ready", "; ".join(wrong), headers={"Retry-After": str(CANARY_S)})


async def tell_version(request: Request) -> Response:  # noqa: ARG001  an endpoint is given its request
    """Say which program this is, and which formats it writes."""
    return _json(
        {
            "program": "incident-ledger",
            "version": version("incident-ledger"),
            "ledger_format": FORMAT,
            "vocabulary": LATEST_VOCABULARY,
        }
    )


async def figures(request: Request) -> Response:
    """Every figure, as Prometheus reads them."""
    metrics = request.app.state.metrics
    if not isinstance(metrics, Metrics):
        raise TypeError("the application has no figures")
    open_metrics = "application/openmetrics-text" in request.headers.get("accept", "")
    told = await reading_by(request).ask(metrics.told, openmetrics=open_metrics)
    return Response(
        told,
        headers={"Content-Type": OPENMETRICS if open_metrics else TEXT},
    )


_ENDPOINTS = {"live": live, "ready": ready, "version": tell_version, "metrics": figures}

_get("/livez", "live", "Whether the process answers")
_get("/readyz", "ready", "Whether a write would be taken")
_get("/version", "version", "Which program this is, and which formats it writes")
_get("/metrics", "metrics", "The figures of the server, for Prometheus", role=Role.READER)
