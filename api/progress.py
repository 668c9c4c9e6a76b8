"""How far a long work has come: a bar with rate and remaining time on a terminal, and nothing elsewhere.

It goes to standard error, so that what is printed stays what was asked for. Only where standard error is a terminal that can move its
cursor; in a file or a pipe the summary at the end is all that is told.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

__all__ = ["progress"]

_STEPS = 400
"""How often a bar is told of at most; telling it takes longer than most steps of what it measures."""


class _Rate(ProgressColumn):
    """How many units a second, in the last seconds."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """The rate, or nothing while it is not known."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} {self._unit}/s")


@contextmanager
def progress(
    what: str, total: int | None, unit: str, *, to: TextIO | None = None
) -> Iterator[Callable[[int], None]]:
    """What takes how far the work has come, in units from 0 to `total`; None where nobody knows how many there are."""
    stream = to or sys.stderr
    if not stream.isatty():
        yield lambda _done: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        _Rate(unit),
        TimeRemainingColumn(compact=True),
    )
    step = max(1, (total or 0) // _STEPS)
    last = 0
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task(what, total=total)

        def tell(done: int) -> None:
            nonlocal last
            if done - last >= step:
                last = done
                bar.update(task, completed=done)

        yield tell
        bar.update(task, completed=last if total is None else total)
