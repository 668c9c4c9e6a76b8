"""The commands `export ledger` and `import ledger`: a whole ledger as lines of the log, and back."""

# ruff: noqa: FBT002 - Typer makes a flag of a boolean parameter

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from api.exporting.output import STANDARD_OUTPUT, ToFile, output
from api.importing.lines import open_input
from api.opening import open_for_import, open_for_reading
from api.terminal.options import DEFAULT_LEDGER, AsJson, DryRun, LedgerFile
from api.terminal.progress import telling_progress
from api.terminal.telling import ending_plainly, misused, print_json, print_lines, say
from ledger.address import folder_of
from ledger.copied import read_withheld
from ledger.transfer import LogExport, import_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.address import Address
    from ledger.transfer import Exported, Imported

__all__ = ["export_ledger", "import_ledger"]


def export_ledger(
    to: ToFile = STANDARD_OUTPUT,
    ledger: LedgerFile = DEFAULT_LEDGER,
    with_snapshots: Annotated[
        bool, typer.Option("--with-snapshots", help="The bytes of the snapshots too.")
    ] = False,
    without_disclosures: Annotated[
        bool,
        typer.Option("--without-disclosures", help="For the public: no word that a redaction could remove."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the whole ledger as lines of the log, from which `import ledger` makes it again, bit for bit."""
    if with_snapshots and without_disclosures:
        misused(
            "a copy without disclosures has no snapshots either: their bytes hold the very words that are withheld"
        )
    with ending_plainly(), open_for_reading(ledger) as opened:
        withheld = read_withheld(folder_of(ledger))
        if withheld.disclosures and not without_disclosures:
            misused("this ledger came without disclosures; export it with --without-disclosures")
        if withheld.snapshots and with_snapshots:
            misused("this ledger came without snapshots; export it without --with-snapshots")
        made = LogExport(
            opened.store, opened.blobs, snapshots=with_snapshots, disclosures=not without_disclosures
        )
        with output(to) as write, telling_progress("events", made.events) as tell:
            for line in made.lines():
                write(line)
                tell(made.written)
        _tell_exported(made.told(), to, as_json=as_json)


def _tell_exported(made: Exported, to: str, *, as_json: bool) -> None:
    """Say what was written: on standard output, or on standard error where the export itself went there."""
    told = (
        f"exported {made.events:,} events, disclosures {made.disclosures}, and {made.snapshots:,} snapshots"
        f" in {made.size_bytes:,} bytes; root {made.root}"
    )
    if to == STANDARD_OUTPUT:
        say(told)
    elif as_json:
        print_json(made)
    else:
        print_lines(told)


def import_ledger(
    file: Annotated[
        str, typer.Argument(help="What export ledger wrote, plain or gzipped; - for standard input.")
    ],
    ledger: LedgerFile = DEFAULT_LEDGER,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make a ledger of what `export ledger` wrote: the same positions, bytes and root. Goes on where it was cut off."""
    with ending_plainly(), open_input(file) as given, _target(ledger, dry_run=dry_run) as target:
        with open_for_import(target) as into, telling_progress("bytes", given.size_bytes) as tell:
            made = import_log(given, into, lambda unpacked: tell(unpacked, given.read_bytes))
        _tell_imported(made, dry_run=dry_run, as_json=as_json)


@contextmanager
def _target(ledger: Address, *, dry_run: bool) -> Iterator[Address]:
    """The ledger to read into: for a rehearsal one that is thrown away, where the real one could be made."""
    if not dry_run:
        yield ledger
        return
    if not isinstance(ledger, Path) or (ledger.exists() and ledger.stat().st_size):
        with open_for_reading(ledger) as opened:
            if opened.history.head().position:
                misused(f"{ledger} is not empty; a rehearsal needs an empty ledger, or none")
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "rehearsal.ledger"


def _tell_imported(made: Imported, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json({**msgspec.to_builtins(made), "dry_run": dry_run})
        return
    were = "would be" if dry_run else "were"
    print_lines(
        f"{made.events:,} events {were} imported, {made.new:,} of them in this run, with {made.snapshots:,} snapshots;"
        f" disclosures {made.disclosures}; root {made.root}"
    )
    if not made.complete:
        say("the file has no first and last line: whether events are missing at its end nobody can tell")
