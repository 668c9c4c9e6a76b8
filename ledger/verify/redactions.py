"""What the redactions of a ledger name, as the verifier reads it: which words and snapshots are lawfully gone, and which must be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["Redactions"]


@dataclass(slots=True)
class Redactions:
    """What the Redacted events name, each with the position of the redaction: it reaches back, never forward.

    `snapshots` holds the last redaction of a digest in any source; `captures` those of the source in which it was captured, and
    `streams` the last one of each stream.
    """

    facts: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)
    versions: dict[tuple[str, int], list[tuple[int, str]]] = field(default_factory=dict)
    snapshots: dict[str, int] = field(default_factory=dict)
    captures: dict[tuple[str, str], int] = field(default_factory=dict)
    streams: dict[str, int] = field(default_factory=dict)

    def add(self, position: int, stream: str, body: dict[str, Json]) -> None:
        """Take in one redaction; they come in order of position. Raises KeyError or TypeError where it cannot be read."""
        self.streams[stream] = position
        for one in body.get("facts", ()):
            self.facts.setdefault((stream, one["fact"]), []).extend((position, path) for path in one["paths"])
        for one in body.get("events", ()):
            self.versions.setdefault((stream, one["version"]), []).extend(
                (position, path) for path in one["paths"]
            )
        for digest in body.get("snapshots", ()):
            self.snapshots[digest] = position
            self.captures[stream, digest] = position

    def by(self, position: int, entry: dict[str, Json], path: str) -> int | None:
        """The position of a redaction that names a path of the event at `position`; None where there is none."""
        named = self.versions.get((entry["stream"], entry["version"]), [])
        if "fact" in entry["body"]:
            named = named + self.facts.get((entry["stream"], entry["body"]["fact"]), [])
        for at, gone in named:
            if at > position and (path == gone or path.startswith(gone + "/")):
                return at
        return None

    def takes_from(self, position: int, entry: dict[str, Json]) -> int | None:
        """The position of a redaction that took words or the snapshot of the event at `position`; None where there is none."""
        for path in entry["committed"]:
            if (at := self.by(position, entry, path)) is not None:
                return at
        if entry["type"] == "SnapshotCaptured":
            at = self.captures.get((entry["stream"], entry["body"]["snapshot"]), 0)
            return at if at > position else None
        return None
