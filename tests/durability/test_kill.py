"""Processes that are killed in the middle of their work, and the ledgers that they leave behind.

SIGKILL takes a process and leaves the operating system its buffers, so nothing here can see whether the disk was ever told to
sync: test_power_cut.py does.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.durability.appending import EARLY
from tests.durability.survival import Memory, faults
from tests.durability.trials import IN_CI, LONG, Dice
from tests.project_files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_ORDINARY = 50 if IN_CI else 12
_THREADS = 4
_RUNS_EACH = 3
"""How many processes die on one ledger, one after the other."""

_TRIALS_TO_CATCH = 30
"""Most trials hit the moment between acknowledging and appending."""

_MOST_HEARD = 60
_MOST_DELAY_US = 30_000


def _heard_until_killed(path: Path, run: str, dice: Dice, fault: str = "") -> list[bytes]:
    """Start a process on the ledger, kill it some time after it told some line, and give every line that it told."""
    wanted = dice.below(_MOST_HEARD)
    delay_s = dice.below(_MOST_DELAY_US) / 1e6
    heard = bytearray()
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "tests.durability.appending",
        path,
        run,
        str(_THREADS),
        "0",
        fault,
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, bufsize=0) as child:
        assert child.stdout is not None
        pipe = child.stdout.fileno()
        while heard.count(b"\n") < wanted:
            piece = os.read(pipe, 1 << 16)
            assert piece, f"the process ended by itself with code {child.wait()}"
            heard += piece
        deadline = time.monotonic() + delay_s
        while (left := deadline - time.monotonic()) > 0:
            if select.select([pipe], [], [], left)[0]:
                heard += os.read(pipe, 1 << 16)
        child.kill()
        while piece := os.read(pipe, 1 << 16):
            heard += piece
        assert -signal.SIGKILL == child.wait()
    return bytes(heard).splitlines()


def _kill_often(folder: Path, trials: int) -> int:
    """How many acknowledged acts were looked for, none in vain."""
    looked_for = 0
    path, memory = folder / "0.ledger", Memory()
    for trial in range(trials):
        if trial % _RUNS_EACH == 0:
            path, memory = folder / f"{trial}.ledger", Memory()
        memory.hear(_heard_until_killed(path, f"r{trial}", Dice(f"kill {trial}")))
        looked_for += len(memory.receipts)

        assert [] == faults(path, memory, f"after{trial}.1"), f"trial {trial}"
    return looked_for


def test_a_killed_process_has_lost_nothing_that_it_acknowledged_and_repeats_nothing(tmp_path: Path) -> None:
    assert _kill_often(tmp_path, _ORDINARY) > _ORDINARY


@pytest.mark.long
def test_many_killed_processes_have_lost_nothing_that_they_acknowledged(tmp_path: Path) -> None:
    assert _kill_often(tmp_path, LONG) > LONG


def test_a_writer_that_acknowledges_before_it_appends_is_caught(tmp_path: Path) -> None:
    found: list[str] = []
    trial = 0
    while not found and trial < _TRIALS_TO_CATCH:
        trial += 1
        memory = Memory()
        memory.hear(_heard_until_killed(tmp_path / f"{trial}.ledger", "r", Dice(f"early {trial}"), EARLY))
        found = faults(tmp_path / f"{trial}.ledger", memory, "after.1")

    assert any("the log ends at" in fault for fault in found), found
