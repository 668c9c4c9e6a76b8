"""The command demo."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.serve import fresh_demo
from api.demo import append_demo, demo_json, demo_lines
from api.opening import open_for_writing
from api.terminal.options import AsJson, FreshLedger
from api.terminal.telling import ending_plainly, print_json, print_lines

__all__ = ["demo"]


def demo(
    ledger: FreshLedger = None,
    as_json: AsJson = False,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve",
            help="Then serve it, with three curl lines that ask it; where nobody is at a terminal, ask them once and end.",
        ),
    ] = False,
) -> None:
    """Record the Little Rock incident in a fresh ledger; show it as known, as known before, as public, and what was changed."""
    with ending_plainly():
        path = fresh_demo(ledger)
        with open_for_writing(path) as opened:
            append_demo(opened)
            if as_json:
                print_json(demo_json(opened))
            else:
                print_lines(*demo_lines(opened))
        if serve:
            from api.demo_server import serve_demo  # noqa: PLC0415  see serve.py

            serve_demo(path)
