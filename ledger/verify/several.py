"""The events checked by several processes at once, each a part of them (ADR 24).

They can only say together that all is right. Where one of them finds anything, whoever asked reads all events by itself, so that what is
reported is found by one process, in order, in one snapshot. A process that dies is an error: nothing is said of the ledger then.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import StoreError
from ledger.verify.part import Part, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Helpers", "processes_for", "shares"]

_PACKAGES = str(Path(__file__).parents[2])
_COMMAND = (sys.executable, "-P", "-S", "-s", "-m", "ledger.verify.child")
_TILE = 256
_LOOKED_AT_EVERY_S = 0.1
_A_PROCESS = 10_000
"""Fewest events for each process."""
_STARTING = 3_000
"""How many events could be checked while a process starts."""
_OTHER_WORK = 0.2
"""What the process that asks does beside its own part, where a check of all events is 1: the tables, and whatever is not an event."""


def processes_for(asked: int | None, events: int) -> int:
    """How many processes to check so many events with: as asked; by itself as many as there are processors, fewer for a small ledger."""
    if asked is not None:
        return max(1, min(asked, events // _TILE))
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, events // _A_PROCESS))


def shares(events: int, processes: int) -> list[tuple[int, int]]:
    """The first and last position of each part, that of the process that asks first; each but the last ends where a tile does.

    Its part is smaller by what else it has to do, and larger by what it does while others start; it may be empty.
    """
    others = processes - 1
    starting = _STARTING if events >= processes * _A_PROCESS else 0
    each = ((1 + _OTHER_WORK) * events + starting * others) / processes
    part = min(each - starting, events / max(1, others))
    bounds = [0]
    for number in range(others):
        ends = int(events - (others - number) * part) // _TILE * _TILE
        bounds.append(max(bounds[-1], ends))
    bounds.append(events)
    return [(before + 1, last) for before, last in pairwise(bounds)]


class _Helper:
    """A process at work on its part, and the thread that hears what it tells."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.done = 0
        self.said: bytes = b""
        self.process = subprocess.Popen(  # noqa: S603  our own module
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            env={"PYTHONPATH": _PACKAGES, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        self.thread = threading.Thread(target=self._hear, daemon=True)
        self.thread.start()

    def _hear(self) -> None:
        given, told = self.process.stdin, self.process.stdout
        if given is None or told is None:
            return  # Both are pipes, since that is how it was started.
        try:
            with given:
                given.write(self.part.written() + b"\n")
        except BrokenPipeError:
            pass  # It is dead, which is told by its status.
        with told:
            for line in told:
                if line.startswith(b"{"):
                    self.said = line
                else:
                    self.done = int(line)

    def told(self) -> Told | None:
        """What came of it; None where it found something. Raises StoreError where it died."""
        self.thread.join()
        status = self.process.wait()
        if status != 0 or not self.said.endswith(b"\n"):
            raise StoreError(
                f"the process that checked positions {self.part.first} to {self.part.last} ended with status {status}"
                " before it was done, so nothing is said of the ledger; verify again, perhaps with --processes 1"
            )
        said = json.loads(self.said)
        return Told.read(said) if said else None


class Helpers:
    """Processes that check a part of the events each. Raises StoreError where one cannot be started."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._helpers: list[_Helper] = []
        try:
            for part in parts:
                self._helpers.append(_Helper(part))
        except OSError as error:
            self.close()
            raise StoreError(f"a process to check with could not be started: {error.strerror}") from error

    def close(self) -> None:
        """End those that are still at work."""
        for helper in self._helpers:
            helper.process.kill()
            helper.process.wait()
            helper.thread.join()

    @property
    def done(self) -> int:
        """How many events they checked so far."""
        return sum(helper.done for helper in self._helpers)

    def told(self, tell: Callable[[], None]) -> list[Told] | None:
        """What came of the parts, in order; None where one found something. `tell` is called now and then. Raises StoreError."""
        came = []
        for helper in self._helpers:
            while helper.thread.is_alive():
                helper.thread.join(_LOOKED_AT_EVERY_S)
                tell()
            told = helper.told()
            if told is None:
                return None
            came.append(told)
        return came
