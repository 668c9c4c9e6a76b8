"""What an incoming log lacks and has not explained yet: words and snapshots that only a redaction further on may have taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.disclosure import path_covers

if TYPE_CHECKING:
    from ledger.events import Act, Recorded, Redacted, SnapshotCaptured

__all__ = ["Owing"]


class _Words(msgspec.Struct, kw_only=True):
    number: int
    fact: str | None
    paths: set[str]


class Owing:
    """What is owed, each with the number of the line where it was found missing."""

    def __init__(self) -> None:
        self._words: dict[str, dict[int, _Words]] = {}
        self._snapshots: dict[str, tuple[int, str]] = {}

    def words(self, number: int, entry: Recorded[Act], paths: set[str]) -> None:
        """Note committed paths of an event that nobody disclosed."""
        if paths:
            owed = _Words(number=number, fact=getattr(entry.body, "fact", None), paths=set(paths))
            self._words.setdefault(entry.stream, {})[entry.version] = owed

    def snapshot(self, number: int, act: SnapshotCaptured, digest: str) -> None:
        """Note that the bytes of a capture, or of the text made of it, did not come."""
        self._snapshots.setdefault(digest, (number, act.snapshot))

    def arrived(self, digest: str) -> None:
        """The bytes of a snapshot came after all: it was captured again."""
        self._snapshots.pop(digest, None)

    def redacted(self, stream: str, act: Redacted) -> None:
        """Strike what a redaction explains."""
        owed = self._words.get(stream, {})
        facts = {one.fact: one.paths for one in act.facts}
        versions = {one.version: one.paths for one in act.events}
        for version in list(owed):
            words = owed[version]
            gone = (*facts.get(words.fact or "", ()), *versions.get(version, ()))
            words.paths = {path for path in words.paths if not any(path_covers(one, path) for one in gone)}
            if not words.paths:
                del owed[version]
        removed = set(act.snapshots)
        for digest, (_, of) in list(self._snapshots.items()):
            if removed & {digest, of}:
                del self._snapshots[digest]

    def first(self) -> tuple[int, str] | None:
        """The first line to which something is still owed, and what; None where nothing is."""
        found = [
            (words.number, f"the disclosure of {min(words.paths)} is missing, and no redaction names it")
            for owed in self._words.values()
            for words in owed.values()
        ]
        found += [
            (number, f"the bytes of {digest} are missing, and no redaction names them")
            for digest, (number, _) in self._snapshots.items()
        ]
        return min(found, default=None)
