"""Catching the stored views up with the log: rows and tracking position in one transaction, incident by incident (ADR 12).

A batch of events touches incidents: by their own acts, and by those of the sources that they cite or relay or that are joined to these by
lineage. Each touched incident is folded once and its rows replaced. What an interrupted batch did is not there, and is done again.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from eventsourcing.persistence import IntegrityError as TrackingError
from eventsourcing.persistence import Tracking, TrackingRecorder
from sqlalchemy import delete, insert, select, update

from ledger.errors import StoreError, UnavailableError
from projections import search
from projections.catch_up_file import (
    APPLICATION,
    NAME,
    is_readable,
    open_to_read,
    open_to_write,
    remove,
    said_plainly,
    tracked,
    truncate_log,
)
from projections.catch_up_rebuild import Rebuilt, build, digests_of, swap
from projections.gathering import Gathering, incidents_touched
from projections.replacing import replace_incident, replace_source
from projections.tables import ALERTS, INCIDENTS, TRACKING, schema_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from ledger.stores.contract import Row, Store
    from projections.anchoring import Texts

__all__ = ["BATCH", "CatchUp", "ViewsTracking", "record_tracking", "wait_for"]

BATCH = 2_000
"""How many events are taken at a time."""

_SILENT = frozenset({"SourceRegistered@1", "SourceAmended@1"})
"""What a source's description says moves no row of an incident: without `public_at` it does not matter when anything came out."""

_REDACTED = "Redacted@1"


class ViewsTracking(TrackingRecorder):
    """The library's tracking recorder over the tracking row of the stored views."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def insert_tracking(self, tracking: Tracking) -> None:
        """Record a tracking position by itself. Raises IntegrityError where it is not further on than the one recorded."""
        with self._engine.begin() as connection:
            record_tracking(connection, tracking, leaf=b"", erasing=False)

    def max_tracking_id(self, application_name: str) -> int | None:
        """The tracking position; None where nothing was read yet."""
        with self._engine.connect() as connection:
            query = select(TRACKING.c.position).where(TRACKING.c.application == application_name)
            return connection.execute(query).scalar_one_or_none()


def record_tracking(connection: Connection, tracking: Tracking, *, leaf: bytes, erasing: bool) -> None:
    """Record a tracking position in the transaction of the rows that it tells of."""
    name, position = tracking.application_name, tracking.notification_id
    query = select(TRACKING.c.position).where(TRACKING.c.application == name)
    before = connection.execute(query).scalar_one_or_none()
    if before is not None and before >= position:
        raise TrackingError(f"the stored views have read up to {before}, and {position} is not after it")
    connection.execute(delete(TRACKING).where(TRACKING.c.application == name))
    row = (name, position, leaf, schema_digest(), int(erasing))
    connection.execute(insert(TRACKING).values(row))


class _Touched(msgspec.Struct):
    """What a batch of events touches. `last` is its last row."""

    incidents: dict[str, None]
    sources: dict[str, None]
    speaking: dict[str, None]
    last: Row
    redacts: bool = False
    erases_texts: bool = False


class CatchUp:
    """Keeps the stored views of one ledger. Whoever makes one holds the right to (catch_up_file.only_one).

    `folder` is the one beside the ledger file; `texts` gives the texts of extractions, for the worklist.
    """

    def __init__(self, store: Store, folder: Path, texts: Texts, *, batch: int = BATCH) -> None:
        self.path = folder / NAME
        self._store = store
        self._texts = texts
        self._batch = batch
        self._engine: Engine | None = None
        self._inode = 0

    def close(self) -> None:
        """Close the file."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def position(self) -> int:
        """How far the stored views have read; 0 where there are none of this form and of this ledger."""
        if not is_readable(self.path):
            return 0
        with self._writing() as connection:
            found = tracked(connection)
        return 0 if found is None or not self._is_ours(found.position, found.leaf) else found.position

    def _is_ours(self, position: int, leaf: bytes) -> bool:
        """Whether the views were made of this log: it goes as far, and has the same event there."""
        if position > self._store.head().position:
            return False
        return all(row.leaf == leaf for row in self._store.rows(position, position)) if position else True

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        inode = self.path.stat().st_ino
        if self._engine is None or inode != self._inode:
            self.close()
            self._engine, self._inode = open_to_write(self.path), inode
        with said_plainly(self.path), self._engine.begin() as connection:
            yield connection

    def run(self) -> int:
        """Catch up with the log as it stands, from nothing where there is nothing to go on from. Gives the position reached.

        Raises StoreError where a file refuses; nothing is half-done then.
        """
        if self.position() == 0:
            self._begin()
        while self.step():
            pass
        return self.position()

    def _begin(self) -> None:
        """Build the tables of the whole log beside, and put them in place."""
        self.close()
        beside = build(self._store, self.path.parent, self._texts, self._store.head().position)
        with said_plainly(self.path):
            swap(beside, self.path)

    def rebuild(self, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Rebuilt:
        """Build the tables once more from nothing, compare them with those that are there, and put them in place where they differ.

        `progress` is told how many incidents are done, of how many. Raises StoreError as `run` does.
        """
        compares = self.position() > 0
        while compares and self.step():
            pass
        until = self.position() if compares else self._store.head().position
        self.close()
        beside = build(self._store, self.path.parent, self._texts, until, progress)
        tables = digests_of(beside)
        before = digests_of(self.path) if compares else None
        differing = None if before is None else tuple(name for name in tables if tables[name] != before[name])
        with said_plainly(self.path):
            if differing == ():
                remove(beside)
            else:
                swap(beside, self.path)
        return Rebuilt(position=until, tables=tables, differing=differing)

    def step(self) -> bool:
        """Take the next batch of events, if there is one. Whether there was."""
        with self._writing() as connection:
            found = tracked(connection)
            if found is None:
                raise StoreError(
                    f"{self.path.name} has no tracking position; make it anew with: incident-ledger rebuild"
                )
            touched = self._next(found.position)
            if touched is not None:
                redacts = touched.redacts or bool(found.erasing)
                self._apply(connection, touched)
                tracking = Tracking(APPLICATION, touched.last.position)
                record_tracking(connection, tracking, leaf=touched.last.leaf, erasing=redacts)
            else:
                redacts = bool(found.erasing)
        if redacts:
            self._erase()
        return touched is not None

    def _next(self, position: int) -> _Touched | None:
        touched: _Touched | None = None
        for row in self._store.rows(position + 1, position + self._batch):
            if touched is None:
                touched = _Touched({}, {}, {}, row)
            touched.last = row
            touched.redacts |= row.topic == _REDACTED
            sort, _, ident = row.stream.partition("/")
            if sort == "incident":
                touched.incidents[ident] = None
            elif sort == "source":
                touched.sources[ident] = None
                touched.erases_texts |= row.topic == _REDACTED
                if row.topic not in _SILENT:
                    touched.speaking[ident] = None
        return touched

    def _apply(self, connection: Connection, touched: _Touched) -> None:
        gathering = Gathering(self._store, self._texts, touched.last.position)
        for ident in touched.sources:
            stream = gathering.source(ident)
            replace_source(connection, stream.first, ident, gathering.rows_of_source(stream))
            if stream.unread is not None:
                touched.speaking[ident] = None
        names = dict(touched.incidents)
        numbers = incidents_touched(connection, touched.speaking) if touched.speaking else []
        if touched.erases_texts:
            # Two sources may have the same bytes; whose captures are compared with others shows in the alerts.
            numbers += connection.execute(select(ALERTS.c.incident)).scalars()
        for number in numbers:
            query = select(INCIDENTS.c.id).where(INCIDENTS.c.incident == number).limit(1)
            names.update((ident, None) for ident in connection.execute(query).scalars())
        for ident in names:
            stream = gathering.read(f"incident/{ident}")
            replace_incident(connection, stream.first, gathering.rows_of_incident(connection, stream))

    def _erase(self) -> None:
        """Let words that were redacted be in no file: out of the index, and out of the log. Tried again until nobody is in the way."""
        with self._writing() as connection:
            search.forget(connection)
        if self._engine is not None and truncate_log(self._engine):
            with self._writing() as connection:
                connection.execute(update(TRACKING).values(erasing=0))


def wait_for(path: Path, position: int, timeout_s: float) -> None:
    """Wait until the stored views have read up to a position. Raises UnavailableError where they have not in time."""
    if not path.is_file():
        raise UnavailableError("there are no stored views yet; make them with: incident-ledger rebuild")
    engine = open_to_read(path)
    try:
        with said_plainly(path):
            ViewsTracking(engine).wait(APPLICATION, position, timeout=timeout_s)
    except TimeoutError as error:
        raise UnavailableError(
            f"the stored views have not read up to position {position} within {timeout_s:g} s; ask again"
        ) from error
    finally:
        engine.dispose()
