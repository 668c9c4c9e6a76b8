"""A client of a server in this process: the real application on a real ledger file, without sockets, with a clock and ids of the test."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx2
import orjson

from api.app import create_app
from api.http.serving import Served
from ledger.settings import Settings
from tests.desk import AGENCY, cited
from tests.fakes import CountingBytes, FrozenClock, SequentialIds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from api.http.tracing import RequestSpan
    from ledger.address import Address
    from ledger.values import Json

__all__ = ["AT", "BASE", "FACT", "INCIDENT", "Client", "without_op"]

T = TypeVar("T")

BASE = "http://localhost"
AT = "/v1/incidents/stop/facts"
INCIDENT = {"id": "stop", "title": "Traffic stop", "zone": "America/Chicago"}
FACT: dict[str, Json] = {
    "id": "drag",
    "kind": "drag",
    "statement": "The officer was dragged about 15 feet.",
    "citations": [cited()],
}


def without_op(command: dict[str, Json]) -> dict[str, Json]:
    """A command as the body of its own path."""
    return {name: value for name, value in command.items() if name != "op"}


class Client:
    """A running application and who asks it. `with Client(path) as client` runs its lifespan."""

    def __init__(self, path: Address, *, span: RequestSpan | None = None, **settings: Any) -> None:
        self.clock = FrozenClock()
        self.settings = Settings(path=path, **({"views_process": False} | settings))
        self.app = create_app(
            self.settings, clock=self.clock, ids=SequentialIds(), random=CountingBytes(str(path)), span=span
        )
        self.headers: dict[str, str] = {}
        self._runner = asyncio.Runner()
        self._lifespan: AbstractAsyncContextManager[object] | None = None

    def __enter__(self) -> Self:
        """Start the application."""
        self._lifespan = self.app.router.lifespan_context(self.app)
        self.run(self._lifespan.__aenter__())
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=True)
        self.http = httpx2.AsyncClient(transport=transport, base_url=BASE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the application."""
        assert self._lifespan is not None
        self.run(self.http.aclose())
        self.run(self._lifespan.__aexit__(None, None, None))
        self._runner.close()

    @property
    def served(self) -> Served:
        """What the routes work with."""
        served = self.app.state.served
        assert isinstance(served, Served)
        return served

    @property
    def head(self) -> int:
        """The last position."""
        return self.served.history.head().position

    def run(self, what: Awaitable[T]) -> T:
        """Wait for something in the application's loop."""

        async def awaited() -> T:
            return await what

        return self._runner.run(awaited())

    def request(self, method: str, path: str, **members: Any) -> httpx2.Response:
        """Ask."""
        members["headers"] = {**self.headers, **members.get("headers", {})}
        return self.run(self.http.request(method, path, **members))

    def get(self, path: str, **members: Any) -> httpx2.Response:
        """Read."""
        return self.request("GET", path, **members)

    def post(self, path: str, body: Json = None, **members: Any) -> httpx2.Response:
        """Write a body as JSON; bytes as they are."""
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = {"Content-Type": "application/json", **members.pop("headers", {})}
        return self.request("POST", path, content=content, headers=headers, **members)

    def together(self, *asks: Callable[[httpx2.AsyncClient], Awaitable[T]]) -> list[T]:
        """Ask several things at once."""

        async def all_of() -> list[T]:
            return list(await asyncio.gather(*(ask(self.http) for ask in asks)))

        return self.run(all_of())

    def batch(self, *lines: Json, query: str = "", **members: Any) -> list[dict[str, Json]]:
        """Send a batch; its answers."""
        body = b"".join(line if isinstance(line, bytes) else orjson.dumps(line) + b"\n" for line in lines)
        headers = {"Content-Type": "application/jsonl", **members.pop("headers", {})}
        answer = self.post(f"/v1/batch{query}", body, headers=headers, **members)
        assert 200 == answer.status_code, answer.text
        assert "application/jsonl" == answer.headers["Content-Type"]
        return [orjson.loads(line) for line in answer.content.splitlines()]

    def begin(self) -> None:
        """Open incident `stop` and register source `release`: positions 2 and 3."""
        assert 201 == self.post("/v1/incidents", INCIDENT).status_code
        assert 201 == self.post("/v1/sources", without_op(AGENCY)).status_code

    def report(self, **members: Json) -> httpx2.Response:
        """Report fact `drag`, or another that `members` make of it."""
        return self.post(AT, {**FACT, **members})
