"""Imports that are killed at any instant and started again: nothing twice, nothing half, nothing missing."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from ledger.events import SnapshotCaptured
from tests.api.command_line import ask, command_of, environment
from tests.api.importing.streams import add, appear, change, commit, entries, records, replayed, written
from tests.durability.survival import is_begun
from tests.durability.trials import IN_CI, LONG, Dice
from tests.project_files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

_ORDINARY = 12 if IN_CI else 4
_LINES = 60
_RECORDS = 25


def _stream() -> list[Json]:
    """Lines that make some thousands of acts, and so several transactions."""
    lines = [commit(0, *(one for r in range(_RECORDS) for one in (appear(f"r{r}"), add(f"r{r}", "n", 0))))]
    for number in range(1, _LINES):
        counted = [change(f"r{r}", "n", number - 1, number) for r in range(_RECORDS)]
        linked = [add(f"r{r}", "link", f"https://example.org/{r}/{number}") for r in range(_RECORDS)]
        lines.append(commit(number, *counted, *linked))
    return lines


def _importing(path: Path, file: Path) -> list[str]:
    return command_of("import", "changes", file, "--dataset", "set", "--ledger", path)


def _killed(path: Path, file: Path, delay_s: float) -> bool:
    """Import in a process of its own, and kill it after a while. Gives whether it had ended by then."""
    with subprocess.Popen(
        _importing(path, file),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        with suppress(subprocess.TimeoutExpired):
            return child.wait(timeout=delay_s) == 0
        child.kill()
    return False


def _done(path: Path) -> int:
    """How many lines are recorded; no line twice."""
    captured = [one.body.snapshot for one in entries(path) if isinstance(one.body, SnapshotCaptured)]
    assert len(captured) == len(set(captured))
    return len(captured)


def _kill_often(folder: Path, trials: int) -> int:
    """How many kills came while something, and not all, was recorded."""
    lines = _stream()
    file = folder / "stream.ndjson"
    file.write_bytes(written(lines))
    began = time.monotonic()
    subprocess.run(
        _importing(folder / "whole.ledger", file),
        cwd=ROOT,
        env=environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    longest_ms = int((time.monotonic() - began) * 1_200)
    whole = len(entries(folder / "whole.ledger"))
    within = 0
    for trial in range(trials):
        path, dice = folder / f"{trial}.ledger", Dice(f"import {trial}")
        ended, kills = False, 0
        while not ended and kills < 3:
            ended = _killed(path, file, dice.below(longest_ms) / 1_000)
            kills += 1
            if not is_begun(path):
                continue
            done = _done(path)
            within += 0 < done < _LINES
            if done:
                assert replayed(lines[:done]) == records(path), f"trial {trial}: after {done} lines"
        answer = ask("import", "changes", file, "--dataset", "set", "--ledger", path, "--json")

        assert (0, _LINES) == (answer.code, answer.json["recorded"] + answer.json["repeated"]), (
            f"trial {trial}"
        )
        assert whole == len(entries(path)), f"trial {trial}"
        assert replayed(lines) == records(path), f"trial {trial}"
    return within


def test_an_import_that_was_killed_goes_on_and_records_nothing_twice(tmp_path: Path) -> None:
    _kill_often(tmp_path, _ORDINARY)


@pytest.mark.long
def test_many_imports_that_were_killed_go_on_and_record_nothing_twice(tmp_path: Path) -> None:
    assert _kill_often(tmp_path, LONG) > LONG // 20
