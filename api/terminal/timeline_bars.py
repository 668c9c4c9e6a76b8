"""Uncertain times as bars: where on a common scale each fact may have happened. Nothing here decides anything.

The scale is drawn by the bounds themselves: between two neighbouring bounds it is as wide as the logarithm of the time between them, so
that minutes can be told apart beside months. Whoever draws it says that it is not to scale.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from projections.timeline import TimelineEntry

__all__ = ["LEGEND", "Scale", "bar", "scale_lines"]

LEGEND = (
    "[===] it lies in between, = where that is too short to draw; ( or ) a bound worked out from the order of the facts;"
    " < or > nobody gives that end; ~ about; | at that moment; ? undated. The scale is drawn from the bounds and is not in proportion."
)
_MINUTE_S = 60
_GAP = 2


class Scale:
    """The columns, from 0 to `width` - 1, of the bounds that facts have; without any, nothing lies on it."""

    def __init__(self, entries: Sequence[TimelineEntry], width: int) -> None:
        self.width = width
        self.instants = sorted(
            {
                dt.datetime.fromisoformat(text)
                for entry in entries
                for text in (entry.earliest, entry.latest)
                if text is not None
            }
        )
        self._columns = self._placed()

    def column(self, instant: dt.datetime) -> int:
        """The column of a bound."""
        return self._columns[instant]

    def _placed(self) -> Mapping[dt.datetime, int]:
        """Two columns are left at each end, for what goes on beyond the first and the last bound."""
        if not self.instants:
            return {}
        reach = [0.0]
        for one, other in zip(self.instants, self.instants[1:], strict=False):
            reach.append(reach[-1] + 1 + math.log2(1 + (other - one).total_seconds() / _MINUTE_S))
        room = self.width - 1 - 2 * _GAP
        whole = reach[-1] or 1.0
        return {
            instant: _GAP + (room // 2 if len(reach) == 1 else round(at / whole * room))
            for instant, at in zip(self.instants, reach, strict=True)
        }


def bar(entry: TimelineEntry, scale: Scale) -> str:
    """The stretch in which a fact may have happened, `scale.width` columns wide."""
    ends = [
        None if text is None else scale.column(dt.datetime.fromisoformat(text))
        for text in (entry.earliest, entry.latest)
    ]
    cells = [" "] * scale.width
    if ends[0] is None and ends[1] is None:
        cells[scale.width // 2] = "?"
        return "".join(cells)
    first = 0 if ends[0] is None else ends[0]
    last = scale.width - 1 if ends[1] is None else ends[1]
    cells[first : last + 1] = ["~" if entry.approximate else "="] * (last + 1 - first)
    if first == last:
        cells[first] = "|" if entry.earliest == entry.latest else cells[first]
        return "".join(cells)
    cells[first] = "<" if ends[0] is None else "(" if "earliest" in entry.derived else "["
    cells[last] = ">" if ends[1] is None else ")" if "latest" in entry.derived else "]"
    return "".join(cells)


def scale_lines(scale: Scale, label: Callable[[dt.datetime], str]) -> list[str]:
    """The bounds by name over a row that marks every one of them: the first and the last, and between them as many as there is room for."""
    names, marks = [" "] * scale.width, [" "] * scale.width
    free = [True] * scale.width
    ends = scale.instants[:1] + scale.instants[1:][-1:]
    for instant in (*ends, *scale.instants[1:-1]):
        at, name = scale.column(instant), label(instant)
        marks[at] = "'"
        start = max(0, min(at, scale.width - len(name)))
        near = slice(max(0, start - _GAP), start + len(name) + _GAP)
        if all(free[near]) and (start == at or instant in ends) and len(name) <= scale.width:
            names[start : start + len(name)] = name
            free[start : start + len(name)] = [False] * len(name)
    return ["".join(names).rstrip(), "".join(marks).rstrip()]
