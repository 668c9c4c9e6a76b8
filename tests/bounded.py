"""An end to every test: one that waits for what never comes fails, with the place where it stood, and the run goes on.

A process that does not answer, a thread that does not end, a feed that goes on for ever: each is a fault that a test may come upon, and
none may keep the other tests waiting. What no signal reaches, such as a wait within a library's own loop, ends with its process a while
later, and says where each thread stood; the run reports that as a failure too.
"""

from __future__ import annotations

import faulthandler
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LIMIT_S", "LONG_S", "at_most", "in_this_process", "limit_of"]

LIMIT_S = 600.0
"""How long the making ready of a test, the test, or its clearing away may take, in seconds: far more than any does on a slow machine."""

LONG_S = 6 * 3_600.0
"""The same of a long trial."""

_AGAIN_S = 2.0
"""After so many seconds it is told again: what clears up after a test may wait for the same that it waited for."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """A stretch that fails where it takes longer. Only for the main thread, in which tests run."""

    def late(_number: int, _frame: object) -> None:
        pytest.fail(f"it waited longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    left = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *left)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def in_this_process(seconds: float) -> Iterator[None]:
    """A stretch that ends with the process where it takes longer, whatever it waits for. There is one at a time."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__ or 2)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def limit_of(item: pytest.Item) -> float:
    """How long a test may take."""
    return LONG_S if item.get_closest_marker("long") else LIMIT_S
