"""What the passages of an incident say against each other: every comparison, with the words on both sides (model §3, §4).

For each fact, and for each of its values that passages put differently, the passages side by side, how their values stand to each
other, and what follows: only a `conflict` makes the fact disputed, beside a dispute that somebody raised. The order of facts among each
other is the timeline's; where it finds that relations cannot all hold, its sentences are passed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from ledger.values import Absent
from projections.comparison import disjoint_paths
from projections.fact_fold import DisputeView, Status
from projections.incident_view import folded
from projections.side_by_side import ComparedValue, compared_values
from projections.tight_bounds import occurring
from projections.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.events import Act, Recorded
    from projections.axes import Axes

__all__ = ["FactConflicts", "IncidentConflicts", "conflicts_of", "disjoint_paths"]


class FactConflicts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What passages say differently of one fact. `disputes` are people's; `order` is what the timeline says cannot be."""

    fact: str
    kind: str
    statement: str | Absent | None = None
    version: int
    status: Status
    decided: tuple[Literal["redacted", "retracted"], ...] = ()
    origins: int
    compared: tuple[ComparedValue, ...] = ()
    disputes: tuple[DisputeView, ...] = ()
    order: tuple[str, ...] = ()


class IncidentConflicts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The comparisons of an incident at a point of both axes. `agreed` are the facts of which nothing is said differently."""

    incident: str
    title: str | Absent
    position: int
    public_at: str | None = None
    facts: tuple[FactConflicts, ...]
    agreed: tuple[str, ...] = ()


def conflicts_of(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> IncidentConflicts | None:
    """What passages say differently of the facts of an incident; None where it was not known yet. `events` as for incident_view."""
    made = folded(events, incident, axes)
    if made is None:
        return None
    views = [view for _, view in made.facts]
    trouble = {entry.fact: entry.trouble for entry in timeline(views)}
    told = occurring(views, axes.occurred)
    found = []
    agreed = []
    for fold, view in made.facts:
        if view.fact not in told:
            continue
        differing = compared_values(fold, view, made.sources)
        if not (differing or view.disputes or trouble[view.fact]):
            agreed.append(view.fact)
            continue
        found.append(
            FactConflicts(
                fact=view.fact,
                kind=view.content.kind,
                statement=view.content.statement,
                version=view.version,
                status=view.status,
                decided=view.decided,
                origins=view.origins,
                compared=differing,
                disputes=view.disputes,
                order=trouble[view.fact],
            )
        )
    return IncidentConflicts(
        incident=incident,
        title=made.title,
        position=axes.known,
        public_at=None if axes.public is None else axes.public.isoformat(),
        facts=tuple(found),
        agreed=tuple(agreed),
    )
