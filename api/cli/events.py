"""The command events: stored events as lines of the log (ledger-format §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.opening import open_for_reading
from api.rows_out import rows_out
from api.terminal.options import (
    DEFAULT_LEDGER,
    AsJson,
    KnownAtOption,
    LedgerFile,
    PublicAtOption,
    axes_of,
    require_incident,
    require_source,
)
from api.terminal.telling import ending_plainly, misused, write_bytes
from ledger.log_lines import WITHHELD, log_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.events import Act, Recorded

__all__ = ["events"]


def events(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
    incident: Annotated[str | None, typer.Argument(help="The incident's id.")] = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
    source: Annotated[str | None, typer.Option("--source", help="The events of a source instead.")] = None,
    whole: Annotated[bool, typer.Option("--all", help="Every event of the ledger.")] = False,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    without_disclosures: Annotated[
        bool,
        typer.Option(
            "--without-disclosures",
            help="Leave the values out; the first line then says that they are withheld.",
        ),
    ] = False,
    as_json: AsJson = False,  # noqa: ARG001  every command takes it, and the lines of the log are JSON
) -> None:
    """Print stored events as lines of the log, oldest first: each with the bytes it was stored with, and what discloses its values."""
    if sum((incident is not None, source is not None, whole)) != 1:
        misused(
            "name an incident, or a source with --source ID, or take the whole log with --all: one of the three"
        )
    if public_at is not None and incident is None:
        misused("--public-at is about the facts of an incident: name one, and neither --source nor --all")
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, known = axes_of(opened, known_at, public_at)
        stream = None
        recorded: Sequence[Recorded[Act]] = ()
        if incident is not None:
            require_incident(opened, incident, known)
            stream = f"incident/{incident}"
            if axes.public is not None:
                recorded = opened.history.of_incident(incident, axes.known)
        elif source is not None:
            require_source(opened, source, known)
            stream = f"source/{source}"
        rows = opened.history.stored(stream, until=known.position)
        if without_disclosures:
            write_bytes([WITHHELD])
        write_bytes(
            log_line(row, disclosures=not without_disclosures)
            for row in (rows if incident is None else rows_out(rows, recorded, incident, axes))
        )
