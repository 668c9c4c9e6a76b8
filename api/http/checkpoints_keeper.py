"""The thread that signs the head of the log beside a running server, after so many new events or so much time (docs/transparency.md).

It reads the log by a connection of its own and delays no act. Where it may not or cannot sign, recording and reading go on, `stalled` says
why, and it tries again.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from ledger.errors import LedgerError

if TYPE_CHECKING:
    import datetime as dt

    from ledger.clock import Clock
    from ledger.ids import RandomSource
    from ledger.transparency import Entries, SignedHead, Transparency

__all__ = ["CheckpointsKeeper"]

LOOK_S = 1.0
"""How often the end of the log is looked at, in seconds."""

RETRY_S = 30.0
STOP_S = 10
_logger = logging.getLogger(__name__)


class CheckpointsKeeper:
    """Signs until it is stopped. `position` tells up to which event the log is signed."""

    def __init__(
        self,
        log: Entries,
        transparency: Transparency,
        clock: Clock,
        random: RandomSource,
        *,
        every_events: int,
        every_s: int,
    ) -> None:
        self._log = log
        self._transparency = transparency
        self._clock = clock
        self._random = random
        self._every_events = every_events
        self._every_s = every_s
        self._new_since: dt.timedelta | None = None
        self._stopped = threading.Event()
        self.position = 0
        self.stalled: str | None = None
        self._thread = threading.Thread(target=self._run, name="ledger-checkpoints", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> bool:
        """Stop after the signature in hand. False where that took too long: then its connection must not be closed under it."""
        self._stopped.set()
        self._thread.join(STOP_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        wait_s = 0.0
        while not self._stopped.wait(wait_s):
            wait_s = LOOK_S if self.look() else RETRY_S

    def look(self) -> bool:
        """Look at the end of the log, and sign it if it is time. False where signing failed, whatever the reason."""
        try:
            if self.position == 0:
                newest = self._transparency.newest()
                self.position = 0 if newest is None else newest.checkpoint.size
            if self._is_time(self._log.head().position):
                self.sign()
        except Exception as error:  # noqa: BLE001  whatever it is, the log goes on, and so does this thread
            self._stall(error)
            return False
        self.stalled = None
        return True

    def _is_time(self, head: int) -> bool:
        if head <= self.position:
            self._new_since = None
            return False
        now = self._clock.elapsed()
        if self._new_since is None:
            self._new_since = now
        return (
            head - self.position >= self._every_events
            or (now - self._new_since).total_seconds() >= self._every_s
        )

    def sign(self) -> SignedHead | None:
        """Sign the end of the log now. Raises as Transparency.sign."""
        self._transparency.make_key(self._random)
        head = self._transparency.sign()
        if head is not None:
            self.position = head.checkpoint.size
        self._new_since = None
        return head

    def _stall(self, error: Exception) -> None:
        code = error.code if isinstance(error, LedgerError) else "internal"
        if self.stalled != code:
            # What disagrees is said here in full, and to nobody who asks: it may name files.
            _logger.error("the log is not signed: %s (%s)", error, code)
        self.stalled = code
