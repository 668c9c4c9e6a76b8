"""How a command begins: with what it needs itself, and without the rest of the program."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.api.command_line import INCIDENT, as_lines, ask, desk, environment, fact, record
from tests.project_files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_OF_OTHERS = ("fastapi", "jinja2", "rich", "sqlalchemy", "uvicorn", "api.app", "api.pages")
"""What a server, the stored views and a bar of progress need."""
_RUN = """
import json, sys
from api.cli import app

try:
    app(json.loads(sys.argv[1]))
except SystemExit as end:
    print(end.code, *(one for one in json.loads(sys.argv[2]) if one in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "command",
    [
        ["show", INCIDENT],
        ["timeline", INCIDENT],
        ["changes", INCIDENT, "--from", "1"],
        ["audit", INCIDENT],
        ["worklist"],
        ["source", "list"],
        ["append"],
    ],
    ids=" ".join,
)
def test_a_command_does_not_wait_for_what_only_others_need(command: list[str], tmp_path: Path) -> None:
    ledger = tmp_path / "a.ledger"
    record(ledger, *desk())
    asked = [*command, "--ledger", str(ledger)]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps(asked), json.dumps(_OF_OTHERS)],
        cwd=ROOT,
        env=environment(),
        input=as_lines(fact("chase")),
        capture_output=True,
        timeout=60,
        check=True,
    )

    assert b"0\n" == done.stderr


def test_the_commands_are_listed_each_with_a_whole_line() -> None:
    for group in ([], ["source"], ["snapshot"], ["export"], ["import"], ["keys"], ["clock"]):
        told = ask(*group, "--help").out.partition("Commands:\n")[2].splitlines()

        assert told
        assert not [line for line in told if line.endswith("...") or not line[:3].strip()], group
