"""A process that appends until somebody stops it: threads that tell each act before they ask for it and after its receipt.

They go through the queue to one real ledger, so that several acts are committed together.

Run with the ledger, a name for this run, the number of threads, and the number of acts each (0: for ever); then what is broken
on purpose. What it tells, it tells with one write to standard output a line, so that no line is ever cut in half.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from api.opening import open_for_writing
from ledger.append import Receipt
from ledger.command_queue import CommandQueue
from ledger.stores import sqlite_datastore
from ledger.stores.sqlite_store import SQLiteStore
from tests.durability.acts import FIRST, ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.opening import Opened
    from ledger.stores.contract import Batch

__all__ = ["EARLY", "NORMAL", "UNSYNCED", "Told"]

EARLY = "acknowledges-before-it-appends"
NORMAL = "synchronous-is-normal"
UNSYNCED = "snapshots-are-not-synced"

_APPEND = SQLiteStore.append


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One line: an act is asked for, or here is its receipt."""

    key: str
    receipt: Receipt | None = None


def _tell(told: Told) -> None:
    os.write(1, msgspec.json.encode(told) + b"\n")


def _act(opened: Opened, queue: CommandQueue, key: str) -> None:
    _tell(Told(key=key))
    _tell(Told(key=key, receipt=queue.submit(ask(opened, key)).result()))


def _work(opened: Opened, queue: CommandQueue, worker: str, acts: int) -> None:
    for number in range(1, acts + 1) if acts else itertools.count(1):
        _act(opened, queue, f"{worker}.{number}")


def _append_too_late(self: SQLiteStore, batch: Batch) -> Sequence[int]:
    for answer in batch.answers:
        _tell(Told(key=answer.key, receipt=msgspec.json.decode(answer.answer, type=Receipt)))
    # A machine with much else to do seldom ends a process in the moment that a quick disk takes.
    time.sleep(0.005)
    return _APPEND(self, batch)


def _break(fault: str) -> None:
    if fault == EARLY:
        SQLiteStore.append = _append_too_late  # type: ignore[method-assign]  # the fault to be caught
    if fault == NORMAL:
        sqlite_datastore._PRAGMAS = (("synchronous", "NORMAL", 1), *sqlite_datastore._PRAGMAS[1:])
    if fault == UNSYNCED:
        os.fsync = lambda _descriptor: None  # type: ignore[assignment]  # nothing else in this process calls it


def _main(path: Path, run: str, threads: int, acts: int, fault: str) -> None:
    _break(fault)
    with open_for_writing(path) as opened, CommandQueue(opened.writer) as queue:
        for key in FIRST:
            _act(opened, queue, key)
        workers = [
            threading.Thread(target=_work, args=(opened, queue, f"{run}-{number}", acts), daemon=True)
            for number in range(threads)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), "".join(sys.argv[5:]))
