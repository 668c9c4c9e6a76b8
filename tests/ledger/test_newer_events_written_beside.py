"""Writing to a ledger that has an event of a newer program: what rests on it is refused, what does not is recorded (ADR 26)."""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import TYPE_CHECKING, cast

import pytest

from api.opening import open_for_rehearsal, open_for_writing
from ledger.append import Ask, Request
from ledger.errors import IntegrityError, UnknownSchemaError
from ledger.events import ACTS
from ledger.self_test import self_test
from ledger.stores.sqlite_schema import RARE_TOPICS
from ledger.verify import verify_ledger
from ledger.verify.report import KNOWN_TYPES, Newer
from tests.database_desk import DatabaseDesk
from tests.desk import AGENCY, DESK, TEXT, Desk, begun, cited, fact
from tests.newer_events import NEWER, record_newer
from tests.postgres_server import fresh_address
from tests.tampering import changed, tamper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.stores.sqlite_store import SQLiteStore
    from ledger.values import Json

RETRACT: dict[str, Json] = {
    "op": "retract-fact",
    "incident": "stop",
    "fact": "drag",
    "cause": "our-misreading",
    "reason": "another",
}
MARCH: dict[str, Json] = {"op": "open-incident", "id": "march", "title": "March", "zone": "America/Chicago"}
SNAPSHOT = f"sha256:{hashlib.sha256(TEXT.encode()).hexdigest()}"
OF_MARCH = fact("clash", incident="march", citations=[cited(source="agency")])


@pytest.fixture(params=["file", "database"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The small ledger, with a source `agency` and an incident `march` that have nothing to do with `stop`; positions 7 and 8."""
    if request.param == "file":
        made = begun(Desk(tmp_path / "test.ledger"))
    else:
        made = begun(DatabaseDesk(fresh_address(request.getfixturevalue("database_url"), tmp_path)))
    made.act(AGENCY | {"id": "agency"})
    made.act(MARCH)
    yield made
    made.close()


@pytest.fixture(params=["opened after it", "it came meanwhile"])
def reopened(request: pytest.FixtureRequest) -> bool:
    """Whether the ledger is opened once more when the event is there, or follows the log to it."""
    return str(request.param) == "opened after it"


def _newer(desk: Desk, stream: str, topic: str = NEWER, *, reopened: bool = False) -> int:
    desk.act(fact("seen", incident="march", citations=[cited(source="agency")]))
    position = record_newer(desk.store, stream, topic)
    if reopened:
        desk.reopen()
    return position


def test_an_act_upon_its_stream_is_refused_and_others_are_recorded(desk: Desk, *, reopened: bool) -> None:
    desk.act(fact("before"))
    at = _newer(desk, "incident/stop", reopened=reopened)

    with pytest.raises(UnknownSchemaError, match=f"^position {at}: .*'{NEWER}'.*: use that one$") as refused:
        desk.act(RETRACT)
    assert at == refused.value.position
    assert at == desk.store.head().position
    assert at + 1 == desk.act(OF_MARCH).position
    with pytest.raises(UnknownSchemaError):
        desk.act(RETRACT, dry_run=True)


def test_an_act_that_cites_a_source_which_has_one_is_refused(desk: Desk, *, reopened: bool) -> None:
    _newer(desk, "source/release", reopened=reopened)

    with pytest.raises(UnknownSchemaError):
        desk.act(fact("clash", incident="march"))
    assert desk.act(OF_MARCH).position


@pytest.mark.parametrize(
    ("stream", "topic"), [("registry", NEWER), ("incident/stop", "Redacted@2")], ids=["rules", "redaction"]
)
def test_what_binds_every_stream_stops_all_writing_and_a_retried_request_is_answered(
    desk: Desk, stream: str, topic: str, *, reopened: bool
) -> None:
    once = Request(idempotency_key="once", content=b"clash")
    recorded = desk.act(OF_MARCH, request=once)
    at = _newer(desk, stream, topic)
    if reopened:
        desk.close()
        with open_for_writing(desk.address()) as opened:
            desk.store, desk.writer = cast("SQLiteStore", opened.store), opened.writer
            _refused(desk, at)
            assert recorded.position == desk.act(OF_MARCH, request=once).position
        desk.store = desk.opened()
    else:
        _refused(desk, at)
        assert recorded.position == desk.act(OF_MARCH, request=once).position


def _refused(desk: Desk, at: int) -> None:
    for given in (OF_MARCH | {"id": "other"}, AGENCY | {"id": "third"}):
        with pytest.raises(UnknownSchemaError, match=f"^position {at}: "):
            desk.act(given)
    assert at == desk.store.head().position


def test_in_a_batch_only_what_rests_on_it_is_refused(desk: Desk) -> None:
    _newer(desk, "incident/stop")
    asks = [
        Ask(command=desk.command(one), caller=DESK) for one in (OF_MARCH, RETRACT, AGENCY | {"id": "third"})
    ]
    first, second, third = desk.writer.record_all(asks)

    assert [False, True, False] == [isinstance(one, UnknownSchemaError) for one in (first, second, third)]


def test_a_ledger_that_has_one_is_opened_to_write_and_to_rehearse(tmp_path: Path) -> None:
    with closing(begun(Desk(tmp_path / "test.ledger"))) as desk:
        record_newer(desk.store, "incident/stop")
    for number, way in enumerate((open_for_writing, open_for_rehearsal)):
        with way(desk.path) as opened:
            assert opened.writer.record(desk.command(AGENCY | {"id": f"agency-{number}"}), DESK).stream


@pytest.mark.parametrize(
    ("table", "column", "old", "new"),
    [("events", "event", '"de"', '"fr"'), ("disclosures", "lines", "Beamte", "Polizi")],
)
def test_one_that_was_changed_since_is_found_when_the_ledger_is_opened(
    tmp_path: Path, table: str, column: str, old: str, new: str
) -> None:
    with closing(begun(Desk(tmp_path / "test.ledger"))) as desk:
        at = record_newer(desk.store, "incident/stop")
        assert self_test(desk.store, None) is None
    tamper(desk.path, changed(table, column, at, old, new))

    with pytest.raises(IntegrityError, match=f"position {at}"), open_for_writing(desk.path):
        pass


def test_verify_checks_them_as_all_others_and_names_them(desk: Desk) -> None:
    first = _newer(desk, "incident/stop")
    record_newer(desk.store, "registry")
    record_newer(desk.store, "incident/march", "IncidentMerged@3")
    desk.close()
    report = verify_ledger(desk.address())
    desk.store = desk.opened()

    assert "OK" == report.verdict
    expected = (
        Newer(type=NEWER, events=2, position=first),
        Newer(type="IncidentMerged@3", events=1, position=first + 2),
    )
    assert expected == report.newer


def test_the_verifier_knows_the_types_that_the_program_knows() -> None:
    assert [f"{name}@{schema}" for name, schema in ACTS] == list(KNOWN_TYPES)


def test_what_joins_streams_or_binds_all_has_one_schema_for_each_layout_of_the_tables() -> None:
    binding = {
        f"{name}@{schema}"
        for name, schema in ACTS
        if name in ("LineageDeclared", "LineageRevoked", "Redacted")
    }

    assert {*RARE_TOPICS, "LineageRevoked@1"} == binding


def test_a_snapshot_is_not_redacted_where_only_the_newer_program_can_tell_which_texts_go_with_it(
    desk: Desk,
) -> None:
    at = _newer(desk, "source/agency", "SnapshotCaptured@2")

    refused = rf"^position {at}: .*'SnapshotCaptured@2'.* which stay, it alone can tell$"
    with pytest.raises(UnknownSchemaError, match=refused):
        desk.redact(source="release", snapshots=[SNAPSHOT])
    assert at == desk.store.head().position
    assert desk.blobs.has(SNAPSHOT)


def test_words_of_a_fact_are_redacted_whatever_a_newer_program_captured(desk: Desk) -> None:
    at = _newer(desk, "source/agency", "SnapshotCaptured@2")

    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    assert at + 1 == desk.store.head().position


def test_a_removal_that_was_cut_short_waits_for_the_newer_program_and_writing_goes_on(desk: Desk) -> None:
    desk.blobs.mark([SNAPSHOT])
    at = _newer(desk, "source/agency", "SnapshotCaptured@2", reopened=True)

    assert at + 1 == desk.act(AGENCY | {"id": "third"}).position
    assert [SNAPSHOT] == desk.blobs.marked()
    again = {"op": "capture-snapshot", "source": "third", "media_type": "text/plain", "text": TEXT}
    with pytest.raises(UnknownSchemaError, match=r"it alone can tell$"):
        desk.act(again)
    assert desk.act(again | {"text": "Another text of the agency."}).position
