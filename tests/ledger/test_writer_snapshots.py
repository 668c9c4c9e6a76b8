"""Snapshots of every type through the writer: pinned to their words, streamed from disk, and redacted with their texts."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ledger.blobs import digest_of_bytes
from ledger.citation import position_of
from ledger.commands import CaptureSnapshot
from ledger.errors import QuotationError, RuleError, StoreError, UnknownError
from ledger.events import FactReported, SnapshotCaptured
from ledger.media import RECORDING_LIMIT
from ledger.snapshot import Measured
from ledger.verify import verify_file
from tests.desk import AGENCY, DESK, Desk, cited, fact
from tests.media_files import FILES
from tests.pdf_files import scan, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

PAGE = "<p>The officer was <b>drag</b>ged\n about 15 feet.</p><p>Müller was hurt.</p>"
OTHER_PAGE = PAGE + "<!-- another advertisement -->"
TEXT = "The officer was dragged about 15 feet.\nMüller was hurt."
TEXT_DIGEST = digest_of_bytes(TEXT.encode())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    made.begin()
    made.act(AGENCY | {"id": "reprint"})
    yield made
    made.close()


def _page(desk: Desk, text: str = PAGE, **members: Json) -> str:
    return desk.capture(text, media_type="text/html; charset=utf-8", **members)


def _pdf(desk: Desk, data: bytes) -> str:
    coded = base64.b64encode(data).decode()
    given = {"op": "capture-snapshot", "source": "release", "media_type": "application/pdf", "base64": coded}
    return desk.act(given).id


def _quoting(snapshot: str, exact: str, **members: Json) -> dict[str, Json]:
    selector = [{"type": "TextQuoteSelector", "exact": exact}]
    return fact(citations=[cited(snapshot=snapshot, selector=selector)], **members)


def _files(desk: Desk) -> list[str]:
    blobs = desk.path.with_name(desk.path.name + ".d") / "blobs"
    return sorted("sha256:" + one.name for one in blobs.rglob("*") if one.is_file())


def _recorded(desk: Desk) -> SnapshotCaptured:
    body = list(desk.writer._present.stream("source/release"))[-1].body
    assert isinstance(body, SnapshotCaptured)
    return body


def test_a_quotation_that_spans_tags_is_pinned_in_the_text_of_the_page(desk: Desk) -> None:
    snapshot = _page(desk)

    desk.act(_quoting(snapshot, "was dragged about 15 feet"))

    report = list(desk.writer._present.stream("incident/stop"))[-1].body
    assert isinstance(report, FactReported)
    citation = report.attestations[0]
    position = position_of(citation)
    assert position is not None
    assert "was dragged about 15 feet" == TEXT[position.start : position.end]
    assert TEXT_DIGEST == citation.extraction
    assert sorted([snapshot, TEXT_DIGEST]) == _files(desk)


def test_words_that_are_only_in_the_markup_are_not_on_the_page(desk: Desk) -> None:
    with pytest.raises(QuotationError):
        desk.act(_quoting(_page(desk), "another advertisement"))


def test_a_quotation_on_the_second_page_of_a_pdf_is_pinned(desk: Desk) -> None:
    snapshot = _pdf(desk, words("One.", "He was dragged\nabout 15 feet."))

    assert 5 < (desk.act(_quoting(snapshot, "about 15 feet")).position or 0)
    assert Measured(pages=2) == _recorded(desk).measured


def test_a_scan_is_cited_without_words(desk: Desk) -> None:
    snapshot = _pdf(desk, scan(2))

    desk.act(_quoting(snapshot, "words that only eyes can find"))

    recorded = _recorded(desk)
    assert (None, Measured(pages=2)) == (recorded.extraction, recorded.measured)
    assert recorded.extractor is not None
    assert "none-there" == recorded.extractor.no_text


def test_a_video_is_streamed_and_recorded_without_standing_in_memory(desk: Desk) -> None:
    data = FILES["video/mp4"][0]
    held = desk.blobs.receive((data[:10], data[10:]), RECORDING_LIMIT)

    receipt = desk.writer.record(CaptureSnapshot(source="release", media_type="video/mp4", data=held), DESK)

    assert digest_of_bytes(data) == receipt.id
    assert data == desk.blobs.read(receipt.id)
    assert Measured(duration_s="258.5", width_px=1920, height_px=1080) == _recorded(desk).measured
    desk.blobs.discard(held)
    assert [receipt.id] == _files(desk)


def test_what_was_received_and_not_recorded_is_left_for_the_caller_to_discard(desk: Desk) -> None:
    held = desk.blobs.receive((b"words",), 100)
    command = CaptureSnapshot(source="release", media_type="text/plain", data=held)

    assert desk.writer.record(command, DESK, dry_run=True).dry_run
    with pytest.raises(UnknownError):
        desk.writer.record(replace(command, source="nobody"), DESK)

    assert not desk.blobs.has(held.digest)
    desk.blobs.discard(held)
    assert [] == _files(desk)


def test_what_a_dead_process_had_received_is_gone_when_the_ledger_is_opened(desk: Desk) -> None:
    desk.blobs.receive((b"words",), 100)

    desk.reopen()

    assert [] == _files(desk)


def test_a_file_whose_type_lies_is_refused_and_leaves_nothing(desk: Desk) -> None:
    with pytest.raises(RuleError) as caught:
        _pdf(desk, b"<html><p>x")

    assert "media-type-mismatch" == caught.value.rule
    assert [] == _files(desk)


def test_the_text_of_a_snapshot_leaves_the_disk_with_it(desk: Desk) -> None:
    snapshot = _page(desk)
    assert "OK" == verify_file(desk.path).verdict

    desk.redact(source="release", snapshots=[snapshot])

    assert [] == _files(desk)
    assert "OK" == verify_file(desk.path).verdict
    with pytest.raises(RuleError, match="redacted"):
        desk.act(_quoting(snapshot, "Müller was hurt."))


@pytest.mark.parametrize("source", ["release", "reprint"])
def test_a_text_stays_while_another_snapshot_that_stands_has_the_very_same(desk: Desk, source: str) -> None:
    first, other = _page(desk), _page(desk, OTHER_PAGE, source=source)

    desk.redact(source="release", snapshots=[first])
    assert sorted([other, TEXT_DIGEST]) == _files(desk)
    assert "OK" == verify_file(desk.path).verdict

    desk.redact(source=source, snapshots=[other])
    assert [] == _files(desk)


def test_a_text_stays_while_it_is_itself_a_snapshot_that_stands(desk: Desk) -> None:
    page, plain = _page(desk), desk.capture(TEXT)
    assert TEXT_DIGEST == plain

    desk.redact(source="release", snapshots=[page])

    assert [plain] == _files(desk)


def test_the_same_page_in_another_source_loses_its_text_with_its_bytes(desk: Desk) -> None:
    snapshot = _page(desk)
    _page(desk, source="reprint")

    desk.redact(source="release", snapshots=[snapshot])
    assert [] == _files(desk)

    assert desk.act(
        {"op": "capture-snapshot", "source": "reprint", "media_type": "text/html", "text": PAGE}
    ).quiet
    assert [] == _files(desk), "what stands recorded there does not bring it back"


def test_every_text_that_was_ever_made_of_a_snapshot_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = _page(desk, captured_at="2021-05-08T10:00:00Z")
    monkeypatch.setattr("ledger.capture.extract", _newer_library)
    _page(desk, captured_at="2021-05-08T11:00:00Z")
    assert 3 == len(_files(desk))

    desk.redact(source="release", snapshots=[snapshot])

    assert [] == _files(desk)


def _newer_library(*_: object) -> object:
    from ledger.extraction.text import Extraction  # noqa: PLC0415  plays a library of tomorrow
    from ledger.snapshot import Extractor  # noqa: PLC0415  as above

    return Extraction(extractor=Extractor(name="incident-ledger.html", version="2"), text=TEXT + " ")


def test_a_quiet_capture_keeps_no_text_that_no_act_names(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = _page(desk)
    desk.blobs.remove(snapshot)
    monkeypatch.setattr("ledger.capture.extract", _newer_library)

    assert snapshot == _page(desk)

    assert sorted([snapshot, TEXT_DIGEST]) == _files(desk)


def test_a_lost_text_is_put_back_by_capturing_the_same_bytes_again(desk: Desk) -> None:
    snapshot = _page(desk)
    desk.blobs.remove(TEXT_DIGEST)

    _page(desk)

    assert sorted([snapshot, TEXT_DIGEST]) == _files(desk)


def test_a_text_whose_removal_was_cut_short_goes_when_the_ledger_is_opened_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = _page(desk)

    def fail(_: object) -> None:
        raise StoreError("the disk is away")

    with monkeypatch.context() as patched:
        patched.setattr(desk.blobs, "remove", fail)
        desk.redact(source="release", snapshots=[snapshot])
    assert desk.writer.erasing
    assert desk.blobs.has(TEXT_DIGEST)

    desk.reopen()

    assert [] == _files(desk)
    assert not desk.writer.erasing


@pytest.mark.parametrize("most", [1, 20_000])
def test_each_time_of_a_capture_is_known_however_little_is_kept_in_memory(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("ledger.present.MOST_CAPTURES", most)
    first, second = "2020-05-08T11:00:00Z", "2020-05-08T11:30:00Z"
    _page(desk, captured_at=first)
    _page(desk, OTHER_PAGE)
    _page(desk, captured_at=second)
    _page(desk, OTHER_PAGE + "<!-- and one more -->")

    recorded = desk.store.head().position
    _page(desk, captured_at=first)
    _page(desk, captured_at=second)
    assert recorded == desk.store.head().position
    _page(desk, captured_at="2020-05-08T11:31:00Z")
    assert recorded + 1 == desk.store.head().position
