"""Snapshots on disk: bytes kept once under their SHA-256, and read back only if they still have it.

A blob is written to a temporary file, synced, renamed and the folder synced, so that a name never stands for half a file.
Names come from digests alone, never from a caller's text, so nothing outside the folder can be reached. What a redaction
removes is marked first, so that a removal that was cut short is finished when the ledger is opened again.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ledger.citation import check_digest
from ledger.commands import CaptureSnapshot, RecordSnapshot
from ledger.errors import IntegrityError, InvalidError, StoreError, UnknownError
from ledger.events import Extractor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ledger.ids import RandomSource

__all__ = ["EXTRACTOR", "SNAPSHOT_LIMIT", "Blobs", "describe", "digest_of_bytes"]

SNAPSHOT_LIMIT = 64 * 1024 * 1024
"""Most bytes of one snapshot."""

EXTRACTOR = Extractor(name="incident-ledger.text-plain", version="1")
"""How text/plain becomes text: decoded as UTF-8, every code point kept, no line ending changed."""

_PLAIN = ("text/plain", "text/plain;charset=utf-8")
_MARKS = "removing"


def digest_of_bytes(data: bytes) -> str:
    """The name of a blob: `sha256:` and the SHA-256 of its bytes in hexadecimal."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InvalidError(f"is not UTF-8 text: byte {error.start} cannot be read", field="/text") from error
    if "\x00" in text:
        raise InvalidError("must not contain the character U+0000", field="/text")
    return text


def describe(capture: CaptureSnapshot) -> RecordSnapshot:
    """The command that records the bytes of a capture. Nothing is stored.

    Raises InvalidError for an empty or too large capture, or one whose bytes are not the text that its type says.
    """
    media_type = "".join(capture.media_type.lower().replace('"', "").split())
    if media_type not in _PLAIN:
        raise InvalidError("only text/plain in UTF-8 can be captured", field="/media_type")
    if not capture.data:
        raise InvalidError("is empty", field="/text")
    if len(capture.data) > SNAPSHOT_LIMIT:
        raise InvalidError(f"has {len(capture.data)} bytes; at most {SNAPSHOT_LIMIT} are kept", field="/text")
    _text(capture.data)
    digest = digest_of_bytes(capture.data)
    return RecordSnapshot(
        source=capture.source,
        snapshot=digest,
        size_bytes=len(capture.data),
        media_type=capture.media_type,
        captured_at=capture.captured_at,
        method=capture.method,
        url=capture.url,
        archive_urls=capture.archive_urls,
        extraction=digest,
        extractor=EXTRACTOR,
    )


@contextmanager
def _on_disk(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"the snapshot could not be {what}: {error.strerror or error}") from error


class Blobs:
    """A folder of snapshots, `blobs/` beside the ledger file. One process writes it; any may read."""

    def __init__(self, folder: Path, random: RandomSource) -> None:
        self._folder = folder
        self._random = random

    def _path(self, digest: str) -> Path:
        name = check_digest(digest, field="/snapshot").removeprefix("sha256:")
        return self._folder / name[:2] / name

    def keep(self, data: bytes) -> str:
        """Store bytes durably and give their digest. Bytes of that name that have changed on disk are put right.

        Raises StoreError where the disk refuses; then there is no blob of that name, or the one that was there before.
        """
        digest = digest_of_bytes(data)
        path = self._path(digest)
        temporary = path.with_name(f".{path.name}.{self._random(8).hex()}")
        with _on_disk("kept"):
            _make_folder(path.parent)
            if not (path.is_file() and path.read_bytes() == data):
                try:
                    with temporary.open("xb") as file:
                        file.write(data)
                        file.flush()
                        os.fsync(file.fileno())
                    temporary.rename(path)
                except BaseException:
                    temporary.unlink(missing_ok=True)
                    raise
            # Also where it was there: whoever renamed it may have been cut off before this.
            _sync_folder(path.parent)
        return digest

    def has(self, digest: str) -> bool:
        """Whether there is a blob of that name, whatever its bytes are by now."""
        return self._path(digest).is_file()

    def read(self, digest: str) -> bytes:
        """The bytes of a snapshot.

        Raises UnknownError where it is not kept here, IntegrityError where its bytes have changed, StoreError where the
        disk refuses.
        """
        path = self._path(digest)
        with _on_disk("read"):
            try:
                data = path.read_bytes()
            except FileNotFoundError as error:
                raise UnknownError(
                    "snapshot", digest, field="/snapshot", hint="its bytes are not kept here"
                ) from error
        if digest_of_bytes(data) != digest:
            raise IntegrityError("the bytes of the snapshot have changed on disk", where=digest)
        return data

    def text(self, digest: str) -> str:
        """The text of a snapshot of text, as EXTRACTOR gives it. Raises as read, and InvalidError where it is not text."""
        return _text(self.read(digest))

    def mark(self, digests: Iterable[str]) -> None:
        """Note durably that snapshots are about to be removed. Raises StoreError where the disk refuses."""
        folder = self._folder / _MARKS
        with _on_disk("marked for removal"):
            for digest in digests:
                _make_folder(folder)
                (folder / self._path(digest).name).touch()
                _sync_folder(folder)

    def unmark(self, digest: str) -> None:
        """Take a mark away: the removal is done, or was never decided. Raises StoreError where the disk refuses."""
        with _on_disk("unmarked"):
            (self._folder / _MARKS / self._path(digest).name).unlink(missing_ok=True)

    def marked(self) -> list[str]:
        """The snapshots that are marked, in the order of their digests."""
        with _on_disk("listed"):
            return sorted(f"sha256:{one.name}" for one in (self._folder / _MARKS).glob("*"))

    def remove(self, digest: str) -> None:
        """Remove a redacted snapshot, what a cut-off capture left of it, and its mark.

        Removing what is not there is no fault: an earlier try may have done it. Raises StoreError where the disk refuses.
        """
        path = self._path(digest)
        with _on_disk("removed"):
            for leftover in path.parent.glob(f".{path.name}.*"):
                leftover.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                _sync_folder(path.parent)
        self.unmark(digest)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; each is synced into the one that holds it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
