"""Words that look the same and are written otherwise: with marks that are not seen, or with accents composed another way.

A quotation has to stand in a text as it is written there (quotation_folding.py says why), and who reads both on a screen may
not see what tells them apart. This finds such words and names the difference; it decides nothing about what may be quoted.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

from ledger.quotation_folding import FoldedText, fold
from ledger.quotation_nearest import find_all

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["UNSEEN", "looks_alike", "place_in", "told_apart"]

UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What Unicode calls Default_Ignorable_Code_Point: joiners, marks of direction, soft hyphens and selectors among them."""
_MAX_TRIED: Final = 8
_MAX_NAMED: Final = 4


def looks_alike(text: str, exact: str) -> tuple[int, int] | None:
    """The first stretch of `text`, in code points, that looks as `exact` does; None where there is none.

    Blanks and quotation marks count as in quotation_folding.py. Of places that only seem to fit, eight are tried.
    """
    wanted = fold(_seen(exact))
    if not wanted.strip():
        return None
    folded = FoldedText(_seen(text))
    for at in islice(find_all(folded.folded, wanted), _MAX_TRIED):
        start = place_in(text, folded.original_place(at), _seen)
        end = place_in(text, folded.original_place(at + len(wanted) - 1), _seen) + 1
        if fold(_seen(text[start:end])) == wanted:
            return start, end
    return None


def told_apart(there: str, quoted: str) -> str:
    """What tells two texts apart that look the same, as a clause; `there` is how the text has them."""
    unseen, given = (Counter(UNSEEN.findall(words)) for words in (there, quoted))
    parts = [
        f"{whose} {_named(marks)}, which cannot be seen"
        for whose, marks in (("the text has", unseen - given), ("the quotation has", given - unseen))
        if marks
    ]
    return " and ".join(parts) or "their accents or other marks are written in another form of Unicode"


def _seen(words: str) -> str:
    """What is seen of the words, each character taken apart (NFD)."""
    return unicodedata.normalize("NFD", UNSEEN.sub("", words))


def place_in(text: str, reduced: int, reduce: Callable[[str], str]) -> int:
    """Which character of `text` the one at `reduced` of its reduced form comes from, where each is reduced by itself."""
    start, end = 0, len(text)
    while end - start > 1:
        middle = (start + end) // 2
        before = len(reduce(text[start:middle]))
        if before <= reduced:
            start, reduced = middle, reduced - before
        else:
            end = middle
    return start


def _named(marks: Counter[str]) -> str:
    names = [f"U+{ord(mark):04X} {unicodedata.name(mark, '')}".rstrip() for mark in sorted(marks)]
    left = len(names) - _MAX_NAMED
    return ", ".join(names[:_MAX_NAMED]) + (f" and {left} more" if left > 0 else "")
