"""The command export records: a data set as it stood at a point of both axes (docs/importing.md)."""

from __future__ import annotations

import csv
import enum
import io
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
import typer

from api.opening import open_for_reading
from api.records.reading import DatasetRecords, datasets
from api.terminal.options import (
    DEFAULT_LEDGER,
    AsJson,
    KnownAtOption,
    LedgerFile,
    PublicAtOption,
    axes_of,
    refuse,
)
from api.terminal.progress import Told, telling_progress
from api.terminal.telling import ending_plainly, say, write_bytes

__all__ = ["export_records"]


class Form(enum.StrEnum):
    """How records are written."""

    ndjson = "ndjson"
    csv = "csv"


class _Line(msgspec.Struct):
    id: str
    fields: dict[str, msgspec.Raw]


def export_records(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
    dataset: Annotated[str, typer.Option("--dataset", help="The name of the data set.")],
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    form: Annotated[Form, typer.Option("--as", help="JSON lines, or a table.")] = Form.ndjson,
    as_json: AsJson = False,  # noqa: FBT002  Typer makes a flag of it
) -> None:
    """Give a data set back as it stood: its records by id, each value as the data set wrote it."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, _ = axes_of(opened, known_at, public_at)
        records = DatasetRecords(opened.history, dataset, axes)
        if records.source is None:
            there = datasets(opened.history)
            has = f"it has: {', '.join(there)}" if there else "it has none yet"
            refuse(f"data set '{dataset}' is not in this ledger; {has}")
        ways = 2 if form is Form.csv and not as_json else 1
        with telling_progress("records", ways * len(records.listed)) as told:
            write_bytes(records.lines(told) if ways == 1 else _table(records, told))
        if records.unnamed:
            say(f"{records.unnamed} fields are left out: what they are called was redacted")


def _table(records: DatasetRecords, told: Told) -> Iterator[bytes]:
    """The records as a table: twice through them, first for the names of the columns. What is not text stands as JSON."""
    names = sorted({name for line in map(_read, records.lines(told)) for name in line.fields})
    yield _row(["id", *names])
    for line in map(_read, records.lines(lambda looked_at: told(len(records.listed) + looked_at))):
        yield _row([line.id, *(_cell(line.fields.get(name)) for name in names)])
    # Both ways through count what was left out.
    records.unnamed //= 2


def _read(line: bytes) -> _Line:
    return msgspec.json.decode(line, type=_Line)


def _cell(value: msgspec.Raw | None) -> str:
    if value is None:
        return ""
    text = bytes(value)
    return str(msgspec.json.decode(text)) if text.startswith(b'"') else text.decode()


def _row(cells: Iterable[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
