"""The rows of a table written as CSV (RFC 4180), each with the lines on which it stands; and what is wrong with the others.

A table from which rows are missing by mistake reads like one from which they were taken out. So nothing is passed over: every fault is told
with its line, and who imports refuses the whole.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["CELL_LIMIT", "Fault", "Row", "read_rows"]

CELL_LIMIT: Final = 1_048_576
"""Most characters of one cell: an open quotation mark must not swallow the rest of a file."""

_MARK = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row, the heading included. It stands on the lines `first` to `last`, counted from 1."""

    first: int
    last: int
    cells: list[str]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a line."""

    line: int
    rule: str


def read_rows(lines: Iterable[bytes], delimiter: str) -> Iterator[Row | Fault]:
    """The rows of a file given line by line, with their line ends. Blank lines are no rows.

    After a fault of quoting nothing can be told any more, so it is the last.
    """
    bad: dict[int, str] = {}
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(_decoded(lines, bad), delimiter=delimiter, strict=True)
    last = 0
    while True:
        first = last + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Fault(line=first, rule=_quoting(str(error)))
            return
        last = reader.line_num
        faults = [number for number in range(first, last + 1) if number in bad]
        if faults:
            yield Fault(line=faults[0], rule=bad.pop(faults[0]))
        elif cells:
            yield Row(first=first, last=last, cells=cells)


def _decoded(lines: Iterable[bytes], bad: dict[int, str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        data = line.removeprefix(_MARK) if number == 1 else line
        if number == 1 and data.startswith(_WIDE):
            bad[number] = "the file is UTF-16; save it as UTF-8"
        elif b"\x00" in data:
            bad[number] = "has the character U+0000, which no text has"
        text = data.decode(errors="replace")
        if "\ufffd" in text and number not in bad:
            try:
                data.decode()
            except UnicodeDecodeError as error:
                bad[number] = f"byte {error.start + 1} of the line is not UTF-8; save the file as UTF-8"
        yield text.replace("\x00", "")


def _quoting(why: str) -> str:
    if "field larger" in why:
        return f"a cell has more than {CELL_LIMIT} characters, or its quotation mark is never closed"
    if "new-line" in why:
        return "has a carriage return without a line feed; end lines with LF or CRLF"
    if "end of data" in why:
        return "a quotation mark is opened and never closed"
    return f"is not quoted as CSV is: {why}"
