"""The command append: commands as JSON lines, one answer a line."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from api.lines import LINE_LIMIT, LineAnswer, numbered_answers, problem
from api.opening import open_for_rehearsal, open_for_writing
from api.terminal.coming_lines import ComingLines
from api.terminal.options import DEFAULT_LEDGER, Actor, AsJson, DryRun, Journal, LedgerFile, caller_of
from api.terminal.telling import (
    FOUND,
    REFUSED,
    ending_plainly,
    misused,
    print_json,
    print_lines,
    refusal_in_words,
    say,
)
from ledger.address import Address
from ledger.append import Caller, Receipt
from ledger.errors import LedgerError
from ledger.removal import Leftover
from ledger.values import Json

__all__ = ["append"]


def _input_lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines of at most LINE_LIMIT bytes and a few; of what is longer, enough for it to be refused without being held whole."""
    while line := file.readline(LINE_LIMIT + 2):
        if len(line) > LINE_LIMIT + 1 and not line.endswith(b"\n"):
            while (rest := file.readline(LINE_LIMIT)) and not rest.endswith(b"\n"):
                pass
        yield line


def _standard_input() -> BinaryIO:
    """Standard input, by a reader of its own that nobody closes.

    Python takes hold of its own reader when it ends, and aborts where the thread of ComingLines still waits in it.
    """
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except io.UnsupportedOperation:
        return sys.stdin.buffer


@contextmanager
def _input(source: str) -> Iterator[BinaryIO]:
    """The commands: a file, or standard input. A file that cannot be read is a fault of usage, found before a ledger is made."""
    if source == "-":
        if sys.stdin.isatty():
            say("reading commands from the terminal, one JSON object a line; end with Ctrl-D")
        yield _standard_input()
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


def append(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
    file: Annotated[
        str, typer.Argument(help="A file of commands as JSON lines; - for standard input.")
    ] = "-",
    ledger: LedgerFile = DEFAULT_LEDGER,
    actor: Actor = "local",
    dry_run: DryRun = False,
    journal: Journal = None,
    as_json: AsJson = False,
) -> None:
    """Record commands, one JSON object a line, and answer each. Makes the ledger where there is none.

    After a redaction the files are searched for what it took; ends with 1 where one still holds it.
    """
    caller = caller_of(actor)
    refused, left = False, list[Leftover]()
    with ending_plainly(), _input(file) as commands:
        lines = ComingLines(_input_lines(commands))
        recorded = (
            _rehearsed(lines, ledger, caller) if dry_run else _recorded(lines, ledger, caller, journal, left)
        )
        for answer in recorded:
            refused |= answer.refused is not None
            _tell(answer, as_json=as_json)
    if left:
        raise SystemExit(FOUND)
    if refused:
        raise SystemExit(REFUSED)


def _tell(answer: LineAnswer, *, as_json: bool) -> None:
    if as_json:
        print_json(_answer_json(answer))
    elif answer.refused is not None:
        say(f"line {answer.line}: refused: {refusal_in_words(answer.refused, 'the line')}")
    elif answer.receipt is not None:
        print_lines(_answer_in_words(answer.line, answer.receipt))


def _recorded(
    lines: ComingLines, ledger: Address, caller: Caller, journal: Path | None, left: list[Leftover]
) -> Iterator[LineAnswer]:
    """Record lines as they come. While none comes the ledger is not held, so that others may write meanwhile.

    Before it is let go, what was redacted is searched for; `left` takes what is left over. An error that ends the reading is said with
    the line at which it did.
    """
    first = True
    while lines.wait() or first:
        settling = False
        try:
            with open_for_writing(ledger) as opened:
                for answer in numbered_answers(lines.at_hand(), opened.writer, opened.ids, caller):
                    first = False
                    yield answer
                settling = True
                if opened.writer.unsearched:
                    from api.redacting.settling import settle, tell_leftovers  # noqa: PLC0415  few redact

                    searched = settle(opened, ledger, journal)
                    tell_leftovers(searched)
                    left.extend(searched.leftovers)
        except LedgerError:
            if not settling and lines.at and (not first or lines.at > 1):
                say(f"line {lines.at}: not recorded, and no line after it was looked at")
            raise
        first = False


def _rehearsed(lines: ComingLines, ledger: Address, caller: Caller) -> Iterator[LineAnswer]:
    """Say what would become of lines, each decided as if those before it had been recorded. Nobody is kept from writing."""
    with open_for_rehearsal(ledger) as opened:
        real = opened.history.head().position
        for answer in numbered_answers(lines.at_hand(None), opened.writer, opened.ids, caller):
            yield _unrecorded(answer, real)


def _unrecorded(answer: LineAnswer, real: int) -> LineAnswer:
    """The answer to a dry run: what would be recorded has no position and no time."""
    receipt = answer.receipt
    if receipt is None or (receipt.position or 0) <= real:
        return answer
    would = msgspec.structs.replace(receipt, position=None, recorded_at=None, dry_run=True)
    return msgspec.structs.replace(answer, receipt=would)
