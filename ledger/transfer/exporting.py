"""A ledger, line by line: each event as it lies there, and each snapshot before the event that captured it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec

from ledger.errors import IntegrityError, StoreError, UnknownError
from ledger.events import Redacted, SnapshotCaptured
from ledger.log_lines import log_line
from ledger.merkle import Frontier, leaf_hash
from ledger.stores.mapper import proved_entry_of
from ledger.transfer.lines import Holding, first_line, last_line, snapshot_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.blobs import Blobs
    from ledger.stores.contract import Row, Store

__all__ = ["Exported", "LogExport"]

TOGETHER_BYTES = 65_536
"""Lines of events are given out together until they have so many bytes."""

_CAPTURED, _REDACTED = "SnapshotCaptured@1", "Redacted@1"


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: `root` is that of the Merkle tree over the events, in base64."""

    events: int
    snapshots: int
    disclosures: str
    size_bytes: int
    root: str


class LogExport:
    """One export, of the log as it ends when this is made. `lines` gives it once; `told` says afterwards what it was."""

    def __init__(
        self, store: Store, blobs: Blobs, *, snapshots: bool = False, disclosures: bool = True
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._disclosures = disclosures
        self._snapshots = snapshots
        self.events = store.head().position
        self._tree = Frontier()
        self._given: set[str] = set()
        self._removed_at: dict[str, int] = {}
        self._seen = 0
        self._size_bytes = 0

    @property
    def holding(self) -> Holding:
        """What the first line says."""
        return Holding(
            events=self.events,
            disclosures="included" if self._disclosures else "withheld",
            snapshots="included" if self._snapshots else "left-out",
        )

    @property
    def written(self) -> int:
        """How many events were written so far."""
        return self._tree.size

    def told(self) -> Exported:
        """What was written so far."""
        return Exported(
            events=self._tree.size,
            snapshots=len(self._given),
            disclosures=self.holding.disclosures,
            size_bytes=self._size_bytes,
            root=base64.b64encode(self._tree.root()).decode(),
        )

    def lines(self) -> Iterator[bytes]:
        """The lines, one after another, some of them together.

        Raises IntegrityError where the ledger is damaged, naming the place, and StoreError where a redaction was recorded meanwhile: what
        was written holds what it removed, and has to be thrown away and made anew.
        """
        for line in self._lines():
            self._size_bytes += len(line)
            yield line

    def _lines(self) -> Iterator[bytes]:
        yield first_line(self.holding)
        lines: list[bytes] = []
        leaves: list[bytes] = []
        size_bytes = 0
        for row in self._store.rows(1, self.events):
            leaf = leaf_hash(row.event)
            if leaf != row.leaf:
                raise IntegrityError(
                    "the bytes of the event have changed: they do not match their leaf hash",
                    where=f"position {row.position}",
                )
            is_capture = self._snapshots and row.topic == _CAPTURED
            if is_capture or size_bytes >= TOGETHER_BYTES:
                yield self._together(lines, leaves)
                size_bytes = 0
            if is_capture:
                yield from self._captured(row)
            line = log_line(row, disclosures=self._disclosures)
            size_bytes += len(line)
            lines.append(line)
            leaves.append(leaf)
        yield self._together(lines, leaves)
        self._follow_redactions()
        if self._seen > self.events:
            raise _overtaken()
        yield last_line(self._tree.size, self._tree.root())

    def _together(self, lines: list[bytes], leaves: list[bytes]) -> bytes:
        """Lines of events as one piece; they are written now."""
        self._tree.extend(leaves)
        piece = b"".join(lines)
        lines.clear()
        leaves.clear()
        return piece

    def _captured(self, row: Row) -> Iterator[bytes]:
        """The lines of a snapshot and of the text made of it: those kept, and not given before."""
        act = proved_entry_of(row).body
        if not isinstance(act, SnapshotCaptured):
            return
        self._follow_redactions()
        for digest in dict.fromkeys((act.snapshot, act.extraction or act.snapshot)):
            gone_at = max(self._removed_at.get(digest, 0), self._removed_at.get(act.snapshot, 0))
            if digest not in self._given and gone_at < row.position:
                yield from self._bytes_of(digest, row.position)

    def _follow_redactions(self) -> None:
        """Note the last redaction of each snapshot, also of those recorded since the export began."""
        for row in self._store.of_topic(_REDACTED, after=self._seen):
            act = proved_entry_of(row).body
            if isinstance(act, Redacted):
                self._removed_at.update(dict.fromkeys(act.snapshots, row.position))
            self._seen = row.position

    def _bytes_of(self, digest: str, position: int) -> Iterator[bytes]:
        try:
            file = self._blobs.open(digest)
        except UnknownError as error:
            self._follow_redactions()
            if self._seen > self.events:
                raise _overtaken() from error
            raise IntegrityError(
                "the snapshot is missing, and no redaction names it", where=f"position {position}, {digest}"
            ) from error
        with file:
            size_bytes = file.seek(0, 2)
            file.seek(0)
            yield from snapshot_lines(digest, file, size_bytes)
        self._given.add(digest)


def _overtaken() -> StoreError:
    return StoreError(
        "a redaction was recorded while the log was exported; throw away what was written, and export it again"
    )
