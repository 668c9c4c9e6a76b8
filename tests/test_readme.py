"""What README.md tells a newcomer to type works, and what it promises is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from api.terminal import telling
from ledger.verify import Report
from tests.api.command_line import ask, environment
from tests.project_files import text_of

README = text_of(PurePosixPath("README.md"))
BLOCKS = [
    "".join(f"{line}\n" for line in block.splitlines() if not line.startswith("make "))
    for block in re.findall(r"^```\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
]


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Every block of README.md typed in its order into one shell, in an empty folder."""
    folder = tmp_path_factory.mktemp("newcomer")
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    script = "set -eu\n" + "".join(f"echo '=== {number}'\n{block}" for number, block in enumerate(BLOCKS))
    done = subprocess.run(
        [bash],
        cwd=folder,
        input=script,
        env=environment(PATH=path),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done, folder


def _answer_of(typed: tuple[subprocess.CompletedProcess[str], Path], command: str) -> str:
    """What the block that begins with a command printed."""
    number = next(number for number, block in enumerate(BLOCKS) if block.startswith(command))
    return typed[0].stdout.split(f"=== {number}\n")[1].split(f"=== {number + 1}\n")[0]


def test_every_command_of_the_readme_works_as_it_stands(
    typed: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, _ = typed

    assert (0, "") == (done.returncode, done.stderr)
    assert len(BLOCKS) >= 4
    assert f"=== {len(BLOCKS) - 1}\n" in done.stdout


def test_the_files_that_a_newcomer_makes_are_the_two_ledgers(
    typed: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    made = {path.name.removesuffix("-wal").removesuffix("-shm") for path in typed[1].iterdir()}

    assert {"demo.ledger", "demo.ledger.d", "desk.ledger", "desk.ledger.d"} == made


def test_the_demonstration_prints_the_incident_four_ways(
    typed: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    out = _answer_of(typed, "incident-ledger demo")

    for part in (
        "1. WHAT IS REPORTED, in order of occurrence",
        "2. WHAT THE LEDGER KNEW before it took in",
        "3. WHAT THE PUBLIC COULD KNOW by 10 May 2021 00:00",
        "4. WHAT WAS CHANGED, from what to what, and why",
    ):
        assert part in out


def test_the_questions_after_it_are_answered(typed: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    out = _answer_of(typed, "export LEDGER_PATH")

    assert "as known at position 21\n" in out
    assert "counting what was public by 2021-05-13T00:00:00-05:00" in out
    assert "FactCorrected 'drag'" in out
    assert "OK (checked: database only)\n" in out


def test_the_lines_that_it_records_are_recorded_and_shown(
    typed: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    out = _answer_of(typed, "incident-ledger append")

    assert [f"line {number}: recorded" for number in range(1, 5)] == [
        line[:16] for line in out.splitlines()[:4]
    ]
    assert 'station: "dragged about 15 feet"' in out
    assert "not pinned" not in out


def test_the_exit_codes_are_those_of_the_program() -> None:
    codes = {
        "the check found something": telling.FOUND,
        "usage": telling.USAGE,
        "refused by a rule": telling.REFUSED,
        "unavailable": telling.UNAVAILABLE,
        "CORRUPT": Report(verdict="CORRUPT").exit_code,
        "INCOMPLETE": Report(verdict="INCOMPLETE").exit_code,
    }
    words = " ".join(README.split())

    assert {} == {f"{code} {what}": code for what, code in codes.items() if f"{code} {what}" not in words}


def test_every_command_takes_a_ledger_and_but_for_the_server_json() -> None:
    rows = re.findall(r"^\| `incident-ledger ([a-z][^|]*)` \|", README, flags=re.MULTILINE)
    commands = [command.split() for row in rows for command in row.split("` · `")]

    assert len(commands) >= 15
    assert [["serve"]] == [command for command in commands if "--json" not in ask(*command, "--help").out]
    assert [] == [command for command in commands if "--ledger" not in ask(*command, "--help").out]
