"""What the recorded history of a data set holds: how much was said, corrected, taken back, and how long it took (docs/importing.md).

Times are those of the data set's own citations, so that they are upstream's and not those of the import. Only its own acts are counted:
what the desk did to the same facts is in the audit trail.
"""

from __future__ import annotations

import datetime as dt
import heapq
from typing import TYPE_CHECKING

import msgspec

from ledger.clock import format_instant
from ledger.datasets.cell import is_same, name_as_written
from ledger.events import FactAmended, FactCorrected, FactReinstated, FactReported, FactRetracted
from ledger.when import latest_instant
from projections.axes import citations_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.citation import Citation
    from ledger.events import FactAct, Recorded
    from ledger.values import Json

__all__ = ["BackAndForth", "HistoryReport", "Reporting", "Waited"]

SHOWN = 5
"""How many of the corrections that took longest, and of the facts that went back, are named."""

_DAY_S = 86_400
_PRESENCE, _VALUE = "record", "attribute"


class Waited(msgspec.Struct, frozen=True, kw_only=True):
    """A correction, and how many days the value that it replaced had stood, by upstream's own dates."""

    days: float
    record: str
    incident: str
    fact: str
    field: str
    at: str


class BackAndForth(msgspec.Struct, frozen=True, kw_only=True):
    """A fact whose value went away and came back, and the values in their order. `values` are those of the record's own field."""

    record: str
    incident: str
    fact: str
    field: str
    values: int


class HistoryReport(msgspec.Struct, kw_only=True):
    """The counts. `records_now` and `facts_now`: those that stand.

    `came_back_otherwise`: values that were taken back and came back as others, which are not counted as corrections.
    `retracted_alone`: values that were taken back while their record stayed, by field.
    """

    dataset: str
    records: int = 0
    records_now: int = 0
    records_withdrawn: int = 0
    records_reinstated: int = 0
    facts: int = 0
    facts_now: int = 0
    corrections: int = 0
    corrections_by_class: dict[str, int] = msgspec.field(default_factory=dict)
    corrections_by_field: dict[str, int] = msgspec.field(default_factory=dict)
    came_back_otherwise: int = 0
    amendments: int = 0
    retractions: int = 0
    reinstatements: int = 0
    retracted_alone: dict[str, int] = msgspec.field(default_factory=dict)
    first: str | None = None
    last: str | None = None
    longest_to_correction: list[Waited] = msgspec.field(default_factory=list)
    back_and_forth: int = 0
    back_and_forth_examples: list[BackAndForth] = msgspec.field(default_factory=list)


class Reporting:
    """Counts incidents as they come, and holds none."""

    def __init__(self, dataset: str, source: str) -> None:
        self._source = source
        self._told = HistoryReport(dataset=dataset)
        self._waited: list[tuple[float, int, Waited]] = []
        self._seen = 0
        self._first: dt.datetime | None = None
        self._last: dt.datetime | None = None

    def report(self) -> HistoryReport:
        """What was counted."""
        told = self._told
        told.first = None if self._first is None else format_instant(self._first)
        told.last = None if self._last is None else format_instant(self._last)
        told.longest_to_correction = [
            one for _, _, one in sorted(self._waited, key=lambda one: one[:2], reverse=True)
        ]
        for counts in ("corrections_by_class", "corrections_by_field", "retracted_alone"):
            found: dict[str, int] = getattr(told, counts)
            setattr(told, counts, dict(sorted(found.items(), key=lambda one: (-one[1], one[0]))))
        return told

    def count(self, incident: str, acts: Mapping[str, Sequence[Recorded[FactAct]]]) -> None:
        """Take in one incident: the acts upon each of its facts. One that the data set does not list counts for nothing."""
        presence = next((of for of in acts.values() if self._is_presence(of)), None)
        if presence is None:
            return
        told = self._told
        told.records += 1
        ident, is_there, withdrawn = self._presence(presence)
        told.records_now += is_there
        for fact, of_fact in acts.items():
            if _slug(of_fact) == _VALUE and self._at(of_fact[0]) is not None:
                told.facts += 1
                told.facts_now += self._value(incident, ident, fact, of_fact, withdrawn) and is_there

    def _is_presence(self, acts: Sequence[Recorded[FactAct]]) -> bool:
        said = acts[0].body
        return (
            isinstance(said, FactReported)
            and said.content.slug == _PRESENCE
            and said.content.details.get("dataset") == self._told.dataset
            and self._at(acts[0]) is not None
        )

    def _presence(self, acts: Sequence[Recorded[FactAct]]) -> tuple[str, bool, set[str]]:
        """The record's id, whether it stands, and the snapshots that withdrew it."""
        ident, is_there, withdrawn = "", True, set[str]()
        for event in acts:
            act = event.body
            if isinstance(act, FactReported | FactCorrected) and isinstance(
                found := act.content.details.get("id"), str
            ):
                ident = found
            if self._at(event) is None:
                continue
            if isinstance(act, FactRetracted):
                is_there = False
                self._told.records_withdrawn += 1
                withdrawn.update(one.snapshot for one in act.citations if one.snapshot is not None)
            elif isinstance(act, FactReinstated):
                is_there = True
                self._told.records_reinstated += 1
        return ident, is_there, withdrawn

    def _value(
        self, incident: str, record: str, fact: str, acts: Sequence[Recorded[FactAct]], withdrawn: set[str]
    ) -> bool:
        """Count the acts upon one value. Gives whether it stands."""
        told, is_there = self._told, True
        values: list[Json] = []
        since: dt.datetime | None = None
        returned: object = None
        field = ""
        for event in acts:
            act, at = event.body, self._at(event)
            if at is None:
                continue
            match act:
                case FactReported() | FactCorrected():
                    field = name_as_written(str(act.content.details.get("name", "")))
                    if isinstance(act, FactCorrected) and returned == self._place(event):
                        told.came_back_otherwise += 1
                    elif isinstance(act, FactCorrected):
                        told.corrections += 1
                        _add(told.corrections_by_class, act.class_)
                        _add(told.corrections_by_field, field)
                        days = 0.0 if since is None else (at - since).total_seconds() / _DAY_S
                        self._wait(days, incident, record, fact, field, at)
                    values.append(act.content.details.get("value"))
                    since, returned = at, None
                case FactRetracted():
                    is_there = False
                    told.retractions += 1
                    if not withdrawn.intersection(one.snapshot or "" for one in act.citations):
                        _add(told.retracted_alone, field)
                case FactReinstated():
                    is_there, since, returned = True, at, self._place(event)
                    told.reinstatements += 1
                case FactAmended():
                    told.amendments += 1
                case _:
                    pass
        if _went_back(values):
            told.back_and_forth += 1
            if len(told.back_and_forth_examples) < SHOWN:
                example = BackAndForth(
                    record=record, incident=incident, fact=fact, field=field, values=len(values)
                )
                told.back_and_forth_examples.append(example)
        return is_there

    def _wait(self, days: float, incident: str, record: str, fact: str, field: str, at: dt.datetime) -> None:  # noqa: PLR0917  the members of one struct
        """Keep the corrections that took longest; of equal ones the first."""
        self._seen += 1
        if len(self._waited) == SHOWN and days <= self._waited[0][0]:
            return
        waited = Waited(
            days=round(days, 2),
            record=record,
            incident=incident,
            fact=fact,
            field=field,
            at=format_instant(at),
        )
        put = heapq.heappushpop if len(self._waited) == SHOWN else heapq.heappush
        put(self._waited, (days, -self._seen, waited))

    def _place(self, event: Recorded[FactAct]) -> object:
        """Where in its captured bytes the data set makes an act: two acts at one place are one change, row or cell of it."""
        new, plain = citations_of(event.body)
        own = (one for one in (*new, *plain) if one.source == self._source)
        return next(((one.snapshot, one.selector) for one in own), event.position)

    def _at(self, event: Recorded[FactAct]) -> dt.datetime | None:
        """When the data set made an act upon a fact; None where the act is not the data set's."""
        new, plain = citations_of(event.body)
        cited: tuple[Citation, ...] = (*new, *plain)
        own = [one.published for one in cited if one.source == self._source and one.published is not None]
        instants = [instant for one in own if (instant := latest_instant(one)) is not None]
        if not instants:
            return event.recorded_at if any(one.source == self._source for one in cited) else None
        at = min(instants)
        self._first = at if self._first is None else min(self._first, at)
        self._last = at if self._last is None else max(self._last, at)
        return at


def _add(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _slug(acts: Sequence[Recorded[FactAct]]) -> str:
    said = acts[0].body
    return said.content.slug if isinstance(said, FactReported) else ""


def _went_back(values: Sequence[Json]) -> bool:
    """Whether a value came back after another one stood in its place: A, B, A."""
    return any(
        is_same(values[at], values[at + 2]) and not is_same(values[at], values[at + 1])
        for at in range(len(values) - 2)
    )
