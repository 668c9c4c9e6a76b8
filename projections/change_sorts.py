"""What sorts of change a step made to a fact: decided from the two states and the acts; paths and acts are shared out among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ledger.events import (
    AttestationWithdrawn,
    DisputeResolved,
    FactAct,
    FactAmended,
    FactAttested,
    FactCorrected,
    FactDisputed,
    FactReinstated,
    FactReported,
    FactRetracted,
)
from projections.audit_trail import Change
from projections.difference import fact_difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.events import Act, Recorded
    from projections.course import Moved
    from projections.fact_fold import FactView

__all__ = ["OPEN", "Sort", "SortedChanges", "mirrored", "sorted_changes"]

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
OPEN = ("open", "left-open")
"""How a dispute stands that makes a fact disputed."""


class SortedChanges(NamedTuple):
    """Part of what happened to a fact: what sort of change it is, which of the changed paths belong to it, and the acts that did it."""

    sort: Sort
    changes: tuple[Change, ...]
    acts: tuple[Recorded[Act], ...] = ()


def mirrored(sort: Sort) -> Sort:
    """The sort of a change that is told the other way round."""
    return _MIRROR.get(sort, sort)


def sorted_changes(moved: Moved) -> list[SortedChanges]:
    """What happened to a fact, with its changed paths, each path in one of the parts; what is no part's own is in the first.

    Each part has the acts that can have done it, where there are any, else all of them. Acts that came with the others and did none of
    it are noted by themselves, so that each act is told.
    """
    found = fact_difference(moved.before, moved.after).changes
    if moved.before is None or moved.after is None:
        return [SortedChanges("added" if moved.before is None else "withdrawn", found, moved.acts)]
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
    if not sorts:
        return [SortedChanges("noted", found, moved.acts)]
    parts: dict[str, list[Change]] = {name: [] for name in sorts}
    first = next(iter(parts))
    for change in found:
        parts[_part(change.path.split("/")[3], parts, first)].append(change)
    told = [
        SortedChanges(sort, tuple(parts[name]), _acts_of(name, sort, moved.acts))
        for name, sort in sorts.items()
    ]
    named = {event.position for part in told for event in part.acts}
    others = tuple(event for event in moved.acts if event.position not in named)
    return [*told, SortedChanges("noted", (), others)] if others else told


def _acts_of(name: str, sort: Sort, acts: Sequence[Recorded[Act]]) -> tuple[Recorded[Act], ...]:
    """The acts that did a part: those that can have, or all of them where none of their own sort did."""
    doing = tuple(event for event in acts if _can_do(name, sort, event.body))
    if name == "decided":
        doing = doing[-1:]
    return doing or tuple(acts)


def _can_do(name: str, sort: Sort, act: Act) -> bool:
    """Whether an act can change this part of a fact by itself."""
    match name:
        case "content":
            return isinstance(act, FactCorrected | FactAmended)
        case "decided":
            return isinstance(act, FactRetracted if sort == "retracted" else FactReinstated)
        case "disputes":
            return isinstance(act, FactDisputed | DisputeResolved) or _moves_passages(act)
        case _:
            return _moves_passages(act)


def _moves_passages(act: Act) -> bool:
    """Whether an act brings passages or takes some away. What sources do can move any."""
    match act:
        case FactReported() | FactAttested() | AttestationWithdrawn():
            return True
        case FactCorrected():
            return bool(act.attestations or act.withdraws)
        case DisputeResolved():
            return bool(act.settles)
        case _:
            return not isinstance(act, FactAct)


def _part(member: str, parts: Iterable[str], first: str) -> str:
    wanted = {"status": ("disputes", "origins"), "disagreements": ("disputes",)}.get(member, (member,))
    return next((name for name in wanted if name in parts), first)


def _contested(before: FactView, after: FactView) -> Literal["disputed", "settled"] | None:
    """Whether a fact came to be contested, or more so; or no longer, or less so."""
    if (before.status == "disputed") != (after.status == "disputed"):
        return "disputed" if after.status == "disputed" else "settled"
    raised, standing = (
        {*(str(one.dispute) for one in view.disputes if one.stands in OPEN), *view.disagreements}
        for view in (before, after)
    )
    if standing - raised:
        return "disputed"
    return "settled" if raised - standing else None
