"""What became of an import as a whole, counted while its lines go by, and told at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.lines import problem
from api.terminal.telling import refusal_in_words, say
from projections.records.history_report import HistoryReport

if TYPE_CHECKING:
    from api.importing.changes import LineDone
    from ledger.errors import RefusedError
    from ledger.values import Json

__all__ = ["Counted", "in_words"]

SHOWN = 100
"""How many refusals and notes the summary repeats; all of them are told as they come."""


class Counted(msgspec.Struct, kw_only=True):
    """The counts of an import. `acts`: events that were recorded, or would be; `notes`: what lines told otherwise than it stood.

    `left`: lines below a refused one, which wait until it is mended.
    """

    dataset: str
    source: str
    dry_run: bool = False
    lines: int = 0
    recorded: int = 0
    repeated: int = 0
    refused: int = 0
    left: int = 0
    late: int = 0
    changes: int = 0
    acts: int = 0
    notes: int = 0
    refusals: list[dict[str, Json]] = msgspec.field(default_factory=list)
    position: int | None = None
    unit: str = "lines"
    report: HistoryReport | None = None

    def count(self, done: LineDone) -> None:
        """Take in what became of one line, and say on standard error what is wrong with it."""
        self.lines += 1
        self.late += done.late
        if done.late:
            say(
                f"line {done.line}: its time lies before that of a line above it; it counts as published with that"
            )
        for note in done.notes:
            self.notes += 1
            say(f"line {done.line}: /changes/{note.change}: record {note.record!r}: {note.message}")
        if done.refused is not None:
            self.refuse(done.line, done.refused, None if done.change is None else f"/changes/{done.change}")
        elif done.left:
            self._leave(done.line)
        elif done.repeated:
            self.repeated += 1
        else:
            self.recorded += 1
            self.changes += done.changes
            self.acts += done.acts

    def _leave(self, line: int) -> None:
        if not self.left:
            say(
                f"line {line}: left, with every line below it: each says what differs from the one above it, and one above is refused;"
                " mend that one and import the file again"
            )
        self.left += 1

    def refuse(self, line: int, error: RefusedError, where: str | None = None) -> None:
        """Take in a refused line, and say so on standard error. `line` 0: it is no line of a file."""
        self.refused += 1
        at = f"{where}: " if where else ""
        say(f"{f'line {line}: ' if line else ''}refused: {at}{refusal_in_words(error, 'the line')}")
        if len(self.refusals) < SHOWN:
            place = {} if where is None else {"change": where}
            self.refusals.append({"line": line, **place, **problem(error)})


def in_words(counted: Counted) -> str:
    """The counts as a sentence or two."""
    would = "would be recorded" if counted.dry_run else "recorded"
    if counted.unit != "lines":
        return _table_in_words(counted, would)
    parts = [
        f"{counted.recorded:,} of {counted.lines:,} lines {would}: {counted.changes:,} changes, {counted.acts:,} acts"
    ]
    if counted.repeated:
        parts.append(f"{counted.repeated:,} were recorded before")
    if counted.refused:
        parts.append(f"{counted.refused:,} were refused")
    if counted.left:
        parts.append(f"{counted.left:,} below were left")
    if counted.notes:
        parts.append(f"{counted.notes:,} changes told otherwise of what stood before")
    if counted.late:
        parts.append(f"{counted.late:,} lines were dated before a line above them")
    return f"{counted.dataset}: " + "; ".join(parts)


def _table_in_words(counted: Counted, would: str) -> str:
    parts = [
        f"{counted.lines:,} rows compared, {counted.changes:,} records differ: {counted.acts:,} acts {would}"
    ]
    if counted.refused:
        parts.append(f"{counted.refused:,} rows were refused")
    if counted.late:
        parts.append(f"{counted.late:,} commits were dated before a commit above them")
    return f"{counted.dataset}: " + "; ".join(parts)
