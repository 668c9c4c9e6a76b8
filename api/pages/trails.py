"""What several pages look up: the acts of an incident as a reader at a point can see them, and what kinds are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.registry import RegistryState, evolve_registry
from projections.audit_trail import AuditEntry, audit_trail, public_trail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.reading import Reading
    from ledger.events import Act, Recorded
    from ledger.kinds import Kinds
    from projections.axes import Axes

__all__ = ["kind_labels", "kinds_now", "trail_at"]


def kinds_now(reading: Reading) -> Kinds:
    """The kinds that were ever registered: a label never changes, so that those of any position are among them."""
    state = RegistryState.empty()
    for event in reading.folded.registry().events:
        state = evolve_registry(state, event)
    return state.kinds


def kind_labels(reading: Reading) -> dict[str, str]:
    """What each kind is called, by `slug@version`."""
    return {f"{kind.slug}@{kind.version}": kind.label for kind in kinds_now(reading)}


def trail_at(events: Sequence[Recorded[Act]], incident: str, axes: Axes) -> tuple[AuditEntry, ...]:
    """The acts that a reader at a point can see the effect of."""
    if axes.public is None:
        return audit_trail(events, incident, axes.known)
    return public_trail(events, incident, axes)
