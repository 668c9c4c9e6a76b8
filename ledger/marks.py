"""The marks of a ledger in a database: one for each process that writes it, in the folder that all of them see (ADR 15).

A mark is advanced by one process (mark.py). Where several write, each takes the first that is free, for as long as it runs; what a process
left behind holds all the same. A log that does not go as far as one of them has lost what was acknowledged: a server took over that had
not received it, or an older copy was put back.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from itertools import count
from typing import TYPE_CHECKING

from ledger.errors import LockedError
from ledger.mark import Mark
from ledger.stores.lock import WriterLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.mark import Marked

__all__ = ["own_mark", "read_marks"]

_FOLDER = "marks"


def read_marks(folder: Path) -> list[Marked | None]:
    """What every mark says. To be read before the log: whoever writes moves the log on first.

    Raises IntegrityError where one is damaged, and StoreError where one cannot be read.
    """
    return [Mark(path).read() for path in sorted((folder / _FOLDER).glob("mark.*"))]


@contextmanager
def own_mark(folder: Path) -> Iterator[Mark]:
    """A mark that this process alone advances, for as long as the context lasts. Raises StoreError where the disk refuses."""
    for number in count(1):
        lock = WriterLock(folder / _FOLDER / f"lock.{number}")
        try:
            lock.__enter__()
        except LockedError:
            continue
        try:
            with closing(Mark(folder / _FOLDER / f"mark.{number}")) as mark:
                yield mark
        finally:
            lock.__exit__(None, None, None)
        return
