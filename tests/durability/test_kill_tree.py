"""Processes that are killed while they build the Merkle tree and sign it, and what the next one finds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger.checkpoint import opened_checkpoint
from ledger.merkle import leaf_hash, range_hash
from ledger.stores.sqlite_store import SQLiteStore
from ledger.transparency import Transparency
from tests.durability.trials import IN_CI, LONG, Dice
from tests.naive_tree import naive_root
from tests.project_files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_ORDINARY = 20 if IN_CI else 5
_RUNS_EACH = 3
_MOST_HEARD = 8


def _signed_until_killed(path: Path, run: str, dice: Dice) -> list[int]:
    """Start a process on the ledger, kill it some time after it signed, and give every size that it told."""
    wanted = 1 + dice.below(_MOST_HEARD)
    heard = bytearray()
    command: list[str | Path] = [sys.executable, "-m", "tests.durability.growing_tree", path, run]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, bufsize=0) as child:
        assert child.stdout is not None
        pipe = child.stdout.fileno()
        while heard.count(b"\n") < wanted:
            piece = os.read(pipe, 1 << 12)
            assert piece, f"the process ended by itself with code {child.wait()}"
            heard += piece
        child.kill()
        while piece := os.read(pipe, 1 << 12):
            heard += piece
        assert -signal.SIGKILL == child.wait()
    return [int(line) for line in heard.splitlines()]


def _check_what_is_left(path: Path, told: list[int]) -> int:
    """The size that was signed last: no head that was told is lost, the tree is that of the log, and signing goes on."""
    with (
        closing(SQLiteStore(path)) as store,
        closing(Transparency(store, path.with_name(path.name + ".d"), writing=True)) as left,
    ):
        entries = list(store.entries())
        newest = left.newest()
        assert newest is not None
        assert max(told) <= newest.checkpoint.size <= len(entries)
        for note in left.heads.notes():
            head, _ = opened_checkpoint(note, left.keys.known())
            assert naive_root(entries[: head.size]) == head.root
        size = left.tree.size
        leaves = [leaf_hash(entry) for entry in entries[:size]]
        assert leaves == [left.tree.leaf(position) for position in range(1, size + 1)]
        assert naive_root(entries[:size]) == range_hash(0, size, left.tree.subtree)
        again = left.sign()
        assert again is not None
        assert (len(entries), naive_root(entries)) == (again.checkpoint.size, again.checkpoint.root)
        return again.checkpoint.size


def _kill_often(folder: Path, trials: int) -> None:
    path, last = folder / "0.ledger", 0
    for trial in range(trials):
        if trial % _RUNS_EACH == 0:
            path, last = folder / f"{trial}.ledger", 0
        told = _signed_until_killed(path, f"r{trial}", Dice(f"kill the tree {trial}"))
        assert last <= min(told)
        assert sorted(told) == told
        last = _check_what_is_left(path, told)


def test_a_killed_process_leaves_a_tree_of_the_log_and_no_head_that_it_told_is_lost(tmp_path: Path) -> None:
    _kill_often(tmp_path, _ORDINARY)


@pytest.mark.long
def test_many_killed_processes_leave_a_tree_of_the_log(tmp_path: Path) -> None:
    _kill_often(tmp_path, LONG)
