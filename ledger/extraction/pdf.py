"""The words of a PDF, page by page, as PDFium gives them: its line ends, its ligatures and its soft hyphens are kept.

Pages are joined by one form feed (U+000C), so that a position tells the page. For that a form feed within a page becomes a blank;
U+0000 and a surrogate without its other half, which no text may hold, become U+FFFD. Nothing else is changed, and no character
is taken out or put in by these three. Change anything here and VERSION changes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pypdfium2  # type: ignore[import-untyped]  # the library has no types
import pypdfium2.raw  # type: ignore[import-untyped]  # as above

if TYPE_CHECKING:
    from ledger.snapshot import NoText

__all__ = ["Pages", "read_pages"]

_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


class Pages(NamedTuple):
    """What a PDF holds: how many pages, None where it could not be opened, and its text or the reason why there is none."""

    pages: int | None
    text: str = ""
    no_text: NoText | None = None


def _text_of(page: pypdfium2.PdfPage) -> str:
    words = page.get_textpage()
    try:
        text = words.get_text_range(errors="surrogatepass")
    finally:
        words.close()
    # Halves of a pair that PDFium gave one by one are one character.
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _NOT_TEXT.sub("\ufffd", joined).replace("\f", " ")


def _page_text(document: pypdfium2.PdfDocument, index: int) -> str:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        # A page that is damaged has no text; the others, and their numbers, stay.
        return ""
    try:
        return _text_of(page)
    except pypdfium2.PdfiumError:
        return ""
    finally:
        page.close()


def read_pages(data: bytes) -> Pages:
    """The pages of a PDF. A file that no password is known for, or that is too damaged to open, has none that can be read."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY)
        return Pages(None, no_text="encrypted" if locked else "unreadable")
    try:
        count = len(document)
        text = "\f".join(_page_text(document, index) for index in range(count))
    finally:
        document.close()
    return Pages(count, text) if text.strip() else Pages(count, no_text="none-there")
