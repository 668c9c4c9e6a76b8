"""The bar of verify: on a terminal it is written over itself until all is done, and elsewhere nothing is written."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from api.cli.verify import _progress
from ledger.verify import Asked, verify_file
from tests.desk import a_small_ledger

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_bar_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    tell = _progress()
    tell(0, 4_000)
    tell(2_000, 4_000)
    tell(4_000, 4_000)

    first, half, whole = terminal.getvalue().split("\r")[1:]
    assert f"[{' ' * 30}]   0 %  0 of 4,000 events" == first
    assert f"[{'#' * 15}{' ' * 15}]  50 %  2,000 of 4,000 events" == half
    assert f"[{'#' * 30}] 100 %  4,000 of 4,000 events\n" == whole


def test_elsewhere_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    _progress()(1, 2)

    assert "" == written.getvalue()


def test_the_check_tells_where_it_begins_and_that_it_is_done(tmp_path: Path) -> None:
    a_small_ledger(tmp_path / "a.ledger").close()
    told: list[tuple[int, int]] = []
    verify_file(tmp_path / "a.ledger", Asked(progress=lambda done, of: told.append((done, of))))

    assert [(0, 6), (6, 6)] == told
