"""The texts that quotations are looked up in, kept in memory while they are cited (ADR 2).

A snapshot never changes, so neither does what was read here. Only a redaction takes a text away, and that is told at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.blobs import Blobs

__all__ = ["KEPT_CHARACTERS", "Extracts"]

KEPT_CHARACTERS = 8 * 1024 * 1024
"""How many characters of text are kept at most; those not asked for longest go first."""


class Extracts:
    """Extracted texts by digest. Safe for many threads."""

    def __init__(self, blobs: Blobs, limit: int = KEPT_CHARACTERS) -> None:
        self._blobs = blobs
        self._limit = limit
        self._lock = threading.Lock()
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._characters = 0
        self._forgotten = 0

    def text(self, digest: str) -> str:
        """The text of an extraction. Raises as Blobs.text does."""
        with self._lock:
            text = self._texts.get(digest)
            if text is not None:
                self._texts.move_to_end(digest)
                return text
            forgotten = self._forgotten
        text = self._blobs.text(digest)
        with self._lock:
            # Where something was forgotten meanwhile it may have been this.
            if forgotten == self._forgotten and digest not in self._texts and len(text) <= self._limit:
                self._texts[digest] = text
                self._characters += len(text)
                while self._characters > self._limit:
                    self._characters -= len(self._texts.popitem(last=False)[1])
        return text

    def has(self, digest: str, most: int) -> bool:
        """Whether the text is in memory and has at most so many characters."""
        text = self._texts.get(digest)
        return text is not None and len(text) <= most

    def forget(self) -> None:
        """Drop every text: one of them was redacted."""
        with self._lock:
            self._texts.clear()
            self._characters = 0
            self._forgotten += 1
