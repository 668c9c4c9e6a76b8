"""Power cuts at every kind of instant: what was acknowledged before the cut is there after it.

A process appends under disk_log.c, which writes down every change that it makes to its files and every sync. From that the files
are made again as each cut could have left them (disk.py), and opened. Left out is the -shm file: after a cut nobody holds it,
and SQLite makes it anew from the log.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from ledger.errors import LedgerError
from tests.durability.appending import NORMAL, UNSYNCED
from tests.durability.disk import ALL, NONE, SOME, Change, Disk, changes
from tests.durability.survival import Memory, faults
from tests.durability.trials import IN_CI, LONG, Dice
from tests.project_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOURCE = Path(__file__).with_name("disk_log.c")
_LEDGER = "a.ledger"
_TOLD = PurePosixPath("told")
"""Standard output of the process: a file in the folder, so that the log says what was acknowledged before which change."""

_ORDINARY = 200 if IN_CI else 60
_LONG_CUTS_A_TRIAL = 10
_SAMPLES = 2


@pytest.fixture(scope="module")
def disk_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """disk_log.c, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux" or sys.byteorder != "little":
        pytest.skip(
            "POWER CUTS ARE NOT TESTED: that takes Linux, a little-endian machine and a C compiler (gcc)"
        )
    made = tmp_path_factory.mktemp("disk_log") / "disk_log.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", made, _SOURCE, "-ldl", "-lpthread"],
        check=True,
    )
    return made


def _written_down(disk_log: Path, folder: Path, acts: int, fault: str = "") -> list[Change]:
    """Everything that a process did to its files while three threads recorded `acts` acts each."""
    watched = folder / "watched"
    watched.mkdir()
    log = folder / "log"
    environment = os.environ | {
        "LD_PRELOAD": str(disk_log),
        "DISK_LOG": str(log),
        "DISK_LOG_FOLDER": str(watched),
    }
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "tests.durability.appending",
        watched / _LEDGER,
        "r",
        "3",
        str(acts),
        fault,
    ]
    with (watched / _TOLD).open("wb") as told:
        subprocess.run(command, cwd=ROOT, env=environment, stdout=told, check=True)
    return list(changes(log.read_bytes(), watched))


def _cuts(told: list[Change], count: int, dice: Dice) -> set[int]:
    """After how many changes the power is cut: half of the cuts come right after a line was told, half anywhere."""
    lines = [number for number, change in enumerate(told, 1) if change.path == _TOLD]
    return {*dice.some(lines, count // 2), *dice.some(range(len(told) + 1), count - count // 2)}


def _all_of_the_making(told: list[Change]) -> set[int]:
    """Every cut until the tables of the ledger are durable: the second sync of its log."""
    logged = [number for number, change in enumerate(told, 1) if change.path.name.endswith("-wal")]
    return set(range(next(n for n in logged[1:] if told[n - 1].kind == "S" and n > logged[2]) + 1))


def _states(disk: Disk, samples: int, dice: Dice) -> Iterator[dict[PurePosixPath, bytes]]:
    yield disk.after_cut(NONE, dice)
    yield disk.after_cut(ALL, dice)
    for _ in range(samples):
        yield disk.after_cut(SOME, dice)


def _rebuilt(files: dict[PurePosixPath, bytes], folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        if not name.name.endswith("-shm"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    return folder / _LEDGER


def _after_cuts(told: list[Change], folder: Path, cuts: set[int], dice: Dice) -> tuple[int, list[str]]:
    """How many states of the disk were opened, and what was wrong with them."""
    disk, heard, states, found = Disk(), b"", 0, list[str]()
    for number in range(len(told) + 1):
        if number in cuts:
            for files in _states(disk, _SAMPLES, dice):
                memory = Memory()
                memory.hear(heard.splitlines())
                path = _rebuilt(files, folder / "rebuilt")
                try:
                    wrong = faults(path, memory, "after.1")
                except LedgerError as error:
                    wrong = [f"{type(error).__name__}: {error}"]
                states += 1
                found += [f"cut after change {number}, state {states}: {one}" for one in wrong]
        if number < len(told):
            if told[number].path == _TOLD:
                heard += told[number].data
            else:
                disk.take(told[number])
    return states, found


def test_what_was_written_down_is_what_lies_on_the_disk(disk_log: Path, tmp_path: Path) -> None:
    disk = Disk()
    for change in _written_down(disk_log, tmp_path, 8):
        if change.path != _TOLD:
            disk.take(change)

    there = {
        PurePosixPath(file.relative_to(tmp_path / "watched")): file.read_bytes()
        for file in (tmp_path / "watched").rglob("*")
        if file.is_file() and file.name != str(_TOLD)
    }
    assert there == disk.after_cut(ALL, Dice(""))


def test_no_power_cut_loses_what_was_acknowledged(disk_log: Path, tmp_path: Path) -> None:
    told, dice = _written_down(disk_log, tmp_path, 10), Dice("ordinary")

    states, found = _after_cuts(told, tmp_path, _cuts(told, _ORDINARY, dice), dice)

    assert [] == found
    assert states > _ORDINARY


def test_a_ledger_whose_making_was_cut_short_is_made_when_it_is_opened_again(
    disk_log: Path, tmp_path: Path
) -> None:
    told = _written_down(disk_log, tmp_path, 1)
    cuts = _all_of_the_making(told)

    _, found = _after_cuts(told, tmp_path, cuts, Dice("making"))

    assert [] == found
    assert any(change.path.name.endswith("-journal") for change in told[: max(cuts)])


@pytest.mark.long
def test_no_power_cut_of_many_loses_what_was_acknowledged(disk_log: Path, tmp_path: Path) -> None:
    told, dice = _written_down(disk_log, tmp_path, 60), Dice("long")

    states, found = _after_cuts(told, tmp_path, _cuts(told, LONG * _LONG_CUTS_A_TRIAL, dice), dice)

    assert [] == found
    assert states > LONG


def test_without_full_syncs_acknowledged_acts_would_be_lost(disk_log: Path, tmp_path: Path) -> None:
    told, dice = _written_down(disk_log, tmp_path, 6, NORMAL), Dice("normal")

    _, found = _after_cuts(told, tmp_path, _cuts(told, 10, dice), dice)

    assert any("the log ends at" in one for one in found), found


def test_without_syncs_of_snapshots_their_bytes_would_be_lost(disk_log: Path, tmp_path: Path) -> None:
    told, dice = _written_down(disk_log, tmp_path, 6, UNSYNCED), Dice("unsynced")

    _, found = _after_cuts(told, tmp_path, _cuts(told, 20, dice), dice)

    assert any("the snapshot is" in one for one in found), found
