"""What citations point into: captures and their texts, for who holds the append lock and for who does not (ADR 2).

What was captured never changes, so it is remembered, and quotations are looked up before a command's turn without waiting for a commit
that is under way. Only a newer capture or a redaction makes what is remembered untrue, and both are told at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.extracts import Extracts
from ledger.pinning import citations_in, forget_texts
from ledger.snapshot import Measured

if TYPE_CHECKING:
    import threading

    from ledger.blobs import Blobs
    from ledger.citation import Citation
    from ledger.commands import Command
    from ledger.events import SnapshotCaptured
    from ledger.present import Present

__all__ = ["CitedSnapshots"]

AT_HAND = 64 * 1024
"""A text of so many characters at most is searched while others wait."""

REMEMBERED = 65_536
"""How many captures are remembered for those who do not hold the lock."""


class CitedSnapshots:
    """Captures, texts and extents of what is cited. `lock` is the append lock; names without `unlocked` need it held."""

    def __init__(self, present: Present, blobs: Blobs, lock: threading.Lock) -> None:
        self._present = present
        self._lock = lock
        self._extracts = Extracts(blobs)
        self._remembered: dict[tuple[str, str], SnapshotCaptured] = {}
        self.generation = 0
        """Counts how often something was captured or redacted: as long as it stands, what was looked up is as it was."""

    def text(self, citation: Citation) -> tuple[str, str] | None:
        """The digest and the text of what is cited, as `pin` asks for it."""
        return self._text_of(self._captured(citation))

    def measured(self, citation: Citation) -> Measured | None:
        """The extent of what is cited, as far as it is known."""
        return _measured_of(self._captured(citation))

    def text_unlocked(self, citation: Citation) -> tuple[str, str] | None:
        """As text, for who does not hold the lock."""
        return self._text_of(self._captured_unlocked(citation))

    def measured_unlocked(self, citation: Citation) -> Measured | None:
        """As measured, for who does not hold the lock."""
        return _measured_of(self._captured_unlocked(citation))

    def are_at_hand(self, command: Command) -> bool:
        """Whether all that a command cites is remembered, with short texts in memory, so that no lock and no disk is waited for."""
        for citation in citations_in(command):
            if citation.snapshot is None:
                continue
            captured = self._remembered.get((citation.source, citation.snapshot))
            if captured is None:
                return False
            if captured.extraction is not None and not self._extracts.has(captured.extraction, AT_HAND):
                return False
        return True

    def forget(self, *, texts: bool) -> None:
        """Something was captured or redacted; with `texts`, texts went."""
        self.generation += 1
        self._remembered.clear()
        if texts:
            self._extracts.forget()
            forget_texts()

    def _text_of(self, captured: SnapshotCaptured | None) -> tuple[str, str] | None:
        if captured is None or captured.extraction is None:
            return None
        return captured.extraction, self._extracts.text(captured.extraction)

    def _captured(self, citation: Citation) -> SnapshotCaptured | None:
        """The newest capture of what is cited; None where it is not known, or was redacted."""
        source = self._present.source(citation.source)
        if citation.snapshot in source.redacted_snapshots:
            return None
        captures = self._present.captures(citation.source, citation.snapshot or "")
        return None if captures is None else captures.newest

    def _captured_unlocked(self, citation: Citation) -> SnapshotCaptured | None:
        place = (citation.source, citation.snapshot or "")
        captured = self._remembered.get(place)
        if captured is None:
            with self._lock:
                if self._present.catch_up():
                    self.forget(texts=True)
                captured = self._captured(citation)
                if captured is not None:
                    if len(self._remembered) >= REMEMBERED:
                        self._remembered.clear()
                    self._remembered[place] = captured
        return captured


def _measured_of(captured: SnapshotCaptured | None) -> Measured | None:
    return captured.measured if captured is not None and isinstance(captured.measured, Measured) else None
