"""The command line. Every command takes `--ledger`, and where it prints, `--json`.

Exit codes: 0 fine, 1 the check found something, 2 usage, 3 refused by a rule, 4 unavailable. Errors go to
standard error and say what to do.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn

import msgspec
import typer

from api.demo import append_demo, demo_json, demo_lines
from api.in_words import words_of
from api.lines import LINE_LIMIT, LineAnswer, answers, problem
from api.opening import OpenedForReading, folder_of, open_for_reading, open_for_rehearsal, open_for_writing
from api.shown import audit_lines, incident_lines, report_lines
from api.telling import (
    REFUSED,
    ending_plainly,
    misused,
    print_json,
    print_lines,
    refusal_in_words,
    say,
)
from ledger.append import Caller, Receipt
from ledger.errors import InvalidError
from ledger.history import FUTURE_S, KnownAt
from ledger.kinds import LATEST_VOCABULARY, Kinds, load_vocabulary
from ledger.values import Json
from ledger.verify import verify_file
from ledger.when import parse_datetime
from projections.audit_trail import audit_trail
from projections.axes import Axes
from projections.incident_view import IncidentView, incident_view

__all__ = ["app", "main"]

app = typer.Typer(
    name="incident-ledger",
    help="A ledger of what was reported about incidents: sourced, replayable, auditable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

LedgerFile = Annotated[
    Path,
    typer.Option("--ledger", envvar="LEDGER_PATH", help="The ledger file.", show_default="./incident.ledger"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
KnownAtOption = Annotated[
    str | None, typer.Option("--known-at", help="As the ledger stood then: a date-time, or a position.")
]
PublicAtOption = Annotated[
    str | None,
    typer.Option("--public-at", help="Counting only what sources had published by then: a date-time."),
]
Incident = Annotated[str, typer.Argument(help="The incident's id.")]

DEFAULT_LEDGER = Path("incident.ledger")
_SHOWN_INCIDENTS = 5
_POSITION_DIGITS = 15
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _known(ledger: OpenedForReading, known_at: str | None) -> KnownAt:
    """The point of the ledger asked for. A value that is neither a position nor a date-time is a fault of usage."""
    head = ledger.history.head()
    if known_at is None:
        return head
    if known_at.isascii() and known_at.isdecimal():
        if len(known_at) > _POSITION_DIGITS or int(known_at) > head.position:
            misused(
                f"--known-at: this ledger ends at position {head.position}; ask for one from 0 to {head.position}"
            )
        return ledger.history.at_position(int(known_at))
    instant = _instant("--known-at", known_at)
    if (instant - ledger.clock.now()).total_seconds() > FUTURE_S:
        misused("--known-at lies in the future; nobody knows yet what will be known then")
    return ledger.history.at_time(instant, ledger.clock.now())


def _instant(option: str, text: str) -> dt.datetime:
    if _DAY.fullmatch(text):
        misused(
            f"{option}: a date alone names no instant; write {text}T00:00:00 and then Z, or the offset of the place"
        )
    try:
        return parse_datetime(text, field="")
    except InvalidError as error:
        misused(f"{option}: {error.rule}")


def _axes(ledger: OpenedForReading, known_at: str | None, public_at: str | None) -> tuple[Axes, KnownAt]:
    known = _known(ledger, known_at)
    public = None if public_at is None else _instant("--public-at", public_at)
    return Axes(known=known.position, public=public), known


def _require_incident(ledger: OpenedForReading, incident: str, known: KnownAt) -> None:
    """End where the ledger has no such incident, or had none yet at that point."""
    incidents = ledger.history.incidents()
    if incident not in incidents:
        more = ", …" if len(incidents) > _SHOWN_INCIDENTS else ""
        has = f"it has: {', '.join(incidents[:_SHOWN_INCIDENTS])}{more}" if incidents else "it has none yet"
        _refuse(f"incident '{incident}' is not in this ledger; {has}")
    opened_at = ledger.history.stream(f"incident/{incident}")[0].position
    if opened_at > known.position:
        _refuse(
            f"incident '{incident}' was not known yet at position {known.position}; it was opened at {opened_at}"
        )


def _refuse(message: str) -> NoReturn:
    say(message)
    raise SystemExit(REFUSED)


@app.command()
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


def _input_lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines of at most LINE_LIMIT bytes and a few; of what is longer, enough for it to be refused without being held whole."""
    while line := file.readline(LINE_LIMIT + 2):
        if len(line) > LINE_LIMIT + 1 and not line.endswith(b"\n"):
            while (rest := file.readline(LINE_LIMIT)) and not rest.endswith(b"\n"):
                pass
        yield line


@contextmanager
def _input(source: str) -> Iterator[BinaryIO]:
    """The commands: a file, or standard input. A file that cannot be read is a fault of usage, found before a ledger is made."""
    if source == "-":
        if sys.stdin.isatty():
            say("reading commands from the terminal, one JSON object a line; end with Ctrl-D")
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(source).open("rb"))
        except (OSError, ValueError) as error:
            misused(f"{source} cannot be read: {getattr(error, 'strerror', None) or error}")
        yield file


def _answer_json(answer: LineAnswer) -> dict[str, Json]:
    if answer.refused is not None:
        return {"line": answer.line, "refused": problem(answer.refused)}
    return {"line": answer.line, **msgspec.to_builtins(answer.receipt)}


def _answer_in_words(line: int, receipt: Receipt) -> str:
    where = f"{receipt.stream} version {receipt.version}"
    if receipt.quiet:
        return f"line {line}: {receipt.id} stands already in {receipt.stream}; nothing was recorded"
    if receipt.replayed and not receipt.dry_run:
        return f"line {line}: {receipt.id} was recorded before: {where}, position {receipt.position}"
    at = "" if receipt.position is None else f", position {receipt.position}"
    return f"line {line}: {_done(receipt)} {receipt.id}: {where}{at}"


def _done(receipt: Receipt) -> str:
    return "would be recorded" if receipt.dry_run else "recorded"


@app.command()
def append(
    file: Annotated[
        str, typer.Argument(help="A file of commands as JSON lines; - for standard input.")
    ] = "-",
    ledger: LedgerFile = DEFAULT_LEDGER,
    actor: Annotated[
        str, typer.Option(envvar="LEDGER_ACTOR", help="The opaque id of who submits.")
    ] = "local",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and record nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Record commands, one JSON object a line, and answer each. Makes the ledger where there is none."""
    try:
        caller = Caller(actor=actor)
    except InvalidError as error:
        misused(f"--actor: {error.rule}")
    opening = open_for_rehearsal if dry_run else open_for_writing
    refused = False
    with ending_plainly(), _input(file) as commands, opening(ledger) as opened:
        real = opened.history.head().position
        for answer in answers(_input_lines(commands), opened.writer, opened.ids, caller):
            refused |= answer.refused is not None
            told = _rehearsed(answer, real) if dry_run else answer
            if as_json:
                print_json(_answer_json(told))
            elif told.refused is not None:
                say(f"line {told.line}: refused: {refusal_in_words(told.refused, 'the line')}")
            elif told.receipt is not None:
                print_lines(_answer_in_words(told.line, told.receipt))
    if refused:
        raise SystemExit(REFUSED)


def _rehearsed(answer: LineAnswer, real: int) -> LineAnswer:
    """The answer to a dry run: what would be recorded has no position and no time."""
    receipt = answer.receipt
    if receipt is None or (receipt.position or 0) <= real:
        return answer
    would = msgspec.structs.replace(receipt, position=None, recorded_at=None, dry_run=True)
    return msgspec.structs.replace(answer, receipt=would)


def _heading(view: IncidentView, known: KnownAt) -> Iterator[str]:
    public = "" if view.public_at is None else f", counting what was public by {view.public_at}"
    final = "" if known.final else " (not final: more may still be recorded up to then)"
    yield words_of(view.title)
    yield f"as known at position {known.position}{final}{public}"
    yield ""


@app.command()
def show(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
    incident: Incident,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    full: Annotated[bool, typer.Option("--full", help="Every passage of every fact.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show an incident: its facts in order of occurrence, each with how it stands and the words behind it."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, known = _axes(opened, known_at, public_at)
        _require_incident(opened, incident, known)
        view = incident_view(opened.history.of_incident(incident), incident, axes)
        if view is None:
            _refuse(f"incident '{incident}' was not known yet at position {known.position}")
        if as_json:
            print_json({**msgspec.to_builtins(view), "final": known.final})
        else:
            print_lines(*_heading(view, known), *incident_lines(view, whole=full))


@app.command()
def audit(
    incident: Incident,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    fact: Annotated[str | None, typer.Option("--fact", help="Only acts upon this fact.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the audit trail: every act, who recorded it and when, what it changed from what to what, why, and on which words."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        known = _known(opened, known_at)
        _require_incident(opened, incident, known)
        entries = audit_trail(opened.history.of_incident(incident), incident, known.position)
        if fact is not None:
            facts = dict.fromkeys(entry.fact for entry in entries if entry.fact is not None)
            if fact not in facts:
                has = f"it has: {', '.join(facts)}" if facts else "it has none"
                _refuse(f"incident '{incident}' has no fact '{fact}' at position {known.position}; {has}")
            entries = tuple(entry for entry in entries if entry.fact == fact)
        if as_json:
            print_json(entries)
        else:
            print_lines(*audit_lines(entries))


@app.command()
def kinds(
    ledger: LedgerFile = DEFAULT_LEDGER, known_at: KnownAtOption = None, as_json: AsJson = False
) -> None:
    """List the kinds of facts in force: those that are shipped, and those registered in the ledger if there is one."""
    with ending_plainly():
        if ledger.exists():
            with open_for_reading(ledger) as opened:
                found = list(opened.history.kinds(_known(opened, known_at).position))
        elif known_at is not None:
            misused(f"--known-at: there is no ledger at {ledger} to ask")
        else:
            say(f"there is no ledger at {ledger}; these are the kinds that a new one begins with")
            found = list(Kinds.of(load_vocabulary(LATEST_VOCABULARY)))
        if as_json:
            print_json([{"ref": kind.ref, **msgspec.to_builtins(kind)} for kind in found])
        else:
            print_lines(*(f"{kind.ref:<28}{kind.label}: {kind.definition}" for kind in found))


@app.command()
def verify(ledger: LedgerFile = DEFAULT_LEDGER, as_json: AsJson = False) -> None:
    """Check a ledger file with code that shares nothing with what wrote it: 0 OK, 11 CORRUPT, 12 INCOMPLETE."""
    with ending_plainly():
        report = verify_file(ledger)
        if as_json:
            print_json(report)
        else:
            print_lines(*report_lines(report))
    raise SystemExit(report.exit_code)


def main() -> None:
    """Run the command line. Output is UTF-8 whatever the terminal is set to, and a reader that goes away is no fault."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    with ending_plainly():
        try:
            app(prog_name="incident-ledger")
        finally:
            sys.stdout.flush()


if __name__ == "__main__":
    main()
