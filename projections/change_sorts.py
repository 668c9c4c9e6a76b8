"""What sorts of change a step made to a fact: decided from the two states and the acts, and the changed paths shared out among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ledger.events import FactAmended, FactCorrected
from projections.audit_trail import Change
from projections.difference import fact_difference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.course import Moved
    from projections.fact_fold import FactView

__all__ = ["Sort", "SortedChanges", "mirrored", "sorted_changes"]

Sort: TypeAlias = Literal[
    "added",
    "withdrawn",
    "corrected",
    "amended",
    "retracted",
    "reinstated",
    "strengthened",
    "weakened",
    "disputed",
    "settled",
    "redacted",
    "noted",
]
"""What sort of change it is. `withdrawn`: it was there and is not. `noted`: an act that left content and standing as they were."""

_MIRROR: dict[Sort, Sort] = {
    "added": "withdrawn",
    "withdrawn": "added",
    "retracted": "reinstated",
    "reinstated": "retracted",
    "strengthened": "weakened",
    "weakened": "strengthened",
    "disputed": "settled",
    "settled": "disputed",
}
_OPEN = ("open", "left-open")


class SortedChanges(NamedTuple):
    """Part of what happened to a fact: what sort of change it is, and which of the changed paths belong to it."""

    sort: Sort
    changes: tuple[Change, ...]


def mirrored(sort: Sort) -> Sort:
    """The sort of a change that is told the other way round."""
    return _MIRROR.get(sort, sort)


def sorted_changes(moved: Moved) -> list[SortedChanges]:
    """What happened to a fact, with its changed paths, each path in one of the parts; what is no part's own is in the first."""
    found = fact_difference(moved.before, moved.after).changes
    if moved.before is None or moved.after is None:
        return [SortedChanges("added" if moved.before is None else "withdrawn", found)]
    before, after = moved.before, moved.after
    sorts: dict[str, Sort] = {}
    if before.content != after.content:
        doing = tuple(event.body for event in moved.acts)
        reworded = any(isinstance(act, FactAmended) for act in doing)
        corrected = any(isinstance(act, FactCorrected) for act in doing)
        sorts["content"] = "amended" if reworded and not corrected else "corrected"
    if ("retracted" in before.decided) != ("retracted" in after.decided):
        sorts["decided"] = "retracted" if "retracted" in after.decided else "reinstated"
    if before.origins != after.origins:
        sorts["origins"] = "strengthened" if after.origins > before.origins else "weakened"
    contested = _contested(before, after)
    if contested is not None:
        sorts["disputes"] = contested
    parts: dict[str, list[Change]] = {name: [] for name in (sorts or {"rest": "noted"})}
    first = next(iter(parts))
    for change in found:
        parts[_part(change.path.split("/")[3], parts, first)].append(change)
    return [SortedChanges(sorts.get(name, "noted"), tuple(of_part)) for name, of_part in parts.items()]


def _part(member: str, parts: Iterable[str], first: str) -> str:
    wanted = {"status": ("disputes", "origins"), "disagreements": ("disputes",)}.get(member, (member,))
    return next((name for name in wanted if name in parts), first)


def _contested(before: FactView, after: FactView) -> Literal["disputed", "settled"] | None:
    """Whether a fact came to be contested, or more so; or no longer, or less so."""
    if (before.status == "disputed") != (after.status == "disputed"):
        return "disputed" if after.status == "disputed" else "settled"
    raised, standing = (
        {*(str(one.dispute) for one in view.disputes if one.stands in _OPEN), *view.disagreements}
        for view in (before, after)
    )
    if standing - raised:
        return "disputed"
    return "settled" if raised - standing else None
