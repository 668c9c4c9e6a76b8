"""The demonstration, served: an address, and three lines for a terminal that ask it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

import httpx2
import orjson

from api.app import create_app
from api.demo import INCIDENT, PUBLIC_AT, demo_acts, demo_folder
from api.http.json_log import begin_log
from api.http.server import listening, run_server
from api.terminal.telling import print_lines
from ledger.address import Address
from ledger.clock import SystemClock
from ledger.errors import StoreError, UnavailableError
from ledger.settings import Settings
from ledger.values import Json

__all__ = ["Asking", "askings", "serve_demo"]

HOST = "127.0.0.1"
_QUOTING = "drag-by-car"
_JSON = "application/json"


class Asking(NamedTuple):
    """A request to the demonstration, and what it is for. With a body it is a POST."""

    what: str
    path: str
    body: bytes | None = None

    def line(self, url: str) -> str:
        """As a line for a terminal."""
        words = ["curl", "-sS", "-w", r"\n", url + self.path]
        if self.body is not None:
            words += ["-H", f"Content-Type: {_JSON}", "-d", self.body.decode()]
        return shlex.join(words)


def _quoting_body() -> bytes:
    """A report that quotes the words which another fact of the demonstration quotes."""
    for line in demo_acts(demo_folder()):
        command: dict[str, Json] = orjson.loads(line)
        if command["op"] == "report-fact" and command.get("id") == _QUOTING:
            citation = command["citations"][0]
            break
    else:
        raise StoreError(f"the demonstration's files are damaged: fact {_QUOTING} is not there")
    quoted = {name: citation[name] for name in ("source", "snapshot", "selector")}
    report = {
        "id": "told-again",
        "kind": "drag",
        "statement": "An officer was dragged, for about 15 to 20 feet.",
        "citations": [quoted],
    }
    return orjson.dumps(report)


def askings() -> tuple[Asking, ...]:
    """The three requests: the incident now, as the public could know it, and a report with a quotation, which is only tried."""
    incident = f"/v1/incidents/{INCIDENT}"
    return (
        Asking("What is reported now:", incident),
        Asking("What the public could know by 10 May 2021:", f"{incident}?public_at={PUBLIC_AT.isoformat()}"),
        Asking(
            "A report is checked, its quotation against the captured words, and not recorded:",
            f"{incident}/facts?dry_run=true",
            _quoting_body(),
        ),
    )


def _lines(url: str) -> Iterator[str]:
    yield f"Served at {url}. Ask it:"
    for asking in askings():
        yield f"  # {asking.what}"
        yield f"  {asking.line(url)}"


def _asked(url: str) -> Iterator[str]:
    """Ask each, and say what came back. Raises UnavailableError where one is not answered as it should be."""
    with httpx2.Client(base_url=url, trust_env=False) as client:
        for asking in askings():
            if asking.body is None:
                found = client.get(asking.path)
            else:
                found = client.post(asking.path, content=asking.body, headers={"Content-Type": _JSON})
            if not found.is_success:
                raise UnavailableError(f"the demonstration answered {found.status_code} to {asking.path}")
            yield f"  {asking.what} {found.status_code}, {len(found.content)} bytes of JSON"


def serve_demo(ledger: Address) -> None:
    """Serve a ledger of the demonstration and print what to ask, until somebody ends it.

    Where nobody is at the terminal who could, the lines are asked once, and it ends by itself.
    """
    attended = sys.stdin.isatty() and sys.stdout.isatty()
    clock = SystemClock()
    settings = Settings(path=ledger, request_log=False)
    with ExitStack() as stack:
        try:
            bound = stack.enter_context(listening(HOST, settings.port))
        except UnavailableError:
            bound = stack.enter_context(listening(HOST, 0))

        def ready(url: str, stop: Callable[[], None]) -> None:
            print_lines("", *_lines(url))
            if attended:
                print_lines("Ctrl-C ends it.")
                return
            try:
                print_lines("", "Asked once, since nobody is at a terminal:", *_asked(url))
                again = shlex.join(["incident-ledger", "serve", "--ledger", str(ledger)])
                print_lines("", "To go on asking:", f"  {again}")
            finally:
                stop()

        stack.callback(begin_log(sys.stderr.buffer, clock).flush)
        run_server(create_app(settings, clock=clock), settings, bound, ready)
