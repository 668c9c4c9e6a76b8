"""What a command that looks through many streams cannot tell of, said beside its answer: events that only a newer program can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.terminal.telling import say
from projections.page_rows import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.opening import OpenedForReading
    from ledger.events import Act, Recorded
    from ledger.values import Json

__all__ = ["Streams"]


class Streams:
    """The streams of a ledger up to a position, each as far as this program can read it."""

    def __init__(self, ledger: OpenedForReading, known: int) -> None:
        self._history = ledger.history
        self._known = known
        self._left_out: dict[str, LeftOut] = {}

    def events(self, stream: str) -> list[Recorded[Act]]:
        """The events of a stream, in order. What comes after one that cannot be read is left out, redactions apart, and is said once."""
        found = self._history.proved(stream).told(self._known)
        for one in found.unknown[:1]:
            if stream not in self._left_out:
                error = one.error()
                self._left_out[stream] = LeftOut(stream=stream, since=one.position, code=error.code)
                say(f"incomplete: {stream} is told only as far as it can be read; {error}")
        return found.events

    def of_sources(self) -> list[Recorded[Act]]:
        """The events of every source, in ledger order."""
        return self.together(f"source/{one}" for one in self._history.sources())

    def together(self, streams: Iterable[str]) -> list[Recorded[Act]]:
        """The events of streams, in ledger order."""
        return sorted(
            (event for stream in streams for event in self.events(stream)), key=lambda event: event.position
        )

    def member(self) -> dict[str, Json]:
        """What an answer as data says of it; nothing where everything was told."""
        return {"incomplete": list(self._left_out.values())} if self._left_out else {}
