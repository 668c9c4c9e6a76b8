"""What a line of a change stream makes the ledger record: the commands, in order. Pure (ADR 17).

`add` reports, `change` corrects and withdraws what it replaces, `delete` retracts, and what comes back is reinstated and then corrected if
it differs; every act cites the line. A line is taken at its word about what stands after it. Where it tells something else about what stood
before than the ledger has, it is recorded all the same and the difference is told: refusing it would leave a hole that grows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from ledger.citation import Citation, TextPositionSelector
from ledger.commands import (
    AmendSource,
    CorrectFact,
    OpenIncident,
    RegisterSource,
    ReinstateFact,
    ReportFact,
    RetractFact,
    StatedAttestation,
)
from ledger.datasets.cell import is_same
from ledger.datasets.change_line import Change
from ledger.datasets.links import link_in
from ledger.datasets.record import ATTRIBUTE, RECORD, Held, Record
from ledger.errors import InvalidError
from ledger.values import check_text
from ledger.when import Published

if TYPE_CHECKING:
    from ledger.commands import Command
    from ledger.datasets.change_line import ChangeLine
    from ledger.datasets.many import Many
    from ledger.ids import Ids
    from ledger.values import Json

__all__ = ["Dataset", "LinePlan", "Note", "Records", "plan_line"]

_CAUSE: Final = "upstream-unexplained"
_CLASS: Final = "other"
_TITLE_SHOWN: Final = 200
_COMMIT_SHOWN: Final = 12
_NOTHING: Final = Change(op="add", record="", field=None, old=None, new=None, start=0, end=1)


class Records(Protocol):
    """Where the records of a data set, and the sources that it links to, are found; also those that were planned since."""

    def record(self, ident: str) -> Record | None:
        """The record of that id, present or withdrawn; None where the data set never had one."""
        ...

    def add(self, ident: str, record: Record) -> None:
        """A record that the line at hand brings."""
        ...

    def source_at(self, url: str) -> str | None:
        """The source that has an address; None where there is none."""
        ...

    def add_source(self, url: str, ident: str) -> None:
        """A source that the line at hand brings."""
        ...


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """What is said once of all lines: the data set's name and source, and how a record becomes an incident.

    `title_field`: the field whose first value is the ledger's label of an incident.
    """

    name: str
    source: str
    zone: str
    title_field: str


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
    Raises InvalidError, naming the change by JSON pointer, for a change of a record that is not there.
    """
    return _Planner(line, snapshot, latest, dataset=dataset, records=records, many=many, ids=ids).planned()


class _Planner:
    """One line while its commands are made."""

    def __init__(
        self,
        line: ChangeLine,
        snapshot: str,
        latest: str,
        *,
        dataset: Dataset,
        records: Records,
        many: Many,
        ids: Ids,
    ) -> None:
        self._line = line
        self._snapshot = snapshot
        self._published = Published(earliest=line.at, latest=latest)
        self._public_by = Published(latest=latest)
        self._dataset = dataset
        self._records = records
        self._many = many
        self._ids = ids
        self._plan = LinePlan()
        self._learned = False
        self._change = _NOTHING
        self._index = 0
        self._by = "upstream" if line.commit is None else f"upstream, in commit {line.commit[:_COMMIT_SHOWN]}"

    def planned(self) -> LinePlan:
        """The commands of the line."""
        for index, change in enumerate(self._line.changes):
            self._index, self._change = index, change
            if change.field is None:
                self._record(change)
                continue
            record = self._records.record(change.record)
            if record is None or not record.presence.is_live:
                what = "is not there" if record is None else "is withdrawn"
                raise InvalidError(
                    f"the record {what}: a line adds it before it adds to it",
                    field=f"/changes/{self._index}/incident_id",
                )
            if change.op == "add":
                self._add(record, change)
            elif change.op == "change":
                self._change_value(record, change)
            else:
                self._delete(record, change)
        if self._learned:
            reason = "the stream shows which fields hold many values"
            source = AmendSource(source=self._dataset.source, csl=self._many.csl(), reason=reason)
            self._do(source)
        return self._plan

    def _do(self, *commands: Command) -> None:
        self._plan.commands += commands
        self._plan.of += [self._index] * len(commands)

    def _note(self, message: str) -> None:
        self._plan.notes.append(Note(change=self._index, record=self._change.record, message=message))

    def _selector(self) -> tuple[TextPositionSelector]:
        return (TextPositionSelector(start=self._change.start, end=self._change.end),)

    def _citation(self) -> tuple[Citation]:
        cited = Citation(
            id="c1",
            source=self._dataset.source,
            snapshot=self._snapshot,
            selector=self._selector(),
            published=self._published,
        )
        return (cited,)

    def _attestation(self, held: Held) -> StatedAttestation:
        ident = held.next_attestation()
        held.standing = (ident,)
        return StatedAttestation(
            id=ident,
            source=self._dataset.source,
            snapshot=self._snapshot,
            selector=self._selector(),
            published=self._published,
        )

    def _record(self, change: Change) -> None:
        record = self._records.record(change.record)
        if change.op == "delete":
            self._withdraw(record)
        elif record is None:
            self._open(change)
        elif record.presence.is_live:
            self._note("the line adds a record that stands already")
        else:
            self._reinstate(record, record.presence)

    def _open(self, change: Change) -> None:
        incident = self._ids.make()
        presence = Held(fact=RECORD, value=change.record, is_live=True, standing=(), attested=0)
        record = Record(incident=incident, presence=presence, taken=frozenset((RECORD,)))
        self._records.add(change.record, record)
        self._do(
            OpenIncident(id=incident, title=self._title(change.record), zone=self._dataset.zone),
            ReportFact(
                incident=incident,
                id=RECORD,
                kind=RECORD,
                details={"dataset": self._dataset.name, "id": change.record},
                citations=(self._attestation(presence),),
            ),
        )

    def _title(self, ident: str) -> str:
        """The ledger's label: what the data set calls the record in this very line, or else the id that it has there."""
        named = self._dataset.title_field
        first = next(
            (
                one.new
                for one in self._line.changes
                if one.record == ident and one.field == named and one.op == "add"
            ),
            None,
        )
        title = " ".join(first.split()) if isinstance(first, str) else ""
        title = title or f"{self._dataset.name}: {ident}"
        title = title if len(title) <= _TITLE_SHOWN else f"{title[: _TITLE_SHOWN - 1]}…"
        return check_text(title, field=f"/changes/{self._index}/incident_id")

    def _withdraw(self, record: Record | None) -> None:
        if record is None or not record.presence.is_live:
            self._note("the line deletes a record that does not stand")
            return
        for held in record.all_live():
            self._retract(record, held)
        self._retract(record, record.presence)

    def _add(self, record: Record, change: Change) -> None:
        field, value = _name(change), change.new
        same = record.with_value(field, value)
        if same is not None and same.is_live:
            self._note(f"the line adds a value of {field} that stands already; it counts once")
            return
        facts = record.fields.get(field, [])
        if record.live(field):
            self._learned |= self._many.see(field)
        held = same if field in self._many else facts[-1] if facts else None
        if held is None:
            self._report(record, field, value)
            return
        self._reinstate(record, held)
        if not is_same(held.value, value):
            self._correct(record, held, field, value)

    def _change_value(self, record: Record, change: Change) -> None:
        field, value = _name(change), change.new
        self._learned |= self._many.unsay(field)
        held = self._before(record, change)
        if held is None:
            self._add(record, change)
        elif is_same(held.value, value):
            self._note(f"the line changes {field} to what it is already")
        elif (other := record.with_value(field, value)) is not None and other.is_live:
            self._note(f"the line changes a value of {field} to one that stands already; it counts once")
            self._retract(record, held)
        else:
            self._correct(record, held, field, value)

    def _delete(self, record: Record, change: Change) -> None:
        held = self._before(record, change)
        if held is not None:
            self._retract(record, held)

    def _before(self, record: Record, change: Change) -> Held | None:
        """The fact that states what the line says stood; else the only one that stands, and that is told."""
        field = _name(change)
        live = record.live(field)
        if change.old is not None:
            found = next((one for one in live if is_same(one.value, change.old)), None)
            if found is not None:
                return found
            self._note(f"the value of {field} before is not the one that stands")
        return live[0] if len(live) == 1 and field not in self._many else None

    def _report(self, record: Record, field: str, value: Json) -> None:
        held = Held(fact=record.next_fact(), value=value, is_live=True, standing=(), attested=0)
        record.fields.setdefault(field, []).append(held)
        own = self._attestation(held)
        self._do(
            ReportFact(
                incident=record.incident,
                id=held.fact,
                kind=ATTRIBUTE,
                details={"name": field, "value": value},
                citations=(own, *self._mention(held, field, value)),
            )
        )

    def _correct(self, record: Record, held: Held, field: str, value: Json) -> None:
        withdrawn = (*held.standing, *held.mentions)
        held.value, held.mentions = value, ()
        own = self._attestation(held)
        self._do(
            CorrectFact(
                incident=record.incident,
                fact=held.fact,
                kind=ATTRIBUTE,
                details={"name": field, "value": value},
                class_=_CLASS,
                cause=_CAUSE,
                reason=f"changed {self._by}",
                citations=(own, *self._mention(held, field, value)),
                withdraws=withdrawn,
            )
        )

    def _mention(self, held: Held, field: str, value: Json) -> tuple[StatedAttestation, ...]:
        """Where a list of links holds an address, the work that is there is a source of its own, which is mentioned."""
        link = link_in(value) if field in self._many else None
        if link is None:
            return ()
        source = self._records.source_at(link.url)
        if source is None:
            source = self._ids.make()
            self._records.add_source(link.url, source)
            self._do(RegisterSource(id=source, kind="other", title=link.label, url=link.url))
        if source == self._dataset.source:
            return ()
        ident = held.next_attestation()
        held.mentions = (ident,)
        return (StatedAttestation(id=ident, source=source, stance="mentions", published=self._public_by),)

    def _retract(self, record: Record, held: Held) -> None:
        held.is_live = False
        self._do(
            RetractFact(
                incident=record.incident,
                fact=held.fact,
                cause=_CAUSE,
                reason=f"removed {self._by}",
                citations=self._citation(),
            )
        )

    def _reinstate(self, record: Record, held: Held) -> None:
        held.is_live = True
        self._do(
            ReinstateFact(
                incident=record.incident,
                fact=held.fact,
                cause=_CAUSE,
                reason=f"brought back {self._by}",
                citations=self._citation(),
            )
        )


def _name(change: Change) -> str:
    if change.field is None:  # pragma: no cover
        raise AssertionError("a change of a whole record was taken for one of a field")
    return change.field
