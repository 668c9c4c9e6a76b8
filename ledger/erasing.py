"""What was redacted leaves the files: the bytes of snapshots, and erased words in the log beside the tables (ADR 5).

A redaction is recorded first and carried out after. Both are made to meet again after a fault: what is to be removed is marked
durably before the act is recorded, and whoever opens the ledger next finishes it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ledger.errors import StoreError
from ledger.events import Redacted, SnapshotCaptured
from ledger.stores.contract import Removal
from ledger.stores.mapper import proved_entry_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.blobs import Blobs
    from ledger.decisions import Decision
    from ledger.present import Present
    from ledger.stores.contract import Store

__all__ = ["Eraser", "removals_of"]


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
        self._doomed = marked & self._gone(()) if marked else set()
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
        """
        return tuple(sorted({*snapshots, *(self._gone(snapshots) - self._gone(()))})) if snapshots else ()

    def announce(self, snapshots: Sequence[str]) -> None:
        """Mark snapshots before their redaction is recorded. Raises StoreError where the disk refuses."""
        self._blobs.mark(snapshots)

    def owe(self, removals: Sequence[Removal], snapshots: Sequence[str]) -> None:
        """Take note of a redaction that is recorded now."""
        self._words_in_log |= bool(removals)
        self._doomed.update(snapshots)

    def finish(self, *, wait: bool) -> None:
        """Do what is owed. The redaction is recorded, so a fault here is no refusal: it is tried again later; see `behind`."""
        if not self.behind:
            return
        with suppress(StoreError):
            for digest in sorted(self._doomed):
                self._blobs.remove(digest)
                self._doomed.discard(digest)
            self._words_in_log = not self._store.truncate_wal(wait=wait)

    def may_be_put_back(self, snapshot: str) -> bool:
        """Whether bytes that stand recorded may be stored once more: lost ones may, those that a redaction took may not.

        Sources share the bytes, so that the redaction may have named another one than the capture.
        """
        return self._blobs.has(snapshot) or snapshot not in self._gone(())

    def _gone(self, more: Sequence[str]) -> set[str]:
        """The digests of all that was redacted, in whatever source, and not captured since; as if `more` were redacted now."""
        gone: set[str] = set()
        texts: dict[str, set[str]] = {}
        for row in self._store.rows():
            if row.topic.partition("@")[0] in ("SnapshotCaptured", "Redacted"):
                body = proved_entry_of(row).body
                if isinstance(body, SnapshotCaptured):
                    extracted = set() if body.extraction is None else {body.extraction}
                    texts.setdefault(body.snapshot, set()).update(extracted)
                    gone -= {body.snapshot, *extracted}
                elif isinstance(body, Redacted):
                    gone.update(body.snapshots)
        gone.update(more)
        standing = [{digest, *made} for digest, made in texts.items() if digest not in gone]
        return gone | set().union(*(texts.get(digest, ()) for digest in gone)).difference(*standing)
