"""Lines for a terminal: texts wrapped by the columns that their characters take, which are two for those of East Asian scripts.

Nothing here knows what the texts say.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata

__all__ = ["columns", "wrap"]

_BLANKS = re.compile(r"[ \t\n\r\f\v]+")
"""Where a line may be broken: not at blanks that are meant to hold words together."""
_NONE = ("Mn", "Me", "Cf")
"""Marks that are written over or under the character before them, and characters that are not seen."""


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in _NONE:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, width: int, *, first: str = "", later: str = "") -> list[str]:
    """A text on lines of at most `width` columns, the first of which begins with `first` and the others with `later`.

    Lines are broken between words, and within a word only where it has no room on a line of its own, never before a mark that belongs
    to the character before it. Without any word there is no line.
    """
    if text.isascii():
        return textwrap.wrap(
            text, width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False
        )
    lines, begun = [first], False
    here = room = width - columns(first)
    below = width - columns(later)
    for word in filter(None, _BLANKS.split(text)):
        size = columns(word)
        if begun and (size < room or size > here):
            lines[-1] += " "
            room -= 1
        elif begun:
            lines.append(later)
            here = room = below
        for character in word:
            taken = _columns_of(character)
            if taken > room and room < here:
                lines.append(later)
                here = room = below
            lines[-1] += character
            room -= taken
        begun = True
    return [line.rstrip(" ") for line in lines] if begun else []
