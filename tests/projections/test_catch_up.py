"""Stored views caught up step by step equal those built from nothing, and the fold (law 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from projections.catch_up import CatchUp
from tests.projections.many_situations import Shelf, all_situations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def no_text(_digest: str) -> str | None:
    return None


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """An empty ledger to put acts into."""
    made = Shelf(tmp_path / "views.ledger")
    yield made
    made.close()


def caught_up(shelf: Shelf, folder: Path, batch: int) -> CatchUp:
    folder.mkdir(exist_ok=True)
    return CatchUp(shelf.store, folder, no_text, batch=batch)


@pytest.mark.parametrize("batch", [1, 7, 5_000])
def test_step_by_step_they_become_what_is_built_from_nothing(
    shelf: Shelf, tmp_path: Path, batch: int
) -> None:
    acts = all_situations()
    shelf.put(acts[:2])
    views = caught_up(shelf, tmp_path / "steps", batch)
    views.run()
    for start in range(2, len(acts), 40):
        shelf.put(acts[start : start + 40])
        assert views.run() == shelf.store.head().position
        assert () == views.rebuild().differing, start
    views.close()
