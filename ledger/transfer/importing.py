"""A log into an empty ledger: line by line judged, folded, and stored as it lay, in transactions of many rows.

An import that is cut off at any instant goes on where it was: the rows that are there are compared with the lines, to the byte, and the
others follow. Until it has come to its end and was checked, nobody may read the ledger (copied.py).
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import msgspec

from ledger.clock import microseconds_of
from ledger.copied import Withheld, begin_import, end_import, is_importing, read_withheld, write_withheld
from ledger.errors import ConflictError, InvalidError, LedgerError, RefusedError, UnreadableError
from ledger.events import LedgerOpened, Redacted, SnapshotCaptured
from ledger.mark import Marked
from ledger.merkle import Frontier, leaf_hash
from ledger.stores.contract import Row
from ledger.stores.mapper import proved_entry_of
from ledger.transfer.judging import hidden_paths, judged
from ledger.transfer.lines import EventLine, Holding, LastLine, Lines, SnapshotLine
from ledger.transfer.owing import Owing
from ledger.transfer.states import States

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ledger.blobs import Blobs
    from ledger.clock import Clock
    from ledger.events import Act, Recorded
    from ledger.mark import Mark
    from ledger.stores.contract import Store
    from ledger.transfer.lines import Line, LineSource

__all__ = ["BATCH_ROWS", "Imported", "Into", "import_log"]

BATCH_ROWS = 1_000
BATCH_BYTES = 4 * 1_048_576
"""Rows, and bytes of rows, at which a transaction ends."""


class Into(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger that a log is read into, opened by the one who may write it, with the folder beside it.

    `check` looks at the whole once all of it is stored, and says what it found wrong, if anything.
    """

    store: Store
    blobs: Blobs
    mark: Mark
    folder: Path
    clock: Clock
    check: Callable[[], str | None]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What was read in: `new` of the `events` in this run. `complete`: the file said how much there is, and it was all there."""

    events: int
    new: int
    snapshots: int
    disclosures: str
    root: str
    complete: bool


def import_log(file: LineSource, into: Into, told: Callable[[int], None] | None = None) -> Imported:
    """Read a log into an empty ledger, or go on where an import of the same log was cut off. `told` hears how many bytes were read.

    Raises InvalidError naming the line and what is wrong with it, ConflictError where the ledger is not empty, and StoreError where the
    disk refuses. What was taken in before then waits for the import to go on. A ledger that holds the very log already is left alone.
    """
    return _Import(file, into).run(told)


class _Import:
    def __init__(self, file: LineSource, into: Into) -> None:
        self._into = into
        self._now = into.clock.now()
        self._lines = Lines(file)
        self._head = into.store.head().position
        self._finished = self._head > 0 and not is_importing(into.folder)
        self._stored = into.store.rows()
        self._states = States(into.store, self._flush)
        self._owing = Owing()
        self._tree = Frontier()
        self._holding = Holding()
        self._rows: list[Row] = []
        self._bytes = 0
        self._last: tuple[str, int] = ("", 0)
        self._loose: set[str] = set()
        self._snapshots = 0

    def run(self, told: Callable[[int], None] | None) -> Imported:
        ended = False
        lines = iter(self._lines)
        for line in lines:
            if ended:
                self._lines.refuse("comes after the last line of the log")
            if self._lines.number == 1:
                self._begin(line)
            elif isinstance(line, Holding):
                self._lines.refuse("says what the file holds, and only the first line may")
            match line:
                case EventLine():
                    self._event(line)
                case SnapshotLine():
                    self._snapshot(line, lines)
                case LastLine():
                    self._check_end(line)
                    ended = True
                case _:
                    pass
            if told is not None:
                told(self._lines.read_bytes)
        return self._end(ended=ended)

    def _begin(self, line: Line) -> None:
        """Take the first line: what the file holds, where it says so."""
        if isinstance(line, Holding):
            self._holding = line
        if self._head and not self._finished and read_withheld(self._into.folder) != self._withheld:
            self._lines.refuse(
                "the import that was cut off was of a file with other contents; go on with that one, or remove the ledger"
            )

    @property
    def _withheld(self) -> Withheld:
        return Withheld(
            disclosures=self._holding.disclosures == "withheld",
            snapshots=self._holding.snapshots == "left-out",
        )

    def _event(self, line: EventLine) -> None:
        position = self._tree.size + 1
        try:
            if line.position != position:
                what = f"position {line.position} comes after position {position - 1}"
                raise InvalidError(what)
            entry = self._again(line) if position <= self._head else self._anew(line)
        except (RefusedError, UnreadableError, ValueError) as error:
            message = error.message if isinstance(error, LedgerError) else str(error)
            raise InvalidError(f"line {self._lines.number}: {message}") from error
        self._tree.append(leaf_hash(line.event))
        if self._holding.disclosures == "included":
            self._owing.words(self._lines.number, entry, hidden_paths(entry, line.disclosures or b""))
        if isinstance(entry.body, SnapshotCaptured):
            self._named(entry.body)
        elif isinstance(entry.body, Redacted):
            self._owing.redacted(entry.stream, entry.body)
        if self._loose:
            self._lines.refuse("the snapshot before it is not one that this event captured")

    def _again(self, line: EventLine) -> Recorded[Act]:
        """An event that is there already: the line has to be that very row."""
        row = next(self._stored)
        if (row.event, row.disclosures) != (line.event, line.disclosures or b""):
            raise ConflictError(
                f"the ledger is not empty, and holds something else at position {row.position}"
                if self._finished
                else f"an import that was cut off left something else at position {row.position}; go on with the file that it"
                " began with, or remove the ledger"
            )
        entry = proved_entry_of(row)
        self._last = (entry.request, row.recorded_us)
        return entry

    def _anew(self, line: EventLine) -> Recorded[Act]:
        if self._finished:
            raise ConflictError(f"the ledger is not empty: it ends at position {self._head}")
        entry = judged(line, withheld=self._holding.disclosures == "withheld", now=self._now)
        if (line.position == 1) != isinstance(entry.body, LedgerOpened):
            raise InvalidError("a ledger begins with LedgerOpened, and only once")
        us = microseconds_of(entry.recorded_at)
        request, last_us = self._last
        if us < last_us:
            raise InvalidError("it was recorded earlier than the event before it")
        if entry.request == request and us != last_us:
            raise InvalidError("the events of one request were recorded at different times")
        self._states.take(entry)
        self._last = (entry.request, us)
        self._rows.append(
            Row(
                position=line.position,
                stream=entry.stream,
                version=entry.version,
                recorded_us=us,
                topic=f"{entry.type}@{entry.schema}",
                event=line.event,
                disclosures=line.disclosures or b"",
                leaf=leaf_hash(line.event),
            )
        )
        self._bytes += len(line.event) + len(line.disclosures or b"")
        if len(self._rows) >= BATCH_ROWS or self._bytes >= BATCH_BYTES:
            self._flush()
        return entry

    def _flush(self) -> None:
        if self._rows:
            last = self._rows[-1]
            if last.position == len(self._rows):
                # Before the first row, and not earlier: a file that is refused at its beginning leaves an empty ledger.
                begin_import(self._into.folder)
                write_withheld(self._into.folder, self._withheld)
            self._into.store.restore(self._rows)
            self._into.mark.advance(
                Marked(position=last.position, recorded_us=last.recorded_us, leaf=last.leaf)
            )
            self._rows, self._bytes = [], 0
        self._states.settle()

    def _named(self, act: SnapshotCaptured) -> None:
        for digest in dict.fromkeys((act.snapshot, act.extraction or act.snapshot)):
            self._loose.discard(digest)
            if self._holding.snapshots == "included" and not self._into.blobs.has(digest):
                self._owing.snapshot(self._lines.number, act, digest)

    def _snapshot(self, first: SnapshotLine, lines: Iterator[Line]) -> None:
        """Take in the bytes of one snapshot, from its first piece to its last."""
        number = self._lines.number
        if self._holding.snapshots == "left-out":
            self._lines.refuse("is a snapshot, and no first line says that they are included")
        if first.at:
            self._lines.refuse("is a piece of a snapshot, and the one before it is missing")
        pieces = self._pieces(first, lines)
        if self._finished:
            found = hashlib.sha256()
            for piece in pieces:
                found.update(piece)
            digest = f"sha256:{found.hexdigest()}"
        else:
            held = self._into.blobs.receive(pieces, first.size_bytes)
            digest = held.digest
            if digest == first.digest:
                self._into.blobs.take(held)
            self._into.blobs.discard(held)
        if digest != first.digest:
            raise InvalidError(f"line {number}: the bytes of the snapshot do not match its digest")
        self._owing.arrived(digest)
        self._loose.add(digest)
        self._snapshots += 1

    def _pieces(self, first: SnapshotLine, lines: Iterator[Line]) -> Iterator[bytes]:
        yield first.piece
        at = len(first.piece)
        while at < first.size_bytes:
            line = next(lines, None)
            if line is None:
                self._lines.refuse("the file ends here, in the middle of a snapshot")
            if not isinstance(line, SnapshotLine) or (line.digest, line.at, line.size_bytes) != (
                first.digest,
                at,
                first.size_bytes,
            ):
                self._lines.refuse("is not the piece of the snapshot that has to follow here")
            yield line.piece
            at += len(line.piece)

    def _check_end(self, line: LastLine) -> None:
        if self._loose:
            self._lines.refuse("the snapshot before it is not one that an event captured")
        if line.events != self._tree.size or self._holding.events not in (None, line.events):
            self._lines.refuse(
                f"the log has {line.events} events by its last line, {self._holding.events} by its first, and {self._tree.size} came"
            )
        if line.root != self._tree.root():
            self._lines.refuse("the root of the events that came is another: the log was changed on its way")

    def _end(self, *, ended: bool) -> Imported:
        number = self._lines.number
        if not number:
            raise InvalidError("the file is empty")
        if not ended and self._holding.events is not None:
            raise InvalidError(
                f"line {number}: the file ends here, after {self._tree.size} of {self._holding.events} events, without a last line"
            )
        if not self._tree.size:
            raise InvalidError("the file holds no event")
        if self._tree.size < self._head:
            raise ConflictError(f"the ledger is not empty: it goes on to position {self._head}")
        owed = self._owing.first()
        if owed is not None:
            raise InvalidError(f"line {owed[0]}: {owed[1]}")
        if not self._finished:
            self._flush()
            wrong = self._into.check()
            if wrong is not None:
                raise InvalidError(f"what the file holds does not stand: {wrong}")
            self._into.mark.sync()
            end_import(self._into.folder)
        return Imported(
            events=self._tree.size,
            new=self._tree.size - self._head,
            snapshots=self._snapshots,
            disclosures=self._holding.disclosures,
            root=base64.b64encode(self._tree.root()).decode(),
            complete=ended,
        )
