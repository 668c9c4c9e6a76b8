"""A server process: a listening socket, the application behind it, and an orderly end (docs/operations.md)."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import uvicorn

from api.announced import announcing
from api.http.connections import protocol_of
from ledger.address import DatabaseAddress, folder_of
from ledger.errors import LedgerError, UnavailableError

if TYPE_CHECKING:
    from types import FrameType

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ledger.settings import Settings

__all__ = ["Ready", "is_loopback", "listening", "run_server", "url_of"]

BACKLOG = 2_048
KEEP_ALIVE_S = 75
"""How long a connection that has asked may stay without asking again."""

_OPEN_FILES = 65_536
_COLLECT_AFTER = (50_000, 20, 50)
"""How much garbage may gather before it is collected. What lives as long as the server is frozen and not looked at again."""

Ready = Callable[[str, Callable[[], None]], None]
"""Told the address of a server that answers, and how to end it."""

_REQUESTS_SHARE = 0.7
"""How much of the time to finish is for the requests; the rest is for what the queue still holds when they are done."""


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that is bound; port 0 takes one that is free. Raises UnavailableError where the address is not to be had."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        bound = socket.create_server((str(address[0]), port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is no address"
        raise UnavailableError(
            f"nothing can listen on {host} port {port}: {why}; choose another with --host and --port"
        ) from error
    with bound:
        yield bound


def url_of(bound: socket.socket) -> str:
    """Where a socket is reached."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run_server(app: ASGIApp, settings: Settings, bound: socket.socket, ready: Ready) -> None:
    """Serve until the process is told to end (SIGTERM, SIGINT), then finish what was accepted.

    `ready` is called when it answers, in another thread, with the address and what ends the server.

    Raises what kept the ledger from being opened.
    """
    _allow_many_connections()
    remembering = _Remembering(app)
    config = uvicorn.Config(
        remembering,
        loop="uvloop",
        http=protocol_of(settings.head_s),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=max(1, int(settings.drain_s * _REQUESTS_SHARE)),
    )
    with ExitStack() as stack:

        def begin(stop: Callable[[], None]) -> None:
            if not isinstance(settings.path, DatabaseAddress):
                stack.enter_context(announcing(folder_of(settings.path), url_of(bound)))
            gc.collect()
            gc.freeze()
            gc.set_threshold(*_COLLECT_AFTER)
            ready(url_of(bound), stop)

        try:
            _Server(config, begin, getattr(getattr(app, "state", None), "end_streams", None)).run(
                sockets=[bound]
            )
        except SystemExit:
            # The library ends the process where the application did not start; why it did not, it only logs.
            if remembering.error is None:
                raise
    if remembering.error is not None:
        raise remembering.error


class _Server(uvicorn.Server):
    """The library's server, which says when it answers."""

    def __init__(
        self,
        config: uvicorn.Config,
        begin: Callable[[Callable[[], None]], None],
        ending: Callable[[], None] | None,
    ) -> None:
        super().__init__(config)
        self._begin = begin
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        if self.started:
            await asyncio.get_running_loop().run_in_executor(None, self._begin, self._stop)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  the library's signature
        """Finish what was accepted and end well; asked twice by hand, end at once. The library would end by the signal itself."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self._stop()

    def _stop(self) -> None:
        self.should_exit = True
        if self._ending is not None:
            self._ending()


class _Remembering:
    """An application; remembered is what kept it from starting, since the server library only logs that."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.error: LedgerError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand everything on."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            # The framework tells the whole trace of an exception, with its text.
            await send({**message, "message": ""} if "message" in message else message)

        try:
            await self._app(scope, receive, told)
        except LedgerError as error:
            self.error = error
            raise


def _allow_many_connections() -> None:
    """Let the process have as many connections open as the system allows it at all; many systems begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
