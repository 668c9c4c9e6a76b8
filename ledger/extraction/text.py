"""The text of a snapshot by the type of its bytes: by which extractor, what it is, or why there is none."""

from __future__ import annotations

import io
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import msgspec

from ledger.extraction.charset import decode_html
from ledger.extraction.confined import LIMITS, read_confined
from ledger.extraction.plain import PLAIN, plain_text
from ledger.media import check_markup
from ledger.snapshot import Extractor

if TYPE_CHECKING:
    from typing import BinaryIO

    from ledger.extraction.confined import Answer, Limits
    from ledger.media import MediaType

__all__ = ["Extraction", "extract", "page_at"]

_HTML: Final = "incident-ledger.html"
_PDF: Final = "incident-ledger.pdf"
_RULES: Final = "1"
"""The version of our own rules in html.py and pdf.py; the library's stands beside it."""


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """What was made of a snapshot: `text` is None where there is none, and then `extractor.no_text` says why. PDF has `pages`."""

    extractor: Extractor
    text: str | None = None
    pages: int | None = None


@cache
def _library(name: str) -> str:
    return f"{name} {version(name)}"


def _made(name: str, details: str, answer: Answer) -> Extraction:
    extractor = Extractor(name=name, version=f"{_RULES}; {details}", no_text=answer.no_text)
    return Extraction(
        extractor=extractor, text=answer.text if answer.no_text is None else None, pages=answer.pages
    )


def _html(data: bytes, media: MediaType, limits: Limits) -> Extraction:
    page = decode_html(data, media.charset, field=media.field)
    check_markup(media, page.text)
    answer = read_confined("html", io.BytesIO(page.text.encode()), limits)
    return _made(_HTML, f"{_library('selectolax')}; {page.encoding}", answer)


def extract(media: MediaType, file: BinaryIO, limits: Limits = LIMITS) -> Extraction | None:
    """The text of a file of a type that has text; None for images, sound and video.

    Raises InvalidError for text that cannot be decoded, RuleError for HTML without markup, and UnavailableError where the machine
    is in the way.
    """
    file.seek(0)
    match media.name:
        case "text/plain":
            return Extraction(extractor=PLAIN, text=plain_text(file.read()))
        case "text/html":
            return _html(file.read(), media, limits)
        case "application/pdf":
            return _made(_PDF, _library("pypdfium2"), read_confined("pdf", file, limits))
        case _:
            return None


def page_at(text: str, position: int) -> int:
    """The number of the page, from 1, on which a code point of a PDF's text stands."""
    return 1 + text.count("\f", 0, position)
