"""PDF to text: page by page as the library gives it, and bombs that harm nobody."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.extraction.confined import LIMITS, Limits
from ledger.extraction.pdf import read_pages
from ledger.extraction.text import extract, page_at
from ledger.media import MediaType
from ledger.quotation import find_quotation
from tests.pdf_files import bomb, encrypted, pdf, scan, stream, words

if TYPE_CHECKING:
    from ledger.extraction.text import Extraction

_MAP = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /M def "
    b"1 begincodespacerange <00> <FF> endcodespacerange 4 beginbfchar <41> <D83DDE00> <42> <00AD> <44> <D83D> <45> <000C> "
    b"endbfchar endcmap end end"
)


def _extracted(data: bytes, limits: Limits = LIMITS) -> Extraction:
    extraction = extract(MediaType(name="application/pdf"), io.BytesIO(data), limits)
    assert extraction is not None
    return extraction


def test_pages_are_joined_by_form_feeds_so_that_a_position_tells_the_page() -> None:
    extraction = _extracted(words("He was dragged\nabout 15 feet.", "", "Page three."))
    text = extraction.text or ""

    assert "He was dragged\r\nabout 15 feet.\f\fPage three." == text
    assert 3 == extraction.pages
    match = find_quotation(text, exact="Page three.", field="/selector")
    assert (1, 3) == (page_at(text, 0), page_at(text, match.start))
    assert "incident-ledger.pdf" == extraction.extractor.name
    assert (extraction.extractor.version or "").startswith("1; pypdfium2 5.")
    assert extraction.extractor.no_text is None


def test_a_quotation_over_the_end_of_a_printed_line_is_found() -> None:
    text = _extracted(words("He was dragged\nabout 15 feet.")).text or ""

    found = find_quotation(text, exact="dragged about 15 feet", field="/selector")

    assert "dragged\r\nabout 15 feet" == text[found.start : found.end]


def test_nothing_but_what_no_text_may_hold_is_changed() -> None:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>"
    content = stream(b"BT /F1 12 Tf 72 720 Td (xAyDzEvBu) Tj ET")

    text = read_pages(pdf([content], font=font, more=[stream(_MAP)])).text

    assert "x😀y\ufffdz" == text[:5]
    assert "\f" not in text


@pytest.mark.parametrize(
    ("data", "pages", "why"),
    [
        (scan(3), 3, "none-there"),
        (words(" ", ""), 2, "none-there"),
        (encrypted(), None, "encrypted"),
        (b"%PDF-1.7\nrubbish", None, "unreadable"),
        (words("words")[:200], None, "unreadable"),
    ],
    ids=["a scan", "blanks", "locked", "rubbish", "cut off"],
)
def test_a_pdf_without_text_says_why(data: bytes, pages: int | None, why: str) -> None:
    extraction = _extracted(data)

    assert (None, pages, why) == (extraction.text, extraction.pages, extraction.extractor.no_text)


@pytest.mark.parametrize(
    ("unpacked_bytes", "limits"),
    [
        (40_000_000, Limits(cpu_s=1)),
        (40_000_000, Limits(memory_bytes=200_000_000)),
        (1_500_000, Limits(output_bytes=1_000)),
    ],
    ids=["of time", "of memory", "of text"],
)
def test_a_bomb_ends_the_child_and_nothing_else(unpacked_bytes: int, limits: Limits) -> None:
    extraction = _extracted(bomb(unpacked_bytes), limits)

    assert (None, "stopped") == (extraction.text, extraction.extractor.no_text)


def test_a_damaged_page_has_no_text_and_the_others_keep_their_numbers() -> None:
    whole = words("one", "two", "three")
    damaged = whole.replace(b"6 0 obj\n<< /Type /Page ", b"6 0 obj\n<< /Typo /Pagf ").replace(
        b"/Contents 7 0 R", b"/Contents 9999 "
    )

    assert "one\f\fthree" == read_pages(damaged).text


@settings(max_examples=25)
@given(st.binary(max_size=30), st.integers(0, 900), st.integers(1, 3))
def test_damage_gives_the_same_answer_again(noise: bytes, at: int, pages: int) -> None:
    whole = words(*("He was dragged about 15 feet.",) * pages)
    data = whole[:at] + noise + whole[at + len(noise) :]

    first = read_pages(data)

    assert first == read_pages(data)
    assert first.text == first.text.encode().decode()
    assert (first.no_text is None) == bool(first.text.strip())
    assert first.pages is None or first.no_text is not None or first.text.count("\f") == first.pages - 1
