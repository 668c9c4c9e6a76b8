"""The fold as the judge of what was public: candidates from the stored tables in, what stood at a point of both axes out (ADR 12)."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from projections.axes import is_out
from projections.fact_fold import FactFold
from projections.incident_view import folded
from projections.tight_bounds import Tight, dated, tight_bounds

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from projections.axes import Axes
    from projections.fact_fold import FactView
    from projections.gathering import Gathering

__all__ = ["Decided", "Judge"]

KEPT_INCIDENTS = 8
"""How many incidents are kept folded: candidates come in the order of their reports, often several of one incident in a row."""


class _Outs(FactFold):
    """A fold that tells which of the acts were out."""

    def is_told(self, version: int) -> bool:
        """Whether an act was out, upon a fact that was established by then."""
        return self.first_version <= version and is_out(self._outs[version], self.axes)


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """An incident at a point of both axes: its facts by id, when they occurred, and how to tell which acts upon them were out."""

    facts: dict[str, FactView]
    folds: dict[str, FactFold]
    times: dict[str, Tight]

    def is_told(self, fact: str, version: int) -> bool:
        """Whether an act upon a fact had come out, and the fact before it."""
        fold = self.folds.get(fact)
        return fold is not None and _Outs(fold.acts, fold.sources, fold.axes).is_told(version)


class Judge:
    """Folds incidents at one point of both axes. `gathering` reads to the head of the log: a redaction masks at once."""

    def __init__(self, connection: Connection, gathering: Gathering, axes: Axes) -> None:
        self._connection = connection
        self._gathering = gathering
        self._axes = axes
        self._kept: OrderedDict[str, Decided] = OrderedDict()
        self.failed: dict[str, Exception] = {}

    def incident(self, ident: str) -> Decided:
        """An incident as it stood. One that cannot be folded has no facts, and is among those that `failed`."""
        held = self._kept.pop(ident, None)
        if held is None:
            held = self._fold(ident)
        self._kept[ident] = held
        if len(self._kept) > KEPT_INCIDENTS:
            self._kept.popitem(last=False)
        return held

    def _fold(self, ident: str) -> Decided:
        events = self._gathering.of_incident(self._connection, ident)
        try:
            made = folded(events, ident, self._axes)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  told as incomplete; the others go on
            made = None
            self.failed[ident] = error
        pairs = () if made is None else made.facts
        return Decided(
            facts={view.fact: view for _, view in pairs},
            folds={view.fact: fold for fold, view in pairs},
            times=tight_bounds(dated(view) for _, view in pairs),
        )
