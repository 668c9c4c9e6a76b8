"""The newest signed head of the log, as pages show it and as a printed page carries it (docs/transparency.md)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec

from api.pages.rendering import counted
from ledger.errors import IntegrityError, StoreError

if TYPE_CHECKING:
    from api.http.reading import Reading

__all__ = ["Signed", "checkpoint_line", "is_covered", "signed_head"]


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint: how many entries it covers, the root of their tree, the keys that signed it, and the note to the byte."""

    size: int
    root: str
    signers: tuple[str, ...]
    note: str


def signed_head(reading: Reading) -> Signed | None:
    """The newest checkpoint; None where none was signed, or where what lies there was signed by no known key."""
    try:
        newest = reading.transparency.newest()
    except (IntegrityError, StoreError):
        return None
    if newest is None:
        return None
    return Signed(
        size=newest.checkpoint.size,
        root=base64.b64encode(newest.checkpoint.root).decode(),
        signers=tuple(one.name for one in newest.signers),
        note=newest.note.decode(),
    )


def is_covered(reading: Reading, position: int) -> bool:
    """Whether the newest checkpoint covers a position, as far as this process has seen."""
    return reading.checkpoints.position >= position


def checkpoint_line(reading: Reading, position: int) -> str:
    """What a printed page says of the checkpoint: the one that covers it, or that none does yet."""
    newest = signed_head(reading)
    if newest is None:
        return "No checkpoint of the log has been signed yet."
    said = f"checkpoint of {counted(newest.size, 'entry', 'entries')}, root {newest.root}"
    if newest.size < position:
        return f"Not covered by a checkpoint yet; the newest is the {said}."
    return f"Covered by the {said}."
