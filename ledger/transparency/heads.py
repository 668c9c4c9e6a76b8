"""The signed heads of a log, outside its database: the newest checkpoint, all before it, and a copy elsewhere if one is kept."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.checkpoint import opened_checkpoint, read_checkpoint
from ledger.errors import IntegrityError, StoreError
from ledger.folders import make_folder, replace_file
from ledger.signing import MAX_NOTE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ledger.checkpoint import Checkpoint
    from ledger.signing import VerifierKey

__all__ = ["KeptHeads", "SignedHead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """A checkpoint: the note to the byte, what it says, and the known keys that signed it."""

    note: bytes
    checkpoint: Checkpoint
    signers: tuple[VerifierKey, ...]


class KeptHeads:
    """The file `checkpoint`, the newest; `checkpoints.ndjson`, a line each, oldest first; and the copy, a file elsewhere."""

    def __init__(self, folder: Path, *, copy: Path | None = None) -> None:
        self._newest = folder / "checkpoint"
        self._all = folder / "checkpoints.ndjson"
        self._copy = copy

    @contextmanager
    def _on_disk(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"the checkpoint could not be {what}: {error.strerror or error} ({error.filename or 'no name'})"
            ) from error

    @property
    def has_one(self) -> bool:
        """Whether a head was ever signed here, as far as the folder tells."""
        return self._newest.exists()

    def newest(self, known: Sequence[VerifierKey]) -> SignedHead | None:
        """The newest head in the folder; None where none was signed. Raises IntegrityError where no known key signed it."""
        return self._read(self._newest, known)

    def newest_up_to(self, size: int, known: Sequence[VerifierKey]) -> SignedHead | None:
        """The newest head of at most `size` events that was signed here; None where there is none. Raises as `newest`."""
        newest = self.newest(known)
        if newest is None or newest.checkpoint.size <= size:
            return newest
        found = None
        for note in self.notes():
            if read_checkpoint(note).size <= size:
                found = note
        return None if found is None else self._opened(found, known, self._all)

    def signed_before(self, known: Sequence[VerifierKey]) -> list[SignedHead]:
        """Every head that the next one must be consistent with: the newest in the folder, and the one of the copy."""
        found = [self._read(path, known) for path in (self._newest, self._copy) if path is not None]
        return [head for head in found if head is not None]

    def _read(self, path: Path, known: Sequence[VerifierKey]) -> SignedHead | None:
        with self._on_disk("read"):
            try:
                with path.open("rb") as file:
                    note = file.read(MAX_NOTE_BYTES + 1)
            except FileNotFoundError:
                return None
        return self._opened(note, known, path)

    def _opened(self, note: bytes, known: Sequence[VerifierKey], path: Path) -> SignedHead:
        try:
            checkpoint, signers = opened_checkpoint(note, known)
        except IntegrityError as error:
            raise IntegrityError(f"{error}", where=str(path)) from error
        return SignedHead(note=note, checkpoint=checkpoint, signers=signers)

    def keep(self, head: SignedHead) -> None:
        """Keep a head before anybody is told of it. Raises StoreError where the disk refuses."""
        with self._on_disk("written"):
            make_folder(self._newest.parent)
            if self._copy is not None:
                make_folder(self._copy.absolute().parent)
                replace_file(self._copy, head.note)
            replace_file(self._newest, head.note)
            self._append(head.note)

    def _append(self, note: bytes) -> None:
        """Add a line to the list; what a power cut left of one before is cut off."""
        line = json.dumps({"checkpoint": note.decode()}, ensure_ascii=False).encode() + b"\n"
        descriptor = os.open(self._all, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            end = os.lseek(descriptor, 0, os.SEEK_END)
            while end and os.pread(descriptor, 1, end - 1) != b"\n":
                end -= 1
            os.ftruncate(descriptor, end)
            os.pwrite(descriptor, line, end)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def notes(self) -> Iterator[bytes]:
        """The notes of every head that was signed here, oldest first, unchecked. Raises IntegrityError for a damaged line."""
        with self._on_disk("read"):
            try:
                file = self._all.open("rb")
            except FileNotFoundError:
                return
        with file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield json.loads(line)["checkpoint"].encode()
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise IntegrityError(
                        "the line holds no checkpoint", where=f"{self._all.name}:{number}"
                    ) from error
