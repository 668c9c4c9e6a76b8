"""Fragments: read by the specification that is named, and held against what is known of the snapshot."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidError, QuotationError
from ledger.fragment import (
    MEDIA_FRAGMENTS,
    PDF_FRAGMENTS,
    Fragment,
    Page,
    Region,
    Span,
    check_extent,
    check_on_page,
    read_fragment,
)
from ledger.snapshot import Measured

PDF = "http://tools.ietf.org/rfc/rfc8118"
MEDIA = "http://www.w3.org/TR/media-frags/"
PAGES = "One.\fTwo ends\fhere. Three."
"""Three pages; a sentence runs from the second to the third."""


def span(start: str, end: str | None = None) -> Span:
    return Span(Fraction(start), None if end is None else Fraction(end))


def region(*sides: str, percent: bool = False) -> Region:
    x, y, width, height = map(Fraction, sides)
    return Region(x, y, width, height, percent)


@pytest.mark.parametrize(
    ("conforms_to", "value", "expected"),
    [
        (PDF, "page=3", (Page(3),)),
        ("https://www.rfc-editor.org/rfc/rfc3778", "page=007", (Page(7),)),
        (PDF, "zoom=200&page=%33#view=FitH", (Page(3),)),
        (PDF, "nameddest=chapter%202", ()),
        (MEDIA, "t=252,258.5", (span("252", "258.5"),)),
        (MEDIA, "t=npt:10,20", (span("10", "20"),)),
        (MEDIA, "t=npt%3a10", (span("10"),)),
        (MEDIA, "t=,0.5", (span("0", "0.5"),)),
        (MEDIA, "t=120.", (span("120"),)),
        (MEDIA, "t=02:00,121.5", (span("120", "121.5"),)),
        (MEDIA, "t=100:59:59.25", (span("363599.25"),)),
        (MEDIA, "xywh=160,120,320,240", (region("160", "120", "320", "240"),)),
        (MEDIA, "xywh=pixel:0,0,1,1", (region("0", "0", "1", "1"),)),
        (MEDIA, "xywh=percent:25,25,50,75", (region("25", "25", "50", "75", percent=True),)),
        (MEDIA, "xywh=percent:0,0,33.3,100", (region("0", "0", "33.3", "100", percent=True),)),
        ("https://www.w3.org/TR/media-frags", "xywh=1,2,3,4&t=5", (span("5"), region("1", "2", "3", "4"))),
        (MEDIA, "track=audio&id=chapter-1", ()),
        (MEDIA, "t=1&colour=%e2%82%ac", (span("1"),)),
        (None, "page=0", ()),
        ("https://example.org/", "#anything at all", ()),
    ],
)
def test_a_fragment_is_read_by_the_specification_that_is_named(
    conforms_to: str | None, value: str, expected: tuple[Fragment, ...]
) -> None:
    assert expected == read_fragment(value, conforms_to, field="/value")


@pytest.mark.parametrize(
    ("conforms_to", "value", "rule"),
    [
        (PDF, "page=0", "pages count from 1"),
        (PDF, "page=-1", "one whole number"),
        (PDF, "page=3-4", "one whole number"),
        (PDF, "page=iii", "one whole number"),
        (PDF, "page=٣", "one whole number"),
        (PDF, "page=3&page=4", "page= stands twice"),
        (PDF, "3", "name=value"),
        (PDF, "page=", "name=value"),
        (PDF, "#page=3", "without # before it"),
        (PDF, "page=3&", "name=value"),
        (PDF, "search=100%", "two hexadecimal digits"),
        (PDF, "search=%ff", "is not UTF-8"),
        (MEDIA, "t=", "name=value"),
        (MEDIA, "t=,", "start, start,end or ,end"),
        (MEDIA, "t=3,", "start, start,end or ,end"),
        (MEDIA, "t=1,2,3", "a time of t= is written in seconds"),
        (MEDIA, "t=7,3", "lies before its end"),
        (MEDIA, "t=3,3", "lies before its end"),
        (MEDIA, "t=,0", "lies before its end"),
        (MEDIA, "t=-1,3", "a time of t= is written in seconds"),
        (MEDIA, "t=1e3", "a time of t= is written in seconds"),
        (MEDIA, "t=.5", "a time of t= is written in seconds"),
        (MEDIA, "t=1:30", "a time of t= is written in seconds"),
        (MEDIA, "t=00:60", "a time of t= is written in seconds"),
        (MEDIA, "t=1:60:00", "a time of t= is written in seconds"),
        (MEDIA, "t=NPT:1", "a time of t= is written in seconds"),
        (MEDIA, "t=smpte:00:01:00:00", "a time of t= is written in seconds"),
        (MEDIA, "t=clock:2021-05-08T12:00:00Z", "a time of t= is written in seconds"),
        (MEDIA, "t=1&t=2", "t= stands twice"),
        (MEDIA, "xywh=1,2,3", "xywh= takes x,y,w,h"),
        (MEDIA, "xywh=1,2,3,4,5", "xywh= takes x,y,w,h"),
        (MEDIA, "xywh=1.5,2,3,4", "whole pixels"),
        (MEDIA, "xywh=-1,2,3,4", "whole pixels"),
        (MEDIA, "xywh=inch:1,2,3,4", "whole pixels"),
        (MEDIA, "xywh=:1,2,3,4", "whole pixels"),
        (MEDIA, "xywh=1,2,0,4", "wider and higher than 0"),
        (MEDIA, "xywh=percent:60,0,50,10", "ends at 100"),
        (MEDIA, "xhwy=1,2,3,4", "a media fragment has one of t, xywh, track, id"),
        (MEDIA, "page=3", "a media fragment has one of t, xywh, track, id"),
    ],
)
def test_what_breaks_the_grammar_is_refused_naming_the_rule(conforms_to: str, value: str, rule: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read_fragment(value, conforms_to, field="/value")

    assert "/value" == caught.value.field
    assert rule in caught.value.rule


def test_no_specification_is_known_by_two_grammars() -> None:
    assert set() == PDF_FRAGMENTS & MEDIA_FRAGMENTS
    assert {PDF, "http://tools.ietf.org/rfc/rfc3778"} <= PDF_FRAGMENTS
    assert MEDIA in MEDIA_FRAGMENTS


SIZED = Measured(pages=3, duration_s="10.5", width_px=640, height_px=480)


@pytest.mark.parametrize(
    ("fragment", "said"),
    [
        (Page(3), None),
        (Page(4), "has 3 pages"),
        (span("0", "10.5"), None),
        (span("10.49"), None),
        (span("10.5"), "is 10.5 seconds long"),
        (span("3", "10.51"), "is 10.5 seconds long"),
        (region("0", "0", "640", "480"), None),
        (region("1", "0", "640", "480"), "is 640 wide and 480 high"),
        (region("0", "1", "640", "480"), "is 640 wide and 480 high"),
        (region("0", "0", "100", "100", percent=True), None),
    ],
)
def test_a_fragment_lies_within_what_is_known_of_the_snapshot(fragment: Fragment, said: str | None) -> None:
    check_extent(fragment, Measured(), field="/value")
    if said is None:
        check_extent(fragment, SIZED, field="/value")
    else:
        with pytest.raises(QuotationError, match=said) as caught:
            check_extent(fragment, SIZED, field="/value")
        assert "/value" == caught.value.field


def test_a_length_that_is_no_decimal_judges_nothing() -> None:
    check_extent(span("3", "4"), Measured(duration_s="NaN"), field="/value")


def test_what_is_told_in_percent_fits_any_picture() -> None:
    whole = region("0", "0", "100", "100", percent=True)

    check_extent(whole, Measured(width_px=16, height_px=16), field="/value")


def test_of_a_picture_the_side_that_is_known_is_judged() -> None:
    with pytest.raises(QuotationError, match=r"\? wide and 480 high"):
        check_extent(region("0", "0", "9999", "481"), Measured(height_px=480), field="/value")


def _check(page: int, words: str, *, measured: Measured = SIZED, text: str = PAGES) -> None:
    start = text.index(words)
    check_on_page(Page(page), measured, text, start, start + len(words), field="/value")


@pytest.mark.parametrize(
    ("words", "pages"),
    [
        ("One.", {1}),
        ("Two ends", {2}),
        ("Three.", {3}),
        ("ends\fhere", {2, 3}),
        ("\fTwo", {2}),
        (PAGES, {1, 2, 3}),
    ],
)
def test_the_words_stand_on_the_page_that_is_named(words: str, pages: set[int]) -> None:
    for page in (1, 2, 3):
        if page in pages:
            _check(page, words)
        else:
            with pytest.raises(QuotationError, match="the words stand on page"):
                _check(page, words)


@pytest.mark.parametrize(
    ("measured", "text"),
    [
        pytest.param(Measured(), PAGES, id="no pages known"),
        pytest.param(Measured(pages=9), PAGES, id="fewer page breaks than pages"),
        pytest.param(Measured(pages=2), PAGES + "\f", id="more page breaks than pages"),
    ],
)
def test_a_text_without_the_pages_of_its_snapshot_tells_no_page(measured: Measured, text: str) -> None:
    _check(2, "One.", measured=measured, text=text)


def test_a_page_break_after_the_last_page_counts_no_page() -> None:
    with pytest.raises(QuotationError, match="page 3"):
        _check(2, "Three.", text=PAGES + "\f")
    _check(3, "Three.", text=PAGES + "\f")


@given(st.text(alphabet="tpagexywhid=&,:.#%0123456789-n", max_size=24), st.sampled_from([PDF, MEDIA]))
def test_any_text_is_read_or_refused_as_invalid(value: str, conforms_to: str) -> None:
    try:
        found = read_fragment(value, conforms_to, field="/value")
    except InvalidError:
        return
    for one in found:
        assert not isinstance(one, Page) or one.number >= 1
        assert not isinstance(one, Span) or one.end is None or one.start < one.end
        assert not isinstance(one, Region) or min(one.width, one.height) > 0
