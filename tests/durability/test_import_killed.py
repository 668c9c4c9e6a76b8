"""Imports that are killed, at every step that reaches the disk and at random instants, and gone on with: nothing lost, nothing doubled."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from ledger.verify import verify_file
from tests.desk import Desk, a_small_ledger, fact
from tests.durability.trials import IN_CI, LONG, Dice
from tests.project_files import ROOT
from tests.transferring import exported, files_of, rows_of

if TYPE_CHECKING:
    from pathlib import Path

_ORDINARY = 12 if IN_CI else 4
_MOST_RUNS = 60
_STRIDE = 1 if IN_CI else 4
_MOST_DELAY_MS = 400


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A ledger of ten events and two snapshots, one redaction among them."""
    made = a_small_ledger(tmp_path_factory.mktemp("desk") / "desk.ledger")
    made.capture("The officer was dragged about 15 feet, they say now.\n")
    made.redact(facts=[{"fact": "other", "paths": ["statement"]}])
    made.act(fact("third"))
    made.act(fact("fourth"))
    (made.path.parent / "desk.ndjson").write_bytes(exported(made.path))
    made.close()
    return made


def _import(desk: Desk, ledger: Path, deadly: int = 0) -> subprocess.Popen[bytes]:
    log = desk.path.parent / "desk.ndjson"
    command: list[str | Path] = [sys.executable, "-m", "tests.durability.importing", log, ledger, str(deadly)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


def _ended(child: subprocess.Popen[bytes]) -> int:
    _, err = child.communicate()
    code = child.returncode
    assert code in (0, -signal.SIGKILL), err.decode()
    return code


def _is_whole(desk: Desk, ledger: Path) -> bool:
    return (
        rows_of(desk.path) == rows_of(ledger)
        and files_of(desk.path) == files_of(ledger)
        and "OK" == verify_file(ledger).verdict
        and not list(ledger.with_name(ledger.name + ".d").glob("importing*"))
    )


def test_an_import_killed_at_each_step_in_turn_goes_on_to_the_very_ledger(desk: Desk, tmp_path: Path) -> None:
    ledger, killed = tmp_path / "other.ledger", 0
    for deadly in range(1, _MOST_RUNS, _STRIDE):
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        if _ended(_import(desk, ledger, deadly)) == 0:
            break
        killed += 1

        assert 0 == _ended(_import(desk, ledger)), f"step {deadly}"
        assert _is_whole(desk, ledger), f"step {deadly}"

    assert 20 // _STRIDE < killed < (_MOST_RUNS - 1) // _STRIDE


def test_an_import_that_is_killed_again_and_again_still_ends(desk: Desk, tmp_path: Path) -> None:
    ledger, runs = tmp_path / "other.ledger", 0
    while _ended(_import(desk, ledger, 8)) != 0:
        runs += 1
        assert runs < _MOST_RUNS

    assert runs
    assert _is_whole(desk, ledger)


def _kill_at_random(desk: Desk, folder: Path, trials: int) -> int:
    """How many of the processes were killed before they had ended."""
    killed = 0
    for trial in range(trials):
        ledger, dice = folder / f"{trial}.ledger", Dice(f"import {trial}")
        child = _import(desk, ledger)
        deadline = time.monotonic() + (200 + dice.below(_MOST_DELAY_MS)) / 1_000
        while time.monotonic() < deadline and child.poll() is None:
            pass
        child.kill()
        killed += _ended(child) != 0

        assert 0 == _ended(_import(desk, ledger))
        assert _is_whole(desk, ledger), f"trial {trial}"
    return killed


def test_an_import_killed_at_random_goes_on_to_the_very_ledger(desk: Desk, tmp_path: Path) -> None:
    _kill_at_random(desk, tmp_path, _ORDINARY)


@pytest.mark.long
def test_many_imports_killed_at_random_go_on_to_the_very_ledger(desk: Desk, tmp_path: Path) -> None:
    assert _kill_at_random(desk, tmp_path, LONG)
