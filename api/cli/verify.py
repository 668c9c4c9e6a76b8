"""The command verify: a ledger, an export of one, or a served log, checked by code that shares nothing with what wrote it."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.opening import open_for_reading
from api.served_log import ServedLog
from api.terminal.options import DEFAULT_LEDGER, AsJson, LedgerFile
from api.terminal.shown import report_lines
from api.terminal.telling import ending_plainly, misused, print_json, print_lines
from api.views_compared import ComparedViews, compare_views
from ledger.address import Address, folder_of
from ledger.copied import refuse_unfinished
from ledger.errors import InvalidError, LedgerError, StoreError
from ledger.signing import VerifierKey
from ledger.verify import Asked, Finding, Outside, Report, verify_ledger, verify_text

__all__ = ["verify"]

_SQLITE = b"SQLite format 3\x00"
_NOT_FETCHED = "not checked: the bytes of {} snapshots, or of texts made of them{}"
_ASK_FOR_THEM = "; --snapshots fetches the snapshots that the server gives to the caller"
_BAR = 30
_HUNDRED = 100


def _progress() -> Callable[[int, int], None]:
    """Show on a terminal how far it is; elsewhere nothing."""
    if not sys.stderr.isatty():
        return lambda _done, _of: None

    def tell(done: int, of: int) -> None:
        part = done / of if of else 1.0
        bar = "#" * round(part * _BAR)
        end = "\n" if done >= of else ""
        sys.stderr.write(f"\r[{bar:<{_BAR}}] {part * _HUNDRED:3.0f} %  {done:,} of {of:,} events{end}")
        sys.stderr.flush()

    return tell


def _key(text: str) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except InvalidError as error:
        misused(f"--key: {error.message}")


def _note(path: Path) -> tuple[str, bytes]:
    try:
        return str(path), path.read_bytes()
    except OSError as error:
        misused(f"--checkpoint {path} cannot be read: {error.strerror}")


def _outside(checkpoint: list[Path], key: list[str], served: tuple[tuple[str, bytes], ...] = ()) -> Outside:
    if checkpoint and not key:
        misused(
            "--checkpoint needs --key: a checkpoint is opened with a key that did not come with the ledger"
        )
    try:
        return Outside(keys=tuple(map(_key, key)), kept=tuple(map(_note, checkpoint)), served=served)
    except InvalidError as error:
        misused(f"--checkpoint: {error.message}")


def _is_text(path: Path) -> bool:
    """Whether a file is not a database, so a log as text."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) != _SQLITE
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error


def _of_text(path: Path, asked: Asked) -> Report:
    try:
        with path.open("rb") as file:
            return verify_text(file, asked)
    except InvalidError as error:
        misused(f"{path}: {error.message}")
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error


def _of_ledger(ledger: Address, asked: Asked, *, views: bool) -> tuple[Report, ComparedViews | None]:
    refuse_unfinished(folder_of(ledger))
    report = verify_ledger(ledger, asked)
    if not views or report.verdict in ("CORRUPT", "INCOMPLETE"):
        # What cannot be relied upon is not folded.
        return report, None
    try:
        with open_for_reading(ledger) as opened:
            compared = compare_views(opened.store, ledger, opened.blobs)
    except LedgerError as error:
        finding = Finding(what=f"they cannot be compared: {error}", where="the stored views")
        return _with(report, finding), None
    for table in () if compared is None else compared.differing:
        finding = Finding(
            what=f"the table {table} is not what the log gives; make it anew with: incident-ledger rebuild",
            where="the stored views",
        )
        report = _with(report, finding)
    return report, compared


def _with(report: Report, finding: Finding) -> Report:
    return dataclasses.replace(report, verdict="DIVERGED", findings=(*report.findings, finding))


def verify(  # noqa: PLR0913  Typer makes options of them
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[WHAT]",
            help="What to check instead of the ledger: an export as text, a ledger file, or the URL of a server.",
        ),
    ] = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint", help="A checkpoint that somebody else kept; may be repeated. Needs --key."
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key", help="A public key from elsewhere, as checkpoint --keys prints it; may be repeated."
        ),
    ] = None,
    *,
    anchored: Annotated[
        bool,
        typer.Option("--anchored", help="Be content only where a kept checkpoint vouches for it: else 13."),
    ] = False,
    views: Annotated[
        bool, typer.Option("--views/--no-views", help="Whether the stored views are made anew and compared.")
    ] = True,
    snapshots: Annotated[
        bool, typer.Option("--snapshots", help="Fetch the snapshots of a served log too, and hash them.")
    ] = False,
    processes: Annotated[
        int | None,
        typer.Option(
            "--processes",
            min=1,
            help="How many processes check the events; by itself one for each processor, fewer for a small ledger.",
        ),
    ] = None,
    access_key: Annotated[
        str | None,
        typer.Option("--access-key", envvar="LEDGER_ACCESS_KEY", help="The access key for a server."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a ledger, an export or a served log: 0 OK, 10 DIVERGED, 11 CORRUPT, 12 INCOMPLETE, 13 UNANCHORED."""
    kept, keys = checkpoint or [], key or []
    progress = _progress()
    compared = None
    is_served = what is not None and what.startswith(("http://", "https://"))
    if snapshots and not is_served:
        misused("--snapshots is for the URL of a server: what lies here is hashed anyway")
    with ending_plainly():
        if what is not None and is_served:
            with closing(ServedLog(what, access_key=access_key)) as log:
                # The checkpoint first: the log may grow meanwhile, and then holds more than was signed.
                note = log.checkpoint()
                served = () if note is None else (("the served checkpoint", note),)
                asked = Asked(outside=_outside(kept, keys, served), progress=progress, processes=processes)
                report = verify_text(log.lines(), asked)
        else:
            asked = Asked(outside=_outside(kept, keys), progress=progress, processes=processes)
            if what is not None and _is_text(Path(what)):
                report = _of_text(Path(what), asked)
            else:
                address: Address = ledger if what is None else Path(what)
                report, compared = _of_ledger(address, asked, views=views)
        if anchored and report.verdict == "OK" and not report.kept_checkpoints:
            report = dataclasses.replace(report, verdict="UNANCHORED")
        if as_json:
            told = dataclasses.asdict(report)
            print_json({**told, "views": compared})
        else:
            print_lines(*report_lines(report))
            if is_served and report.withheld_snapshots:
                print_lines(
                    _NOT_FETCHED.format(report.withheld_snapshots, "" if snapshots else _ASK_FOR_THEM)
                )
            if compared is not None and not compared.differing:
                print_lines(
                    f"views: made anew up to position {compared.position}; the stored ones are the same"
                )
    raise SystemExit(report.exit_code)
