"""A process that imports a log and dies at an instant that it is told: SIGKILL before or after the n-th step that reaches the disk.

Run with the log, the ledger, the number of the step (0: none), and `random` where the parent kills instead. Steps are counted in their
order: rows made durable, the mark moved on, a snapshot named, a file beside the ledger written or taken away. Each counts twice, once
before and once after it.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.opening import open_for_import
from ledger import copied
from ledger.blobs import Blobs
from ledger.mark import Mark
from ledger.stores.sqlite_store import SQLiteStore
from ledger.transfer import import_log, importing

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH_ROWS = 3


class Steps:
    """Counts steps, and ends the process at one of them."""

    def __init__(self, deadly: int) -> None:
        self._deadly = deadly
        self._count = 0

    def one(self) -> None:
        """The next step, which may be the last."""
        self._count += 1
        if self._count == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, *places: tuple[Any, str]) -> None:
        """Count a step before and one after whatever stands at these places: a class or a module, and a name in it."""
        for owner, name in places:
            setattr(owner, name, self._around(getattr(owner, name)))

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def counted(*given: Any, **named: Any) -> object:
            self.one()
            answer: object = function(*given, **named)
            self.one()
            return answer

        return counted


def _main(log: Path, ledger: Path, deadly: int) -> None:
    steps = Steps(deadly)
    importing.BATCH_ROWS = BATCH_ROWS
    steps.around(
        (SQLiteStore, "restore"),
        (Mark, "advance"),
        (Blobs, "take"),
        (copied, "_write"),
        (copied, "_remove"),
    )
    with open_for_import(ledger) as into, log.open("rb") as file:
        import_log(file, into)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
