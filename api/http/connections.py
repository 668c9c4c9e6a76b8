"""Connections that say nothing, or say it slowly, are closed; and what is no HTTP is told so as everything is told.

The server library gives a connection that has not begun to speak, or has not ended its headers, all the time in the world. Thousands of
those cost little (a descriptor and a few kilobytes each), but not nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.http.problems import MEDIA_TYPE, answer, problem_of_status

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

__all__ = ["ABORT", "WHOLE", "protocol_of"]

ABORT = "incident-ledger.abort"
"""The extension of a request's scope that closes its connection at once, what was not taken by the other end with it."""

WHOLE = "incident-ledger.whole"
"""The extension of a request's scope that says whether all of its body has come: then nobody waits for it."""


def protocol_of(head_s: float) -> type[asyncio.Protocol]:
    """The protocol of a server on which a connection has `head_s` seconds to say what it asks."""

    class Protocol(_ImpatientProtocol):
        """A connection of this server."""

        HEAD_S = head_s

    return Protocol


class _ImpatientProtocol(HttpToolsProtocol):
    """The library's protocol, with an end to waiting for the headers of a request."""

    HEAD_S: float

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._since: float | None = None
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the library has it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._watch = self.loop.call_later(self.HEAD_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._since = None
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin to wait for the end of the headers, or go on waiting."""
        if self._since is None:
            self._since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait no more: what is asked is known."""
        self._since = None
        super().on_headers_complete()
        cycle = self.cycle
        self.scope["extensions"] = {ABORT: self.transport.abort, WHOLE: lambda: not cycle.more_body}  # type: ignore[dict-item]  # ours, and calls

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  the library's sentence is not told
        """Answer what is no HTTP, and close."""
        told = answer(problem_of_status(400))
        body = bytes(told.body)
        head = (
            "HTTP/1.1 400 Bad Request\r\n"
            f"Content-Type: {MEDIA_TYPE}\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _look(self) -> None:
        """Close the connection if it has taken too long; else look again when it could have: a timer for each request would cost more."""
        if self.transport.is_closing():
            return
        left = self.HEAD_S if self._since is None else self._since + self.HEAD_S - self.loop.time()
        if left > 0:
            self._watch = self.loop.call_later(left, self._look)
        else:
            self.transport.close()
