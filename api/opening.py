"""The composition root: the only place that picks the real clock, the real ids and the real files."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from api.rehearsal import ForgetfulBlobs, ForgetfulStore
from ledger.append import Writer
from ledger.blobs import Blobs
from ledger.clock import SystemClock
from ledger.history import History
from ledger.ids import TimeOrderedIds
from ledger.stores.lock import WriterLock
from ledger.stores.sqlite_datastore import is_unmade
from ledger.stores.sqlite_store import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.clock import Clock
    from ledger.ids import Ids

__all__ = [
    "Opened",
    "OpenedForReading",
    "folder_of",
    "open_for_reading",
    "open_for_rehearsal",
    "open_for_writing",
]


class OpenedForReading(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger that is read: its history, its snapshots, and the time it is."""

    path: Path
    history: History
    blobs: Blobs
    clock: Clock


class Opened(OpenedForReading, frozen=True, kw_only=True):
    """A ledger that is written: also its one writer, and where new ids come from."""

    writer: Writer
    ids: Ids


def folder_of(path: Path) -> Path:
    """The folder beside a ledger file that holds its snapshots, lock and keys (ledger-format §7)."""
    return path.with_name(path.name + ".d")


def _lies_there(path: Path) -> bool:
    """Whether there is something of which a ledger cannot be made: an empty file is as good as none."""
    return path.is_dir() or (path.exists() and path.stat().st_size > 0)


@contextmanager
def open_for_reading(path: Path) -> Iterator[OpenedForReading]:
    """Open a ledger beside whoever writes it. Raises StoreError where there is none."""
    store = SQLiteStore(path, read_only=True)
    try:
        blobs = Blobs(folder_of(path) / "blobs", os.urandom)
        yield OpenedForReading(path=path, history=History(store), blobs=blobs, clock=SystemClock())
    finally:
        store.close()


@contextmanager
def open_for_writing(path: Path) -> Iterator[Opened]:
    """Open a ledger as its one writer, making it where it is not.

    Raises LockedError where another process writes it, and StoreError where a file lies there that is not a ledger; then no folder is
    made beside it either.
    """
    clock = SystemClock()
    ids = TimeOrderedIds(clock, os.urandom)
    folder = folder_of(path)
    if _lies_there(path) and not is_unmade(path):
        SQLiteStore(path, read_only=True).close()
    with WriterLock(folder / "lock"):
        store = SQLiteStore(path, create=True)
        try:
            blobs = Blobs(folder / "blobs", os.urandom)
            writer = Writer(store, blobs, clock, ids, os.urandom)
            yield Opened(path=path, history=History(store), blobs=blobs, clock=clock, writer=writer, ids=ids)
        finally:
            store.close()


@contextmanager
def open_for_rehearsal(path: Path) -> Iterator[Opened]:
    """Open a ledger to see what acts upon it would do: nothing is written, no file is made, and no lock is needed.

    Raises StoreError where a file lies there that is not a ledger.
    """
    clock = SystemClock()
    ids = TimeOrderedIds(clock, os.urandom)
    store = ForgetfulStore(SQLiteStore(path, read_only=True) if _lies_there(path) else None)
    try:
        blobs = ForgetfulBlobs(folder_of(path) / "blobs", os.urandom)
        writer = Writer(store, blobs, clock, ids, os.urandom)
        yield Opened(path=path, history=History(store), blobs=blobs, clock=clock, writer=writer, ids=ids)
    finally:
        store.close()
