"""A server as whoever runs one has it: a process of its own, asked over sockets, with its log and its end looked at."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import httpx2

from tests.api.command_line import command_of, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from ledger.values import Json

__all__ = ["WAIT_S", "ServerProcess", "raw_request"]

WAIT_S = 60


class ServerProcess:
    """`with ServerProcess(ledger) as server` waits until it says that it answers, and stops it at the end."""

    program: Sequence[str] = command_of()
    """What is run; a test that takes something out of it runs another."""

    def __init__(self, ledger: Path | str, *arguments: str, **variables: str) -> None:
        command = [*self.program, "serve", "--ledger", str(ledger), "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(**variables)
        )
        self.lines: list[str] = []
        self.out = ""
        self.url = ""
        self._log = threading.Thread(target=self._keep_log, daemon=True)
        self._log.start()

    def _keep_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.decode())

    def __enter__(self) -> Self:
        """Wait until it answers."""
        assert self.process.stdout is not None
        self.out = self.process.stdout.readline().decode()
        word, _, self.url = self.out.strip().partition(" ")
        assert "ready" == word, self.lines
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it, unless it was stopped."""
        if self.process.poll() is None:
            self.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    @property
    def log(self) -> list[dict[str, Json]]:
        """The lines of its log, each of which must be JSON."""
        return [json.loads(line) for line in self.lines]

    def client(self, **members: object) -> httpx2.Client:
        """Who asks it."""
        return httpx2.Client(base_url=self.url, trust_env=False, timeout=WAIT_S, **members)  # type: ignore[arg-type]  # as the library has it

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Tell it to end."""
        os.kill(self.process.pid, number)

    def ended(self) -> int:
        """Wait for its end; its exit code. Its output is complete then."""
        assert self.process.stdout is not None
        self.out += self.process.stdout.read().decode()
        code = self.process.wait(WAIT_S)
        self._log.join(WAIT_S)
        self.process.stdout.close()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code

    def stop(self) -> int:
        """Tell it to end, and wait."""
        self.signal()
        return self.ended()

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        """A bare connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S) as connection:
            yield connection


def raw_request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A request as it goes over a connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
