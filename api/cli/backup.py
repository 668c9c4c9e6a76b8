"""The command backup."""

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
from ledger.backup import Backup, back_up
from ledger.errors import ConflictError

__all__ = ["backup"]


def backup(
    destination: Annotated[Path, typer.Argument(help="The folder to make; it must not be there yet.")],
    ledger: LedgerFile = DEFAULT_LEDGER,
    as_json: AsJson = False,
) -> None:
    """Copy the ledger and its snapshots into a new folder, checked, also while another process writes."""
    with ending_plainly():
        if isinstance(ledger, DatabaseAddress):
            misused(
                "backup: a ledger in a database is backed up by the tools of the database, together with its folder "
                f"{ledger.folder}; to have it in a file: incident-ledger migrate --to FILE"
            )
        try:
            made = back_up(ledger, destination, os.urandom)
        except ConflictError as error:
            misused(error.message)
        if as_json:
            print_json(made)
        else:
            print_lines(*_told(made))


def _told(made: Backup) -> Iterator[str]:
    report = made.report
    at = f", recorded at {made.recorded_at}" if made.recorded_at else ""
    events, snapshots = _counted(report.events, "event"), _counted(made.snapshots, "snapshot")
    keys = f"{_counted(made.keys, 'file')} of keys" if made.keys else "no keys"
    disclosures = _counted(report.disclosures, "disclosure")
    held = _counted(report.snapshots, "snapshot")
    yield f"backed up to {made.ledger}: up to position {made.position}{at}"
    yield f"copied: {events} in {made.size_bytes:,} bytes, {snapshots} in {made.snapshot_bytes:,} bytes, {keys}"
    yield f"checked: {report.verdict} ({report.level}): {events}, {disclosures}, {held}"
    yield f"check it again at any time with: incident-ledger verify --ledger {shlex.quote(made.ledger)}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
