"""Links to the words on the live page: text directives in the fragment of a URL (WICG, URL Fragment Text Directives).

`#:~:text=[prefix-,]start[,end][,-suffix]`. A browser looks for the words and scrolls there; it ignores the directive where it does not
find them. The live page may have changed since it was captured, so such a link is a convenience and never the evidence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote as percent_encoded

from ledger.values import Absent

if TYPE_CHECKING:
    from ledger.citation import TextQuoteSelector

__all__ = ["MAX_WHOLE", "text_fragment_link"]

MAX_WHOLE = 300
"""Characters of a quotation that are put into the link whole; of a longer one its first and last words are."""

_END_WORDS = 6
_CONTEXT_WORDS = 5
_DIRECTIVE = ":~:"
_WEB = re.compile(r"https?://[^\s]", re.ASCII | re.IGNORECASE)
_LINE_END = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")


def text_fragment_link(url: str | Absent | None, quote: TextQuoteSelector | None) -> str | None:
    """The link to the quoted words on the page, a fragment that `url` has already kept and a text directive in it replaced.

    None where there is no web address (http, https) or no words.
    """
    if quote is None or not isinstance(url, str) or _WEB.match(url) is None:
        return None
    start, end = _ends(quote.exact)
    if not start:
        return None
    parts = [_encoded(start)]
    if end:
        parts.append(_encoded(end))
    if prefix := _prefix(quote.prefix or ""):
        parts.insert(0, f"{_encoded(prefix)}-")
    if suffix := _suffix(quote.suffix or ""):
        parts.append(f"-{_encoded(suffix)}")
    page, _, fragment = url.partition("#")
    return f"{page}#{fragment.partition(_DIRECTIVE)[0]}{_DIRECTIVE}text={','.join(parts)}"


def _encoded(text: str) -> str:
    """Percent-encoded whole, and the dash with it: dash, comma and ampersand have a meaning in the directive."""
    return percent_encoded(text, safe="").replace("-", "%2D")


def _lines(text: str) -> list[list[str]]:
    """The words of each line that has any. A browser sees runs of blanks as one, and one text never spans two blocks of a page."""
    return [words for line in _LINE_END.split(text) if (words := line.split())]


def _ends(exact: str) -> tuple[str, str]:
    """What to look for: the words whole, or where they are many or go over several lines, the first and the last of them."""
    lines = _lines(exact)
    if not lines:
        return "", ""
    whole = " ".join(lines[0])
    if len(lines) == 1:
        words = lines[0]
        if len(whole) <= MAX_WHOLE or len(words) == 1:
            return whole, ""
        count = min(_END_WORDS, len(words) // 2)
        return " ".join(words[:count]), " ".join(words[-count:])
    return " ".join(lines[0][:_END_WORDS]), " ".join(lines[-1][-_END_WORDS:])


def _prefix(text: str) -> str:
    """The last few words before the quotation. A prefix is cut anywhere, and a browser wants it to begin with a whole word."""
    lines = _lines(text)
    if not lines:
        return ""
    words = lines[-1]
    if len(words) > 1 and len(lines) == 1 and not text[0].isspace():
        words = words[1:]
    return " ".join(words[-_CONTEXT_WORDS:])


def _suffix(text: str) -> str:
    """The first few words after the quotation, the last of them whole."""
    lines = _lines(text)
    if not lines:
        return ""
    words = lines[0]
    if len(words) > 1 and len(lines) == 1 and not text[-1].isspace():
        words = words[:-1]
    return " ".join(words[:_CONTEXT_WORDS])
