"""Which incident is which record of a data set, and which source has which address: asked of the log itself, once, and then followed.

Nothing of it is kept: it is a private table of SQLite that begins in memory, goes to a temporary file where it grows, and is gone with the
process. So it can be lost at any moment, and it costs the same memory whatever the data set has of records.
"""

from __future__ import annotations

import sqlite3
from itertools import chain
from typing import TYPE_CHECKING

from ledger.events import FactCorrected, FactReported, SourceAmended, SourceRegistered
from ledger.stores.mapper import proved_entry_of
from projections.axes import citations_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ledger.events import Act, Recorded
    from ledger.history import History

__all__ = ["Index", "listing", "source_listing"]

_KIND = b'"kind":"record@'
_REPORTED, _CORRECTED = "FactReported@1", "FactCorrected@1"
_REGISTERED, _AMENDED = "SourceRegistered@1", "SourceAmended@1"


def listing(history: History) -> Iterator[tuple[str, str, str]]:
    """Every incident that a data set was ever said to list, with the data set's name and the record's id there, in order of report.

    A corrected one comes again after all reports. What was redacted is passed over. Raises IntegrityError as History.stream does.
    """
    for event, act in _listing_acts(history):
        dataset, ident = (act.content.details.get(name) for name in ("dataset", "id"))
        if isinstance(dataset, str) and isinstance(ident, str):
            yield event.stream.partition("/")[2], dataset, ident


def source_listing(history: History, dataset: str) -> str | None:
    """The source by whose word a data set lists its records, whatever that is called by now; None where it lists none."""
    told = (act for _, act in _listing_acts(history) if act.content.details.get("dataset") == dataset)
    return next((one.source for act in told for one in chain(*citations_of(act))), None)


def _listing_acts(history: History) -> Iterator[tuple[Recorded[Act], FactReported | FactCorrected]]:
    for topic in (_REPORTED, _CORRECTED):
        for row in history.of_topic(topic):
            # The kind stands in the clear, so that other facts need not be decoded.
            if _KIND not in row.event:
                continue
            event = proved_entry_of(row)
            if isinstance(act := event.body, FactReported | FactCorrected) and act.content.slug == "record":
                yield event, act


class Index:
    """Records by their ids in one data set, and sources by their addresses."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("", isolation_level=None)
        self._table.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
            "CREATE TABLE records (incident TEXT PRIMARY KEY, id TEXT) WITHOUT ROWID;"
            "CREATE INDEX records_id ON records (id);"
            "CREATE TABLE addresses (url TEXT PRIMARY KEY, source TEXT) WITHOUT ROWID;"
            "CREATE TABLE titles (title TEXT, source TEXT);"
            "CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID;"
            "CREATE TABLE captures (digest TEXT PRIMARY KEY) WITHOUT ROWID"
        )

    def close(self) -> None:
        """Forget everything."""
        self._table.close()

    def read(self, history: History, dataset: str) -> None:
        """Fill the index from the log."""
        self.add_records((ident, incident) for incident, name, ident in listing(history) if name == dataset)
        for topic in (_REGISTERED, _AMENDED):
            for row in history.of_topic(topic):
                self._take_source(proved_entry_of(row))

    def _take_source(self, event: Recorded[Act]) -> None:
        act = event.body
        source = event.stream.partition("/")[2]
        if isinstance(act, SourceRegistered | SourceAmended):
            if isinstance(act.url, str):
                self.add_addresses([(act.url, source)])
            if act.kind == "dataset" and isinstance(act.title, str):
                self._table.execute("INSERT INTO titles VALUES (?, ?)", (act.title, source))

    def add_records(self, records: Iterable[tuple[str, str]]) -> None:
        """Take in records, each with its incident. The last word about an incident counts."""
        rows = ((incident, ident) for ident, incident in records)
        self._table.executemany("INSERT OR REPLACE INTO records VALUES (?, ?)", rows)

    def add_addresses(self, addresses: list[tuple[str, str]]) -> None:
        """Take in addresses, each with its source. The first source that had an address keeps it."""
        self._table.executemany("INSERT OR IGNORE INTO addresses VALUES (?, ?)", addresses)

    def add_captures(self, digests: Iterable[str]) -> None:
        """Take in the snapshots that were captured of the data set: each is a line, or a file, that is recorded."""
        self._table.executemany("INSERT OR IGNORE INTO captures VALUES (?)", ((one,) for one in digests))

    def is_captured(self, digest: str) -> bool:
        """Whether a snapshot was captured of the data set."""
        return (
            self._table.execute("SELECT 1 FROM captures WHERE digest = ?", (digest,)).fetchone() is not None
        )

    def see_first(self, ident: str, line: int) -> int:
        """A row of a table has an id: the line of the first one that has it, which may be this."""
        self._table.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (ident, line))
        return int(self._table.execute("SELECT line FROM seen WHERE id = ?", (ident,)).fetchone()[0])

    def forget_seen(self) -> None:
        """Begin with another table."""
        self._table.execute("DELETE FROM seen")

    def unseen(self) -> Iterator[str]:
        """The ids of records that no row of the table has, in order."""
        found = self._table.execute(
            "SELECT DISTINCT id FROM records WHERE id NOT IN (SELECT id FROM seen) ORDER BY id"
        )
        return (ident for (ident,) in found.fetchall())

    def incidents(self, ident: str) -> list[str]:
        """The incidents that are said to be the record of that id, in the order of their ids."""
        found = self._table.execute("SELECT incident FROM records WHERE id = ? ORDER BY incident", (ident,))
        return [incident for (incident,) in found]

    def source_at(self, url: str) -> str | None:
        """The source that has an address."""
        found = self._table.execute("SELECT source FROM addresses WHERE url = ?", (url,)).fetchone()
        return None if found is None else str(found[0])

    def datasets_titled(self, title: str) -> list[str]:
        """The sources of kind dataset that were ever given a title."""
        found = self._table.execute("SELECT DISTINCT source FROM titles WHERE title = ?", (title,))
        return [source for (source,) in found]
