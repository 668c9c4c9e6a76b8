"""Lines that come when they come, handed on while there are some, so that nobody holds a lock for a sender who is slow."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["PATIENCE_S", "ComingLines"]

PATIENCE_S = 1.0
"""How long the next line is waited for before what is held for it is let go, in seconds."""

AHEAD = 8
"""How many lines are read ahead: one may have megabytes."""

_Line = tuple[int, bytes]


class ComingLines:
    """Lines that a thread of its own reads, counted from 1. Whoever takes them may stop in between and wait for more.

    What reading raises is raised where the line would have been taken.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self._come: queue.Queue[_Line | BaseException | None] = queue.Queue(AHEAD)
        self._next: _Line | None = None
        self._ended = False
        self.at = 0
        """The number of the last line that was waited for or taken; 0 before the first."""
        threading.Thread(target=self._read, name="ledger-lines", daemon=True).start()

    def _read(self) -> None:
        try:
            for number, line in enumerate(self._lines, start=1):
                self._come.put((number, line))
            self._come.put(None)
        except BaseException as error:  # noqa: BLE001  it is raised where the lines are taken
            self._come.put(error)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for a line, for ever or some seconds. False where none came, or they have ended."""
        if self._next is not None:
            return True
        if self._ended:
            return False
        try:
            come = self._come.get(timeout=timeout_s)
        except queue.Empty:
            return False
        if isinstance(come, BaseException):
            self._ended = True
            raise come
        self._ended = come is None
        self._next = come
        if come is not None:
            self.at = come[0]
        return come is not None

    def at_hand(self, patience_s: float | None = PATIENCE_S) -> Iterator[_Line]:
        """Lines with their numbers, until none has come for some seconds or they have ended; None waits for the end."""
        while self.wait(patience_s):
            line = self._next
            self._next = None
            if line is not None:
                yield line
