"""The command import changes: a data set's editing history, commit by commit, into the ledger (docs/importing.md)."""

# ruff: noqa: FBT002 - Typer makes a flag of a boolean parameter

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from api.importing.changes import ChangesImport, Settings
from api.importing.collecting import collecting_seldom
from api.importing.index import Index
from api.importing.lines import Input, open_input
from api.importing.reporting import report_in_words, report_of
from api.importing.summary import Counted, in_words
from api.opening import Opened, open_for_rehearsal, open_for_writing
from api.terminal.options import DEFAULT_LEDGER, Actor, AsJson, DryRun, LedgerFile, caller_of
from api.terminal.progress import telling_progress
from api.terminal.telling import REFUSED, ending_plainly, misused, print_json, print_lines
from ledger.append import Caller
from ledger.datasets.change_line import LINE_LIMIT
from ledger.errors import InvalidError
from ledger.zones import find_zone

__all__ = ["Report", "import_changes", "tell"]

Report = Annotated[
    bool,
    typer.Option("--report", help="Tell in the end what the data set's whole history in the ledger holds."),
]


def import_changes(  # noqa: PLR0913, PLR0917  Typer makes options of them; nobody calls it by position
    file: Annotated[
        str, typer.Argument(help="A change stream, as JSON lines, plain or gzipped; - for standard input.")
    ],
    dataset: Annotated[str, typer.Option("--dataset", help="The name of the data set.")],
    ledger: LedgerFile = DEFAULT_LEDGER,
    zone: Annotated[str, typer.Option("--zone", help="The IANA time zone of its incidents.")] = "UTC",
    many: Annotated[
        list[str] | None,
        typer.Option(
            "--many",
            help="A field that holds many values, each added and deleted by itself; link unless said.",
        ),
    ] = None,
    title_field: Annotated[
        str, typer.Option("--title-field", help="The field whose first value labels an incident.")
    ] = "title",
    go_on: Annotated[
        bool,
        typer.Option(
            "--go-on",
            help="Record the lines below a refused one as well, though what it says is missing then.",
        ),
    ] = False,
    report: Report = False,
    actor: Actor = "local",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Record a data set's editing history, one commit a line, so that --public-at a commit's time gives that commit's state.

    Started again after it was cut short it goes on where it was; what is recorded already is passed over.
    """
    caller = caller_of(actor)
    settings = Settings(
        dataset=dataset, zone=zone, title_field=title_field, many=tuple(many or ()), go_on=go_on
    )
    try:
        find_zone(zone, field="")
    except InvalidError as error:
        misused(f"--zone: {error.rule}")
    opening = open_for_rehearsal if dry_run else open_for_writing
    with ending_plainly(), open_input(file) as given, opening(ledger) as opened, closing(Index()) as index:
        counted = _imported(given, opened, index, caller, settings, dry_run=dry_run)
        if report:
            counted.report = report_of(opened.history, dataset, counted.source)
        tell(counted, as_json=as_json)


def tell(counted: Counted, *, as_json: bool) -> None:
    """Print what became of an import, and end with the exit code for that."""
    if as_json:
        print_json(counted)
    else:
        print_lines(in_words(counted))
        if counted.report is not None:
            print_lines(*report_in_words(counted.report))
    if counted.refused:
        raise SystemExit(REFUSED)


def _imported(
    given: Input, opened: Opened, index: Index, caller: Caller, settings: Settings, *, dry_run: bool
) -> Counted:
    running = ChangesImport(opened, index, caller, settings)
    counted = Counted(dataset=settings.dataset, source=running.source, dry_run=dry_run)
    with (
        collecting_seldom(),
        telling_progress("lines", given.size_bytes) as told,
        closing(running.run(given.lines(LINE_LIMIT))) as lines,
    ):
        for done in lines:
            counted.count(done)
            told(counted.lines, given.read_bytes)
    counted.position = None if dry_run else opened.history.head().position
    return counted
