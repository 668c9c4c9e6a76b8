"""Checkpoints: signed tree heads of the log, after C2SP tlog-checkpoint on signed-note.

A checkpoint says that the log of an origin had so many entries and this root. Whoever keeps one can show later that the log still
begins with those entries, or that it does not. The origin is the id of the ledger, and so is the name of the key.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.errors import IntegrityError, InvalidError, UnreadableError
from ledger.merkle import HASH_BYTES
from ledger.signing import opened_note, read_note, signed_note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.signing import SignerKey, VerifierKey

__all__ = [
    "EPOCH_WORD",
    "Checkpoint",
    "ledger_of",
    "opened_checkpoint",
    "read_checkpoint",
    "signed_checkpoint",
]

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
EPOCH_WORD = "/epoch/"
"""What stands in an origin between the ledger and the number of the epoch."""

_LEAST_LINES = 3
_WHERE = "the checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A tree head: whose log, how many entries, and the root of their tree. Raises InvalidError where a note cannot say it.

    `extensions` are further lines that somebody else's log may write; ours writes none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could not be read back."""
        for line in (self.origin, *self.extensions):
            if not line or any(character < " " for character in line):
                raise InvalidError("a line of a checkpoint is not empty and has no control characters")
        if self.size < 0 or len(self.root) != HASH_BYTES:
            raise InvalidError(f"a checkpoint has a size of at least 0 and a root of {HASH_BYTES} bytes")

    @property
    def text(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def ledger_of(origin: str) -> str:
    """The ledger whose log has this origin: a ledger that was restored from a backup signs as `<ledger>/epoch/<n>` (ADR 19)."""
    return origin.partition(EPOCH_WORD)[0]


def signed_checkpoint(checkpoint: Checkpoint, keys: Iterable[SignerKey]) -> bytes:
    """The note that says a checkpoint, signed by each key."""
    return signed_note(checkpoint.text, keys)


def read_checkpoint(data: bytes) -> Checkpoint:
    """What a checkpoint says, its signatures unchecked. Raises UnreadableError for what is none."""
    return _said(read_note(data).text)


def opened_checkpoint(
    data: bytes, keys: Iterable[VerifierKey], *, origin: str | None = None
) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
    """What a checkpoint says, and which of the known keys signed it.

    Raises UnreadableError for what is no checkpoint, and IntegrityError where no known key signed it, where a signature is wrong, or
    where it is of another log than `origin`.
    """
    note, signers = opened_note(data, keys)
    checkpoint = _said(note.text)
    if origin is not None and checkpoint.origin != origin:
        raise IntegrityError(f"it is of the log {checkpoint.origin}, and not of {origin}", where=_WHERE)
    return checkpoint, signers


def _said(text: str) -> Checkpoint:
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < _LEAST_LINES or not all(lines):
        raise UnreadableError("it is an origin, a size and a root, on a line each", where=_WHERE)
    origin, size, encoded, *extensions = lines
    if _SIZE.fullmatch(size) is None:
        raise UnreadableError("its size is no whole number in decimal digits", where=_WHERE)
    try:
        root = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        root = b""
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != encoded:
        raise UnreadableError(f"its root is not {HASH_BYTES} bytes in base64", where=_WHERE)
    return Checkpoint(origin=origin, size=int(size), root=root, extensions=tuple(extensions))
