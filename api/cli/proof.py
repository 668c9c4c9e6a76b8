"""The command `proof`: a file that proves one fact of a ledger to whoever has the ledger's public key (docs/proof-of-a-fact.md)."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.opening import open_for_reading
from api.terminal.options import (
    DEFAULT_LEDGER,
    AsJson,
    Incident,
    KnownAtOption,
    LedgerFile,
    known_point,
    refuse,
)
from api.terminal.telling import ending_plainly, misused, print_json, print_lines, write_bytes
from ledger.address import folder_of
from ledger.folders import replace_file
from ledger.transparency import Transparency, acts_to_prove, fact_proof

__all__ = ["proof"]


def proof(
    incident: Incident,
    fact: Annotated[str, typer.Argument(help="The fact's id.")],
    ledger: LedgerFile = DEFAULT_LEDGER,
    *,
    path: Annotated[
        list[str] | None,
        typer.Option("--path", help="Show only values at or below this path; may be repeated."),
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", help="Prove only the act of this version of the incident.")
    ] = None,
    known_at: KnownAtOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write, else standard output.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove the acts upon a fact, up to the newest checkpoint: to be checked with docs/verify_proof.py."""
    if as_json and output is None:
        misused("the proof is JSON already; with --output FILE, --json says what was written there")
    with (
        ending_plainly(),
        open_for_reading(ledger) as opened,
        closing(Transparency(opened.store, folder_of(ledger))) as transparency,
    ):
        known = known_point(opened, known_at).position
        rows = acts_to_prove(opened.store, incident, fact, known=known, version=version)
        head = transparency.newest()
        if head is None:
            refuse("no head of this log was signed yet; sign it with: incident-ledger checkpoint")
        made = fact_proof(rows, transparency.tree, head, incident=incident, fact=fact, paths=path)
        if output is None:
            write_bytes([made.file])
            return
        try:
            replace_file(output.absolute(), made.file)
        except OSError as error:
            misused(f"{output} cannot be written: {error.strerror or error}")
        size = head.checkpoint.size
        if as_json:
            print_json({"file": str(output), "acts": len(made.acts), "checkpoint_size": size})
        else:
            print_lines(f"proved {len(made.acts)} acts in a signed history of {size} events: {output}")
