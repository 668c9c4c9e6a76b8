"""What was redacted leaves the files: the bytes of snapshots, and erased words in the log beside the tables (ADR 5).

A redaction is recorded first and carried out after. Both are made to meet again after a fault: what is to be removed is marked
durably before the act is recorded, and whoever opens the ledger next finishes it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from ledger.disclosure import path_covers, path_of, split_lines
from ledger.errors import IntegrityError, StoreError, UnknownError, UnknownSchemaError
from ledger.events import Redacted, SnapshotCaptured
from ledger.stores.contract import Removal
from ledger.stores.mapper import proved_entry_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ledger.blobs import Blobs
    from ledger.decisions import Decision
    from ledger.present import Present
    from ledger.stores.contract import Store

__all__ = ["Erased", "Eraser", "removals_of"]

SAMPLES = 16
"""By how many pieces of a snapshot it would be known in another file."""

SAMPLE_BYTES = 48
_VARIED = 12
"""A piece with fewer different bytes, such as a margin of an image, could stand in any file."""


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What a redaction takes away, kept in memory until no file has it: whole disclosures, samples of snapshots, and whose.

    It is content, and belongs in no log and no answer. `position` is that of the redaction.
    """

    position: int
    lines: tuple[bytes, ...] = ()
    samples: tuple[bytes, ...] = ()
    snapshots: tuple[str, ...] = ()


def removals_of(decision: Decision, present: Present) -> list[Removal]:
    """What a redaction takes out of the store. For a snapshot also the request digests of its captures, which would confirm a guess."""
    removals = [Removal(position=gone.position, paths=gone.paths) for gone in decision.erasures]
    if decision.snapshots:
        removals += [
            Removal(position=event.position, paths=())
            for event in present.stream(decision.stream)
            if isinstance(event.body, SnapshotCaptured) and event.body.snapshot in decision.snapshots
        ]
    return removals


class Eraser:
    """Carries redactions out on the disk. Whoever calls it holds the append lock."""

    def __init__(self, store: Store, blobs: Blobs) -> None:
        """Finish what was marked and recorded before, and take away marks of what never was."""
        self._store = store
        self._blobs = blobs
        self._words_in_log = store.head().position > 0
        marked = set(blobs.marked())
        self._undecided: set[str] = set()
        try:
            self._doomed = marked & self._gone(()) if marked else set()
        except UnknownSchemaError:
            # Which of them a redaction took, the newer program can tell: the marks stay for it, and the ledger is written on.
            self._doomed, self._undecided, marked = set(), marked, set()
        self._unsearched: list[Erased] = []
        for digest in marked - self._doomed:
            blobs.unmark(digest)
        self.finish(wait=True)

    @property
    def behind(self) -> bool:
        """Whether something that is redacted has yet to leave the files: a reader or the disk was in the way."""
        return self._words_in_log or bool(self._doomed)

    def with_texts(self, snapshots: Sequence[str]) -> tuple[str, ...]:
        """What leaves the disk when these snapshots are redacted: their bytes, and every text that was extracted from them.

        A text stays where another snapshot that stands has the very same one.
        Raises UnknownSchemaError where only a newer program can tell.
        """
        return tuple(sorted({*snapshots, *(self._gone(snapshots) - self._gone(()))})) if snapshots else ()

    def announce(self, removals: Sequence[Removal], snapshots: Sequence[str], position: int) -> Erased | None:
        """Mark snapshots before their redaction is recorded at a position. Gives what is about to go; None where nothing is.

        Raises StoreError where the disk refuses.
        """
        if not removals and not snapshots:
            return None
        self._blobs.mark(snapshots)
        lines = tuple(line for removal in removals for line in self._lines(removal))
        samples = tuple(piece for digest in snapshots for piece in self._samples(digest))
        return Erased(position=position, lines=lines, samples=samples, snapshots=tuple(snapshots))

    def _lines(self, removal: Removal) -> list[bytes]:
        return [
            line
            for row in self._store.rows(removal.position, removal.position)
            for line in split_lines(row.disclosures)
            if any(path_covers(gone, path_of(line)) for gone in removal.paths)
        ]

    def _samples(self, digest: str) -> list[bytes]:
        """Pieces of a snapshot, evenly from its beginning to its end. None of bytes that are missing or have changed."""
        try:
            file = self._blobs.open(digest)
        except (UnknownError, IntegrityError):
            return []
        pieces: dict[bytes, None] = {}
        with file:
            size = file.seek(0, os.SEEK_END)
            for at in range(SAMPLES):
                file.seek(max(size - SAMPLE_BYTES, 0) * at // (SAMPLES - 1))
                pieces[file.read(SAMPLE_BYTES)] = None
        return [piece for piece in pieces if len(set(piece)) >= _VARIED]

    def owe(self, removals: Sequence[Removal], erased: Erased | None) -> None:
        """Take note of a redaction that is recorded now."""
        self._words_in_log |= bool(removals)
        if erased is not None:
            self._doomed.update(erased.snapshots)
            self._unsearched.append(erased)

    @property
    def unsearched(self) -> tuple[Erased, ...]:
        """What was erased since the ledger was opened, and has not been searched for with nothing found."""
        return tuple(self._unsearched)

    def searched(self, erased: Collection[Erased]) -> None:
        """No file holds any of this any more: forget it."""
        self._unsearched = [one for one in self._unsearched if one not in erased]

    def finish(self, *, wait: bool) -> None:
        """Do what is owed. The redaction is recorded, so a fault here is no refusal: it is tried again later; see `behind`."""
        if not self.behind:
            return
        with suppress(StoreError):
            for digest in sorted(self._doomed):
                self._blobs.remove(digest)
                self._doomed.discard(digest)
            self._words_in_log = not self._store.truncate_wal(wait=wait)

    def may_be_taken_in(self, snapshot: str) -> bool:
        """Whether bytes may be stored, for the first time or once more: lost ones may, those that a redaction took may not.

        Sources share the bytes, so that the redaction may have named another source than the capture.
        Raises UnknownSchemaError where only a newer program can tell.
        """
        if snapshot in self._doomed:
            return False
        if snapshot in self._undecided:
            return snapshot not in self._gone(())
        if self._blobs.has(snapshot):
            return True
        bodies = (proved_entry_of(row).body for row in self._store.of_topic("Redacted@1"))
        named = any(isinstance(body, Redacted) and snapshot in body.snapshots for body in bodies)
        return not named or snapshot not in self._gone(())

    def _gone(self, more: Sequence[str]) -> set[str]:
        """The digests of all that was redacted, in whatever source, and not captured since; as if `more` were redacted now.

        Raises UnknownSchemaError for a capture or a redaction that only a newer program can read.
        """
        gone: set[str] = set()
        texts: dict[str, set[str]] = {}
        for row in self._store.rows():
            if row.topic.partition("@")[0] in ("SnapshotCaptured", "Redacted"):
                try:
                    body = proved_entry_of(row).body
                except UnknownSchemaError as error:
                    raise UnknownSchemaError(
                        f"{error.rule}; which snapshots and texts are gone, and which stay, it alone can tell",
                        position=row.position,
                    ) from error
                if isinstance(body, SnapshotCaptured):
                    extracted = set() if body.extraction is None else {body.extraction}
                    texts.setdefault(body.snapshot, set()).update(extracted)
                    gone -= {body.snapshot, *extracted}
                elif isinstance(body, Redacted):
                    gone.update(body.snapshots)
        gone.update(more)
        standing = [{digest, *made} for digest, made in texts.items() if digest not in gone]
        return gone | set().union(*(texts.get(digest, ()) for digest in gone)).difference(*standing)
