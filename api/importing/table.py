"""A table into the ledger: the file as a snapshot, and of its rows what differs from what stands (ADR 17).

Every row is compared, so that an import that was killed goes on by being started again: what is recorded by then no longer differs. A file
with any fault is refused whole before anything is recorded, since rows that are missing by mistake would be taken for rows taken out.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import msgspec

from api.importing.records import PlannedRecords
from api.importing.source import find_source, last_public, redacted_snapshots
from ledger.append import Ask, Receipt
from ledger.commands import CaptureSnapshot
from ledger.datasets.acts import Acts, Cited, Dataset
from ledger.datasets.table import Row, read_rows
from ledger.datasets.table_planning import Layout, plan_row
from ledger.errors import InvalidError, RefusedError, RuleError
from ledger.instants import format_instant
from ledger.media import DOCUMENT_LIMIT
from ledger.when import latest_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from api.importing.index import Index
    from api.opening import Opened
    from ledger.append import Caller
    from ledger.commands import Command
    from ledger.datasets.mapping import Mapping
    from ledger.when import Published

__all__ = ["RowDone", "TableFaultyError", "TableImport", "Version"]

BATCH_COMMANDS = 1_000
MOST_FAULTS = 100
_MEDIA_TYPE = "text/plain; charset=utf-8"
_PIECE_BYTES = 1024 * 1024

_Planning: TypeAlias = "Callable[[Acts], None]"


class TableFaultyError(Exception):
    """A table has faults: each with its line. Nothing of it is recorded. The command tells them; no request can meet it."""

    def __init__(self, faults: list[tuple[int, InvalidError]]) -> None:
        super().__init__("the table has faults, and nothing of it is recorded")
        self.faults = faults


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the table: its bytes, how they came here, what is said of who changed it, and when it was published."""

    file: BinaryIO
    method: str
    by: str
    published: Published | None = None
    anew: bool = False


class RowDone(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row, by its first line; 0 for records that no row has any more. `acts` 0: nothing of it differs."""

    line: int
    acts: int = 0
    refused: RefusedError | None = None


class _Planned(msgspec.Struct, frozen=True, kw_only=True):
    line: int
    planning: _Planning
    commands: list[Command]


class TableImport:
    """Imports of tables by one mapping into an opened ledger."""

    def __init__(self, opened: Opened, index: Index, caller: Caller, mapping: Mapping) -> None:
        index.read(opened.history, mapping.dataset)
        source = find_source(opened.history, index, mapping.dataset, opened.ids)
        self._opened = opened
        self._index = index
        self._caller = caller
        self._mapping = mapping
        self._first = list(source.first)
        self._missing: frozenset[str] | None = None
        self._public = last_public(opened.history, source.id)
        self._redacted = redacted_snapshots(opened.history)
        self._captures = [*source.state.snapshots]
        self.newest = max(source.state.snapshots.values(), key=lambda one: str(one.captured_at), default=None)
        self._dataset = Dataset(name=mapping.dataset, source=source.id, zone=mapping.zone, title_field="")
        self._records = PlannedRecords(opened.history, index, dataset=mapping.dataset, source=source.id)

    @property
    def source(self) -> str:
        """The id of the source that the data set is."""
        return self._dataset.source

    @property
    def missing(self) -> list[str]:
        """The columns that the mapping names and no version that was run had."""
        return sorted(self._missing or ())

    def run(self, version: Version) -> Iterator[RowDone]:
        """Record what differs, and say of each row what became of it once that is durable.

        Raises TableFaultyError, RuleError (`older-table`) for a file that was imported or published before another one, and
        UnavailableError.
        """
        layout = self._checked(version.file)
        self._missing = layout.missing if self._missing is None else self._missing & layout.missing
        self._check_order(version)
        snapshot = self._capture(version)

        def acts() -> Acts:
            return Acts(
                self._dataset,
                Cited(snapshot=snapshot, published=version.published),
                self._records,
                self._opened.ids,
                by=version.by,
                compares=True,
            )

        batch: list[_Planned] = []
        weight = 0
        for line, planning in self._plannings(version.file, layout):
            made = acts()
            try:
                planning(made)
            except RefusedError as error:
                self._records.take_back()
                batch = [self._again(one, acts) for one in batch]
                yield from self._record(batch, acts)
                batch, weight = [], 0
                yield RowDone(line=line, refused=error)
                continue
            batch.append(_Planned(line=line, planning=planning, commands=made.commands))
            weight += len(made.commands) + 1
            if weight >= BATCH_COMMANDS:
                yield from self._record(batch, acts)
                batch, weight = [], 0
        yield from self._record(batch, acts)

    def _checked(self, file: BinaryIO) -> Layout:
        """The layout, where every row is one; and which ids there are."""
        size_bytes = file.seek(0, io.SEEK_END)
        if size_bytes > DOCUMENT_LIMIT:
            raise TableFaultyError(
                [
                    (
                        0,
                        InvalidError(
                            f"the table has more than {DOCUMENT_LIMIT} bytes, which is the most that is kept"
                        ),
                    )
                ]
            )
        self._index.forget_seen()
        faults: list[tuple[int, InvalidError]] = []
        layout: Layout | None = None
        file.seek(0)
        for row in read_rows(file, self._mapping.delimiter):
            if len(faults) == MOST_FAULTS:
                break
            try:
                if not isinstance(row, Row):
                    raise InvalidError(row.rule)  # noqa: TRY301  told with the others
                if layout is None:
                    layout = Layout(self._mapping, row.cells)
                elif not layout.is_blank(row):
                    self._check(row, layout)
            except InvalidError as error:
                faults.append((row.first if isinstance(row, Row) else row.line, error))
                if layout is None:
                    break
        if layout is None and not faults:
            faults.append((1, InvalidError("there is no row of headings")))
        if faults or layout is None:
            raise TableFaultyError(faults)
        return layout

    def _check(self, row: Row, layout: Layout) -> None:
        layout.check(row)
        ident = layout.ident(row)
        first = self._index.see_first(ident, row.first)
        if first != row.first:
            raise InvalidError(f"the id {ident!r} stands in line {first} already")

    def _check_order(self, version: Version) -> None:
        """Refuse a version that was out before what stands: what was public by a time is told in the order of the log."""
        published = version.published
        public = self._opened.clock.now() if published is None else latest_instant(published)
        if public is None:
            return
        if self._public is not None and public < self._public:
            raise RuleError(
                "older-table",
                f"this version was published before the one that stands, which was by {format_instant(self._public)};"
                " versions are imported in their order",
            )
        self._public = public

    def _capture(self, version: Version) -> str:
        """Keep the file, and give its digest. It is captured again where it comes back after another one."""
        version.file.seek(0)
        pieces = iter(lambda: version.file.read(_PIECE_BYTES), b"")
        held = self._opened.blobs.receive(pieces, DOCUMENT_LIMIT)
        try:
            newest = self.newest
            again = held.digest in self._captures
            if again and newest is not None and newest.snapshot != held.digest and not version.anew:
                raise RuleError(
                    "older-table",
                    "this file was imported before, and another one after it; say with --published since when it is out again",
                )
            if (
                again
                and newest is not None
                and newest.snapshot == held.digest
                and newest.method == version.method
            ):
                return held.digest
            at = format_instant(self._opened.clock.now())
            capture = CaptureSnapshot(
                source=self.source, media_type=_MEDIA_TYPE, data=held, method=version.method, captured_at=at
            )
            refusal = self._refusal([*self._first, capture])
            if refusal is not None:
                raise refusal
        finally:
            self._opened.blobs.discard(held)
        self._first = []
        self._captures.append(held.digest)
        return held.digest

    def _plannings(self, file: BinaryIO, layout: Layout) -> Iterator[tuple[int, _Planning]]:
        file.seek(0)
        rows = (row for row in read_rows(file, self._mapping.delimiter) if isinstance(row, Row))
        next(rows)
        for row in rows:
            if not layout.is_blank(row):
                yield row.first, _of_row(row, layout, self._records)
        for ident in self._index.unseen():
            record = self._records.record(ident)
            if record is not None and record.presence.is_live:
                yield 0, _withdrawal(ident, self._records)

    def _again(self, one: _Planned, acts: Callable[[], Acts]) -> _Planned:
        made = acts()
        one.planning(made)
        return msgspec.structs.replace(one, commands=made.commands)

    def _record(self, batch: list[_Planned], acts: Callable[[], Acts]) -> Iterator[RowDone]:
        """Record rows in one transaction; where one is refused, each by itself."""
        commands = [command for one in batch for command in one.commands]
        if not commands or self._refusal(commands) is None:
            self._records.settle()
            yield from (RowDone(line=one.line, acts=len(one.commands)) for one in batch)
            return
        self._records.take_back()
        for one in batch:
            try:
                alone = self._again(one, acts)
                refusal = self._refusal(alone.commands) if alone.commands else None
                if refusal is not None:
                    raise refusal
            except RefusedError as error:
                self._records.take_back()
                yield RowDone(line=one.line, refused=error)
            else:
                self._records.settle()
                yield RowDone(line=one.line, acts=len(alone.commands))

    def _refusal(self, commands: Iterable[Command]) -> RefusedError | None:
        asks = [Ask(command=command, caller=self._caller) for command in commands]
        for outcome in self._opened.writer.record_all(asks, atomic=True):
            if isinstance(outcome, Receipt):
                continue
            if not isinstance(outcome, RefusedError):
                raise outcome
            if not (isinstance(outcome, RuleError) and outcome.rule == "batch-refused"):
                return outcome
        return None


def _of_row(row: Row, layout: Layout, records: PlannedRecords) -> _Planning:
    return lambda acts: plan_row(row, layout, acts, records)


def _withdrawal(ident: str, records: PlannedRecords) -> _Planning:
    def planned(acts: Acts) -> None:
        record = records.record(ident)
        if record is not None and record.presence.is_live:
            acts.withdraw(record)

    return planned
