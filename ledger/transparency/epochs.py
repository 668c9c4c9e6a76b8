"""Epochs: which log of a ledger this is, since a restored copy is another log than the one that was lost (ADR 19).

A copy that was put back and goes on must never sign what contradicts a head that was signed before, or that the original, which may live on
elsewhere, signs at this moment. So each restored copy signs under a name of its own: `<ledger>` is the first epoch, `<ledger>/epoch/2` the
next. The file `epochs` beside the ledger has a line for each that began here, with the last head known of the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.checkpoint import EPOCH_WORD, read_checkpoint
from ledger.errors import IntegrityError, StoreError
from ledger.folders import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.checkpoint import Checkpoint

__all__ = ["EPOCHS", "Epoch", "Epochs", "is_lost"]

EPOCHS = "epochs"
_MAX_BYTES = 1 << 24


class Epoch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One epoch after the first. It begins with the first `position` events of the one before, whose root is `root` (base64).

    `known` is the last head known of the one before, a checkpoint; `lost`: how many of the events that it had signed are not here.
    `repeated`: positions, here, of the redactions that were carried out again.
    """

    epoch: int
    position: int
    root: str
    restored_at: str
    known: str | None = None
    lost: int = 0
    repeated: tuple[int, ...] = ()


class Epochs:
    """The epochs of one ledger, from the folder beside it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / EPOCHS

    def all(self) -> tuple[Epoch, ...]:
        """Every epoch after the first, oldest first. Raises IntegrityError for a damaged file, StoreError where it cannot be read."""
        try:
            with self._path.open("rb") as file:
                data = file.read(_MAX_BYTES)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StoreError(f"the epochs could not be read: {error.strerror or error}") from error
        try:
            found = tuple(msgspec.json.decode(line, type=Epoch) for line in data.splitlines())
        except msgspec.MsgspecError as error:
            raise IntegrityError("the file is damaged: it is no list of epochs", where=EPOCHS) from error
        if [one.epoch for one in found] != list(range(2, len(found) + 2)):
            raise IntegrityError("the file is damaged: epochs count from 2", where=EPOCHS)
        return found

    def origin(self, ledger: str) -> str:
        """The name of the log now: under which heads are signed."""
        epochs = self.all()
        return f"{ledger}{EPOCH_WORD}{epochs[-1].epoch}" if epochs else ledger

    def begin(self, epoch: Epoch) -> None:
        """Begin an epoch, durably. Raises StoreError where the disk refuses."""
        lines = b"".join(msgspec.json.encode(one, order="sorted") + b"\n" for one in (*self.all(), epoch))
        try:
            replace_file(self._path, lines)
        except OSError as error:
            raise StoreError(f"the epoch could not be written: {error.strerror or error}") from error

    def ended_by(self, head: Checkpoint, ledger: str) -> Epoch | None:
        """The epoch that began after the one that a head is of; None for a head of the present epoch, or of another log."""
        epochs = self.all()
        names = [ledger, *(f"{ledger}{EPOCH_WORD}{one.epoch}" for one in epochs)]
        return epochs[names.index(head.origin)] if head.origin in names[:-1] else None


def is_lost(head: Checkpoint, ended_by: Epoch) -> bool:
    """Whether a head of an ended epoch is the one that the restore knew of, and covers events that are not here."""
    return (
        ended_by.known is not None
        and head.size > ended_by.position
        and head == read_checkpoint(ended_by.known.encode())
    )
