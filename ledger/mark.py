"""The mark: how far the log had got by the last commit, kept outside the database (ledger-format §7.2).

SQLite forgets without a word: a flipped bit in the write-ahead log drops all that comes after it, and an older copy that is
put back is a whole ledger. The mark is written after each commit, so it is never ahead of what is durable; it is synced only
now and then, so after a power cut it may be behind. Both of its lines are written in turn and in place: a write that was cut
short leaves the other line.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from ledger.errors import IntegrityError, StoreError
from ledger.folders import make_folder, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["NOTHING_YET", "Mark", "Marked"]

_LINE_BYTES = 4_096
"""One block of a disk: a write that is cut short spoils one line and never both."""

_LINES = 2
_READS = 3
_LEAF_BYTES = 32
_RECORD = re.compile(
    rb"(incident-ledger-mark/1 position (0|[1-9][0-9]{0,18}) recorded_us (0|[1-9][0-9]{0,18}) leaf ([0-9a-f]{64}))"
    rb" sha256 ([0-9a-f]{64}) *\n"
)


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """Where the log ended: a position, its recorded_at in microseconds since 1970 UTC, and the leaf hash of its event."""

    position: int
    recorded_us: int
    leaf: bytes

    def __post_init__(self) -> None:
        """Refuse what could not be read back."""
        if self.position < 0 or self.recorded_us < 0 or len(self.leaf) != _LEAF_BYTES:
            raise IntegrityError(
                "a mark names a position, a time since 1970 and a leaf hash of 32 bytes", where="the mark"
            )


NOTHING_YET = Marked(position=0, recorded_us=0, leaf=bytes(_LEAF_BYTES))
"""The mark of a ledger without events."""


def _line(marked: Marked) -> bytes:
    record = (
        f"incident-ledger-mark/1 position {marked.position} recorded_us {marked.recorded_us} leaf {marked.leaf.hex()}"
    ).encode()
    return (record + b" sha256 " + hashlib.sha256(record).hexdigest().encode()).ljust(_LINE_BYTES - 1) + b"\n"


def _marked_in(line: bytes) -> Marked | None:
    """What a line says; None where it is not whole."""
    found = _RECORD.fullmatch(line)
    if found is None or hashlib.sha256(found[1]).hexdigest().encode() != found[5]:
        return None
    return Marked(position=int(found[2]), recorded_us=int(found[3]), leaf=bytes.fromhex(found[4].decode()))


class Mark:
    """The file `mark` in the folder beside a ledger. One process advances it; any may read it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._newest: Marked | None = None
        self._next_line = 0
        self._closed = False

    @property
    def where(self) -> str:
        """The file as findings and errors name it: with the folder that says whose mark it is."""
        return f"{self._path.parent.name}/{self._path.name}"

    @contextmanager
    def _on_disk(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"the mark {self.where} could not be {what}: {error.strerror or error}"
            ) from error

    def read(self) -> Marked | None:
        """The newest whole line; None where there is no file or an empty one.

        Raises IntegrityError where neither line is whole, and StoreError where the file cannot be read.
        """
        for _ in range(_READS):
            # Whoever writes may be at work on one line, and on the other by the time that it is read.
            with self._on_disk("read"):
                try:
                    descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
                except (FileNotFoundError, NotADirectoryError):
                    return None
                try:
                    lines = _lines_of(descriptor)
                finally:
                    os.close(descriptor)
            if not lines:
                return None
            whole = [found for found in map(_marked_in, lines) if found is not None]
            if whole:
                return max(whole, key=lambda found: found.position)
        raise IntegrityError(
            "the mark is damaged: neither of its lines is whole; check the ledger with: incident-ledger verify, and where all"
            " else is right move the file away: opening for writing makes a new one",
            where=self.where,
        )

    def advance(self, marked: Marked) -> None:
        """Say that the log is durable up to `marked`. The file is made where it is not; without a sync where it is.

        Raises StoreError where the disk refuses, and IntegrityError where the mark would be lowered or say another event than
        it said; then it stays as it was.
        """
        with self._lock, self._on_disk("written"):
            if self._closed:
                raise StoreError(f"the mark {self.where} was closed")
            if self._descriptor is None and not self._opened():
                self._make(marked)
                return
            newest = self._newest
            if newest == marked:
                return
            if newest is not None and marked.position <= newest.position:
                raise IntegrityError(
                    f"it says position {newest.position}, and a mark is never lowered or changed",
                    where=self.where,
                )
            self._write(self._next_line, _line(marked))
            self._newest, self._next_line = marked, 1 - self._next_line

    def _opened(self) -> bool:
        """Open the file as it lies there; False where there is none, or an empty one, which is as good as none."""
        newest = self.read()
        if newest is None:
            return False
        descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        try:
            first, *_ = map(_marked_in, _lines_of(descriptor))
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor, self._newest, self._next_line = descriptor, newest, 1 if first == newest else 0
        return True

    def _make(self, marked: Marked) -> None:
        """Make the file with both lines, under another name first, so that no power cut leaves half of it."""
        make_folder(self._path.parent)
        unfinished = self._path.with_name(self._path.name + ".new")
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self._descriptor = descriptor
        try:
            for line in range(_LINES):
                self._write(line, _line(marked))
            os.fsync(descriptor)
            unfinished.rename(self._path)
            sync_folder(self._path.parent)
        except BaseException:
            self._descriptor = None
            os.close(descriptor)
            raise
        self._newest, self._next_line = marked, 0

    def _write(self, line: int, data: bytes) -> None:
        if self._descriptor is None or os.pwrite(self._descriptor, data, line * _LINE_BYTES) != len(data):
            raise StoreError(f"the mark {self.where} could not be written whole; is the disk full?")

    def sync(self) -> None:
        """Let the mark outlast a power cut as it stands. Raises StoreError where the disk refuses."""
        with self._lock, self._on_disk("synced"):
            if self._descriptor is not None:
                os.fsync(self._descriptor)

    def close(self) -> None:
        """Sync the mark and let it go. Raises StoreError where the disk refuses; it is let go all the same."""
        with self._lock, self._on_disk("synced"):
            self._closed = True
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)


def _lines_of(descriptor: int) -> list[bytes]:
    """The two lines, as far as they are there."""
    data = os.pread(descriptor, _LINES * _LINE_BYTES, 0)
    return [data[at : at + _LINE_BYTES] for at in range(0, len(data), _LINE_BYTES)]
