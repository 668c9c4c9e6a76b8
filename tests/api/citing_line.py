"""The commands of sources and citations as tests run them, in an application of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from typer.testing import CliRunner

from api.cli.citing import cite, snapshot_name
from api.cli.csl import export_csl, import_csl
from ledger.append import Caller
from ledger.read_command import read_command
from tests.api.command_line import Answer
from tests.desk import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

__all__ = ["ask_citing", "record_all"]

sources, snapshots, app = typer.Typer(), typer.Typer(), typer.Typer()
sources.command()(import_csl)
sources.command()(export_csl)
snapshots.command("name")(snapshot_name)
snapshots.callback()(lambda: None)
app.add_typer(sources, name="source")
app.add_typer(snapshots, name="snapshot")
app.command()(cite)


def ask_citing(*arguments: object, stdin: str = "") -> Answer:
    """Run a command in this process."""
    result = CliRunner().invoke(app, [str(one) for one in arguments], input=stdin, env={"LEDGER_PATH": None})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(code=result.exit_code, out=result.stdout, err=result.stderr)


def record_all(ledger: Path, *commands: Json) -> None:
    """Record commands as they are, by a desk of its own that then lets go of the ledger."""
    made = Desk(ledger)
    for command in commands:
        made.writer.record(read_command(command, made.ids), Caller(actor="desk"))
    made.close()
