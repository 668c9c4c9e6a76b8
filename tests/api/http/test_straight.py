"""The table of routes before the framework's router: it answers as the framework would, and leaves to it what it cannot answer."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request  # noqa: TC002  the framework reads the annotations
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Match

from api.http.problems import ProblemError, answer
from api.http.roles import Admitted, GuardedRoute, Role, needs
from api.http.straight import BEGUN, Straight
from api.routes import ROUTERS
from ledger.append import Caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Message, Receive, Scope, Send

    from ledger.values import Json

ADMIN = Admitted(Caller(actor="desk"), Role.ADMIN)
ROUTES = [
    route
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, GuardedRoute) and ":" not in route.path
]


class Beyond:
    """What stands for the framework: it notes which requests came to it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(f"{scope['method']} {scope['path']}")
        await PlainTextResponse("beyond")(scope, receive, send)


async def tell(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return answer(error)


def straight(*routers: APIRouter) -> tuple[Straight, Beyond]:
    beyond = Beyond()
    return Straight(beyond, routers=routers, told=(ProblemError,), tell=tell), beyond


def scope_of(path: str, method: str = "GET", admitted: Admitted = ADMIN, **more: Json) -> Scope:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [],
        "query_string": b"",
        "state": {"admitted": admitted},
        **more,
    }


def asked(app: Straight, scope: Scope) -> list[Message]:
    told: list[Message] = []

    there: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        # After the body nothing comes: the client waits for its answer.
        return there.pop() if there else await asyncio.Future()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            scope["state"][BEGUN] = True
        told.append(message)

    asyncio.run(app(scope, receive, send))
    return told


def body_of(told: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in told)


def router_of(path: str, endpoint: object, **more: Json) -> APIRouter:
    router = APIRouter(route_class=GuardedRoute)
    said = {"openapi_extra": needs(Role.READER), "response_model": None, **more}
    router.add_api_route(path, endpoint, **said)  # type: ignore[arg-type]  # of any shape, as the tests want it
    return router


async def names(request: Request) -> Response:
    """Tell the names in the path."""
    return PlainTextResponse(" ".join(f"{key}={value}" for key, value in request.path_params.items()))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{sorted(route.methods)} {route.path}")
def test_each_path_is_answered_by_the_route_that_the_framework_would_take(route: GuardedRoute) -> None:
    taken: list[object] = []

    class Noting(Straight):
        def _found(self, scope: Scope) -> None:
            found = super()._found(scope)
            taken.append(None if found is None else found[0])

    app = Noting(Beyond(), routers=ROUTERS, told=(), tell=tell)
    for method in route.methods or ():
        scope = scope_of(re.sub(r"\{[^}]*\}", "a~1.b", route.path), method)
        asked(app, scope)
        first = next(one for one in ROUTES if one.matches(dict(scope))[0] is Match.FULL)
        assert [first if first.plain else None] == taken
        taken.clear()


def test_names_are_the_parts_of_the_path() -> None:
    app, beyond = straight(router_of("/v1/{one}/of/{two}", names))
    assert body_of(asked(app, scope_of("/v1/a b/of/ü"))) == "one=a b two=ü".encode()
    assert beyond.asked == []


@pytest.mark.parametrize(
    ("path", "method"),
    [("/v1/a/of", "GET"), ("/v1/a/of/b/", "GET"), ("/v1//of/b", "GET"), ("/v1/a/of/b", "POST")],
)
def test_what_no_route_answers_goes_on_to_the_framework(path: str, method: str) -> None:
    app, beyond = straight(router_of("/v1/{one}/of/{two}", names))
    assert body_of(asked(app, scope_of(path, method))) == b"beyond"
    assert beyond.asked == [f"{method} {path}"]


@pytest.mark.parametrize("more", [{"fastapi.telemetry": object()}, {"root_path": "/under"}])
def test_a_request_that_is_traced_or_mounted_goes_on_to_the_framework(more: dict[str, Json]) -> None:
    app, beyond = straight(router_of("/v1/{one}", names))
    asked(app, scope_of("/v1/a", **more))
    assert beyond.asked == ["GET /v1/a"]


def test_an_endpoint_with_parameters_of_the_frameworks_is_left_to_it() -> None:
    async def counted(request: Request, count: int) -> Response:
        return PlainTextResponse(f"{request.method} {count}")

    app, beyond = straight(router_of("/v1/counted", counted), router_of("/v1/{one}", names))
    asked(app, scope_of("/v1/counted"))
    assert beyond.asked == ["GET /v1/counted"]


def test_a_path_that_a_name_of_several_parts_may_stand_for_is_left_to_the_framework() -> None:
    app, beyond = straight(router_of("/v1/{one}/b", names), router_of("/v1/tile/{rest:path}", names))
    assert body_of(asked(app, scope_of("/v1/a/b"))) == b"one=a"
    asked(app, scope_of("/v1/tile/b"))
    assert beyond.asked == ["GET /v1/tile/b"]


def test_who_may_not_is_told_so_and_the_endpoint_is_not_asked() -> None:
    async def never(request: Request) -> Response:
        raise AssertionError(request.url)

    app, _ = straight(router_of("/v1/a", never))
    told = asked(app, scope_of("/v1/a", admitted=Admitted(None, Role.ANYONE)))
    assert told[0]["status"] == 401


def test_an_error_after_the_answer_began_is_not_told_into_it() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        raise ProblemError.of(422, "invalid", "too late")

    async def streamed(_: Request) -> Response:
        return StreamingResponse(pieces())

    app, _ = straight(router_of("/v1/a", streamed))
    scope = scope_of("/v1/a")
    with pytest.raises(ProblemError):
        asked(app, scope)


def test_an_error_before_the_answer_began_is_told() -> None:
    async def refused(_: Request) -> Response:
        raise ProblemError.of(422, "invalid", "no")

    app, _ = straight(router_of("/v1/a", refused))
    told = asked(app, scope_of("/v1/a"))
    assert (told[0]["status"], b'"detail":"no"' in body_of(told)) == (422, True)


def test_the_application_asks_the_table_first() -> None:
    app = FastAPI()
    app.add_middleware(Straight, routers=[router_of("/v1/{one}", names)], told=(), tell=tell)
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    asyncio.run(app(scope_of("/v1/a"), receive, send))
    assert body_of(told) == b"one=a"
