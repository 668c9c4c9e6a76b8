"""What several pages look up: what kinds are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.registry import RegistryState, evolve_registry

if TYPE_CHECKING:
    from api.http.reading import Reading
    from ledger.kinds import Kinds

__all__ = ["kind_labels", "kinds_now"]


def kinds_now(reading: Reading) -> Kinds:
    """The kinds that were ever registered: a label never changes, so that those of any position are among them."""
    state = RegistryState.empty()
    registry = reading.folded.registry()
    until = registry.told_until(max(registry.positions, default=0))
    for event in registry.events:
        if event.position <= until:
            state = evolve_registry(state, event)
    return state.kinds


def kind_labels(reading: Reading) -> dict[str, str]:
    """What each kind is called, by `slug@version`."""
    return {f"{kind.slug}@{kind.version}": kind.label for kind in kinds_now(reading)}
