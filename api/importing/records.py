"""The records of a data set while lines are planned ahead of the writer: from the log, and with what is planned on top."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from ledger.datasets.record import record_of
from ledger.decisions.decision import incident_stream
from ledger.events import FactAct
from ledger.incident import IncidentState, evolve_incident
from ledger.when import latest_instant
from projections.axes import citations_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from api.importing.index import Index
    from ledger.datasets.record import Record
    from ledger.events import Act, Recorded
    from ledger.history import History

__all__ = ["KEPT_RECORDS", "PlannedRecords"]

KEPT_RECORDS = 2_048
"""How many records are kept in memory between two transactions; those asked for longest ago go first."""


class PlannedRecords:
    """What stands of records, with what was planned since the last transaction."""

    def __init__(self, history: History, index: Index, *, dataset: str, source: str) -> None:
        self._history = history
        self._index = index
        self._dataset = dataset
        self._source = source
        self._kept: dict[str, Record] = {}
        self._asked: set[str] = set()
        self._new: list[tuple[str, str]] = []
        self._addresses: dict[str, str] = {}

    def record(self, ident: str) -> Record | None:
        """The record of that id, as it stands with what was planned."""
        self._asked.add(ident)
        found = self._kept.pop(ident, None) or self._read(ident)
        if found is not None:
            self._kept[ident] = found
        return found

    def add(self, ident: str, record: Record) -> None:
        """A record that is planned."""
        self._asked.add(ident)
        self._kept[ident] = record
        self._new.append((ident, record.incident))

    def source_at(self, url: str) -> str | None:
        """The source that has an address, recorded or planned."""
        return self._addresses.get(url) or self._index.source_at(url)

    def add_source(self, url: str, ident: str) -> None:
        """A source that is planned."""
        self._addresses[url] = ident

    def settle(self) -> None:
        """What was planned is recorded."""
        self._index.add_records(self._new)
        self._index.add_addresses(list(self._addresses.items()))
        self._end()
        while len(self._kept) > KEPT_RECORDS:
            del self._kept[next(iter(self._kept))]

    def take_back(self) -> None:
        """What was planned is not recorded: what it touched is read anew."""
        for ident in self._asked:
            self._kept.pop(ident, None)
        self._end()

    def _end(self) -> None:
        self._asked.clear()
        self._new.clear()
        self._addresses.clear()

    def _read(self, ident: str) -> Record | None:
        """Of several incidents that are said to be this record, one that the data set lists now, else the newest."""
        found: Record | None = None
        for incident in self._index.incidents(ident):
            state = IncidentState()
            events = self._history.stream(incident_stream(incident))
            for event in events:
                state = evolve_incident(state, event)
            record = record_of(incident, state, dataset=self._dataset, source=self._source)
            if record is not None and record.presence.value == ident:
                record.newest = _newest(events, self._source)
                found = (
                    record
                    if found is None or record.presence.is_live or not found.presence.is_live
                    else found
                )
        return found


def _newest(events: Sequence[Recorded[Act]], source: str) -> dt.datetime | None:
    """When the last word of a source upon an incident was certainly public; each is out no earlier than those before it."""
    for event in reversed(events):
        if isinstance(event.body, FactAct):
            for cited in chain(*citations_of(event.body)):
                if cited.source == source and cited.published is not None:
                    return latest_instant(cited.published)
    return None
