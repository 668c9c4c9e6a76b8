"""Frozen values are in no cycle, so the garbage collector does not watch them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.events import ACTS
from ledger.incident import FactState, IncidentState
from ledger.source import SourceState

if TYPE_CHECKING:
    import msgspec


def test_no_act_and_no_state_is_watched_by_the_garbage_collector() -> None:
    kinds: list[type[msgspec.Struct]] = [*ACTS.values(), FactState, IncidentState, SourceState]
    assert [] == [kind.__name__ for kind in kinds if kind.__struct_config__.gc is not False]
