"""The composition root: the only place that picks the real clock, the real ids and the real files."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from api.announced import announced, withdraw
from api.rehearsal import ForgetfulBlobs, ForgetfulStore
from ledger.address import Address, AddressField, DatabaseAddress, folder_of
from ledger.append import Writer
from ledger.blobs import Blobs
from ledger.clock import SystemClock
from ledger.copied import refuse_unfinished, refuse_withheld
from ledger.errors import LedgerError, LockedError, StoreError
from ledger.folders import make_folder
from ledger.history import History
from ledger.ids import TimeOrderedIds
from ledger.mark import Mark
from ledger.marks import own_mark, read_marks
from ledger.random_blocks import RandomBlocks
from ledger.self_test import check_against_mark, refuse_a_lost_ledger, self_test, where_it_ends
from ledger.stores.lock import WriterLock
from ledger.stores.opening import lies_there, open_database, open_store
from ledger.stores.sqlite_datastore import is_unmade
from ledger.stores.sqlite_store import SQLiteStore
from ledger.transfer import Into
from ledger.transparency import Transparency
from ledger.verify import verify_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.clock import Clock
    from ledger.errors import UnknownSchemaError
    from ledger.ids import Ids, RandomSource
    from ledger.mark import Marked
    from ledger.stores.contract import Store

__all__ = [
    "Opened",
    "OpenedForReading",
    "open_for_import",
    "open_for_reading",
    "open_for_rehearsal",
    "open_for_writing",
]


class OpenedForReading(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger that is read: its rows and its history, its snapshots, and the time it is."""

    path: AddressField
    store: Store
    history: History
    blobs: Blobs
    clock: Clock


class Opened(OpenedForReading, frozen=True, kw_only=True):
    """A ledger that is written: also the one writer to it, and where new ids and random bytes come from."""

    writer: Writer
    ids: Ids
    random: RandomSource


class _ToWrite(NamedTuple):
    """The store of a ledger and the mark of this process. `bound`: an event that stops all writing, as self_test gives it."""

    store: Store
    mark: Mark
    bound: UnknownSchemaError | None


def _lies_there(path: Path) -> bool:
    """Whether there is something of which a ledger cannot be made: an empty file is as good as none."""
    return path.is_dir() or (path.exists() and path.stat().st_size > 0)


def _mark_of(path: Path) -> Mark:
    return Mark(folder_of(path) / "mark")


def _marked(path: Address) -> list[Marked | None]:
    """What the marks of a ledger say. They are read before the log is: whoever writes moves the log on first."""
    return read_marks(folder_of(path)) if isinstance(path, DatabaseAddress) else [_mark_of(path).read()]


@contextmanager
def open_for_reading(path: Address) -> Iterator[OpenedForReading]:
    """Open a ledger beside whoever writes it.

    Raises StoreError where there is none, and IntegrityError where it does not go as far as its mark, or went on differently.
    """
    refuse_unfinished(folder_of(path))
    marks = _marked(path)
    with closing(open_store(path, read_only=True)) as store:
        for marked in marks:
            check_against_mark(store, marked)
        blobs = Blobs(folder_of(path) / "blobs", os.urandom)
        yield OpenedForReading(
            path=path, store=store, history=History(store), blobs=blobs, clock=SystemClock()
        )


def _folder_made(path: Address) -> Path:
    folder = folder_of(path)
    try:
        make_folder(folder)
    except OSError as error:
        raise StoreError(f"the folder {folder} cannot be made: {error.strerror or error}") from error
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the right to write. Raises LockedError, which says where the other process answers, if it does."""
    with ExitStack() as stack:
        try:
            stack.enter_context(WriterLock(folder / "lock"))
        except LockedError as error:
            url = announced(folder)
            if url is None:
                raise
            raise LockedError(
                f"another process is writing to this ledger; use the API at {url}, or stop it"
            ) from error
        withdraw(folder)
        yield


@contextmanager
def _file_to_write(path: Path) -> Iterator[_ToWrite]:
    """The store of a file and its mark, for the one process that writes it."""
    if _lies_there(path) and not is_unmade(path):
        SQLiteStore(path, read_only=True).close()
    folder = _folder_made(path)
    with _alone(folder), closing(_mark_of(path)) as mark:
        marked = mark.read()
        # Asked under the lock: another process may have made the ledger just now.
        if not _lies_there(path) or is_unmade(path):
            refuse_a_lost_ledger(marked)
        with closing(SQLiteStore(path, create=True)) as store:
            yield _ToWrite(store=store, mark=mark, bound=self_test(store, marked))


@contextmanager
def _schema_to_write(address: DatabaseAddress) -> Iterator[_ToWrite]:
    """The store of a database's ledger and the mark of this process, for one of those that write it."""
    folder = _folder_made(address)
    with own_mark(folder) as mark:
        marks = read_marks(folder)
        with closing(open_database(address, os.urandom)) as store:
            for marked in marks:
                check_against_mark(store, marked)
            with store.turn():
                # Others write: the end of the log stands still only in a turn.
                bound = self_test(store, None)
            yield _ToWrite(store=store, mark=mark, bound=bound)


@contextmanager
def _to_write(path: Address) -> Iterator[_ToWrite]:
    """What a ledger is written with; the store and the mark are made where they are not."""
    opening = _schema_to_write(path) if isinstance(path, DatabaseAddress) else _file_to_write(path)
    with opening as found:
        # A new mark begins here, and one that a power cut left behind catches up.
        found.mark.advance(where_it_ends(found.store))
        found.mark.sync()
        yield found


@contextmanager
def open_for_writing(
    path: Address, *, clock: Clock | None = None, ids: Ids | None = None, random: RandomSource | None = None
) -> Iterator[Opened]:
    """Open a ledger to write, making it where it is not, and its mark where that is missing. A file has one writing process at a time.

    Clock, ids and random bytes are the machine's, unless a test says its own.
    Raises LockedError where another process writes the file, IntegrityError where the self-test finds something, and StoreError where a
    file lies there that is not a ledger; then no folder is made beside it either.
    """
    clock = clock or SystemClock()
    random = random or RandomBlocks(os.urandom)
    ids = ids or TimeOrderedIds(clock, random)
    folder = folder_of(path)
    refuse_withheld(folder)
    with _to_write(path) as found:
        store = found.store
        # Asked under the lock: the import may have ended just now, or begun.
        refuse_unfinished(folder)
        blobs = Blobs(folder / "blobs", random, shared=isinstance(path, DatabaseAddress))
        writer = Writer(
            store,
            blobs,
            clock,
            ids,
            random,
            mark=found.mark,
            accepted=folder / "clock",
            bound=found.bound,
        )
        _make_key(store, folder, random)
        yield Opened(
            path=path,
            history=History(store),
            blobs=blobs,
            clock=clock,
            store=store,
            writer=writer,
            ids=ids,
            random=random,
        )
        # Of a ledger that was new when it was opened.
        _make_key(store, folder, random)


def _make_key(store: Store, folder: Path, random: RandomSource) -> None:
    """Make the key that signs checkpoints where there is none. That it cannot be made is told when something is to be signed."""
    with suppress(LedgerError), closing(Transparency(store, folder)) as transparency:
        transparency.make_key(random)


@contextmanager
def open_for_import(path: Address, *, clock: Clock | None = None) -> Iterator[Into]:
    """Open a ledger that a log is read into, making it where it is not.

    Raises as open_for_writing does, but for a ledger that an earlier import left unfinished: here it goes on.
    """
    with _to_write(path) as found:
        folder = folder_of(path)
        blobs = Blobs(folder / "blobs", os.urandom, shared=isinstance(path, DatabaseAddress))
        blobs.sweep()
        yield Into(
            store=found.store,
            blobs=blobs,
            mark=found.mark,
            folder=folder,
            clock=clock or SystemClock(),
            check=lambda: _found_wrong(path),
        )


def _found_wrong(path: Address) -> str | None:
    """The first thing that the independent check finds in a ledger; None where it is whole."""
    report = verify_ledger(path)
    return f"{report.findings[0].where}: {report.findings[0].what}" if report.findings else None


@contextmanager
def open_for_rehearsal(
    path: Address, *, clock: Clock | None = None, ids: Ids | None = None
) -> Iterator[Opened]:
    """Open a ledger to see what acts upon it would do: nothing is written, no file is made, and no lock is needed.

    Raises StoreError where a file lies there that is not a ledger, and IntegrityError as open_for_reading does.
    """
    clock = clock or SystemClock()
    ids = ids or TimeOrderedIds(clock, os.urandom)
    marks = _marked(path)
    is_there = lies_there(path) if isinstance(path, DatabaseAddress) else _lies_there(path)
    with closing(ForgetfulStore(open_store(path, read_only=True) if is_there else None)) as store:
        for marked in marks:
            check_against_mark(store, marked)
        blobs = ForgetfulBlobs(folder_of(path) / "blobs", os.urandom)
        writer = Writer(store, blobs, clock, ids, os.urandom)
        yield Opened(
            path=path,
            history=History(store),
            blobs=blobs,
            clock=clock,
            store=store,
            writer=writer,
            ids=ids,
            random=os.urandom,
        )
