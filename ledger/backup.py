"""A backup: a ledger file and the folder beside it as they stood at one position, checked before it has its name.

It is taken while another process writes. The rows come first, by SQLite's own means, and then the snapshots that they name, so that
each is there: a snapshot is stored before the event that names it. Only a redaction takes one away, and a backup that a redaction has
overtaken holds what was to be gone; it is taken anew. All is built under another name, beside the place where it is to be.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ledger.blobs import Blobs
from ledger.clock import format_instant, instant_of
from ledger.copied import read_withheld, refuse_unfinished, write_withheld
from ledger.errors import ConflictError, IntegrityError, StoreError, UnknownError, UnknownSchemaError
from ledger.events import Redacted, SnapshotCaptured
from ledger.folders import make_folder, replace_file, sync_folder
from ledger.mark import Mark
from ledger.self_test import check_against_mark, where_it_ends
from ledger.stores.mapper import proved_entry_of
from ledger.stores.sqlite_copy import copy_into
from ledger.stores.sqlite_store import SQLiteStore
from ledger.verify import Report, verify_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ledger.ids import RandomSource
    from ledger.stores.contract import Head, Row, Store

__all__ = ["FILE_NAME", "TRIES", "Backup", "back_up"]

FILE_NAME = "incident.ledger"
"""What the ledger file in a backup is called; the folder beside it has `.d` after its name."""

TRIES = 5
"""How often a backup is taken that a redaction overtakes each time, before that is said."""

_OWNER_ONLY = 0o700
_PROMISES = ("epochs", "tree/checkpoint", "tree/checkpoints.ndjson")
_CHUNK_BYTES = 1024 * 1024


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds: the ledger file in it, up to which event, how much, and what checking it found.

    `size_bytes` is of the ledger file, `snapshot_bytes` of the `snapshots`, texts taken from them included; `keys` counts files.
    """

    ledger: str
    position: int
    recorded_at: str | None
    size_bytes: int
    snapshots: int
    snapshot_bytes: int
    keys: int
    report: Report


class _OvertakenError(Exception):
    """A redaction was recorded after the rows were copied."""


def back_up(ledger: Path, destination: Path, random: RandomSource) -> Backup:
    """Copy a ledger into a new folder `destination`, checked and synced. Nothing of the original is changed, nor its writer held up.

    Raises ConflictError where something has the name already, IntegrityError where the ledger is damaged, naming the position or snapshot,
    UnknownSchemaError where only a newer program can tell which snapshots belong to it, and StoreError where there is no ledger, the disk
    refuses, or redactions overtake it time and again. In every case no backup is left.
    """
    _require_free(destination)
    refuse_unfinished(_folder_of(ledger))
    parent = destination.absolute().parent
    if not parent.is_dir():
        raise StoreError(f"there is no folder {parent} to put the backup into; make it, or mount its disk")
    with closing(SQLiteStore(ledger, read_only=True)) as original:
        for _ in range(TRIES):
            building = parent / f".{destination.name}.{random(8).hex()}"
            try:
                with _said_plainly():
                    building.mkdir(mode=_OWNER_ONLY)
                    made = _taken(ledger, original, building, random)
                    _require_free(destination)
                    building.rename(destination)
                    sync_folder(parent)
            except _OvertakenError:
                continue
            finally:
                # After the rename there is nothing of that name.
                shutil.rmtree(building, ignore_errors=True)
            return msgspec.structs.replace(made, ledger=str(destination / FILE_NAME))
    raise StoreError(
        f"redactions were recorded during each of {TRIES} tries, and a backup must not keep what they removed; take it again"
        " when they are done"
    )


def _require_free(destination: Path) -> None:
    if os.path.lexists(destination):
        raise ConflictError(f"{destination} is there already; a backup makes a new folder, so name another")


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the backup could not be written: {error.strerror or error}; nothing of it was left"
        ) from error


def _taken(ledger: Path, original: Store, building: Path, random: RandomSource) -> Backup:
    """Build a backup in the folder `building` and check it. Raises _OvertakenError where a redaction came meanwhile."""
    folder, copied = _folder_of(ledger), building / FILE_NAME
    # The mark is read first: whoever writes moves the log on before the mark. So are the signed heads: the copy must reach them.
    marked = Mark(folder / "mark").read()
    promises = {name: _bytes_of(folder / name) for name in _PROMISES}
    copy_into(ledger, copied)
    into = _folder_of(copied)
    _make_alike(folder, into)
    with (
        closing(SQLiteStore(copied, read_only=True)) as copy,
        closing(Mark(into / "mark")) as mark,
    ):
        check_against_mark(copy, marked)
        head, named = copy.head(), _snapshots_of(copy.rows())
        mark.advance(where_it_ends(copy))
    kept = Blobs(into / "blobs", random)
    snapshot_bytes = 0
    withheld = read_withheld(folder)
    write_withheld(into, withheld)
    if withheld.snapshots:
        named = [digest for digest in named if Blobs(folder / "blobs", random).has(digest)]
    for digest in named:
        snapshot_bytes += _copy_snapshot(digest, Blobs(folder / "blobs", random), kept, original, head)
    keys = _copy_keys(folder / "keys", into / "keys")
    _keep_promises(promises, into)
    for one in (into, building):
        sync_folder(one)
    report = _checked(copied)
    if _is_redacted_after(original, head):
        raise _OvertakenError
    return Backup(
        ledger=str(copied),
        position=head.position,
        recorded_at=format_instant(instant_of(head.recorded_us)) if head.position else None,
        size_bytes=copied.stat().st_size,
        snapshots=len(named),
        snapshot_bytes=snapshot_bytes,
        keys=keys,
        report=report,
    )


def _folder_of(ledger: Path) -> Path:
    return ledger.with_name(ledger.name + ".d")


def _snapshots_of(rows: Iterable[Row]) -> list[str]:
    """The snapshots that have to be kept, and the texts taken from them: those captured and not redacted since.

    Raises UnknownSchemaError for a capture or a redaction that only a newer program can read.
    """
    texts: dict[str, set[str]] = {}
    redacted: set[str] = set()
    for row in rows:
        if row.topic.partition("@")[0] not in ("SnapshotCaptured", "Redacted"):
            continue
        try:
            body = proved_entry_of(row).body
        except UnknownSchemaError as error:
            raise UnknownSchemaError(
                f"{error.rule}; which snapshots belong into a backup it alone can tell, and no backup was made",
                position=row.position,
            ) from error
        if isinstance(body, SnapshotCaptured):
            captured = {body.snapshot, body.extraction or body.snapshot}
            texts.setdefault(body.snapshot, set()).update(captured)
            redacted -= captured
        elif isinstance(body, Redacted):
            redacted.update(body.snapshots)
            for digest in body.snapshots:
                texts.pop(digest, None)
    return sorted({digest for captured in texts.values() for digest in captured} - redacted)


def _is_redacted_after(original: Store, head: Head) -> bool:
    return any(row.topic.startswith("Redacted@") for row in original.rows(head.position + 1))


def _copy_snapshot(digest: str, blobs: Blobs, kept: Blobs, original: Store, head: Head) -> int:
    """Copy one snapshot, hashing it on the way; its size. Raises IntegrityError where it is missing or has changed."""
    try:
        file = blobs.open(digest)
    except UnknownError as error:
        if _is_redacted_after(original, head):
            raise _OvertakenError from error
        raise IntegrityError(
            "the snapshot is missing, and no redaction names it; no backup was made", where=digest
        ) from error
    except IntegrityError as error:
        raise _changed(digest) from error
    with file:
        held = kept.receive(iter(partial(file.read, _CHUNK_BYTES), b""), sys.maxsize)
    if held.digest != digest:
        raise _changed(digest)
    kept.take(held)
    return held.size_bytes


def _changed(digest: str) -> IntegrityError:
    return IntegrityError("the bytes of the snapshot have changed on disk; no backup was made", where=digest)


def _bytes_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _keep_promises(promises: dict[str, bytes | None], into: Path) -> None:
    """Keep the signed heads and the epochs: what was promised of the log, and can be made from nothing else."""
    for name, data in promises.items():
        if data is not None:
            make_folder((into / name).parent)
            replace_file(into / name, data)


def _copy_keys(keys: Path, into: Path) -> int:
    """Copy the keys that sign checkpoints, each with its mode, and say how many files they are."""
    if not keys.is_dir():
        return 0
    copied = 0
    _make_alike(keys, into)
    for path in sorted(keys.rglob("*")):
        to = into / path.relative_to(keys)
        if path.is_dir():
            _make_alike(path, to)
        elif path.is_file():
            with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(path.read_bytes())
                file.flush()
                os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
                os.fsync(file.fileno())
            copied += 1
    for folder in (into, *(path for path in into.rglob("*") if path.is_dir())):
        sync_folder(folder)
    return copied


def _checked(copied: Path) -> Report:
    report = verify_file(copied)
    if report.verdict != "OK":
        found = report.findings[0]
        more = len(report.findings) + report.left_off - 1
        raise IntegrityError(
            f"{found.what}{f', and {more} more findings' if more else ''}; no backup was made",
            where=found.where,
        )
    return report


def _make_alike(folder: Path, into: Path) -> None:
    """Make a folder that is open to whom another one is open; where that one is not there, to the owner."""
    into.mkdir(mode=_OWNER_ONLY)
    if folder.is_dir():
        into.chmod(folder.stat().st_mode & 0o777 | _OWNER_ONLY)
