"""A file looked at through a window: nothing outside of it can be read, whatever an offset inside the file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["MAX_READ_BYTES", "MAX_SECONDS", "CutShortError", "Window", "seconds"]

MAX_READ_BYTES = 1024 * 1024
"""Most bytes that are read at once: headers are small."""
MAX_SECONDS = 1_000_000_000
"""Longest recording that is believed: about thirty years."""


class CutShortError(Exception):
    """The file ends, or contradicts itself, before what it announces. Never leaves ledger.measuring."""


class Window:
    """The bytes from `start` to `end` of a file. Offsets within it count from 0."""

    def __init__(self, file: BinaryIO, end: int, start: int = 0) -> None:
        self._file = file
        self._start = start
        self._end = end

    def __len__(self) -> int:
        return self._end - self._start

    def at(self, offset: int, count: int) -> bytes:
        """Exactly `count` bytes. Raises CutShortError where they are not all inside, or are more than a header has."""
        if not (0 <= offset <= len(self) - count and 0 <= count <= MAX_READ_BYTES):
            raise CutShortError
        self._file.seek(self._start + offset)
        data = self._file.read(count)
        if len(data) != count:
            raise CutShortError
        return data

    def number(self, offset: int, count: int, *, little: bool = False) -> int:
        """An unsigned integer of `count` bytes."""
        return int.from_bytes(self.at(offset, count), "little" if little else "big")

    def inside(self, offset: int, count: int) -> Window:
        """A smaller window. Raises CutShortError where it is not all inside this one."""
        if not (0 <= offset <= len(self) and 0 <= count <= len(self) - offset):
            raise CutShortError
        return Window(self._file, self._start + offset + count, self._start + offset)


def seconds(units: int, per_second: int) -> str | None:
    """A length of time in seconds as a decimal string, to the millisecond; None where there is none, or one beyond belief."""
    if units <= 0 or per_second <= 0 or units > MAX_SECONDS * per_second:
        return None
    thousandths = (2000 * units + per_second) // (2 * per_second)
    return f"{thousandths // 1000}.{thousandths % 1000:03}".rstrip("0").rstrip(".")
