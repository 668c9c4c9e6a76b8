"""A restore: a verified copy of a backup, with the redactions ordered since carried out, as the log of a new epoch.

All of it happens in a folder beside the place where the ledger is to be, and only a whole one gets its name, so that nobody is served
anything between. What was signed of the ledger before is held against the copy first: a head that the copy does not lead to is told, and
what was lost has to be accepted by whoever restores.
"""

from __future__ import annotations

import base64
import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ledger.append import Writer
from ledger.backup import FILE_NAME, Backup, back_up
from ledger.blobs import Blobs
from ledger.checkpoint import ledger_of, read_checkpoint
from ledger.clock import format_instant
from ledger.errors import ConflictError, IntegrityError, RuleError, StoreError
from ledger.folders import sync_folder
from ledger.mark import Mark
from ledger.merkle import Frontier, leaf_hash
from ledger.removal import search_for
from ledger.restoration.journal import JournalledRedaction, read_redactions
from ledger.restoration.replay import Replayed, replay
from ledger.self_test import where_it_ends
from ledger.stores.sqlite_store import SQLiteStore
from ledger.transparency import Epoch, Epochs, Transparency, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.checkpoint import Checkpoint
    from ledger.clock import Clock
    from ledger.ids import Ids, RandomSource

__all__ = ["Restored", "Since", "restore"]

_SQLITE = b"SQLite format 3\x00"


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the time after the backup: files with redactions, ledgers or lines of the log, and files with signed heads.

    `accept_lost`: that events which were signed are not in the backup is known, and it is restored all the same.
    """

    redactions: tuple[Path, ...] = ()
    heads: tuple[Path, ...] = ()
    accept_lost: bool = False


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was restored: the copy and its check, the redactions that were carried out again, and the epoch that began."""

    ledger: str
    position: int
    backup: Backup
    replayed: tuple[Replayed, ...]
    epoch: Epoch
    origin: str


def restore(
    backup: Path, ledger: Path, since: Since, *, clock: Clock, ids: Ids, random: RandomSource
) -> Restored:
    """Bring the ledger of a backup back as the file `ledger`, where nothing may lie. The backup stays as it is.

    Raises ConflictError where something has the name, IntegrityError where the backup is damaged, is not what was signed, or still has what
    was redacted, RuleError `events-lost` where signed events are not in it and that is not accepted, and StoreError where the disk refuses.
    In every case nothing is left at the place.
    """
    _require_free(ledger)
    building = ledger.absolute().parent / f".{ledger.name}.{random(8).hex()}"
    try:
        made = back_up(_file_of(backup), building, random)
        restored = _mended(building / FILE_NAME, since, made, clock=clock, ids=ids, random=random)
        _require_free(ledger)
        _put(building, ledger)
    except OSError as error:
        raise StoreError(f"the ledger could not be put back: {error.strerror or error}") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return msgspec.structs.replace(restored, ledger=str(ledger))


def _file_of(backup: Path) -> Path:
    return backup / FILE_NAME if backup.is_dir() else backup


def _folder_of(ledger: Path) -> Path:
    return ledger.with_name(ledger.name + ".d")


def _require_free(ledger: Path) -> None:
    for path in (ledger, _folder_of(ledger)):
        if os.path.lexists(path):
            raise ConflictError(
                f"{path} is there already; a restore never writes over a ledger, so move it away"
            )


def _put(building: Path, ledger: Path) -> None:
    """Give the parts their names, the folder first: a ledger file without it would say nothing of its mark and its epoch."""
    (building / (FILE_NAME + ".d")).rename(_folder_of(ledger))
    (building / FILE_NAME).rename(ledger)
    sync_folder(ledger.absolute().parent)


def _mended(
    copied: Path, since: Since, made: Backup, *, clock: Clock, ids: Ids, random: RandomSource
) -> Restored:
    """Carry the redactions out upon the copy, search its files, and begin the epoch."""
    folder = _folder_of(copied)
    with closing(SQLiteStore(copied, create=True)) as store, closing(Mark(folder / "mark")) as mark:
        name = origin_of(store)
        if name is None:
            raise ConflictError("the backup is of a ledger without events: there is nothing to restore")
        redactions = _redactions(since.redactions, name)
        root, lost, known = _last_known(store, folder, since, name)
        writer = Writer(store, Blobs(folder / "blobs", random), clock, ids, random, mark=mark)
        replayed = replay(redactions, store, writer)
        _search(copied, store, writer)
        epoch = Epoch(
            epoch=len(Epochs(folder).all()) + 2,
            position=made.position,
            root=base64.b64encode(root).decode(),
            restored_at=format_instant(clock.now()),
            known=known,
            lost=lost,
            repeated=tuple(one.repeated_at for one in replayed if one.repeated_at is not None),
        )
        origin = _begun(store, folder, epoch, name, random)
        mark.advance(where_it_ends(store))
        mark.sync()
        position = store.head().position
    return Restored(
        ledger=str(copied),
        position=position,
        backup=made,
        replayed=tuple(replayed),
        epoch=epoch,
        origin=origin,
    )


def _redactions(given: Iterable[Path], name: str) -> list[JournalledRedaction]:
    """Every redaction that the files know of, each once, in ledger order. Raises IntegrityError where one is of another ledger."""
    found: dict[str, JournalledRedaction] = {}
    for path in given:
        read = _redactions_in(path, name) if _is_database(path) else read_redactions(path, name)
        found.update((one.event, one) for one in read)
    return sorted(found.values(), key=lambda one: one.position)


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        raise StoreError(f"{path} could not be read: {error.strerror or error}") from error


def _redactions_in(ledger: Path, name: str) -> list[JournalledRedaction]:
    with closing(SQLiteStore(ledger, read_only=True)) as store:
        if origin_of(store) != name:
            raise IntegrityError(
                f"it is of the ledger {origin_of(store)}, and not of {name}", where=str(ledger)
            )
        rows = store.of_topic("Redacted@1")
        return [JournalledRedaction(position=row.position, event=row.event.decode()) for row in rows]


def _last_known(store: SQLiteStore, folder: Path, since: Since, name: str) -> tuple[bytes, int, str | None]:
    """The root of the copy, how many signed events it lacks, and the last head known. Raises IntegrityError where a head is not of it."""
    size = store.head().position
    heads = _heads(folder, since.heads, name)
    roots = _roots(store, {head.size for _, head in heads if head.size <= size} | {size})
    for where, head in heads:
        if head.size <= size and roots[head.size] != head.root:
            raise IntegrityError(
                f"the first {head.size} events of the backup are not those that were signed: it went on differently, or was changed",
                where=where,
            )
    largest = max(heads, key=lambda one: one[1].size, default=None)
    if largest is None:
        return roots[size], 0, None
    where, head = largest
    lost = max(head.size - size, 0)
    if lost and not since.accept_lost:
        raise RuleError(
            "events-lost",
            f"{lost} events that were signed are not in the backup, which ends at position {size}: look for a newer one; where there is"
            " none, restore with --accept-lost",
        )
    return roots[size], lost, _note_of(where)


def _note_of(where: str) -> str:
    return Path(where).read_text("utf-8")


def _heads(folder: Path, given: Sequence[Path], name: str) -> list[tuple[str, Checkpoint]]:
    """The newest head in the backup and those of the files, with where each lies."""
    found = []
    own = folder / "tree" / "checkpoint"
    for path in (*((own,) if own.exists() else ()), *given):
        try:
            head = read_checkpoint(path.read_bytes())
        except OSError as error:
            raise StoreError(f"{path} could not be read: {error.strerror or error}") from error
        if ledger_of(head.origin) != name:
            raise IntegrityError(
                f"it is a head of {head.origin}, and the backup is of {name}", where=str(path)
            )
        found.append((str(path), head))
    return found


def _roots(store: SQLiteStore, sizes: set[int]) -> dict[int, bytes]:
    """The root of the first so many events, for each size, computed from the stored bytes."""
    frontier = Frontier()
    roots = {0: frontier.root()} if 0 in sizes else {}
    for position, entry in enumerate(store.entries(), start=1):
        frontier.append(leaf_hash(entry))
        if position in sizes:
            roots[position] = frontier.root()
    return roots


def _search(copied: Path, store: SQLiteStore, writer: Writer) -> None:
    """Refuse a copy that still has what was redacted."""
    if not writer.unsearched:
        return
    searched = search_for(writer.unsearched, copied, store)
    if searched.leftovers:
        files = ", ".join(sorted({one.file for one in searched.leftovers}))
        raise IntegrityError("what was redacted since the backup is still in it", where=files)
    writer.searched(writer.unsearched)


def _begun(store: SQLiteStore, folder: Path, epoch: Epoch, name: str, random: RandomSource) -> str:
    """Begin the epoch: its record, a key of its own, and no head yet that was signed in it. The name of its log."""
    epochs = Epochs(folder)
    epochs.begin(epoch)
    origin = epochs.origin(name)
    with closing(Transparency(store, folder)) as transparency:
        transparency.keys.use(transparency.keys.make(origin, random))
    (folder / "tree" / "checkpoint").unlink(missing_ok=True)
    if (folder / "tree").is_dir():
        sync_folder(folder / "tree")
    return origin
