"""Imports that are killed at any instant and started again: nothing twice, nothing half, nothing missing."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from ledger.events import SnapshotCaptured
from tests.api.command_line import ask, command_of, environment
from tests.api.importing.streams import add, appear, change, commit, entries, records, replayed, written
from tests.durability.survival import is_begun
from tests.durability.trials import IN_CI, LONG, Dice
from tests.project_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.values import Json

_ORDINARY = 12 if IN_CI else 4
_LINES = 60
_RECORDS = 25
_LOOK_S = 0.005


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


@contextmanager
def _import(path: Path, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An import in a process of its own; what is left of it is killed."""
    with subprocess.Popen(
        _importing(path, file),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        yield child
        child.kill()


def _head(path: Path) -> int:
    """Where the log of a ledger ends that another process may be making just now."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
            return int(file.execute("SELECT position FROM head").fetchone()[0])
    except sqlite3.Error:
        return 0


def _is_ended(child: subprocess.Popen[bytes], after_s: float) -> bool:
    with suppress(subprocess.TimeoutExpired):
        return child.wait(timeout=after_s) == 0
    return False


def _pace(path: Path, file: Path) -> tuple[float, float]:
    """How long a whole import takes, and how long of that it records: from its first transaction to its last. In seconds."""
    began = time.monotonic()
    recorded: dict[int, float] = {}
    with _import(path, file) as child:
        while child.poll() is None:
            recorded.setdefault(_head(path), time.monotonic())
            time.sleep(_LOOK_S)
        assert 0 == child.returncode
    recorded.pop(0, None)
    return time.monotonic() - began, max(recorded.values()) - min(recorded.values())


def _killed(path: Path, file: Path, delay_s: float, *, recording: bool) -> bool:
    """Import, and kill it after a while: from its start, or from when it has recorded something. Gives whether it had ended by then."""
    before = _head(path)
    with _import(path, file) as child:
        while recording and child.poll() is None and _head(path) == before:
            time.sleep(_LOOK_S)
        return _is_ended(child, delay_s)


def _done(path: Path) -> int:
    """How many lines are recorded; no line twice."""
    captured = [one.body.snapshot for one in entries(path) if isinstance(one.body, SnapshotCaptured)]
    assert len(captured) == len(set(captured))
    return len(captured)


def _kill_often(folder: Path, trials: int) -> int:
    """How many kills came while something, and not all, was recorded.

    Every other trial begins with one that does: to record takes a fifth of the time, so that it is seldom hit by chance.
    """
    lines = _stream()
    file = folder / "stream.ndjson"
    file.write_bytes(written(lines))
    longest_s, recording_s = _pace(folder / "whole.ledger", file)
    longest_ms, half_ms = int(longest_s * 1_200), max(int(recording_s * 500), 1)
    whole = len(entries(folder / "whole.ledger"))
    within = 0
    for trial in range(trials):
        path, dice = folder / f"{trial}.ledger", Dice(f"import {trial}")
        ended, kills = False, 0
        while not ended and kills < 3:
            recording = trial % 2 == 0 and kills == 0
            delay_s = dice.below(half_ms if recording else longest_ms) / 1_000
            ended = _killed(path, file, delay_s, recording=recording)
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
    assert _kill_often(tmp_path, _ORDINARY) > _ORDINARY // 4


@pytest.mark.long
def test_many_imports_that_were_killed_go_on_and_record_nothing_twice(tmp_path: Path) -> None:
    assert _kill_often(tmp_path, LONG) > LONG // 4
