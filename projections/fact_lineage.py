"""The lineage of a fact: every act upon it and every act of a source that moved it, who, when, from what to what, why and on whose words.

It tells retracted and redacted facts as any other: what was removed is a tombstone, and no act is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from ledger.events import FactAct
from projections.act_account import Account, Accounts
from projections.axes import is_out
from projections.course import Course
from projections.difference import Difference, fact_difference
from projections.fact_fold import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.events import Act, Recorded
    from projections.axes import Axes
    from projections.fact_fold import FactView

__all__ = ["FactLineage", "LineageStep", "Stood", "fact_lineage"]


class Stood(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the fact stood after an act."""

    version: int
    status: Status
    origins: int
    decided: tuple[Literal["redacted", "retracted"], ...] = ()


class LineageStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act. `act.changes` is what it changed from what to what, as recorded, and `act.public_from` when it was certainly public.

    `difference` is what it changed in the view, under the paths of a difference; `stood` is left out while nothing established the fact.
    """

    act: Account
    difference: Difference
    stood: Stood | None = None


class FactLineage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The acts, oldest first, that made a fact what it was at a point of both axes."""

    incident: str
    fact: str
    position: int
    public_at: str | None = None
    steps: tuple[LineageStep, ...]


def fact_lineage(events: Sequence[Recorded[Act]], incident: str, fact: str, axes: Axes) -> FactLineage | None:
    """The lineage of a fact; None where no act upon it was known and, with `axes.public`, out.

    Of redactions it tells those that removed something of the fact, or a snapshot that an act upon it cites.
    `events` as for incident_view. With `axes.public` acts upon the fact that were not out by then are left out.
    """
    course = Course(events, incident)
    accounts = Accounts(events, incident, axes)
    outs = course.outs(fact, axes.known, course.sources(axes.known))
    steps: list[LineageStep] = []
    view: FactView | None = None
    for step in course.along_known(0, axes.known, axes.public):
        [event] = step.acts
        moved = next((one for one in step.moved if one.fact == fact), None)
        before, view = view, view if moved is None else moved.after
        out = outs.get(event.version) if event.stream == f"incident/{incident}" else None
        told = fact in course.removals(event) or (_is_upon(event.body, fact) and is_out(out, axes))
        if moved is None and not told:
            continue
        steps.append(
            LineageStep(
                act=accounts.of(event, out),
                difference=fact_difference(before, view),
                stood=None if view is None else _stood(view),
            )
        )
    if not any(step.act.fact == fact for step in steps):
        return None
    return FactLineage(
        incident=incident,
        fact=fact,
        position=axes.known,
        public_at=None if axes.public is None else axes.public.isoformat(),
        steps=tuple(steps),
    )


def _stood(view: FactView) -> Stood:
    return Stood(version=view.version, status=view.status, origins=view.origins, decided=view.decided)


def _is_upon(act: Act, fact: str) -> bool:
    return isinstance(act, FactAct) and act.fact == fact
