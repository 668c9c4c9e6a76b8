"""The library's own contract tests for recorders, on ours, with text ids (ADR 5, ADR 6).

The differences are deliberate, and each is a class or a method here that says so; nothing is skipped.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from eventsourcing import persistence
from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.tests import persistence as contract

from ledger.codec import Stamp, encode
from ledger.errors import IntegrityError, StoreError, UnknownSchemaError, UnreadableError
from ledger.events import IncidentOpened
from ledger.stores.contract import Row
from ledger.stores.factory import LedgerFactory
from ledger.stores.mapper import LedgerEvent, LedgerMapper, entry_of, proved_entry_of
from ledger.stores.sqlite import LedgerRecorder, leaf_hash
from ledger.stores.sqlite_datastore import LedgerDatastore
from ledger.values import Absent
from tests.fakes import CountingBytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.codec import Encoded
    from ledger.events import Act, Recorded

_numbers = itertools.count(1)


class _OnOurFile(contract.RecorderTestCase):
    """A fresh file for each test, and ids that are the names of streams: text, where the library's own are UUIDs."""

    recorder_class: type[LedgerRecorder] = LedgerRecorder

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        datastore = LedgerDatastore(Path(folder.name) / "contract.ledger")
        self.addCleanup(datastore.close)
        self.recorder = self.recorder_class(datastore)
        self.recorder.create_table()

    def new_originator_id(self) -> str:
        return f"incident/{next(_numbers)}"


class TestApplicationRecorder(_OnOurFile, contract.ApplicationRecorderTestCase[LedgerRecorder]):
    """All of the contract for application recorders. Positions are expected to be dense, as the contract calls contiguous."""

    EXPECT_CONTIGUOUS_NOTIFICATION_IDS = True

    def create_recorder(self) -> LedgerRecorder:
        return self.recorder


class _WithoutPositions(LedgerRecorder):
    """The contract for aggregate recorders wants None where ours, an application recorder, gives positions."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:  # type: ignore[override]  # see above
        super().insert_events(stored_events, **kwargs)


class TestAggregateRecorder(_OnOurFile, contract.AggregateRecorderTestCase):
    """All of the contract for aggregate recorders, the positions that our answer has besides set aside."""

    recorder_class = _WithoutPositions

    def create_recorder(self) -> LedgerRecorder:
        return self.recorder


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[LedgerRecorder]:
    datastore = LedgerDatastore(tmp_path / "recorder.ledger")
    made = LedgerRecorder(datastore)
    made.create_table()
    yield made
    datastore.close()


def _event(stream: str, version: int) -> StoredEvent:
    return StoredEvent(originator_id=stream, originator_version=version, topic="topic", state=b"state")


def test_a_uuid_is_stored_and_given_back_as_text(recorder: LedgerRecorder) -> None:
    ident = UUID("018f3c5e-0000-7000-8000-000000000001")

    recorder.insert_events(
        [StoredEvent(originator_id=ident, originator_version=1, topic="topic", state=b"state")]
    )

    assert str(ident) == recorder.select_events(ident)[0].originator_id


def test_a_refused_insert_burns_no_position(recorder: LedgerRecorder) -> None:
    recorder.insert_events([_event("a", 1)])
    for _ in range(3):
        with pytest.raises(persistence.IntegrityError):
            recorder.insert_events([_event("b", 1), _event("a", 1)])

    assert [2] == list(recorder.insert_events([_event("b", 1)]))


def test_subscriptions_are_refused_as_the_library_does_on_sqlite(recorder: LedgerRecorder) -> None:
    with pytest.raises(NotImplementedError):
        recorder.subscribe()


def test_the_library_cannot_write_past_the_write_connection(recorder: LedgerRecorder) -> None:
    with pytest.raises(StoreError, match="one write connection"):
        recorder.datastore.transaction(commit=True)
    with (
        recorder.datastore.get_connection(commit=True) as connection,
        pytest.raises(Exception, match="readonly"),
    ):
        connection.cursor().execute("DELETE FROM head")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        "PERSISTENCE_MODULE": "ledger.stores.factory",
        "SQLITE_DBNAME": str(tmp_path / "factory.ledger"),
        "ORIGINATOR_ID_TYPE": "text",
    }


def test_the_factory_is_found_by_its_module_and_makes_our_recorder_and_mapper(env: dict[str, str]) -> None:
    factory: Any = InfrastructureFactory.construct(env)
    try:
        recorder = factory.application_recorder()

        assert [LedgerFactory, LedgerRecorder, LedgerMapper] == [
            type(factory),
            type(recorder),
            type(factory.mapper()),
        ]
        assert [1] == list(recorder.insert_events([_event("a", 1)]))
        assert 1 == factory.application_recorder().max_notification_id()
    finally:
        factory.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ORIGINATOR_ID_TYPE": "uuid"}, "text ids"),
        ({"SQLITE_DBNAME": ":memory:"}, "is a file"),
        ({"SQLITE_DBNAME": "file:x?mode=memory"}, "is a file"),
        ({"SQLITE_DBNAME": "file:x.ledger"}, "is a file"),
    ],
    ids=["uuids", "memory", "memory by uri", "uri"],
)
def test_the_factory_refuses_what_a_ledger_is_not(
    env: dict[str, str], change: dict[str, str], said: str
) -> None:
    with pytest.raises(StoreError, match=said):
        InfrastructureFactory.construct(env | change)


@pytest.mark.parametrize(
    "topic",
    [
        {"COMPRESSOR_TOPIC": "zlib"},
        {"CIPHER_TOPIC": "eventsourcing.cipher:AESCipher", "CIPHER_KEY": "MDEyMzQ1Njc4OWFiY2RlZg=="},
    ],
    ids=["compressor", "cipher"],
)
def test_stored_bytes_are_neither_compressed_nor_enciphered(
    env: dict[str, str], topic: dict[str, str]
) -> None:
    with InfrastructureFactory.construct(env | topic) as factory:
        with pytest.raises(StoreError, match="bytes that it hashes"):
            factory.mapper()
        factory.close()


@pytest.mark.parametrize("recorder", ["aggregate_recorder", "tracking_recorder", "process_recorder"])
def test_the_factory_puts_no_other_table_into_a_ledger(env: dict[str, str], recorder: str) -> None:
    with InfrastructureFactory.construct(env) as factory:
        with pytest.raises(StoreError, match="ledger file"):
            getattr(factory, recorder)()
        factory.close()


def _encoded(title: str = "Traffic stop") -> Encoded:
    stamp = Stamp(
        event_id="e1",
        request="r1",
        stream="incident/stop",
        version=1,
        recorded_at="2021-05-08T12:00:00.000000Z",
        actor="desk",
    )
    return encode(IncidentOpened(title=title, zone="America/Chicago"), stamp, CountingBytes())


def _row(**changes: Any) -> Row:
    made = _encoded()
    members: dict[str, Any] = {
        "position": 7,
        "stream": "incident/stop",
        "version": 1,
        "recorded_us": 0,
        "topic": "IncidentOpened@1",
        "event": made.event,
        "disclosures": made.disclosures,
        "leaf": leaf_hash(made.event),
    }
    return Row(**members | changes)


def _title(entry: Recorded[Act]) -> object:
    assert isinstance(entry.body, IncidentOpened)
    return entry.body.title


def test_a_stored_event_has_an_explicit_type_name_and_the_canonical_bytes() -> None:
    made = _encoded()

    stored = LedgerMapper().to_stored_event(
        LedgerEvent(originator_id="incident/stop", originator_version=1, encoded=made)
    )

    assert StoredEvent("incident/stop", 1, "IncidentOpened@1", made.event) == stored


def test_a_stored_event_is_read_back_with_its_words_undisclosed() -> None:
    stored = StoredEvent("incident/stop", 1, "IncidentOpened@1", _encoded().event)

    entry = LedgerMapper().to_domain_event(stored)

    assert ("incident/stop", 1, "desk") == (entry.stream, entry.version, entry.actor)
    assert Absent(absent="undisclosed") == _title(entry)


def test_a_row_is_read_back_with_its_words() -> None:
    assert "Traffic stop" == _title(LedgerMapper().to_entry(_row()))


def test_a_topic_that_names_a_module_is_never_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "planted_module.py").write_text("raise SystemExit('imported')\nclass Act: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    event = _encoded().event.replace(b'"IncidentOpened"', b'"planted_module:Act"')

    with pytest.raises((UnknownSchemaError, IntegrityError)):
        LedgerMapper().to_domain_event(StoredEvent("incident/stop", 1, "planted_module:Act", event))
    with pytest.raises((UnknownSchemaError, IntegrityError)):
        entry_of(_row(topic="planted_module:Act", event=event))

    assert "planted_module" not in sys.modules


@pytest.mark.parametrize(
    "changes",
    [{"stream": "incident/other"}, {"version": 2}, {"topic": "IncidentAmended@1"}],
    ids=["stream", "version", "topic"],
)
def test_a_row_that_names_another_place_than_its_bytes_is_refused(changes: dict[str, Any]) -> None:
    row = _row(**changes)

    with pytest.raises(IntegrityError, match="position 7: the row says"):
        entry_of(row)
    with pytest.raises(IntegrityError, match="the row says"):
        LedgerMapper().to_domain_event(StoredEvent(row.stream, row.version, row.topic, row.event))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"leaf": leaf_hash(b"other")}, "leaf hash"),
        ({"event": _encoded().event.replace(b'"desk"', b'"desc"')}, "leaf hash"),
        ({"disclosures": _encoded("Other stop").disclosures}, "does not match the digest"),
        ({"disclosures": _encoded().disclosures + b"\n" + _encoded().disclosures}, "position 7"),
    ],
    ids=["leaf", "event", "words", "words twice"],
)
def test_a_row_whose_bytes_do_not_match_their_hashes_is_not_decided_upon(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UnreadableError, match=said):
        proved_entry_of(_row(**changes))


def test_a_row_whose_words_were_erased_is_proved_all_the_same() -> None:
    assert Absent(absent="undisclosed") == _title(proved_entry_of(_row(disclosures=b"")))


def test_bytes_that_are_no_event_are_unreadable() -> None:
    with pytest.raises(UnreadableError):
        entry_of(_row(event=b"\x80\x04state"))
