"""Commands as JSON lines, the shape of a batch: one answer a line, each line an act of its own (docs/commands.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.append import Request
from ledger.errors import (
    InvalidError,
    QuotationError,
    RefusedError,
    RuleError,
    StaleError,
    UnknownSchemaError,
)
from ledger.read_command import read_command
from ledger.strict_json import canonical, read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ledger.append import Caller, Receipt, Writer
    from ledger.ids import Ids
    from ledger.values import Json

__all__ = ["LINE_LIMIT", "LineAnswer", "answers", "numbered_answers", "problem"]

LINE_LIMIT = 4 * 1024 * 1024
"""Most bytes of one line: a snapshot may stand in it as text."""


class LineAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one line, counted from 1: a receipt, or the refusal. What only a newer program can decide upon is refused too."""

    line: int
    receipt: Receipt | None = None
    refused: RefusedError | UnknownSchemaError | None = None


def problem(error: RefusedError | UnknownSchemaError) -> dict[str, Json]:
    """A refusal as JSON: code, message, the member by JSON pointer, and what the particular error knows."""
    said: dict[str, Json] = {"code": error.code, "message": error.message}
    if isinstance(error, RefusedError) and error.field:
        said["field"] = error.field
    if isinstance(error, RuleError):
        said["rule"] = error.rule
    if isinstance(error, QuotationError) and error.nearest:
        said["nearest"] = list(error.nearest)
    if isinstance(error, StaleError):
        said["expected"], said["current"] = error.expected, error.current
    return said


def _record(line: bytes, writer: Writer, ids: Ids, caller: Caller) -> Receipt:
    if len(line) > LINE_LIMIT:
        raise InvalidError(
            f"is longer than {LINE_LIMIT} bytes, the most that a line may have; capture less text"
        )
    try:
        given = read_json(line, max_bytes=LINE_LIMIT)
    except InvalidError as error:
        # The line is counted by who calls; within it only the column tells anything.
        raise InvalidError(error.rule.replace("(line 1, column", "(column"), field=error.field) from None
    if not isinstance(given, dict):
        raise InvalidError("a line is a JSON object with the member op")
    key = given.pop("key", None)
    if key is not None and not isinstance(key, str):
        raise InvalidError("must be a string", field="/key")
    request = None if key is None else Request(idempotency_key=key, content=canonical(given))
    return writer.record(read_command(given, ids), caller, request=request)


def answers(lines: Iterable[bytes], writer: Writer, ids: Ids, caller: Caller) -> Iterator[LineAnswer]:
    """Record each line in turn and say what became of it. Blank lines are passed over; a refused line does not stop the others."""
    return numbered_answers(enumerate(lines, start=1), writer, ids, caller)


def numbered_answers(
    lines: Iterable[tuple[int, bytes]], writer: Writer, ids: Ids, caller: Caller
) -> Iterator[LineAnswer]:
    """As `answers`, of lines that were counted before."""
    for number, line in lines:
        if not line.strip():
            continue
        try:
            receipt = _record(line.rstrip(b"\r\n"), writer, ids, caller)
        except (RefusedError, UnknownSchemaError) as error:
            yield LineAnswer(line=number, refused=error)
        else:
            yield LineAnswer(line=number, receipt=receipt)
