"""docs/command-line.md is true: its examples work as they stand, and each command takes the options that are described."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, get_args

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from api.cli import app
from api.terminal import telling
from ledger.backup import TRIES
from ledger.verify import Report
from ledger.verify.report import Verdict
from tests.api.command_line import environment
from tests.project_files import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = text_of(PurePosixPath("docs/command-line.md"))
PARTS = re.findall(r"^```(sh|text)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
TYPED = [block for kind, block in PARTS if kind == "sh"]
SECTIONS: dict[str, str] = dict(
    re.findall(r"^### `incident-ledger ([a-z -]+)`\n(.*?)(?=^##|\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
)
EVERYWHERE = {"--ledger", "--json", "--help"}
_AFTER_A_SH_BLOCK = [
    (sum(kind == "sh" for kind, _ in PARTS[:at]) - 1, block)
    for at, (kind, block) in enumerate(PARTS)
    if kind == "text"
]


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], subprocess.CompletedProcess[str]]:
    """What each example printed, all typed in their order into one shell in an empty folder; and how that ended."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [bash],
        cwd=tmp_path_factory.mktemp("desk"),
        input="set -eu\n" + "".join(f"{block}echo '=== end'\n" for block in TYPED),
        env=environment(PATH=path),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.stdout.split("=== end\n"), done


def test_every_example_works_as_it_stands(typed: tuple[list[str], subprocess.CompletedProcess[str]]) -> None:
    told, done = typed

    assert (0, "recorded in source/station version 3, position 6\n") == (done.returncode, done.stderr)
    assert len(TYPED) + 1 == len(told)


@pytest.mark.parametrize(
    ("number", "shown"), _AFTER_A_SH_BLOCK, ids=[block[:20] for _, block in _AFTER_A_SH_BLOCK]
)
def test_what_is_shown_of_an_answer_is_in_the_answer(
    typed: tuple[list[str], subprocess.CompletedProcess[str]], number: int, shown: str
) -> None:
    answer = [line.strip() for line in typed[0][number].splitlines()]

    for line in shown.splitlines():
        begins = line.partition("…")[0].strip()
        assert any(one.startswith(begins) if "…" in line else one == begins for one in answer), line


def _commands(command: object, name: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each command that does something, with the options it takes."""
    if isinstance(command, TyperGroup):
        for part, inner in command.commands.items():
            yield from _commands(inner, f"{name} {part}".strip())
    else:
        parameters = getattr(command, "params", ())
        taken = (one for parameter in parameters for one in (*parameter.opts, *parameter.secondary_opts))
        yield name, {one for one in taken if one.startswith("--")}


def test_every_command_is_described_and_every_one_that_is_described_is_there() -> None:
    assert sorted(dict(_commands(get_command(app)))) == sorted(SECTIONS)


@pytest.mark.parametrize("name", SECTIONS)
def test_the_options_of_a_command_are_those_that_it_takes(name: str) -> None:
    # Examples may use the options of every command; only what is said of this one is looked at.
    said = set(re.findall(r"--[a-z][a-z-]+", re.sub(r"```.*?```", "", SECTIONS[name], flags=re.DOTALL)))

    assert dict(_commands(get_command(app)))[name] - EVERYWHERE == said - EVERYWHERE


def test_every_command_takes_a_ledger_and_json_but_the_one_that_needs_no_ledger() -> None:
    commands = dict(_commands(get_command(app)))

    assert ["snapshot name"] == [name for name in SECTIONS if "--ledger" not in commands[name]]
    # What serve prints is one line for programs already.
    assert ["serve"] == [name for name in SECTIONS if "--json" not in commands[name]]


def test_the_exit_codes_are_those_of_the_program() -> None:
    table = dict(re.findall(r"^\| (\d+) \| (.*?) \|$", PAGE, flags=re.MULTILINE))
    codes = {
        "the check found something": telling.FOUND,
        "usage": telling.USAGE,
        "refused by a rule": telling.REFUSED,
        "unavailable": telling.UNAVAILABLE,
        "whoever read the output": telling.PIPE_CLOSED,
    }

    assert [] == [what for what, code in codes.items() if not table[str(code)].startswith(what)]
    verdicts = {str(Report(verdict=one).exit_code): one for one in get_args(Verdict) if one != "OK"}
    assert f"| {', '.join(verdicts)} | `verify` alone: {', '.join(verdicts.values())} |" in PAGE
    described = dict(re.findall(r"^\| (\d+) ([A-Z]+) \|", PAGE, flags=re.MULTILINE))
    assert {"0": "OK", **verdicts} == described
    assert 5 == TRIES
    assert "up to five times" in PAGE
