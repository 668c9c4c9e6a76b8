"""Values that hold for a time: how the stored tables get their intervals (ADR 12)."""

from __future__ import annotations

from typing import Any, TypeAlias

from projections.tables import FOR_EVER

__all__ = ["Row", "Rows", "Runs"]

Row: TypeAlias = tuple[Any, ...]
Rows: TypeAlias = dict[str, list[Row]]
"""By table, its rows, each in the order of the columns; of `texts` without the id."""


class Runs:
    """Values that hold for a time: by key, which value holds, and since when."""

    def __init__(self) -> None:
        self.ended: list[tuple[Row, Row, int, int]] = []
        self._holding: dict[Row, tuple[Row, int]] = {}

    def put(self, key: Row, value: Row, at: int) -> None:
        """From `at` on this value holds for the key."""
        held = self._holding.get(key)
        if held is None or held[0] != value:
            self.drop(key, at)
            self._holding[key] = (value, at)

    def drop(self, key: Row, at: int) -> None:
        """From `at` on nothing holds for the key."""
        held = self._holding.pop(key, None)
        if held is not None and held[1] < at:
            self.ended.append((key, *held, at))

    def all(self) -> list[tuple[Row, Row, int, int]]:
        """Key, value, since when and until when."""
        return [*self.ended, *((key, *held, FOR_EVER) for key, held in self._holding.items())]
