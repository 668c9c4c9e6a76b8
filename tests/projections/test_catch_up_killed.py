"""Killed anywhere and started again, the stored views are the same tables (law 4)."""

from __future__ import annotations

import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest

from projections.catch_up import CatchUp
from projections.catch_up_file import NAME
from projections.catch_up_rebuild import build, digests_of
from tests.durability.trials import IN_CI, LONG, Dice
from tests.project_files import ROOT
from tests.projections.catching_up import REBUILD, STEPS
from tests.projections.many_situations import Shelf, all_situations
from tests.projections.test_catch_up import no_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ORDINARY = 24 if IN_CI else 6
_EARLY = 60
_LINES = {STEPS: 105, REBUILD: 163}
"""How many lines a process tells before it is done, or a little more."""

_MOST_DELAY_US = 5_000


class Killed(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger, views of it that have read some way and are damaged where `rebuild` is tried, and the digests at its end."""

    shelf: Shelf
    early: Path
    digests: dict[str, str]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    """All situations in one ledger; the views have read the first acts."""
    folder = tmp_path_factory.mktemp("killed")
    shelf = Shelf(folder / "views.ledger")
    acts = all_situations()
    shelf.put(acts[:_EARLY])
    views = CatchUp(shelf.store, folder, no_text)
    views.run()
    views.close()
    early = folder / "early.db"
    shutil.copy(folder / NAME, early)
    shelf.put(acts[_EARLY:])
    whole = build(shelf.store, folder, no_text, len(acts))
    yield Killed(shelf=shelf, early=early, digests=digests_of(whole))
    shelf.close()


def kill_once(ledger: Path, folder: Path, what: str, dice: Dice) -> None:
    """Start a process and kill it some time after it told some line."""
    wanted, delay_s = dice.below(_LINES[what]), dice.below(_MOST_DELAY_US) / 1e6
    command: list[str | Path] = [sys.executable, "-m", "tests.projections.catching_up", ledger, folder, what]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, bufsize=0) as child:
        assert child.stdout is not None
        heard = 0
        while heard <= wanted:
            piece = os.read(child.stdout.fileno(), 1 << 12)
            assert piece, f"the process ended by itself with code {child.wait()}"
            heard += piece.count(b"\n")
        deadline = time.monotonic() + delay_s
        while (left := deadline - time.monotonic()) > 0:
            if select.select([child.stdout], [], [], left)[0]:
                os.read(child.stdout.fileno(), 1 << 12)
        child.kill()
        while os.read(child.stdout.fileno(), 1 << 16):
            pass
        assert -signal.SIGKILL == child.wait()


def try_often(killed: Killed, folder: Path, what: str, trials: int) -> set[tuple[int, str]]:
    """The positions and the facts with which the views were found."""
    store = killed.shelf.store
    found: set[tuple[int, str]] = set()
    for trial in range(trials):
        place = folder / str(trial)
        place.mkdir()
        shutil.copy(killed.early, place / NAME)
        if what == REBUILD:
            with closing(sqlite3.connect(place / NAME)) as connection, connection:
                connection.execute("DELETE FROM facts")
        dice = Dice(f"{what} {trial}")
        for _ in range(1 + dice.below(2)):
            kill_once(killed.shelf.store.path, place, what, dice)
        views = CatchUp(store, place, no_text, batch=50)
        position = views.position()
        found.add((position, digests_of(place / NAME)["facts"]))
        if what == STEPS:
            (place / "until").mkdir()
            at_position = digests_of(build(store, place / "until", no_text, position))
            assert at_position == digests_of(place / NAME), f"trial {trial}, position {position}"
            assert store.head().position == views.run()
        else:
            views.rebuild()
        views.close()
        assert killed.digests == digests_of(place / NAME), f"trial {trial}"
        shutil.rmtree(place)
    return found


@pytest.mark.parametrize("what", [STEPS, REBUILD])
def test_killed_anywhere_they_become_the_same_tables(killed: Killed, tmp_path: Path, what: str) -> None:
    found = try_often(killed, tmp_path, what, _ORDINARY)

    assert len(found) > 1, "every process was killed at the same place"


@pytest.mark.long
@pytest.mark.parametrize("what", [STEPS, REBUILD])
def test_killed_often_they_become_the_same_tables(killed: Killed, tmp_path: Path, what: str) -> None:
    try_often(killed, tmp_path, what, LONG // 2)
