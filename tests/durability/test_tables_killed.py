"""Imports of tables, and of the git histories of tables, that are killed and started again: the very ledger of one that was not."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ledger.events import SnapshotCaptured
from ledger.verify import verify_file
from tests.api.command_line import ask, environment
from tests.api.importing.git_tables import make_repository
from tests.api.importing.streams import entries, records
from tests.durability.survival import is_begun
from tests.durability.trials import IN_CI, LONG, Dice
from tests.project_files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.importing.streams import State

_MAPPING = 'dataset = "cases"\nid = "id"\n[columns.id]\nignore = true\n[columns.n]\ncompare = "number"\n'
_VERSIONS = (
    "id,city,n\n1,Rome,1\n2,Bonn,2\n3,Oslo,3\n4,Lima,4\n",
    'id,city,n\n1,Roma,1\n2,Bonn,"2,000"\n5,Kyiv,5\n6,Bern,6\n3,Oslo,3.0\n',
    "id,city,n,note\n1,Rome,1,again\n2,Bonn,2000,\n4,Lima,4,back\n5,Kyiv,,\n",
)
_STRIDE = 2 if IN_CI else 9
_STEPS = 36
"""So many steps at least reach the disk."""

_AGAIN = 14
"""Beyond what an import does that has nothing left to do but to receive the file, and short of the whole."""

_MOST_STEPS = 400
_MOST_DELAY_MS = 2_500


class _Way(NamedTuple):
    """One way to import the whole history: the commands, in turn."""

    commands: tuple[tuple[object, ...], ...]

    def run(self, ledger: Path) -> None:
        for command in self.commands:
            answer = ask(*command, "--ledger", ledger)
            assert 0 == answer.code, answer.err


@pytest.fixture(params=["table", "git"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> _Way:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(_MAPPING, "utf-8")
    if request.param == "git":
        folder = make_repository(tmp_path / "repository", _VERSIONS)
        return _Way((("import", "git", folder, "--path", "cases.csv", "--mapping", mapping),))
    files = [tmp_path / f"{number}.csv" for number in range(len(_VERSIONS))]
    for file, version in zip(files, _VERSIONS, strict=True):
        file.write_text(version, "utf-8")
    published = [f"2021-03-0{number + 1}T11:00:00Z" for number in range(len(_VERSIONS))]
    return _Way(
        tuple(
            ("import", "table", file, "--mapping", mapping, "--published", at)
            for file, at in zip(files, published, strict=True)
        )
    )


def _start(ledger: Path, command: tuple[object, ...], deadly: int = 0) -> subprocess.Popen[bytes]:
    given = [str(one) for one in (deadly, *command, "--ledger", ledger)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.durability.importing_data", *given],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _was_killed(child: subprocess.Popen[bytes]) -> bool:
    _, err = child.communicate()
    assert child.returncode in (0, -signal.SIGKILL), err.decode()
    return child.returncode != 0


def _told(ledger: Path) -> list[object]:
    """Every act with its stream, which is counted by its beginning, since ids are made, and without when it was captured."""
    streams: dict[str, str] = {}
    told: list[object] = []
    for one in entries(ledger):
        stream = streams.setdefault(one.stream, str(len(streams)))
        body = one.body
        if isinstance(body, SnapshotCaptured):
            told.append((stream, one.version, body.snapshot, body.method))
        elif one.position > 1:
            told.append((stream, one.version, body))
    return told


def _states(ledger: Path) -> list[State]:
    """The state at each version, and now."""
    asked = [("--public-at", f"2021-03-0{number + 1}T11:00:00Z") for number in range(len(_VERSIONS))]
    return [records(ledger, *at, dataset="cases") for at in (*asked, ())]


def _is_sane(ledger: Path, whole: list[State]) -> bool:
    """Whether every record that is listed after a kill is as one of the versions has it: none is half of two."""
    if not is_begun(ledger) or not entries(ledger):
        return True
    listed = records(ledger, dataset="cases")
    return all(any(state.get(ident) == fields for state in whole) for ident, fields in listed.items())


class _Unkilled(NamedTuple):
    """What an import that nobody killed comes to."""

    told: list[object]
    states: list[State]


def _unkilled(way: _Way, ledger: Path) -> _Unkilled:
    ledger.parent.mkdir()
    way.run(ledger)
    return _Unkilled(_told(ledger), _states(ledger))


def _check(ledger: Path, rest: _Way, unkilled: _Unkilled) -> None:
    """Whether what was killed is sane, and is as if it had never been once it has gone on."""
    assert _is_sane(ledger, unkilled.states)

    rest.run(ledger)

    told = _told(ledger)
    for one, other in zip(unkilled.told, told, strict=False):
        assert one == other
    assert len(unkilled.told) == len(told)
    assert unkilled.states == _states(ledger)
    assert "OK" == verify_file(ledger).verdict


def test_a_table_import_killed_at_each_step_in_turn_goes_on_as_if_it_had_not_been(
    way: _Way, tmp_path: Path
) -> None:
    unkilled = _unkilled(way, tmp_path / "unkilled" / "desk.ledger")
    killed = 0
    for number, command in enumerate(way.commands):
        for deadly in range(1 + number % _STRIDE, _MOST_STEPS, _STRIDE):
            ledger = tmp_path / f"{number}-{deadly}" / "desk.ledger"
            ledger.parent.mkdir()
            _Way(way.commands[:number]).run(ledger)
            if not _was_killed(_start(ledger, command, deadly)):
                break
            killed += 1
            _check(ledger, _Way(way.commands[number:]), unkilled)

    assert _STEPS // _STRIDE <= killed < _MOST_STEPS // _STRIDE


def test_a_table_import_that_is_killed_again_and_again_still_ends(way: _Way, tmp_path: Path) -> None:
    unkilled = _unkilled(way, tmp_path / "unkilled" / "desk.ledger")
    ledger, killed = tmp_path / "desk.ledger", 0
    for number, command in enumerate(way.commands):
        while _was_killed(_start(ledger, command, _AGAIN)):
            killed += 1
            assert killed < _MOST_STEPS, "it does not come on"
        assert _is_sane(ledger, unkilled.states), number

    assert killed
    _check(ledger, _Way(()), unkilled)


@pytest.mark.long
def test_many_table_imports_killed_at_random_go_on_as_if_they_had_not_been(way: _Way, tmp_path: Path) -> None:
    unkilled = _unkilled(way, tmp_path / "unkilled" / "desk.ledger")
    killed = 0
    for trial in range(LONG):
        dice = Dice(f"table {trial}")
        number = dice.below(len(way.commands))
        ledger = tmp_path / f"{trial}" / "desk.ledger"
        ledger.parent.mkdir()
        _Way(way.commands[:number]).run(ledger)
        child = _start(ledger, way.commands[number])
        time.sleep(dice.below(_MOST_DELAY_MS) / 1_000)
        child.kill()
        killed += _was_killed(child)
        _check(ledger, _Way(way.commands[number:]), unkilled)
        shutil.rmtree(ledger.parent)

    assert killed
