"""An end to waiting for a server that has fallen mute: the connection is shut down on this side, and nothing is cancelled (ADR 15).

A process that stands still, or a proxy before a server that is gone, keeps a connection alive that no answer comes on any more. The
driver waits for it as long as it is open. Shut down, it breaks like any other, so that what follows is what follows a lost connection.
Nothing is sent: a COMMIT under way goes on at the server as it would have.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

__all__ = ["Deadline"]

_IDLE_S = 3_600.0


class _Waiting(msgspec.Struct, eq=False):
    """Somebody who waits for an answer: until when, and on which connection, as a handle of our own that nobody else closes."""

    until: float
    end: socket.socket


class Deadline:
    """Shuts down connections whose answer did not come in time. One thread watches over all; it begins with the first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._looks_at = 0.0
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextmanager
    def within(self, connection: Connection[Any], seconds: float) -> Iterator[None]:
        """A stretch in which the connection is waited for, at most for so long. What it waits for then raises psycopg.OperationalError."""
        with socket.socket(fileno=os.dup(connection.fileno())) as end:
            one = _Waiting(time.monotonic() + seconds, end)
            with self._changed:
                self._waiting.append(one)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._watch, name="ledger-deadline", daemon=True)
                    self._thread.start()
                elif one.until < self._looks_at:
                    self._changed.notify()
            try:
                yield
            finally:
                with self._changed:
                    if one in self._waiting:
                        self._waiting.remove(one)

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                for one in [late for late in self._waiting if late.until <= now]:
                    self._waiting.remove(one)
                    with suppress(OSError):
                        one.end.shutdown(socket.SHUT_RDWR)
                self._looks_at = min((one.until for one in self._waiting), default=now + _IDLE_S)
                self._changed.wait(self._looks_at - now)

    def close(self) -> None:
        """Watch no longer."""
        with self._changed:
            self._closed = True
            self._changed.notify()
