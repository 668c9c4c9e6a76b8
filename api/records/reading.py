"""The records of a data set, read out of a ledger one incident after another, in memory that does not grow with them."""

from __future__ import annotations

import copy
import sqlite3
from contextlib import closing
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from api.importing.index import listing, source_listing
from api.importing.source import source_at
from ledger.datasets.cell import as_written
from ledger.datasets.many import Many
from ledger.decisions.decision import incident_stream, source_stream
from ledger.events import SourceAmended, SourceRegistered
from ledger.ids import is_id
from ledger.stores.mapper import proved_entry_of
from projections.axes import Axes
from projections.records.record_at import acts_by_fact, record_at, sources_telling
from projections.source_view import SourceAt, sources_at

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator

    from ledger.history import History
    from ledger.values import Json
    from projections.records.record_at import RecordAt

__all__ = ["DatasetRecords", "datasets", "line_of"]

KEPT_SOURCES = 1_024


def datasets(history: History) -> list[str]:
    """The names of the data sets: those that list an incident, and those that list none yet, by their titles."""
    without = (title for source, title in _titles(history).items() if _is_dataset(history, source))
    return sorted({*without, *(dataset for _, dataset, _ in listing(history))})


class DatasetRecords:
    """One data set of a ledger, at a point of both axes."""

    def __init__(self, history: History, dataset: str, axes: Axes) -> None:
        self._history = history
        self._dataset = dataset
        self._axes = axes
        self.source = _source_of(history, dataset)
        state = None if self.source is None else source_at(history, self.source, axes.known)
        registered = None if state is None else state.registered
        self.many = Many(None if registered is None else registered.csl).fields
        self.unnamed = 0
        self._sources: dict[str, SourceAt | None] = {}

    def at(self, public: dt.datetime) -> DatasetRecords:
        """The same data set as it was known here, as the public could know it at another time."""
        other = copy.copy(self)
        other._axes = Axes(known=self._axes.known, public=public)  # noqa: SLF001  another of its own
        other.unnamed = 0
        return other

    @cached_property
    def listed(self) -> tuple[str, ...]:
        """Every incident that the data set was ever said to list, in order of report."""
        found = (incident for incident, dataset, _ in listing(self._history) if dataset == self._dataset)
        return tuple(dict.fromkeys(found))

    def lines(self, told: Callable[[int], None] | None = None) -> Iterator[bytes]:
        """The records by id, each as a line of JSON; of one id in the order in which they were first recorded.

        `told` hears how many of those listed were looked at.
        """
        with closing(sqlite3.connect("", isolation_level=None)) as table:
            table.execute(
                "CREATE TABLE records (id TEXT, number INTEGER, line BLOB, PRIMARY KEY (id, number)) WITHOUT ROWID"
            )
            table.executemany("INSERT INTO records VALUES (?, ?, ?)", self._rows(told))
            for (line,) in table.execute("SELECT line FROM records ORDER BY id, number"):
                yield line

    def _rows(self, told: Callable[[int], None] | None) -> Iterator[tuple[str, int, bytes]]:
        for number, incident in enumerate(self.listed):
            found = self.record(incident)
            if told is not None:
                told(number + 1)
            if found is not None:
                self.unnamed += found.unnamed
                yield found.id, number, line_of(found, self.many)

    def record(self, incident: str) -> RecordAt | None:
        """The record that an incident was at that point; None where it was none."""
        if self.source is None:
            return None
        acts = acts_by_fact(self._history.stream(incident_stream(incident)), self._axes.known)
        return record_at(
            acts,
            self._sources_at(sources_telling(acts.values())),
            self._axes,
            dataset=self._dataset,
            source=self.source,
        )

    def _sources_at(self, named: Iterable[str]) -> dict[str, SourceAt]:
        found: dict[str, SourceAt] = {}
        for source in named:
            if source not in self._sources:
                if len(self._sources) >= KEPT_SOURCES:
                    self._sources.clear()
                self._sources[source] = sources_at(
                    self._history.stream(source_stream(source)), self._axes.known
                ).get(source)
            known = self._sources[source]
            if known is not None:
                found[source] = known
        return found


def line_of(record: RecordAt, many: frozenset[str]) -> bytes:
    """A record as a line of JSON: each value as its data set wrote it, and where a field holds many values, a sorted list of them."""
    fields = {name: _field(values, is_many=name in many) for name, values in record.fields.items()}
    return msgspec.json.encode({"fields": fields, "id": record.id}, order="sorted") + b"\n"


def _field(values: list[Json], *, is_many: bool) -> msgspec.Raw | list[msgspec.Raw]:
    written = [as_written(value) for value in sorted(values, key=_rank)]
    return written if is_many or len(written) > 1 else written[0]


def _rank(value: Json) -> tuple[bool, str]:
    """Text first, by code point; then whatever else, by its JSON."""
    return (False, value) if isinstance(value, str) else (True, bytes(as_written(value)).decode())


def _source_of(history: History, dataset: str) -> str | None:
    """The source that a data set is: the one with its name for an id, else the one of kind dataset that has it for its title.

    Else the one by whose word its records are listed: that has been called otherwise since.
    """
    if is_id(dataset) and source_at(history, dataset).registered is not None:
        return dataset if _is_dataset(history, dataset) else None
    named = (one for one, title in _titles(history).items() if title == dataset)
    titled = next((one for one in named if _is_dataset(history, one)), None)
    return source_listing(history, dataset) if titled is None else titled


def _titles(history: History) -> dict[str, str]:
    """What each source is called now."""
    titles: dict[str, str] = {}
    for topic in ("SourceRegistered@1", "SourceAmended@1"):
        for row in history.of_topic(topic):
            act = proved_entry_of(row).body
            if isinstance(act, SourceRegistered | SourceAmended) and isinstance(act.title, str):
                titles[row.stream.partition("/")[2]] = act.title
    return titles


def _is_dataset(history: History, source: str) -> bool:
    registered = source_at(history, source).registered
    return registered is not None and registered.kind == "dataset"
