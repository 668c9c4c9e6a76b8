"""A ledger out as text and in again: the same positions, bytes, snapshots and root (model §5, law 8)."""

from __future__ import annotations

import base64
import datetime as dt
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from api.opening import open_for_reading, open_for_writing
from ledger import transfer
from ledger.address import folder_of
from ledger.errors import ConflictError, InvalidError, StoreError
from ledger.log_lines import WITHHELD, log_line
from ledger.mark import Mark
from ledger.self_test import where_it_ends
from ledger.stores.sqlite_store import SQLiteStore
from ledger.transfer import LogExport, lines
from ledger.values import Absent
from ledger.verify import verify_file, verify_ledger
from projections.axes import Axes
from projections.incident_view import incident_view
from tests.desk import Desk, a_small_ledger, cited, fact
from tests.fakes import NOON
from tests.postgres_server import fresh_address
from tests.transferring import as_line, exported, files_of, imported, lines_of, naive_root, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from projections.incident_view import IncidentView


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = a_small_ledger(tmp_path / "desk.ledger")
    made.capture("The officer was dragged about 15 feet, they say now.\n")
    made.redact(facts=[{"fact": "other", "paths": ["statement"]}])
    yield made
    made.close()


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return tmp_path / "other.ledger"


def _view(path: Path) -> IncidentView:
    with open_for_reading(path) as opened:
        events = opened.history.of_incident("stop")
        view = incident_view(events, "stop", Axes(known=opened.history.head().position))
    assert view is not None
    return view


def test_an_imported_ledger_is_the_exported_one_to_the_byte(desk: Desk, other: Path) -> None:
    made = imported(exported(desk.path), other)

    rows = rows_of(desk.path)
    assert rows == rows_of(other)
    assert files_of(desk.path) == files_of(other)
    assert base64.b64encode(naive_root([row.leaf for row in rows])).decode() == made.root
    assert (len(rows), len(rows), 2, True) == (made.events, made.new, made.snapshots, made.complete)
    assert exported(desk.path) == exported(other)
    assert "OK" == verify_file(other).verdict


def test_an_imported_ledger_is_written_on_as_any_other(desk: Desk, other: Path) -> None:
    imported(exported(desk.path), other)

    again = Desk(other)
    try:
        assert len(rows_of(desk.path)) + 1 == again.act(fact("third")).position
    finally:
        again.close()


def test_the_first_line_says_what_the_file_holds_and_the_last_how_it_ends(desk: Desk) -> None:
    rows = rows_of(desk.path)

    told = lines_of(exported(desk.path))

    assert {
        "disclosures": "included",
        "events": len(rows),
        "format": "incident-ledger/1",
        "snapshots": "included",
    } == told[0]
    root = base64.b64encode(naive_root([row.leaf for row in rows])).decode()
    assert {"events": len(rows), "root": root} == told[-1]


def test_a_snapshot_stands_before_the_event_that_captured_it_and_only_once(desk: Desk) -> None:
    desk.capture()

    told = lines_of(exported(desk.path))

    given = [number for number, line in enumerate(told) if "snapshot" in line]
    assert 2 == len(given)
    assert all('"type":"SnapshotCaptured"' in told[number + 1]["event"] for number in given)


def test_a_snapshot_of_many_pieces_is_put_together_again(
    desk: Desk, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "PIECE_BYTES", 7)

    data = exported(desk.path)

    assert len([line for line in lines_of(data) if "snapshot" in line]) > 2
    imported(data, other)
    assert files_of(desk.path) == files_of(other)


def test_a_log_is_stored_in_many_transactions(
    desk: Desk, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer.importing, "BATCH_ROWS", 2)
    commits: list[int] = []
    restore = SQLiteStore.restore

    def counted(self: SQLiteStore, rows: list[object]) -> None:
        commits.append(len(rows))
        restore(self, rows)  # type: ignore[arg-type]  # rows, whatever they are

    monkeypatch.setattr(SQLiteStore, "restore", counted)
    imported(exported(desk.path), other)

    assert [2, 2, 2, 2] == commits
    assert rows_of(desk.path) == rows_of(other)


def test_streams_that_are_no_longer_in_memory_are_read_again(
    desk: Desk, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer.states, "MAX_CACHED", 1)

    imported(exported(desk.path), other)

    assert rows_of(desk.path) == rows_of(other)


def test_what_was_redacted_stays_redacted_and_the_ledger_is_whole(desk: Desk, other: Path) -> None:
    data = exported(desk.path)

    assert b"says other" not in data
    imported(data, other)
    report = verify_file(other)
    assert ("OK", 1) == (report.verdict, report.redacted)


def test_a_redacted_snapshot_and_its_text_are_not_exported(desk: Desk, other: Path) -> None:
    kept = files_of(desk.path)
    desk.redact(source="release", snapshots=[desk.capture("What a court had removed.\n")])

    data = exported(desk.path)
    imported(data, other)

    assert base64.b64encode(b"What a court had removed.\n") not in data
    assert kept == files_of(other)
    assert "OK" == verify_file(other).verdict


def test_a_ledger_without_its_snapshots_says_that_they_are_withheld(desk: Desk, other: Path) -> None:
    imported(exported(desk.path, snapshots=False), other)

    report = verify_file(other)
    assert rows_of(desk.path) == rows_of(other)
    assert ("OK", 0, 2) == (report.verdict, report.snapshots, report.withheld_snapshots)


def test_a_copy_for_the_public_has_no_word_and_the_same_root(desk: Desk, other: Path) -> None:
    data = exported(desk.path, snapshots=False, disclosures=False)
    made = imported(data, other)

    report = verify_file(other)
    assert b"dragged" not in data
    assert [row.leaf for row in rows_of(desk.path)] == [row.leaf for row in rows_of(other)]
    assert base64.b64encode(naive_root([row.leaf for row in rows_of(other)])).decode() == made.root
    assert ("OK", 0, 1) == (report.verdict, report.disclosures, report.redacted)
    assert report.withheld == verify_file(desk.path).disclosures


def test_a_copy_for_the_public_is_read_and_not_written(desk: Desk, other: Path) -> None:
    imported(exported(desk.path, snapshots=False, disclosures=False), other)

    assert Absent(absent="undisclosed") == _view(other).title
    assert ["drag", "other"] == [one.fact for one in _view(other).facts]
    with pytest.raises(StoreError, match="without disclosures"), open_for_writing(other):
        pass


def test_lines_that_somebody_printed_are_a_log_too(desk: Desk, other: Path) -> None:
    rows = rows_of(desk.path)

    made = imported(b"".join(map(log_line, rows)), other)

    assert rows == rows_of(other)
    assert not made.complete


def test_lines_that_somebody_printed_for_the_public_are_a_log_too(desk: Desk, other: Path) -> None:
    rows = rows_of(desk.path)

    imported(WITHHELD + b"".join(log_line(row, disclosures=False) for row in rows), other)

    assert [row.event for row in rows] == [row.event for row in rows_of(other)]


def test_the_same_log_again_changes_nothing(desk: Desk, other: Path) -> None:
    data = exported(desk.path)
    imported(data, other)

    again = imported(data, other)

    assert (len(rows_of(desk.path)), 0) == (again.events, again.new)
    assert rows_of(desk.path) == rows_of(other)
    with open_for_reading(other) as opened:
        assert len(rows_of(desk.path)) == opened.history.head().position


def test_a_ledger_with_events_of_its_own_is_no_place_for_a_log(desk: Desk, other: Path) -> None:
    own = a_small_ledger(other)
    own.act(fact("third", statement="Something else."))
    own.act(fact("fourth", statement="Something else."))
    own.close()
    before = rows_of(other)

    with pytest.raises(InvalidError, match=r"line \d+: the ledger is not empty"):
        imported(exported(desk.path), other)

    assert before == rows_of(other)


def test_a_ledger_that_went_on_after_an_import_is_no_place_for_it_again(desk: Desk, other: Path) -> None:
    data = exported(desk.path)
    imported(data, other)
    own = Desk(other)
    own.act(fact("third"))
    own.close()

    with pytest.raises(ConflictError, match="is not empty: it goes on to position 9"):
        imported(data, other)


def test_an_import_that_was_cut_off_is_neither_read_nor_written_until_it_has_gone_on(
    desk: Desk, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer.importing, "BATCH_ROWS", 2)
    data = exported(desk.path)
    with pytest.raises(InvalidError, match="the file ends here, after 7 of 8 events"):
        imported(b"".join(data.splitlines(keepends=True)[:-2]), other)

    assert 6 == len(rows_of(other))
    with pytest.raises(StoreError, match="was cut off"), open_for_reading(other):
        pass
    with pytest.raises(StoreError, match="was cut off"), open_for_writing(other):
        pass
    made = imported(data, other)
    assert (8, 2) == (made.events, made.new)
    assert rows_of(desk.path) == rows_of(other)
    assert 8 == _view(other).position


def test_an_import_goes_on_with_the_file_that_it_began_with_and_no_other(
    desk: Desk, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer.importing, "BATCH_ROWS", 2)
    with pytest.raises(InvalidError, match="the file ends here"):
        imported(exported(desk.path)[:-100].rpartition(b"\n")[0] + b"\n", other)
    lines = lines_of(exported(desk.path))
    lines[2]["disclosures"].pop()

    with pytest.raises(InvalidError, match="of a file with other contents"):
        imported(exported(desk.path, snapshots=False), other)
    with pytest.raises(InvalidError, match=r"line \d+: an import that was cut off left something else"):
        imported(b"".join(map(as_line, lines)), other)


def test_a_ledger_moves_into_a_database_and_out_again(desk: Desk, database_url: str, tmp_path: Path) -> None:
    address = fresh_address(database_url, tmp_path)
    data = exported(desk.path)

    imported(data, address)

    with open_for_reading(address) as opened:
        assert rows_of(desk.path) == list(opened.store.rows())
        assert data == b"".join(LogExport(opened.store, opened.blobs, snapshots=True).lines())
    assert "OK" == verify_ledger(address).verdict


def test_the_mark_of_an_imported_ledger_is_at_its_end(desk: Desk, other: Path) -> None:
    imported(exported(desk.path), other)

    with closing(SQLiteStore(other, read_only=True)) as store:
        assert where_it_ends(store) == Mark(folder_of(other) / "mark").read()


def test_a_redaction_during_an_export_makes_it_worthless(desk: Desk) -> None:
    export = LogExport(desk.store, desk.blobs, snapshots=True)
    lines = export.lines()
    for _ in range(2):
        next(lines)
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])

    with pytest.raises(StoreError, match="a redaction was recorded while the log was exported"):
        list(lines)


def test_events_recorded_during_an_export_are_left_for_the_next(desk: Desk, other: Path) -> None:
    export = LogExport(desk.store, desk.blobs, snapshots=True)
    lines = export.lines()
    begun = next(lines)
    desk.act(fact("third", citations=[cited()]))

    imported(begun + b"".join(lines), other)

    assert rows_of(desk.path)[:-1] == rows_of(other)


def test_what_this_machine_calls_the_future_is_said_by_its_clock(desk: Desk, tmp_path: Path) -> None:
    data = exported(desk.path)

    with pytest.raises(InvalidError, match="line 2: it was recorded later than it is now"):
        imported(data, tmp_path / "early.ledger", now=NOON - dt.timedelta(seconds=6))
    imported(data, tmp_path / "close.ledger", now=NOON - dt.timedelta(seconds=3))
