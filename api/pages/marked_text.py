"""The text of a snapshot with every cited passage marked. Positions count Unicode code points of the extraction, as Python counts them.

Passages may overlap, so that the text is cut where one begins or ends, and each piece knows those it belongs to. A long text is told in
parts, cut at the ends of lines.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["PART_CHARACTERS", "Mark", "Piece", "TextPart", "part_at", "parts_of", "pieces_of"]

PART_CHARACTERS = 15_000
"""How many code points of a text stand on one page."""

MOST_MARKS = 120


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One cited passage, `[start, end)` in code points of the whole text."""

    start: int
    end: int
    anchor: str
    number: int
    href: str
    label: str
    struck: bool = False


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of text and the passages that it belongs to; `begins` are those of which it is the first piece on the page."""

    text: str
    marks: tuple[Mark, ...]
    begins: tuple[Mark, ...]
    struck: bool


class TextPart(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a text: `[start, end)` in code points."""

    number: int
    start: int
    end: int


def parts_of(text: str) -> tuple[TextPart, ...]:
    """The parts of a text; cut after a line where one ends in the last tenth, else between two characters."""
    found: list[TextPart] = []
    start = 0
    while start < len(text) or not found:
        end = min(start + PART_CHARACTERS, len(text))
        if end < len(text):
            line = text.rfind("\n", end - PART_CHARACTERS // 10, end)
            end = line + 1 if line >= 0 else end
        found.append(TextPart(number=len(found) + 1, start=start, end=end))
        start = end
    return tuple(found)


def part_at(parts: Sequence[TextPart], position: int) -> int:
    """The number of the part in which a position lies."""
    return next((part.number for part in parts if part.start <= position < part.end), 1)


def pieces_of(text: str, part: TextPart, marks: Iterable[Mark]) -> tuple[Piece, ...]:
    """A part of a text, cut where passages begin and end."""
    here = [one for one in marks if one.start < part.end and one.end > part.start][:MOST_MARKS]
    cuts = {part.start, part.end}
    for one in here:
        cuts |= {max(one.start, part.start), min(one.end, part.end)}
    edges = sorted(cuts)
    made = []
    for start, end in pairwise(edges):
        covering = tuple(one for one in here if one.start <= start and one.end >= end)
        made.append(
            Piece(
                text=text[start:end],
                marks=covering,
                begins=tuple(one for one in covering if max(one.start, part.start) == start),
                struck=bool(covering) and all(one.struck for one in covering),
            )
        )
    return tuple(made)
