"""Where an import reads from: a file or standard input, plain or gzipped, line by line, and how far it has come.

Nothing is held but the line at hand, whatever the file has of them.
"""

from __future__ import annotations

import codecs
import gzip
import io
import os
import stat
import sys
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from api.terminal.telling import FOUND, misused, say
from ledger.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

__all__ = ["Input", "open_input"]

_GZIP = b"\x1f\x8b"
_BUFFER_BYTES = 256 * 1024


class _Counted(io.RawIOBase):
    """A stream that counts what was read of it."""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner
        self.read_bytes = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer, and say how much of it."""
        view = memoryview(buffer).cast("B")
        data = self._inner.read(len(view))
        view[: len(data)] = data
        self.read_bytes += len(data)
        return len(data)


class Input:
    """What is read. `size_bytes`: of the file as it lies there; None where nobody knows."""

    def __init__(self, name: str, file: BinaryIO, size_bytes: int | None) -> None:
        self.name = name
        self.size_bytes = size_bytes
        self._raw = _Counted(file)
        plain = io.BufferedReader(self._raw, _BUFFER_BYTES)
        zipped = plain.peek(len(_GZIP)).startswith(_GZIP)
        self._data: io.BufferedIOBase = gzip.GzipFile(fileobj=plain) if zipped else plain

    @property
    def read_bytes(self) -> int:
        """How much of the file as it lies there was read."""
        return self._raw.read_bytes

    def lines(self, limit: int) -> Iterator[tuple[int, bytes]]:
        """Lines counted from 1, without their ends and the file's byte order mark; blank ones are passed over.

        Of one that is too long only enough comes to tell. Raises UnreadableError where what is zipped is damaged or ends too early, or
        the disk refuses.
        """
        number = 0
        while line := self.readline(limit + 3):
            number += 1
            if not line.endswith(b"\n"):
                while (rest := self.readline(_BUFFER_BYTES)) and not rest.endswith(b"\n"):
                    pass
            line = line.removesuffix(b"\n").removesuffix(b"\r")
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if line.strip():
                yield number, line

    def readline(self, most: int) -> bytes:
        """The next line with its end, or the first `most` bytes of it; nothing at the end. Raises as lines does."""
        with self._read():
            return self._data.readline(most)

    def pieces(self) -> Iterator[bytes]:
        """All that is left, a piece after the other. Raises as lines does."""
        while True:
            with self._read():
                piece = self._data.read(_BUFFER_BYTES)
            if not piece:
                return
            yield piece

    @contextmanager
    def _read(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise UnreadableError("what is gzipped is damaged, or ends too early", where=self.name) from error
        except OSError as error:
            raise UnreadableError(f"cannot be read on: {error.strerror or error}", where=self.name) from error


@contextmanager
def open_input(file: str) -> Iterator[Input]:
    """A file, or standard input where it is `-`. One that cannot be read is a fault of usage, found before a ledger is made.

    One that turns out to be damaged ends the command with a sentence about it, and not about the ledger.
    """
    with ExitStack() as stack:
        if file == "-":
            given = Input("standard input", sys.stdin.buffer, None)
        else:
            try:
                opened = stack.enter_context(Path(file).open("rb"))
                found = os.fstat(opened.fileno())
                given = Input(file, opened, found.st_size if stat.S_ISREG(found.st_mode) else None)
            except (OSError, ValueError) as error:
                misused(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}")
        try:
            yield given
        except UnreadableError as error:
            if error.where != given.name:
                raise
            say(error.message)
            raise SystemExit(FOUND) from error
