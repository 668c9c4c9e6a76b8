"""The command `restore`: a ledger from a backup, with what was redacted since, as the log of a new epoch (docs/backup-and-restore.md)."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from api.terminal.options import DEFAULT_LEDGER, AsJson, LedgerFile
from api.terminal.telling import ending_plainly, misused, print_json, print_lines
from ledger.address import DatabaseAddress
from ledger.clock import SystemClock
from ledger.errors import ConflictError
from ledger.ids import TimeOrderedIds
from ledger.restoration import Restored, Since
from ledger.restoration import restore as bring_back

__all__ = ["restore"]


def restore(
    backup: Annotated[Path, typer.Argument(help="The folder of the backup.")],
    ledger: LedgerFile = DEFAULT_LEDGER,
    *,
    redactions_from: Annotated[
        list[Path] | None,
        typer.Option(
            "--redactions-from", help="A journal, a ledger or lines of a log with redactions since."
        ),
    ] = None,
    no_later_redactions: Annotated[
        bool, typer.Option("--no-later-redactions", help="Nothing was redacted after the backup.")
    ] = False,
    last_head: Annotated[
        list[Path] | None, typer.Option("--last-head", help="A file with a checkpoint that was signed since.")
    ] = None,
    accept_lost: Annotated[
        bool, typer.Option("--accept-lost", help="Restore although events that were signed are not in it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a ledger back from a backup: verified, with what was redacted since, and under a name of its own."""
    if isinstance(ledger, DatabaseAddress):
        misused(
            "restore: a backup is of a file and is restored to a file; into a database: incident-ledger migrate"
        )
    if bool(redactions_from) == no_later_redactions:
        misused(
            "say what was redacted after the backup was taken: --redactions-from FILE (the journal, the old ledger, or lines of its"
            " log), or --no-later-redactions"
        )
    since = Since(
        redactions=tuple(redactions_from or ()), heads=tuple(last_head or ()), accept_lost=accept_lost
    )
    clock = SystemClock()
    with ending_plainly():
        try:
            made = bring_back(
                backup, ledger, since, clock=clock, ids=TimeOrderedIds(clock, os.urandom), random=os.urandom
            )
        except ConflictError as error:
            misused(error.message)
        if as_json:
            print_json(made)
        else:
            print_lines(*_told(made))


def _told(made: Restored) -> Iterator[str]:
    report = made.backup.report
    yield f"restored to {made.ledger}: up to position {made.backup.position} of the backup"
    yield f"checked: {report.verdict}: {report.events:,} events, {report.disclosures:,} disclosures, {report.snapshots:,} snapshots"
    repeated = [one for one in made.replayed if one.repeated_at is not None]
    yield f"redactions since the backup: {len(made.replayed)}, of which {len(repeated)} took something of it; the files were searched"
    for one in repeated:
        yield f"  that of position {one.position} is repeated at position {one.repeated_at}"
    if made.epoch.lost:
        yield f"LOST: {made.epoch.lost} events that were signed are not in the backup"
    yield f"epoch {made.epoch.epoch} begins: heads are signed as {made.origin}, by a new key"
    yield f"see the key with: incident-ledger checkpoint --keys --ledger {shlex.quote(made.ledger)}"
