"""The command append: commands as JSON lines, one answer a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from api.lines import LINE_LIMIT, LineAnswer, answers, problem
from api.opening import open_for_rehearsal, open_for_writing
from api.options import DEFAULT_LEDGER, Actor, AsJson, DryRun, LedgerFile, caller_of
from api.telling import REFUSED, ending_plainly, misused, print_json, print_lines, refusal_in_words, say
from ledger.append import Receipt
from ledger.values import Json

__all__ = ["append"]


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


def append(
    file: Annotated[
        str, typer.Argument(help="A file of commands as JSON lines; - for standard input.")
    ] = "-",
    ledger: LedgerFile = DEFAULT_LEDGER,
    actor: Actor = "local",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Record commands, one JSON object a line, and answer each. Makes the ledger where there is none."""
    caller = caller_of(actor)
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
