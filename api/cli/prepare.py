"""The command prepare: a ledger made in a database by the role that owns it, for another that runs the program (docs/cluster.md)."""

from __future__ import annotations

from typing import Annotated

import typer

from api.terminal.options import DEFAULT_LEDGER, AsJson, LedgerFile
from api.terminal.telling import ending_plainly, misused, print_json, print_lines
from ledger.address import DatabaseAddress

__all__ = ["prepare"]


def prepare(
    role: Annotated[
        str,
        typer.Option(
            "--role", help="The role as which the program is to run; it must be there, and own nothing."
        ),
    ],
    ledger: LedgerFile = DEFAULT_LEDGER,
    *,
    as_json: AsJson = False,
) -> None:
    """Make a ledger in a database as its owner, where it is not, and let a role append to it that can change and remove nothing."""
    with ending_plainly():
        if not isinstance(ledger, DatabaseAddress):
            misused(
                "prepare: a file has no roles; --ledger names a database, as postgresql://owner@host/name?schema=NAME"
            )
        # Whoever has a file need not load a database's driver.
        from ledger.stores.postgres_store import prepare_for  # noqa: PLC0415  see above

        prepare_for(ledger, role)
        if as_json:
            print_json({"ledger": str(ledger), "role": role})
        else:
            print_lines(f"{role} may append to {ledger}, and can neither change nor remove what is recorded")
