"""What a line of a change stream makes the ledger record: the commands, in order. Pure (ADR 17).

`add` reports, `change` corrects and withdraws what it replaces, `delete` retracts, and what comes back is reinstated and then corrected if
it differs; every act cites the line. A line is taken at its word about what stands after it. Where it tells something else about what stood
before than the ledger has, it is recorded all the same and the difference is told: refusing it would leave a hole that grows.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from ledger.citation import TextPositionSelector
from ledger.commands import AmendSource
from ledger.datasets.acts import Acts, Cited
from ledger.datasets.cell import is_same, stored
from ledger.errors import InvalidError, RuleError
from ledger.instants import format_instant
from ledger.when import Published, parse_datetime

if TYPE_CHECKING:
    import datetime as dt

    from ledger.commands import Command
    from ledger.datasets.acts import Dataset, Records
    from ledger.datasets.change_line import Change, ChangeLine
    from ledger.datasets.many import Many
    from ledger.datasets.record import Held, Record
    from ledger.ids import Ids
    from ledger.values import Json

__all__ = ["LinePlan", "Note", "plan_line"]

_COMMIT_SHOWN: Final = 12
_NULL: Final = stored(None)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a line says of what stood before, where the ledger has it otherwise. `change` counts from 0."""

    change: int
    record: str
    message: str


class LinePlan(msgspec.Struct, kw_only=True):
    """The commands that a line makes, `of` which of its changes each is, and what was odd about them."""

    commands: list[Command] = msgspec.field(default_factory=list)
    of: list[int] = msgspec.field(default_factory=list)
    notes: list[Note] = msgspec.field(default_factory=list)


def plan_line(
    line: ChangeLine,
    snapshot: str,
    latest: str,
    *,
    dataset: Dataset,
    records: Records,
    many: Many,
    ids: Ids,
) -> LinePlan:
    """The commands for one line whose bytes are captured as `snapshot`; `records` and `many` are moved on.

    `latest`: from when on the line was certainly public. It is later than the line says where the clock of whoever wrote it ran backwards.
    Raises InvalidError, naming the change by JSON pointer, for a change of a record that is not there, and RuleError (`older-line`) for one
    of a record of which something newer is recorded: what was out by a time is told in the order of the log.
    """
    cited = Cited(snapshot=snapshot, published=Published(earliest=line.at, latest=latest))
    by = "upstream" if line.commit is None else f"upstream, in commit {line.commit[:_COMMIT_SHOWN]}"
    acts = Acts(dataset, cited, records, ids, by=by)
    return _Planner(line, acts, dataset, records, many, parse_datetime(latest, field="")).planned()


class _Planner:
    """One line while its commands are made."""

    def __init__(  # noqa: PLR0917  what plan_line was given
        self,
        line: ChangeLine,
        acts: Acts,
        dataset: Dataset,
        records: Records,
        many: Many,
        public: dt.datetime,
    ) -> None:
        self._line = line
        self._acts = acts
        self._dataset = dataset
        self._records = records
        self._many = many
        self._public = public
        self._notes: list[Note] = []
        self._learned = False
        self._at = ""

    def planned(self) -> LinePlan:
        """The commands of the line."""
        for index, change in enumerate(self._line.changes):
            self._at = change.record
            self._acts.index = index
            self._acts.at = (TextPositionSelector(start=change.start, end=change.end),)
            if change.field is None:
                self._record(change)
            else:
                self._value(change, change.field)
        if self._learned:
            reason = "the stream shows which fields hold many values"
            self._acts.do(AmendSource(source=self._dataset.source, csl=self._many.csl(), reason=reason))
        return LinePlan(commands=self._acts.commands, of=self._acts.of, notes=self._notes)

    def _note(self, message: str) -> None:
        self._notes.append(Note(change=self._acts.index, record=self._at, message=message))

    def _found(self, change: Change) -> Record | None:
        """The record that a change is about. Raises RuleError where the ledger has something newer of it."""
        record = self._records.record(change.record)
        if record is not None and record.newest is not None and self._public < record.newest:
            raise RuleError(
                "older-line",
                f"the ledger has a change of this record that was published later, {format_instant(record.newest)};"
                " lines are imported in their order, each with those above it",
                field=f"/changes/{self._acts.index}",
            )
        return record

    def _record(self, change: Change) -> None:
        record = self._found(change)
        if change.op == "delete":
            if record is None or not record.presence.is_live:
                self._note("the line deletes a record that does not stand")
            else:
                self._acts.withdraw(record)
        elif record is None:
            field = f"/changes/{self._acts.index}/incident_id"
            self._acts.open(change.record, self._title(change.record), field=field)
        elif record.presence.is_live:
            self._note("the line adds a record that stands already")
        else:
            self._acts.reinstate(record, record.presence)

    @cached_property
    def _titles(self) -> dict[str, Json]:
        """What the data set calls records in this very line; the first time counts."""
        named = self._dataset.title_field
        titles: dict[str, Json] = {}
        for one in self._line.changes:
            if one.field is not None and one.field == named and one.op == "add":
                titles.setdefault(one.record, one.new)
        return titles

    def _title(self, ident: str) -> str:
        title = self._titles.get(ident)
        return title if isinstance(title, str) else ""

    def _value(self, change: Change, field: str) -> None:
        record = self._found(change)
        if record is None or not record.presence.is_live:
            what = "is not there" if record is None else "is withdrawn"
            at = f"/changes/{self._acts.index}/incident_id"
            raise InvalidError(f"the record {what}: a line adds it before it adds to it", field=at)
        if change.op == "add":
            self._add(record, field, change.new)
        elif change.op == "change":
            self._change(record, field, change)
        elif (held := self._before(record, field, change.old)) is not None:
            self._acts.retract(record, held)

    def _add(self, record: Record, field: str, value: Json) -> None:
        same = record.with_value(field, value)
        if same is not None and same.is_live:
            self._note(f"the line adds a value of {field} that stands already; it counts once")
            return
        facts = record.fields.get(field, [])
        if record.live(field):
            self._learned |= self._many.see(field)
        held = same if field in self._many else facts[-1] if facts else None
        if held is None:
            self._acts.report(record, field, value, link=field in self._many)
            return
        self._acts.reinstate(record, held)
        if not is_same(held.value, value):
            self._acts.correct(record, held, field, value, link=field in self._many)

    def _change(self, record: Record, field: str, change: Change) -> None:
        value = change.new
        self._learned |= self._many.unsay(field)
        held = self._before(record, field, change.old)
        if held is None:
            self._add(record, field, value)
        elif is_same(held.value, value):
            self._note(f"the line changes {field} to what it is already")
        elif (other := record.with_value(field, value)) is not None and other.is_live:
            self._note(f"the line changes a value of {field} to one that stands already; it counts once")
            self._acts.retract(record, held)
        else:
            self._acts.correct(record, held, field, value, link=field in self._many)

    def _before(self, record: Record, field: str, old: Json) -> Held | None:
        """The fact that states what the line says stood; else the only one that stands, and that is told.

        Where the line says nothing of it, or null: the fact that states null, else the only one that stands.
        """
        live = record.live(field)
        found = next((one for one in live if is_same(one.value, _NULL if old is None else old)), None)
        if found is not None:
            return found
        if old is not None:
            self._note(f"the value of {field} before is not the one that stands")
            return live[0] if len(live) == 1 and field not in self._many else None
        if len(live) != 1:
            self._note(
                f"the line does not say which value of {field} it means, and {len(live) or 'none'} stand"
            )
            return None
        return live[0]
