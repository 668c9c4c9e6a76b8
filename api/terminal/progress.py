"""How far an import or export has come: a bar with rate and remaining time on a terminal, a plain line now and then otherwise.

It goes to standard error, so that what is printed stays what was asked for.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from api.terminal.telling import say

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Told", "telling_progress"]

EVERY_S = 5.0
"""Where nobody is at a terminal, how long it is quiet between two lines."""

_BAR_EVERY_S = 0.1
"""How long a bar stands still at least: telling it takes longer than most steps of what it measures."""


class Told(Protocol):
    """Takes in how far it is."""

    def __call__(self, done: int, part: int | None = None) -> None:
        """`done` of whatever is counted, and `part` of the whole, where that is measured in something else."""
        ...


@contextmanager
def telling_progress(what: str, whole: int | None) -> Iterator[Told]:
    """Tell progress on standard error. `what` is counted; `whole` is what is done when `part` has come to it; None: nobody knows."""
    if sys.stderr.isatty():
        with _bar(what, whole) as told:
            yield told
    else:
        yield _Lines(what, whole)


@contextmanager
def _bar(what: str, whole: int | None) -> Iterator[Told]:
    columns = (
        TextColumn("{task.fields[done]:>12,} " + what),
        TextColumn("{task.fields[rate]:>10,.0f} a second"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr)
    with Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=True
    ) as bar:
        task = bar.add_task(what, total=whole, done=0, rate=0.0)
        began = last = time.monotonic()
        come = (0, 0)

        def show(now: float) -> None:
            done, part = come
            taken = now - began
            bar.update(task, completed=part, done=done, rate=done / taken if taken > 0 else 0.0)

        def told(done: int, part: int | None = None) -> None:
            nonlocal last, come
            come = (done, done if part is None else part)
            now = time.monotonic()
            if now - last >= _BAR_EVERY_S:
                last = now
                show(now)

        yield told
        show(time.monotonic())


class _Lines:
    """Plain lines, at most one in EVERY_S seconds."""

    def __init__(self, what: str, whole: int | None) -> None:
        self._what = what
        self._whole = whole
        self._began = self._last = time.monotonic()

    def __call__(self, done: int, part: int | None = None) -> None:
        now = time.monotonic()
        if now - self._last < EVERY_S:
            return
        self._last = now
        part = done if part is None else part
        rate = done / (now - self._began)
        left = ""
        if self._whole and part:
            rest_s = (now - self._began) * (self._whole - part) / part
            left = f", {100 * part // self._whole} %, about {rest_s:,.0f} s left"
        say(f"{done:,} {self._what}, {rate:,.0f} a second{left}")
