"""The command demo."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from api.demo import append_demo, demo_json, demo_lines
from api.opening import folder_of, open_for_writing
from api.options import AsJson
from api.telling import ending_plainly, misused, print_json, print_lines

__all__ = ["demo"]


def demo(
    ledger: Annotated[
        Path | None, typer.Option("--ledger", help="A fresh file to use instead of a temporary one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Record the Little Rock incident in a fresh ledger; show it as known, as known before, as public, and what was changed."""
    with ending_plainly():
        if ledger is not None and (ledger.exists() or folder_of(ledger).exists()):
            misused(f"{ledger} exists already; the demonstration wants a fresh file, so name another")
        path = ledger or Path(tempfile.mkdtemp(prefix="incident-ledger-demo-")) / "incident.ledger"
        with open_for_writing(path) as opened:
            append_demo(opened)
            if as_json:
                print_json(demo_json(opened))
            else:
                print_lines(*demo_lines(opened))
