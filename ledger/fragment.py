"""Fragments of pages, recordings and images: their grammar, and whether what they name lies within the snapshot.

Two specifications are known. By RFC 8118 (and RFC 3778 before it) `page=3` names a page of a PDF, counted from 1 as its sheets lie,
not as they are numbered in print. By Media Fragments URI 1.0 of the W3C `t=252,258.5` names a stretch of a recording and
`xywh=160,120,320,240` a part of a picture. A fragment by another specification, or by none, is text, and nothing is judged of it.

A page, a stretch or a part that a player would have to cut to fit, or pass over, is refused: whoever follows the citation has to
arrive at the passage.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from urllib.parse import unquote

from ledger.errors import InvalidError, QuotationError

if TYPE_CHECKING:
    from ledger.snapshot import Measured

__all__ = [
    "MEDIA_FRAGMENTS",
    "PAGE_BREAK",
    "PDF_FRAGMENTS",
    "Fragment",
    "Page",
    "Region",
    "Span",
    "check_extent",
    "check_on_page",
    "read_fragment",
]

PDF_FRAGMENTS: Final = frozenset(
    f"{scheme}://{place}{rfc}"
    for scheme in ("http", "https")
    for place in (
        "tools.ietf.org/rfc/",
        "tools.ietf.org/html/",
        "www.rfc-editor.org/rfc/",
        "www.rfc-editor.org/info/",
    )
    for rfc in ("rfc3778", "rfc8118")
)
"""How `conformsTo` names the fragments of PDF."""
MEDIA_FRAGMENTS: Final = frozenset(
    f"{scheme}://www.w3.org/TR/{name}"
    for scheme in ("http", "https")
    for name in ("media-frags/", "media-frags", "2012/REC-media-frags-20120925/")
)
"""How `conformsTo` names Media Fragments URI 1.0."""
PAGE_BREAK: Final = "\f"
"""What stands between two pages in the text taken from a PDF."""

_DIMENSIONS: Final = ("t", "xywh", "track", "id")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SECONDS = re.compile(
    r"(?:(?:(?P<hours>[0-9]+):)?(?P<minutes>[0-5][0-9]):(?P<within>[0-5][0-9](?:\.[0-9]*)?)|(?P<seconds>[0-9]+(?:\.[0-9]*)?))"
)
_PIXELS = re.compile(r"[0-9]+")
_PERCENT = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DURATION = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_COUNT = re.compile(r"0*[1-9][0-9]*")
_SIDES: Final = 4
_WHOLE: Final = 100


class Page(NamedTuple):
    """A page, from 1."""

    number: int


class Span(NamedTuple):
    """A stretch of a recording in seconds, `[start, end)`; None: to its end."""

    start: Fraction
    end: Fraction | None


class Region(NamedTuple):
    """A rectangle of a picture, from its upper left corner, in pixels or in hundredths of the picture."""

    x: Fraction
    y: Fraction
    width: Fraction
    height: Fraction
    percent: bool


Fragment: TypeAlias = Page | Span | Region


def read_fragment(value: str, conforms_to: str | None, *, field: str) -> tuple[Fragment, ...]:
    """What of a fragment can be measured; nothing, where the specification is not known here.

    Raises InvalidError, naming `field`, for what breaks the grammar of the specification.
    """
    if conforms_to in PDF_FRAGMENTS:
        return tuple(_page(text, field) for name, text in _pairs(value, "&#", field) if name == "page")
    if conforms_to in MEDIA_FRAGMENTS:
        return _media(_pairs(value, "&", field), field)
    return ()


def _pairs(value: str, separators: str, field: str) -> list[tuple[str, str]]:
    """The name=value pairs of a fragment, decoded. No name that is judged may stand twice: one passage is named."""
    pairs: list[tuple[str, str]] = []
    for part in re.split(f"[{separators}]", value):
        name, equals, text = part.partition("=")
        if not name or not equals or not text:
            raise InvalidError(
                "a fragment is one or more name=value joined by &, such as page=3 or t=252,258.5, without # before it",
                field=field,
            )
        if _BAD_PERCENT.search(part):
            raise InvalidError("after % stand two hexadecimal digits", field=field)
        try:
            pairs.append((unquote(name, errors="strict"), unquote(text, errors="strict")))
        except UnicodeDecodeError:
            # Not chained: the cause carries the text along, which would end in a log.
            raise InvalidError("what is written with % is not UTF-8", field=field) from None
    for name in ("page", "t", "xywh"):
        if sum(one == name for one, _ in pairs) > 1:
            raise InvalidError(f"{name}= stands twice; a fragment names one passage", field=field)
    return pairs


def _page(text: str, field: str) -> Page:
    if _COUNT.fullmatch(text) is None:
        raise InvalidError("page= takes one whole number; pages count from 1", field=field)
    return Page(int(text))


def _media(pairs: list[tuple[str, str]], field: str) -> tuple[Fragment, ...]:
    known = [(name, text) for name, text in pairs if name in _DIMENSIONS]
    if not known:
        raise InvalidError(f"a media fragment has one of {', '.join(_DIMENSIONS)}", field=field)
    found: list[Fragment] = [_span(text, field) for name, text in known if name == "t"]
    found += [_region(text, field) for name, text in known if name == "xywh"]
    return tuple(found)


def _span(text: str, field: str) -> Span:
    """`[npt:]start[,end]` or `[npt:],end`. SMPTE and clock times are no part of the specification."""
    start, comma, end = text.removeprefix("npt:").partition(",")
    if (comma and not end) or not (start or end):
        raise InvalidError("t= takes start, start,end or ,end", field=field)
    span = Span(_seconds(start, field) if start else Fraction(0), _seconds(end, field) if end else None)
    if span.end is not None and span.start >= span.end:
        raise InvalidError("the start of t= lies before its end", field=field)
    return span


def _seconds(text: str, field: str) -> Fraction:
    match = _SECONDS.fullmatch(text)
    if match is None:
        raise InvalidError("a time of t= is written in seconds (252, 258.5), mm:ss or hh:mm:ss", field=field)
    if match["seconds"] is not None:
        return Fraction(match["seconds"])
    return 3600 * Fraction(match["hours"] or 0) + 60 * Fraction(match["minutes"]) + Fraction(match["within"])


def _region(text: str, field: str) -> Region:
    """`[pixel:|percent:]x,y,w,h`."""
    unit, colon, rest = text.rpartition(":")
    percent = unit == "percent"
    sides = rest.split(",")
    number = _PERCENT if percent else _PIXELS
    if (
        (colon and unit not in ("pixel", "percent"))
        or len(sides) != _SIDES
        or any(number.fullmatch(side) is None for side in sides)
    ):
        raise InvalidError("xywh= takes x,y,w,h in whole pixels, or percent: and x,y,w,h", field=field)
    x, y, width, height = map(Fraction, sides)
    if not (width and height):
        raise InvalidError("a rectangle of xywh= is wider and higher than 0", field=field)
    region = Region(x, y, width, height, percent)
    if percent and not _fits(region, _WHOLE, _WHOLE):
        raise InvalidError("a rectangle in percent ends at 100", field=field)
    return region


def _fits(region: Region, width: int | None, height: int | None) -> bool:
    wide = width is None or region.x + region.width <= width
    return wide and (height is None or region.y + region.height <= height)


def check_extent(fragment: Fragment, measured: Measured, *, field: str) -> None:
    """Refuse a fragment beyond what is known of its snapshot. Raises QuotationError, naming `field`."""
    match fragment:
        case Page():
            if measured.pages is not None and fragment.number > measured.pages:
                raise QuotationError(
                    f"the snapshot has {measured.pages} pages, counted from 1 as they lie; page= names none of them",
                    field=field,
                )
        case Span():
            length = _length(measured)
            if length is not None and (fragment.start >= length or (fragment.end or 0) > length):
                raise QuotationError(
                    f"the recording is {measured.duration_s} seconds long; t= goes beyond its end",
                    field=field,
                )
        case Region():
            width, height = measured.width_px, measured.height_px
            if not fragment.percent and not _fits(fragment, width, height):
                raise QuotationError(
                    f"the picture is {width or '?'} wide and {height or '?'} high, in pixels; xywh= goes beyond its edge",
                    field=field,
                )


def _length(measured: Measured) -> Fraction | None:
    told = measured.duration_s
    return None if told is None or _DURATION.fullmatch(told) is None else Fraction(told)


def check_on_page(page: Page, measured: Measured, text: str, start: int, end: int, *, field: str) -> None:
    """Refuse words that no part of stands on the page. Raises QuotationError, naming `field` and their page.

    Only where the text has as many pages as the snapshot: else its page breaks are none, or not all.
    """
    if measured.pages is None or text.count(PAGE_BREAK) not in (measured.pages - 1, measured.pages):
        return
    words = text[start:end]
    first = 1 + text.count(PAGE_BREAK, 0, start + len(words) - len(words.lstrip()))
    last = first + words.strip().count(PAGE_BREAK)
    if not first <= page.number <= last:
        where = f"page {first}" if first == last else f"pages {first} to {last}"
        raise QuotationError(f"the words stand on {where}, and page= names another", field=field)
