"""The commands that tell an incident's course, run in this process, and a small ledger that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from typer.testing import CliRunner

from api.cli.changes import changes
from api.cli.first_known import first_known
from api.cli.replay import replay
from api.cli.timeline import timeline
from tests.api.command_line import INCIDENT, Answer, desk, fact, record

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["INCIDENT", "a_course", "ask"]

_APP = typer.Typer()
for _command in (changes, first_known, replay, timeline):
    _APP.command()(_command)


def ask(*arguments: object) -> Answer:
    """Run one of the commands."""
    result = CliRunner().invoke(_APP, [str(one) for one in arguments], env={"LEDGER_PATH": None})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(code=result.exit_code, out=result.stdout, err=result.stderr)


def a_course(folder: Path) -> Path:
    """A ledger: position 5 reports that an officer was dragged, 6 that the driver fled after it, 9 corrects the distance."""
    path = folder / "desk.ledger"
    feet = {
        "id": "distance",
        "as_stated": "about 15 feet",
        "value": "15",
        "unit": "[ft_i]",
        "approximate": True,
    }
    range_ = {"id": "distance", "as_stated": "15-20 feet", "min": "15", "max": "20", "unit": "[ft_i]"}
    *sources, dragged = desk()
    late = {"edtf": "2021-05-20", "zone": "America/Chicago"}
    record(
        path,
        *sources,
        {**dragged, "quantities": [feet]},
        fact(
            "flight",
            kind="flight",
            statement="The driver fled.",
            occurred={"relations": [{"rel": "after", "fact": "drag"}]},
        ),
        {"op": "register-source", "id": "paper", "kind": "article", "title": "A paper", "published": late},
        {
            "op": "attest-fact",
            "incident": INCIDENT,
            "fact": "flight",
            "id": "flight-2",
            "source": "paper",
        },
        {
            "op": "correct-fact",
            "incident": INCIDENT,
            "fact": "drag",
            "kind": "drag",
            "statement": "An officer was dragged 15 to 20 feet.",
            "occurred": "2021-05-08",
            "quantities": [range_],
            "class": "wrong-number",
            "cause": "source-error",
            "reason": "The paper has the range that the police gave.",
            "citations": [{"id": "drag-2", "source": "paper"}],
        },
    )
    return path
