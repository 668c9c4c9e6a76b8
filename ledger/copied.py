"""What a ledger that was copied in lacks, and that an import has not come to its end: two small files beside the ledger (ledger-format §7).

A copy may come without disclosures or without snapshots. Then they are *withheld*, which is not *missing*, and somebody has to know. And
an import that was cut off leaves a whole ledger of half a log: nobody may read or write it until it has gone on to the end.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from ledger.errors import IntegrityError, StoreError
from ledger.folders import sync_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Withheld",
    "begin_import",
    "end_import",
    "is_importing",
    "read_withheld",
    "refuse_unfinished",
    "refuse_withheld",
    "write_withheld",
]

IMPORTING, WITHHELD = "importing", "withheld"


class Withheld(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy came without."""

    disclosures: bool = False
    snapshots: bool = False


NOTHING = Withheld()


def is_importing(folder: Path) -> bool:
    """Whether an import into the ledger beside this folder has begun and not ended."""
    return (folder / IMPORTING).exists()


def begin_import(folder: Path) -> None:
    """Note durably that an import begins. Raises StoreError where the disk refuses."""
    _write(folder, IMPORTING, b"an import has begun and not ended\n")


def end_import(folder: Path) -> None:
    """Note durably that the import came to its end. Raises StoreError where the disk refuses."""
    _remove(folder, IMPORTING)


def read_withheld(folder: Path) -> Withheld:
    """What the ledger beside this folder came without.

    Raises IntegrityError where the file does not say, and StoreError where it cannot be read.
    """
    try:
        data = (folder / WITHHELD).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return NOTHING
    except OSError as error:
        raise _refused(WITHHELD, error) from error
    try:
        return msgspec.json.decode(data, type=Withheld)
    except msgspec.MsgspecError as error:
        raise IntegrityError(
            "it does not say what the ledger came without", where=f"{folder.name}/{WITHHELD}"
        ) from error


def write_withheld(folder: Path, withheld: Withheld) -> None:
    """Say durably what the ledger comes without. Raises StoreError where the disk refuses."""
    if withheld == NOTHING:
        _remove(folder, WITHHELD)
    else:
        _write(folder, WITHHELD, msgspec.json.encode(withheld) + b"\n")


def refuse_unfinished(folder: Path) -> None:
    """Raise StoreError where an import into the ledger has not come to its end."""
    if is_importing(folder):
        raise StoreError(
            "an import into this ledger was cut off, so that it holds the beginning of a log; go on with: incident-ledger import"
            " ledger FILE, with the file that it began with, or remove the ledger and its folder"
        )


def refuse_withheld(folder: Path) -> None:
    """Raise StoreError where the ledger is a copy without disclosures: nobody can decide upon words that are not there."""
    if read_withheld(folder).disclosures:
        raise StoreError(
            "this ledger is a copy without disclosures; it can be read and verified, and nothing can be recorded in it"
        )


def _write(folder: Path, name: str, data: bytes) -> None:
    new = folder / f"{name}.new"
    try:
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.rename(folder / name)
        sync_folder(folder)
    except OSError as error:
        raise _refused(name, error) from error


def _remove(folder: Path, name: str) -> None:
    try:
        (folder / name).unlink(missing_ok=True)
        sync_folder(folder)
    except OSError as error:
        raise _refused(name, error) from error


def _refused(name: str, error: OSError) -> StoreError:
    return StoreError(f"the file {name} beside the ledger: {error.strerror or error}")
