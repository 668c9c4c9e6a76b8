"""A wire between the project's client and a server in this process, which loses, delays and refuses as a test says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from tests.api.http.client import Client as Server

__all__ = ["Wire"]

_KEPT = ("content-type", "idempotency-key", "if-match", "authorization")


class Wire:
    """Hands requests on. `faults` are what befalls the next ones: `lost` (done, its answer lost), `unreached`, or a response."""

    def __init__(self, server: Server, *faults: str | httpx2.Response) -> None:
        self._server = server
        self.faults = list(faults)
        self.requests: list[httpx2.Request] = []
        self.slept: list[float] = []

    @property
    def sync(self) -> httpx2.BaseTransport:
        """For a client that waits."""
        return httpx2.MockTransport(self._handle)

    def sleep(self, seconds: float) -> None:
        """Wait, as far as the client can tell."""
        self.slept.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """As sleep."""
        self.slept.append(seconds)

    def _members(self, request: httpx2.Request) -> dict[str, Any]:
        headers = {name: value for name, value in request.headers.items() if name.lower() in _KEPT}
        return {"content": request.content, "headers": headers}

    def _fault(self, request: httpx2.Request) -> str | httpx2.Response | None:
        self.requests.append(request)
        fault = self.faults.pop(0) if self.faults else None
        if fault == "unreached":
            raise httpx2.ConnectError("nobody there", request=request)
        return fault

    def _told(self, answer: httpx2.Response, fault: str | None, request: httpx2.Request) -> httpx2.Response:
        if fault == "lost":
            raise httpx2.ReadError("broken off", request=request)
        headers = [
            (name, value) for name, value in answer.headers.items() if name.lower() != "content-length"
        ]
        return httpx2.Response(answer.status_code, headers=headers, content=answer.content)

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        fault = self._fault(request)
        if isinstance(fault, httpx2.Response):
            return fault
        target = request.url.raw_path.decode()
        return self._told(
            self._server.request(request.method, target, **self._members(request)), fault, request
        )

    @property
    def asynchronous(self) -> httpx2.AsyncBaseTransport:
        """For a client that is awaited, in the loop of the server."""

        async def handle(request: httpx2.Request) -> httpx2.Response:
            fault = self._fault(request)
            if isinstance(fault, httpx2.Response):
                return fault
            target = request.url.raw_path.decode()
            answer = await self._server.http.request(request.method, target, **self._members(request))
            return self._told(answer, fault, request)

        return httpx2.MockTransport(handle)
