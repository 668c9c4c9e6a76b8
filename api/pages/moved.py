"""What appeared, changed and went between two points of one axis, in short: what the known-as-of control tells when it is moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ledger.errors import InvalidError
from projections.changes import changes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.events import Act, Recorded
    from projections.axes import Axes
    from projections.changes import ChangeEntry

__all__ = ["Movement", "moved_between", "sort_of"]

Sort: TypeAlias = Literal["appeared", "changed", "went"]

_MOST_TOLD = 40


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One change: which fact, which way, and in a sentence."""

    fact: str
    sort: Sort
    sentence: str


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What moved. `marks` says it by fact; `left_out` counts what is not told one by one."""

    summary: str
    told: tuple[Told, ...]
    left_out: int
    marks: Mapping[str, Sort]


def sort_of(entry: ChangeEntry) -> Sort:
    """Which way a change went, in one word."""
    match entry.sort:
        case "added":
            return "appeared"
        case "withdrawn":
            return "went"
        case _:
            return "changed"


def _summary(marks: Mapping[str, Sort]) -> str:
    counts = {sort: sum(one == sort for one in marks.values()) for sort in ("appeared", "changed", "went")}
    said = [
        f"{number} {'fact' if number == 1 else 'facts'} {sort}" for sort, number in counts.items() if number
    ]
    return ", ".join(said) if said else "no fact appeared, changed or went"


def moved_between(events: Sequence[Recorded[Act]], incident: str, start: Axes, end: Axes) -> Movement | None:
    """What moved from one point to another; None where the two lie on no common axis, or the incident was known at neither."""
    try:
        found = changes(events, incident, start, end)
    except InvalidError:
        return None
    if found is None:
        return None
    told = [
        Told(fact=entry.fact or "", sort=sort_of(entry), sentence=entry.sentence) for entry in found.entries
    ]
    marks: dict[str, Sort] = {}
    for one in told:
        if one.fact:
            # What came and was then changed appeared; what was changed and then went is gone.
            marks[one.fact] = one.sort if one.sort != "changed" else marks.get(one.fact, "changed")
    return Movement(
        summary=_summary(marks),
        told=tuple(told[:_MOST_TOLD]),
        left_out=max(0, len(told) - _MOST_TOLD),
        marks=marks,
    )
