"""Snapshots on disk: bytes kept once under their SHA-256, and read back only if they still have it.

A blob is written to a temporary file, synced, renamed and the folder synced, so that a name never stands for half a file.
Names come from digests alone, never from a caller's text, so nothing outside the folder can be reached. What a redaction
removes is marked first, so that a removal that was cut short is finished when the ledger is opened again.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ledger.citation import check_digest
from ledger.errors import IntegrityError, InvalidError, StoreError, UnknownError
from ledger.extraction.plain import plain_text
from ledger.folders import make_folder, make_folders, sync_folder
from ledger.snapshot import Held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from ledger.ids import RandomSource

__all__ = ["Blobs", "digest_of_bytes"]

_MARKS = "removing"
_RECEIVED = "receiving"
_PREFIX = "sha256:"
_CHUNK_BYTES = 1024 * 1024
ABANDONED_S = 86_400
"""How old in a shared folder is what nobody is receiving any more, in seconds: other processes are at work in it."""

_SYNCS_AT_ONCE = 16
"""A disk that is asked to sync many files at once does so for all of them together."""
_SYNCED_KEPT = 10_000
_HELD = re.compile("[0-9a-f]{16}")


def digest_of_bytes(data: bytes) -> str:
    """The name of a blob: `sha256:` and the SHA-256 of its bytes in hexadecimal."""
    return _PREFIX + hashlib.sha256(data).hexdigest()


@contextmanager
def _on_disk(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"the snapshot could not be {what}: {error.strerror or error}") from error


class Blobs:
    """A folder of snapshots, `blobs/` beside the ledger file. One process writes it, in many threads; any may read.

    One that is `shared` belongs to a ledger in a database, and several processes write it.
    """

    def __init__(self, folder: Path, random: RandomSource, *, shared: bool = False) -> None:
        self._folder = folder
        self._shared = shared
        self._random = random
        self._lock = threading.Lock()
        self._live: set[str] = set()
        self._synced: set[str] = set()

    def _path(self, digest: str) -> Path:
        name = check_digest(digest, field="/snapshot").removeprefix(_PREFIX)
        return self._folder / name[:2] / name

    def _temporary(self, name: str) -> Path:
        if _HELD.fullmatch(name) is None:
            raise InvalidError("is not the name of received bytes", field="/name")
        return self._folder / _RECEIVED / name

    def receive(self, chunks: Iterable[bytes], limit: int, *, field: str = "") -> Held:
        """Write bytes to a temporary file as they come, synced, and never more than `limit` of them.

        Whoever receives them discards them when done with them; by then they may have been taken. Raises InvalidError for more
        bytes than the limit and StoreError where the disk refuses; then nothing is left, as where `chunks` itself raises.
        """
        name = self._random(8).hex()
        path = self._temporary(name)
        digest, size = hashlib.sha256(), 0
        with self._lock:
            self._live.add(name)
        try:
            with _on_disk("kept"):
                make_folder(path.parent)
                file = path.open("xb")
            with file:
                for chunk in _within(limit, chunks, field):
                    size += len(chunk)
                    digest.update(chunk)
                    with _on_disk("kept"):
                        file.write(chunk)
                with _on_disk("kept"):
                    file.flush()
                    os.fsync(file.fileno())
        except BaseException:
            self._drop(name)
            raise
        return Held(name=name, digest=_PREFIX + digest.hexdigest(), size_bytes=size)

    def _drop(self, name: str) -> None:
        with _on_disk("discarded"):
            self._temporary(name).unlink(missing_ok=True)
        with self._lock:
            self._live.discard(name)

    def discard(self, held: Held) -> None:
        """Remove received bytes that are not wanted. To discard what was taken, or twice, is no fault."""
        self._drop(held.name)

    def open_held(self, held: Held) -> BinaryIO:
        """Received bytes, for reading. Raises UnknownError where they were taken or discarded, StoreError where the disk refuses."""
        with _on_disk("read"):
            try:
                return self._temporary(held.name).open("rb")
            except FileNotFoundError as error:
                raise _not_here(held.digest) from error

    def take(self, held: Held) -> str:
        """Give received bytes their name, durably. Bytes of that name that have changed on disk are put right.

        Raises UnknownError where they were discarded, and StoreError where the disk refuses; then there is no blob of that name, or
        the one that was there before.
        """
        path = self._path(held.digest)
        with _on_disk("kept"):
            make_folder(path.parent)
            if not self._is_whole(held.digest):
                try:
                    self._temporary(held.name).rename(path)
                except FileNotFoundError as error:
                    raise _not_here(held.digest) from error
            # Also where it was there: whoever renamed it may have been cut off before this.
            sync_folder(path.parent)
        self.discard(held)
        return held.digest

    def keep(self, data: bytes) -> str:
        """Store bytes durably and give their digest. Bytes of that name that have changed on disk are put right.

        Raises StoreError where the disk refuses; then there is no blob of that name, or the one that was there before.
        """
        digest = digest_of_bytes(data)
        with _on_disk("kept"):
            make_folder(self._path(digest).parent)
            is_whole = self._write(digest, data)
            # Also where it was there: whoever renamed it may have been cut off before this.
            if not (is_whole and digest in self._synced):
                sync_folder(self._path(digest).parent)
        return digest

    def keep_all(self, pieces: Sequence[bytes]) -> list[str]:
        """As `keep`, of many: the disk is asked to sync them together. To `keep` one of them after that is quick."""
        digests = [digest_of_bytes(data) for data in pieces]
        folders = sorted({self._path(digest).parent for digest in digests})
        with ThreadPoolExecutor(_SYNCS_AT_ONCE) as pool, _on_disk("kept"):
            make_folders(folders)
            # Listed, so that what the disk refused is raised.
            list(pool.map(self._write, digests, pieces))
            list(pool.map(sync_folder, folders))
        if len(self._synced) > _SYNCED_KEPT:
            self._synced.clear()
        self._synced.update(digests)
        return digests

    def _write(self, digest: str, data: bytes) -> bool:
        """Write a blob under its name where it is not there whole, and say whether it was. Its folder is still to be synced."""
        path = self._path(digest)
        if self._is_whole(digest):
            return True
        temporary = path.with_name(f".{path.name}.{self._random(8).hex()}")
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return False

    def sweep(self) -> None:
        """Remove what a process that died had received, or had half written; from a shared folder, what is a day old.

        Only for a process that writes, before it keeps anything. Raises StoreError where the disk refuses.
        """
        with self._lock, _on_disk("swept"):
            newest = self._age() if self._shared else None
            for leftover in (
                *self._folder.glob("[0-9a-f][0-9a-f]/.*"),
                *(self._folder / _RECEIVED).glob("*"),
            ):
                if leftover.name in self._live:
                    continue
                with suppress(FileNotFoundError):
                    if newest is None or newest - leftover.stat().st_mtime > ABANDONED_S:
                        leftover.unlink()

    def _age(self) -> float:
        """What time it is where the folder lies: of a file that is made now. Hosts' clocks differ."""
        make_folder(self._folder / _RECEIVED)
        probe = self._folder / _RECEIVED / f"{self._random(8).hex()}.probe"
        probe.touch(exist_ok=False)
        try:
            return probe.stat().st_mtime
        finally:
            probe.unlink()

    def digests(self) -> Iterator[str]:
        """The names of all blobs, in order."""
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/" + "[0-9a-f]" * 64)):
            yield _PREFIX + path.name

    def has(self, digest: str) -> bool:
        """Whether there is a blob of that name, whatever its bytes are by now."""
        return self._path(digest).is_file()

    def _is_whole(self, digest: str) -> bool:
        try:
            self.open(digest).close()
        except (UnknownError, IntegrityError):
            return False
        return True

    def open(self, digest: str) -> BinaryIO:
        """A snapshot, for reading from its beginning. All of it is hashed before any of it is given out, in constant memory.

        Raises UnknownError where it is not kept here, IntegrityError where its bytes have changed, StoreError where the
        disk refuses.
        """
        path = self._path(digest)
        found = hashlib.sha256()
        with _on_disk("read"):
            try:
                file = path.open("rb")
            except FileNotFoundError as error:
                raise _not_here(digest) from error
            try:
                while chunk := file.read(_CHUNK_BYTES):
                    found.update(chunk)
                file.seek(0)
            except BaseException:
                file.close()
                raise
        if _PREFIX + found.hexdigest() != digest:
            file.close()
            raise _changed(digest)
        return file

    def read(self, digest: str) -> bytes:
        """The bytes of a snapshot, in memory. Raises as open does."""
        path = self._path(digest)
        with _on_disk("read"):
            try:
                data = path.read_bytes()
            except FileNotFoundError as error:
                raise _not_here(digest) from error
        if digest_of_bytes(data) != digest:
            raise _changed(digest)
        return data

    def text(self, digest: str) -> str:
        """The extracted text that is kept under a digest. Raises as open does, and InvalidError where it is not text."""
        return plain_text(self.read(digest))

    def mark(self, digests: Iterable[str]) -> None:
        """Note durably that snapshots are about to be removed. Raises StoreError where the disk refuses."""
        folder = self._folder / _MARKS
        with _on_disk("marked for removal"):
            for digest in digests:
                make_folder(folder)
                (folder / self._path(digest).name).touch()
                sync_folder(folder)

    def unmark(self, digest: str) -> None:
        """Take a mark away: the removal is done, or was never decided. Raises StoreError where the disk refuses."""
        with _on_disk("unmarked"):
            (self._folder / _MARKS / self._path(digest).name).unlink(missing_ok=True)

    def marked(self) -> list[str]:
        """The snapshots that are marked, in the order of their digests."""
        with _on_disk("listed"):
            return sorted(f"{_PREFIX}{one.name}" for one in (self._folder / _MARKS).glob("*"))

    def remove(self, digest: str) -> None:
        """Remove a redacted snapshot, what a cut-off capture left of it, and its mark.

        Removing what is not there is no fault: an earlier try may have done it. Raises StoreError where the disk refuses.
        """
        path = self._path(digest)
        self._synced.discard(digest)
        with _on_disk("removed"):
            for leftover in path.parent.glob(f".{path.name}.*"):
                leftover.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                sync_folder(path.parent)
        self.unmark(digest)


def _within(limit: int, chunks: Iterable[bytes], field: str) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise InvalidError(f"has more than {limit} bytes, which is the most that is kept", field=field)
        yield chunk


def _not_here(digest: str) -> UnknownError:
    return UnknownError("snapshot", digest, field="/snapshot", hint="its bytes are not kept here")


def _changed(digest: str) -> IntegrityError:
    return IntegrityError("the bytes of the snapshot have changed on disk", where=digest)
