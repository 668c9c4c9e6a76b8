"""The command serve: the HTTP API of one ledger."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.demo import append_demo
from api.http.json_log import begin_log
from api.http.server import is_loopback, listening, run_server, url_of
from api.http.tracing import tracing
from api.http.workers import supervise
from api.keys_at import keys_of
from api.opening import open_for_writing
from api.terminal.options import MaybeLedger
from api.terminal.telling import ending_plainly, misused, print_lines, say
from ledger.address import Address, DatabaseAddress, folder_of
from ledger.clock import SystemClock
from ledger.errors import InvalidError
from ledger.settings import PREFIX, Settings, read_settings
from ledger.stores.opening import lies_there

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["fresh_demo", "serve"]

KEYLESS = (
    "no access key has been made: only this machine may ask, and whoever does is the local admin. "
    "Make one with: incident-ledger keys add NAME --role ROLE"
)


def fresh_demo(ledger: Address | None) -> Address:
    """Where the demonstration is to be recorded; without a name, in a temporary file. One that is there is a fault of usage."""
    if ledger is not None and (lies_there(ledger) or folder_of(ledger).exists()):
        there = ledger if lies_there(ledger) else folder_of(ledger)
        misused(f"{there} exists already; the demonstration wants a fresh file or schema, so name another")
    return ledger or Path(tempfile.mkdtemp(prefix="incident-ledger-demo-")) / "incident.ledger"


def is_keyless(settings: Settings) -> bool:
    """Whether no access key has been made. To listen for other machines is then a fault of usage: everybody would be let in.

    Raises StoreError where the keys cannot be read.
    """
    if keys_of(settings.path).read() is not None:
        return False
    if not is_loopback(settings.host):
        misused(
            f"--host {settings.host} can be reached from other machines, and no access key has been made; make one first with: "
            "incident-ledger keys add NAME --role ROLE"
        )
    return True


def _settings(arguments: Mapping[str, object], file: Path | None) -> Settings:
    try:
        settings = read_settings(arguments=arguments, environment=os.environ, file=file)
    except InvalidError as error:
        misused(str(error))
    if settings.workers > 1 and not isinstance(settings.path, DatabaseAddress):
        misused(
            f"--workers {settings.workers}: a ledger in a file has one writing process, so one worker serves it; "
            "more need a ledger on PostgreSQL"
        )
    return settings


def serve(
    *,
    ledger: MaybeLedger = None,
    host: Annotated[
        str | None, typer.Option("--host", help="The address to listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", help="The port; 0 takes one that is free.", show_default="8000"),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="How many processes answer.", show_default="1")
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option("--settings", envvar=f"{PREFIX}SETTINGS", help="A file of settings (docs/settings.md)."),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve the Little Rock incident, recorded in a fresh ledger.")
    ] = False,
) -> None:
    """Serve a ledger over HTTP until told to end; print one line, ready and the address, when it answers. Makes it where there is none."""
    with ending_plainly():
        path = fresh_demo(ledger) if demo else ledger
        found = _settings({"path": path, "host": host, "port": port, "workers": workers}, settings)
        keyless = is_keyless(found)
        with listening(found.host, found.port) as bound:
            if demo:
                with open_for_writing(found.path) as opened:
                    append_demo(opened)
            if found.workers == 1:
                _serve_one(found, bound, lambda: print_lines(f"ready {url_of(bound)}"), keyless=keyless)
            else:
                raise SystemExit(_serve_many(found, bound, keyless=keyless))


def _application() -> Callable[..., ASGIApp]:
    """What makes the application. To import it takes longer than most commands do, and none but this one needs it."""
    from api.app import create_app  # noqa: PLC0415  see above

    return create_app


def _serve_many(found: Settings, bound: socket.socket, *, keyless: bool) -> int:
    def work(number: int, ready: Callable[[], None]) -> None:
        with ending_plainly():
            _serve_one(found, bound, ready, keyless=False, worker=number)

    if keyless:
        say(KEYLESS)
    _application()  # before the processes part, so that they share it
    return supervise(
        found.workers,
        work,
        lambda: print_lines(f"ready {url_of(bound)}"),
        lambda pid, status: say(f"worker {pid} died (wait status {status}); another takes its place"),
    )


def _serve_one(
    found: Settings,
    bound: socket.socket,
    ready: Callable[[], None],
    *,
    keyless: bool,
    worker: int | None = None,
) -> None:
    """Serve in this process until it is told to end. `worker` is its number, where it is one of several."""
    clock = SystemClock()
    log = begin_log(sys.stderr.buffer, clock)
    if keyless:
        log.write("warning", {"event": "keyless", "message": KEYLESS})

    def warn(message: str) -> None:
        log.write("warning", {"event": "tracing", "message": message})

    try:
        with tracing(os.environ, warn) as span:
            line = log.write if found.request_log else None
            app = _application()(found, clock=clock, log=line, span=span, worker=worker)
            run_server(app, found, bound, lambda _url, _stop: ready())
    finally:
        log.flush()
