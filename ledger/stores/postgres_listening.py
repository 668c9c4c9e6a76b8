"""Hearing of commits by other processes: LISTEN, as a hint and nothing more (ADR 15).

A NOTIFY may be lost, a connection may be half open, and a standby knows no LISTEN: whoever follows the log looks by itself underneath. So
nothing here is ever relied upon; what it brings is that they look sooner.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import psycopg

from ledger.stores.postgres import CHANNEL
from ledger.watchful_connection import connected

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.address import DatabaseAddress

__all__ = ["SILENCE_S", "Listener"]

SILENCE_S = 15.0
"""How long silence is believed, in seconds: then it listens anew."""

_AGAIN_S = 1.0
_STEP_S = 0.5
_END_S = 2.0


class Listener:
    """Calls `woken` in a thread of its own when somebody commits to a ledger, until it is closed. `woken` must return soon."""

    def __init__(
        self, address: DatabaseAddress, woken: Callable[[], None], *, silence_s: float = SILENCE_S
    ) -> None:
        self._address = address
        self._woken = woken
        self._silence_s = silence_s
        self._closed = threading.Event()
        self.heard = 0
        self._thread = threading.Thread(target=self._run, name="ledger-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening. A thread that waits for a server which says nothing is left behind, and ends with the process."""
        self._closed.set()
        self._thread.join(_END_S)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._listen()
            except psycopg.Error:
                # Those who follow the log look by themselves until it answers again.
                self._closed.wait(_AGAIN_S)

    def _listen(self) -> None:
        """Listen until there was silence for too long: nobody can tell it from a connection that is half open."""
        answer_s = min(self._silence_s, self._address.answer_s)
        with connected(self._address, answer_s=answer_s, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            # What was committed before it listened is told by nobody.
            self._woken()
            heard_at = time.monotonic()
            while not self._closed.is_set() and time.monotonic() - heard_at < self._silence_s:
                for notice in connection.notifies(timeout=_STEP_S, stop_after=1):
                    if notice.payload.partition(" ")[0] == self._address.schema:
                        heard_at = time.monotonic()
                        self.heard += 1
                        self._woken()
