"""The one normalisation that a quotation may be matched by: the width of blanks and the form of quotation marks.

`incident-ledger.quotes-and-spaces@1` takes two texts for the same words where an editor would: a run of white space counts as one
blank, whatever and however many its characters are, and a typographic quotation mark or apostrophe counts as the straight one.
Nothing else is folded. Case, accents and their composition, dashes, ellipses, guillemets, primes, soft hyphens and characters of
no width can each tell words apart, or a forged text from the captured one, so that they are quoted as they stand.

What a name stands for never changes: a rule more or less is another version, since the name is recorded with the citation.
"""

from __future__ import annotations

import re
import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict
from itertools import islice
from typing import Final

__all__ = ["FOLDING", "FoldedText", "FoldedTexts", "fold"]

FOLDING: Final = "incident-ledger.quotes-and-spaces@1"

_BLANKS: Final = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The 25 characters that Unicode calls White_Space: tab, line and page ends, no-break and thin spaces among them."""
_SINGLE: Final = "\u2018\u2019\u201a\u201b\u02bc"
_DOUBLE: Final = "\u201c\u201d\u201e\u201f"
_PLAIN: Final = tuple(
    {
        **dict.fromkeys(_BLANKS.replace(" ", ""), " "),
        **dict.fromkeys(_SINGLE, "'"),
        **dict.fromkeys(_DOUBLE, '"'),
    }.items()
)
_RUN = re.compile(r"  +")
_UNIT = re.compile(rf"[{_BLANKS}]+|[^{_BLANKS}]")
"""What becomes one character of the folded text."""
_PIECE: Final = 1_024
_MAX_KEPT: Final = 16 * 1024 * 1024


def fold(words: str) -> str:
    """The words with every run of white space as one blank and every quotation mark and apostrophe straight."""
    return _RUN.sub(" ", _plain(words))


def _plain(words: str) -> str:
    """The words with each character folded by itself, so that every one stays in its place."""
    for char, plain in _PLAIN:
        # Many searches for what is mostly not there: several times as fast as a table asked for each character.
        words = words.replace(char, plain)
    return words


class FoldedText:
    """A text folded, and the way back from each of its places to the original, both in code points.

    The way back is kept for every 1,024th character, and walked from there: a table of all would be larger than the text.
    """

    __slots__ = ("_begins", "folded", "original")

    def __init__(self, original: str) -> None:
        pieces: list[str] = []
        begins = array("Q", [0])
        plain = _plain(original)
        for at in range(0, len(plain), _PIECE):
            pieces.append(_collapsed(plain, at, at + _PIECE))
            begins.append(begins[-1] + len(pieces[-1]))
        self.original = original
        self.folded = "".join(pieces)
        self._begins = begins

    def original_place(self, place: int) -> int:
        """Where in the original the character at a place of the folded text begins; its end, for the end of the folded text."""
        if place >= len(self.folded):
            return len(self.original)
        piece = bisect_right(self._begins, place) - 1
        at = piece * _PIECE
        if _runs_on(self.original, at):
            at = _UNIT.match(self.original, at).end()  # type: ignore[union-attr]  # a blank is a unit
        units = _UNIT.finditer(self.original, at)
        return next(islice(units, place - self._begins[piece], None)).start()

    def folded_place(self, at: int) -> int:
        """The place in the folded text of what stands for the character at a place of the original."""
        piece = at // _PIECE
        first = max(0, piece * _PIECE - 1)
        plain = _plain(self.original[first:at])
        before = self._begins[piece] + len(_collapsed(plain, piece * _PIECE - first, at - first))
        return before - _runs_on(self.original, at)


def _runs_on(text: str, at: int) -> bool:
    """Whether a run of blanks that began before goes on at that place."""
    return 0 < at < len(text) and text[at] in _BLANKS and text[at - 1] in _BLANKS


def _collapsed(plain: str, start: int, end: int) -> str:
    """A stretch of a plain text with its runs of blanks as one blank; of a run that began before, nothing is left."""
    piece = plain[start:end]
    if "  " in piece:
        piece = _RUN.sub(" ", piece)
    return piece.removeprefix(" ") if plain[start - 1 : start] == " " else piece


class FoldedTexts:
    """The texts folded last, so that a thousand citations of one text fold it once.

    They are kept up to a number of characters in all; the last one is kept however long it is.
    """

    def __init__(self, limit: int = _MAX_KEPT) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[str, FoldedText] = OrderedDict()
        self._lock = threading.Lock()
        self._forgotten = 0

    def of(self, text: str) -> FoldedText:
        """The text folded. The key is the text itself, so that nothing answers for another one. Any thread may ask."""
        with self._lock:
            kept = self._kept.get(text)
            if kept is not None:
                self._kept.move_to_end(text)
                return kept
            forgotten = self._forgotten
        made = FoldedText(text)
        with self._lock:
            # Where something was forgotten meanwhile it may have been this.
            if forgotten == self._forgotten and text not in self._kept:
                self._kept[text] = made
                self._size += len(text)
            while self._size > self._limit and len(self._kept) > 1:
                gone, _ = self._kept.popitem(last=False)
                self._size -= len(gone)
        return made

    def forget(self) -> None:
        """Drop every text: one of them was redacted."""
        with self._lock:
            self._kept.clear()
            self._size = 0
            self._forgotten += 1
