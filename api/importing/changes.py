"""A change stream into the ledger: lines planned ahead, and recorded in transactions that end where a line does (ADR 17).

A line is recorded whole or not at all, together with the capture of its bytes. So what the ledger holds says by itself which lines are
done: an import that was killed goes on by being started again, and a file that was imported before records nothing.

A line says what differs from the line above it. So where one is refused, nothing below it is recorded until it is mended; recorded
before it, the lines below would stand in the wrong order for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from api.importing.keeping import Weight, kept_ahead
from api.importing.records import PlannedRecords
from api.importing.source import find_source, redacted_snapshots
from api.importing.to_come import TO_COME
from ledger.append import Ask, Receipt
from ledger.blobs import digest_of_bytes
from ledger.commands import CaptureSnapshot
from ledger.datasets.acts import Dataset
from ledger.datasets.change_line import read_change_line
from ledger.datasets.many import Many
from ledger.datasets.planning import Note, plan_line
from ledger.errors import InvalidError, RefusedError, RuleError
from ledger.history import is_to_come
from ledger.values import check_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from api.importing.index import Index
    from api.opening import Opened
    from ledger.append import Caller
    from ledger.commands import Command
    from ledger.datasets.change_line import ChangeLine
    from ledger.datasets.planning import LinePlan

__all__ = ["DEFAULT_MANY", "ChangesImport", "LineDone", "Settings"]

BATCH_COMMANDS = 1_000
"""A transaction that has come to so many commands takes no further line."""

BATCH_BYTES = 8 * 1024 * 1024
"""Nor does one whose lines have so many bytes."""

DEFAULT_MANY = ("link",)
"""The fields that hold many values in the documented shape."""

MAX_NAME = 200
_MEDIA_TYPE = "text/plain; charset=utf-8"
_METHOD = "import changes"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an import was asked: see docs/importing.md. `go_on`: past a refused line, though what it says is missing then."""

    dataset: str
    zone: str = "UTC"
    title_field: str = "title"
    many: tuple[str, ...] = ()
    go_on: bool = False


class LineDone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a line, counted from 1. `repeated`: it was recorded before. `change`: which change was refused, from 0.

    `late`: its time lies before that of a line above it, and it counts as published with that. `left`: a line above it was refused.
    """

    line: int
    changes: int = 0
    acts: int = 0
    repeated: bool = False
    late: bool = False
    left: bool = False
    notes: tuple[Note, ...] = ()
    refused: RefusedError | None = None
    change: int | None = None


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was read: its bytes, what they say, and from when on it was certainly public."""

    number: int
    data: bytes
    snapshot: str
    line: ChangeLine
    latest: str
    late: bool


class _Planned(msgspec.Struct, frozen=True, kw_only=True):
    read: _Read
    plan: LinePlan


class _Batch:
    """Lines for one transaction, in order, and what is done already between them."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._lines: list[_Planned | LineDone] = []
        self._weight = self._size_bytes = 0
        self.snapshots: set[str] = set()

    def add(self, line: _Planned | LineDone) -> None:
        """Take a line in."""
        self._lines.append(line)
        self._weight += 1
        if isinstance(line, _Planned):
            self._weight += len(line.plan.commands)
            self._size_bytes += len(line.read.data)
            self.snapshots.add(line.read.snapshot)

    @property
    def is_full(self) -> bool:
        """Whether it takes no further line."""
        return self._weight >= BATCH_COMMANDS or self._size_bytes >= BATCH_BYTES

    def taken(self) -> list[_Planned | LineDone]:
        """Its lines; it begins anew."""
        lines = self._lines
        self._begin()
        return lines


_Refusal: TypeAlias = tuple[RefusedError, int | None]


class ChangesImport:
    """One import into an opened ledger."""

    def __init__(self, opened: Opened, index: Index, caller: Caller, settings: Settings) -> None:
        check_text(settings.dataset, field="/dataset", limit=MAX_NAME)
        index.read(opened.history, settings.dataset)
        source = find_source(
            opened.history, index, settings.dataset, opened.ids, settings.many, unless_said=DEFAULT_MANY
        )
        index.add_captures(source.state.snapshots)
        self._opened = opened
        self._index = index
        self._caller = caller
        self._fresh: set[str] = set()
        self._redacted = redacted_snapshots(opened.history)
        self._first = list(source.first)
        self._many = source.many
        self._settled = source.many.csl()
        self._dataset = Dataset(
            name=settings.dataset, source=source.id, zone=settings.zone, title_field=settings.title_field
        )
        self._records = PlannedRecords(opened.history, index, dataset=settings.dataset, source=source.id)
        self._latest: tuple[dt.datetime, str] | None = None
        self._go_on = settings.go_on
        self._leaves = self._refused_any = False

    @property
    def source(self) -> str:
        """The id of the source that the data set is."""
        return self._dataset.source

    def run(self, lines: Iterable[tuple[int, bytes]]) -> Generator[LineDone]:
        """Record lines, each with its number, and say of each in its order what became of it once that is durable.

        The bytes of lines to come are kept meanwhile: close it before the ledger, where it is left before its end.
        Raises UnavailableError where the machine fails; what was said to be recorded by then is.
        """
        batch = _Batch()
        looked_at = (self._look_at(number, data) for number, data in lines)
        for read in kept_ahead(looked_at, self._keep, _weigh):
            if read.refused is not None if isinstance(read, LineDone) else read.snapshot in batch.snapshots:
                # What stands above a refused line is recorded first; whether the same bytes are is known after their turn only.
                yield from self._record(batch.taken())
            if isinstance(read, LineDone):
                batch.add(self._told(read))
            elif self._index.is_captured(read.snapshot):
                batch.add(_repeated(read))
            elif self._leaves:
                batch.add(self._left(read))
            else:
                try:
                    batch.add(_Planned(read=read, plan=self._plan(read)))
                except RefusedError as error:
                    # It was planned half: what was planned before it is planned anew.
                    self._take_back()
                    yield from self._record(self._planned_again(batch.taken()))
                    yield self._refused(read, error)
            if batch.is_full:
                yield from self._record(batch.taken())
        yield from self._record(batch.taken())
        self._make_known()

    def _make_known(self) -> None:
        """Record what no line recorded: the data set itself, where there was no line, or that fields hold many values."""
        if self._first and not self._refused_any and (found := self._refusal([])) is not None:
            raise found[0]

    def _look_at(self, number: int, data: bytes) -> _Read | LineDone:
        """A line that is to be recorded; or what became of it already."""
        try:
            line = read_change_line(data)
        except RefusedError as error:
            return LineDone(line=number, refused=error)
        snapshot = digest_of_bytes(data)
        repeated = self._index.is_captured(snapshot)
        if not repeated and is_to_come(line.instant, self._opened.clock.now()):
            return LineDone(line=number, refused=InvalidError(TO_COME, field="/committed_at"))
        before = self._latest
        late = before is not None and line.instant < before[0]
        if before is None or not late:
            before = self._latest = (line.instant, line.at)
        read = _Read(number=number, data=data, snapshot=snapshot, line=line, latest=before[1], late=late)
        return _repeated(read) if repeated else read

    def _plan(self, read: _Read) -> LinePlan:
        return plan_line(
            read.line,
            read.snapshot,
            read.latest,
            dataset=self._dataset,
            records=self._records,
            many=self._many,
            ids=self._opened.ids,
        )

    def _planned_again(self, batch: Sequence[_Planned | LineDone]) -> list[_Planned | LineDone]:
        return [
            msgspec.structs.replace(one, plan=self._plan(one.read)) if isinstance(one, _Planned) else one
            for one in batch
        ]

    def _settle(self, lines: Sequence[_Read]) -> None:
        self._records.settle()
        self._settled = self._many.csl()
        self._first = []
        recorded = [one.snapshot for one in lines]
        self._fresh.difference_update(recorded)
        self._index.add_captures(recorded)

    def _take_back(self) -> None:
        self._records.take_back()
        self._many = Many(self._settled)

    def _record(self, batch: Sequence[_Planned | LineDone]) -> Iterator[LineDone]:
        """Record what is planned in one transaction; where a line is refused, each by itself."""
        planned = [one for one in batch if isinstance(one, _Planned)]
        if planned and self._refusal(planned) is not None:
            self._take_back()
            for one in batch:
                yield self._alone(one.read) if isinstance(one, _Planned) else one
        else:
            if planned:
                self._settle([one.read for one in planned])
            yield from (_done(one) if isinstance(one, _Planned) else one for one in batch)

    def _alone(self, read: _Read) -> LineDone:
        """Record one line in a transaction of its own, unless one above it was refused."""
        if self._leaves:
            return self._left(read)
        change: int | None = None
        try:
            planned = _Planned(read=read, plan=self._plan(read))
            refusal = self._refusal([planned])
            if refusal is not None:
                error, change = refusal
                raise error
        except RefusedError as error:
            self._take_back()
            return self._refused(read, error, change)
        self._settle([read])
        return _done(planned)

    def _refused(self, read: _Read, error: RefusedError, change: int | None = None) -> LineDone:
        """A line that is not recorded: its bytes, kept ahead, go again unless they were there before."""
        if self._leaves:
            return self._left(read)
        self._forget(read)
        return self._told(LineDone(line=read.number, refused=error, change=change, late=read.late))

    def _left(self, read: _Read) -> LineDone:
        """A line that waits for one above it to be mended."""
        self._forget(read)
        return LineDone(line=read.number, changes=len(read.line.changes), left=True, late=read.late)

    def _forget(self, read: _Read) -> None:
        if read.snapshot in self._fresh:
            self._opened.blobs.remove(read.snapshot)

    def _told(self, done: LineDone) -> LineDone:
        """The same; where it was refused, what is below it is left."""
        self._refused_any |= done.refused is not None
        self._leaves |= done.refused is not None and not self._go_on
        return done

    def _refusal(self, planned: Sequence[_Planned]) -> _Refusal | None:
        """Record lines in one transaction. What was refused, and of which change it was, where it was; then nothing was recorded."""
        commands: list[Command] = [*self._first]
        of: list[int | None] = [None] * len(commands)
        for one in planned:
            commands.append(self._capture(one.read))
            commands += one.plan.commands
            of += [None, *one.plan.of]
        asks = [Ask(command=command, caller=self._caller) for command in commands]
        outcomes = self._opened.writer.record_all(asks, atomic=True)
        for index, outcome in enumerate(outcomes):
            if isinstance(outcome, Receipt) or _is_of_another(outcome):
                continue
            if isinstance(outcome, RefusedError):
                return outcome, of[index]
            raise outcome
        return None

    def _keep(self, lines: Sequence[_Read | LineDone]) -> None:
        """Make the bytes of lines durable together before the acts that name them: one by one they would wait for the disk each."""
        if self._leaves:
            return
        kept = [one for one in lines if isinstance(one, _Read) and one.snapshot not in self._redacted]
        self._fresh.update(one.snapshot for one in kept if not self._opened.blobs.has(one.snapshot))
        self._opened.blobs.keep_all([one.data for one in kept])

    def _capture(self, read: _Read) -> CaptureSnapshot:
        return CaptureSnapshot(
            source=self._dataset.source, media_type=_MEDIA_TYPE, data=read.data, method=_METHOD
        )


def _weigh(line: _Read | LineDone) -> Weight:
    if isinstance(line, LineDone):
        return Weight(changes=1, size_bytes=0)
    return Weight(changes=len(line.line.changes) + 1, size_bytes=len(line.data))


def _is_of_another(outcome: Exception) -> bool:
    return isinstance(outcome, RuleError) and outcome.rule == "batch-refused"


def _repeated(read: _Read) -> LineDone:
    return LineDone(line=read.number, changes=len(read.line.changes), repeated=True, late=read.late)


def _done(planned: _Planned) -> LineDone:
    read, plan = planned.read, planned.plan
    return LineDone(
        line=read.number,
        changes=len(read.line.changes),
        acts=len(plan.commands) + 1,
        late=read.late,
        notes=tuple(plan.notes),
    )
