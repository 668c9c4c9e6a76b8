"""A capture described: what is recorded of bytes of each type, what is kept beside them, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.blobs import Blobs, digest_of_bytes
from ledger.capture import Captured, describe, keep
from ledger.commands import CaptureSnapshot
from ledger.errors import InvalidError, RefusedError, RuleError
from ledger.extraction.confined import Limits
from ledger.extraction.plain import PLAIN
from ledger.media import DOCUMENT_LIMIT
from ledger.snapshot import Held, Measured
from tests.fakes import CountingBytes
from tests.media_files import FILES, png
from tests.pdf_files import bomb, encrypted, scan, words

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "Müller, aged 34, was hurt.\r\n".encode()
PAGE = "<!doctype html><meta charset=utf-8><p>Müller, <b>aged 34</b>,\n was hurt.".encode()
TEXT = "Müller, aged 34, was hurt."


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs", CountingBytes())


def _capture(data: bytes | Held, media_type: str = "text/plain") -> CaptureSnapshot:
    return CaptureSnapshot(source="release", media_type=media_type, data=data, method="by hand")


def test_plain_text_is_its_own_extraction(blobs: Blobs, tmp_path: Path) -> None:
    described = describe(_capture(WORDS), blobs)
    record = described.record

    assert digest_of_bytes(WORDS) == record.snapshot == record.extraction
    assert (len(WORDS), "text/plain", "by hand") == (record.size_bytes, record.media_type, record.method)
    assert (PLAIN, None, None) == (record.extractor, record.measured, described.text)
    assert [] == list(tmp_path.iterdir()), "nothing is stored"


@pytest.mark.parametrize("media_type", ["text/html", "Text/HTML; charset=UTF-8"])
def test_the_text_of_a_page_is_kept_beside_it_under_its_own_digest(blobs: Blobs, media_type: str) -> None:
    described = describe(_capture(PAGE, media_type), blobs)
    keep(described, blobs)
    record = described.record

    assert (digest_of_bytes(PAGE), digest_of_bytes(TEXT.encode())) == (record.snapshot, record.extraction)
    assert (PAGE, TEXT) == (blobs.read(record.snapshot), blobs.text(record.extraction or ""))
    assert media_type == record.media_type, "kept as it was given"
    assert record.extractor is not None
    assert ("incident-ledger.html", None) == (record.extractor.name, record.extractor.no_text)


def test_a_pdf_has_its_pages_and_its_text(blobs: Blobs) -> None:
    described = describe(_capture(words("One.", "Two."), "application/pdf"), blobs)

    assert (b"One.\fTwo.", Measured(pages=2)) == (described.text, described.record.measured)


@pytest.mark.parametrize(
    ("data", "why", "measured"),
    [
        (scan(2), "none-there", Measured(pages=2)),
        (encrypted(), "encrypted", None),
        (b"%PDF-1.7 rubbish", "unreadable", None),
    ],
    ids=["a scan", "locked", "damaged"],
)
def test_bytes_without_text_are_evidence_and_are_recorded_with_the_reason(
    blobs: Blobs, data: bytes, why: str, measured: Measured | None
) -> None:
    described = describe(_capture(data, "application/pdf"), blobs)
    record = described.record

    assert (digest_of_bytes(data), None, None) == (record.snapshot, record.extraction, described.text)
    assert record.extractor is not None
    assert (why, measured) == (record.extractor.no_text, record.measured)
    assert record.extractor.version is not None


def test_a_bomb_is_recorded_and_harms_nobody(blobs: Blobs) -> None:
    described = describe(_capture(bomb(40_000_000), "application/pdf"), blobs, Limits(cpu_s=1))

    assert described.record.extractor is not None
    assert "stopped" == described.record.extractor.no_text


@pytest.mark.parametrize(("name", "data"), [(name, files[0]) for name, files in FILES.items()], ids=FILES)
def test_images_sound_and_video_have_no_text(blobs: Blobs, name: str, data: bytes) -> None:
    described = describe(_capture(data, name), blobs)

    assert Captured(record=described.record, data=data) == described
    assert (None, None) == (described.record.extraction, described.record.extractor)


def test_an_image_is_measured(blobs: Blobs) -> None:
    record = describe(_capture(png(1200, 800), "image/png"), blobs).record

    assert Measured(width_px=1200, height_px=800) == record.measured


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(WORDS, "text/plain"), (PAGE, "text/html"), (words("One."), "application/pdf"), (png(), "image/png")],
    ids=["text", "HTML", "PDF", "PNG"],
)
def test_received_bytes_are_described_as_those_in_memory_are(
    blobs: Blobs, data: bytes, media_type: str
) -> None:
    held = blobs.receive((data,), DOCUMENT_LIMIT)

    streamed = describe(_capture(held, media_type), blobs)

    assert describe(_capture(data, media_type), blobs).record == streamed.record
    keep(streamed, blobs)
    assert data == blobs.read(streamed.record.snapshot)


def _empty(media_type: str) -> tuple[bytes, str, type[RefusedError], str]:
    return b"", media_type, InvalidError, "is empty"


@pytest.mark.parametrize(
    ("data", "media_type", "error", "saying"),
    [
        _empty("text/plain"),
        _empty("application/pdf"),
        _empty("video/mp4"),
        (b"M\xfcller", "text/plain", InvalidError, "/text: is not UTF-8 text: byte 1 cannot be read"),
        (b"\xed\xa0\x80", "text/plain", InvalidError, "byte 0 cannot be read"),
        (b"a\x00b", "text/plain", InvalidError, r"U\+0000"),
        (b"<meta charset=utf-8>M\xfcller", "text/html", InvalidError, "/text: is not utf-8 text: byte 21"),
        (b"Two were hurt.", "text/html", RuleError, "look like plain text"),
        (PAGE, "text/plain", RuleError, "look like text/html"),
        (PAGE, "application/pdf", RuleError, "look like text/html"),
        (png(), "application/pdf", RuleError, "look like image/png"),
        (
            b"\x00" * (DOCUMENT_LIMIT + 1),
            "application/pdf",
            InvalidError,
            f"/base64: has .* at most {DOCUMENT_LIMIT}",
        ),
    ],
    ids=range(12),
)
def test_bytes_that_are_not_what_they_should_be_are_refused(
    blobs: Blobs, data: bytes, media_type: str, error: type[RefusedError], saying: str
) -> None:
    with pytest.raises(error, match=saying):
        describe(_capture(data, media_type), blobs)


def test_bytes_at_the_limit_are_taken(blobs: Blobs) -> None:
    assert DOCUMENT_LIMIT == describe(_capture(b"x" * DOCUMENT_LIMIT), blobs).record.size_bytes


def test_text_that_holds_no_u0000_and_nothing_else_is_changed(blobs: Blobs) -> None:
    text = describe(_capture(b"<p>a&#0;b \xc2\xad\xef\xac\x81<p>\xf0\x9f\x98\x80", "text/html"), blobs).text

    assert "a\ufffdb \u00ad\ufb01\n😀" == (text or b"").decode()
