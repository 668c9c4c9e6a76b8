"""The library's own contract tests for recorders, on ours in a real database (ADR 5, ADR 15); see test_store_contract.py."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from eventsourcing import persistence
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests import persistence as contract

from ledger.stores.postgres import PostgresLedgerRecorder
from ledger.stores.postgres_datastore import PostgresLedgerDatastore
from tests.postgres_server import fresh_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_numbers = itertools.count(1)


class _InOurDatabase(contract.RecorderTestCase):
    """A fresh schema for each test, and ids that are the names of streams."""

    recorder_class: type[PostgresLedgerRecorder] = PostgresLedgerRecorder
    url: str

    @pytest.fixture(autouse=True)
    def at(self, database_url: str) -> None:
        self.url = database_url

    def setUp(self) -> None:
        self.recorder = self.recorder_class(PostgresLedgerDatastore(fresh_address(self.url, Path("unused"))))
        self.addCleanup(self.recorder.close)
        self.recorder.create_table()

    def new_originator_id(self) -> str:
        return f"incident/{next(_numbers)}"


class TestApplicationRecorder(_InOurDatabase, contract.ApplicationRecorderTestCase[PostgresLedgerRecorder]):
    """All of the contract for application recorders. Positions are dense: a refused insert burns none."""

    EXPECT_CONTIGUOUS_NOTIFICATION_IDS = True

    def create_recorder(self) -> PostgresLedgerRecorder:
        return self.recorder

    def test_who_subscribes_is_told_every_event(self) -> None:
        self.optional_test_insert_subscribe()


class _WithoutPositions(PostgresLedgerRecorder):
    """The contract for aggregate recorders wants None where ours, an application recorder, gives positions."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:  # type: ignore[override]  # see above
        super().insert_events(stored_events, **kwargs)


class TestAggregateRecorder(_InOurDatabase, contract.AggregateRecorderTestCase):
    """All of the contract for aggregate recorders, the positions that our answer has besides set aside."""

    recorder_class = _WithoutPositions

    def create_recorder(self) -> PostgresLedgerRecorder:
        return self.recorder


@pytest.fixture
def recorder(database_url: str, tmp_path: Path) -> Iterator[PostgresLedgerRecorder]:
    made = PostgresLedgerRecorder(PostgresLedgerDatastore(fresh_address(database_url, tmp_path)))
    made.create_table()
    yield made
    made.close()


def _event(stream: str, version: int) -> StoredEvent:
    return StoredEvent(originator_id=stream, originator_version=version, topic="topic", state=b"state")


def test_a_refused_insert_burns_no_position(recorder: PostgresLedgerRecorder) -> None:
    recorder.insert_events([_event("a", 1)])
    for _ in range(3):
        with pytest.raises(persistence.IntegrityError):
            recorder.insert_events([_event("b", 1), _event("a", 1)])

    assert [2] == list(recorder.insert_events([_event("b", 1)]))


def test_no_table_is_locked_while_somebody_appends(recorder: PostgresLedgerRecorder) -> None:
    recorder.insert_events([_event("a", 1)])

    with recorder.writing.turn(), psycopg.connect(recorder.datastore.address.url, autocommit=True) as other:
        other.execute(f"VACUUM (SKIP_LOCKED) {recorder.datastore.schema}.events")
        query = "SELECT mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'events' AND mode LIKE '%Exclusive%'"
        assert [] == other.execute(query).fetchall()
