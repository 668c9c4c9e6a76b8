"""Random bytes in blocks: the source is asked seldom, since a write needs a dozen ids and salts (ADR 18)."""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

from ledger.salts import salts_of

if TYPE_CHECKING:
    from ledger.ids import RandomSource

__all__ = ["RandomBlocks"]

BLOCK_BYTES = 16 * 1024
_TAIL_BYTES = 10


_EVERY: weakref.WeakSet[RandomBlocks] = weakref.WeakSet()


def _tails(block: bytes) -> list[str]:
    text, step = block.hex(), 2 * _TAIL_BYTES
    return [text[at : at + step] for at in range(0, len(text), step)]


class RandomBlocks:
    """Random bytes of a source that is asked for many at once. Any thread may ask; no byte is given twice.

    To ask the system is a call that lets every other thread go first. What is asked for again and again is also written out ahead:
    salts and the tails of ids. A process that was forked begins with blocks of its own.
    """

    def __init__(self, source: RandomSource) -> None:
        self._source = source
        self.begin()
        _EVERY.add(self)

    def begin(self) -> None:
        """Begin with nothing ahead."""
        self._lock = threading.Lock()
        self._block = b""
        self._at = 0
        self._salts: list[str] = []
        self._tails: list[str] = []

    def __call__(self, size: int, /) -> bytes:
        """`size` bytes that nobody can guess."""
        if size > BLOCK_BYTES:
            return self._source(size)
        with self._lock:
            if len(self._block) - self._at < size:
                self._block, self._at = self._source(BLOCK_BYTES), 0
            at = self._at
            self._at = at + size
            return self._block[at : at + size]

    def salts(self, count: int) -> list[str]:
        """So many salts, at least one: 16 bytes each, in base64url without padding."""
        with self._lock:
            ahead = self._salts
            while len(ahead) < count:
                ahead += salts_of(self._source(BLOCK_BYTES))
            taken = ahead[-count:]
            del ahead[-count:]
            return taken

    def tail(self) -> str:
        """Ten bytes in hexadecimal."""
        try:
            # To take one from a list is a single step, whoever else takes one.
            return self._tails.pop()
        except IndexError:
            first, *more = _tails(self._source(BLOCK_BYTES // _TAIL_BYTES * _TAIL_BYTES))
            self._tails += more
            return first


def _begin_all() -> None:
    for one in _EVERY:
        one.begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_all)
