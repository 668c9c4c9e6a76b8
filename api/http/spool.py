"""Answers on their way out that nobody has read yet: a little in memory, the rest in a file without a name.

Whoever sends a long batch may read nothing before all of it is sent. If the server then waited for its answers to be taken before it
read on, both would wait for ever; if it kept them in memory, that would have no bound.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator

__all__ = ["Spool"]

IN_MEMORY_BYTES = 256 * 1024
_PIECE_BYTES = 64 * 1024


class Spool:
    """A pipe that never makes its writer wait. One task puts in, one takes out, both in one event loop."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  close() closes it
        self._written = 0
        self._read = 0
        self._ended = False
        self._changed = asyncio.Event()

    def put(self, data: bytes) -> None:
        """Put bytes in."""
        self._file.seek(self._written)
        self._file.write(data)
        self._written += len(data)
        self._changed.set()

    def end(self) -> None:
        """Say that nothing more comes."""
        self._ended = True
        self._changed.set()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    async def pieces(self) -> AsyncIterator[bytes]:
        """What was put in, as it comes, until the end."""
        while True:
            if self._read < self._written:
                yield self._taken()
            elif self._ended:
                return
            else:
                self._changed.clear()
                await self._changed.wait()

    def _taken(self) -> bytes:
        self._file.seek(self._read)
        data = self._file.read(min(_PIECE_BYTES, self._written - self._read))
        self._read += len(data)
        if self._read == self._written:
            self._read = self._written = 0
            self._file.seek(0)
            self._file.truncate()
        return data
