"""Facts with their citations as a table (RFC 4180): a line for each passage that speaks to a fact.

Whoever opens it in a spreadsheet may ask that no cell is taken for a formula: a cell that begins as one gets an apostrophe before it, and
the last column says which cells have it. Without that nothing is changed.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from ledger.values import Absent
from projections.exports.told import as_json, cell, quoted_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.citing.described import Described
    from projections.exports.told import Told
    from projections.fact_fold import AttestationView, FactView

__all__ = ["COLUMNS", "FactsTable"]

_OF_FACT = (
    "incident",
    "incident_title",
    "fact",
    "version",
    "kind",
    "statement",
    "occurred_as_stated",
    "occurred_earliest",
    "occurred_latest",
    "occurred_edtf",
    "occurred_approximate",
    "place",
    "lon",
    "lat",
    "uncertainty_m",
    "participants",
    "quantities",
    "details",
    "status",
    "decided",
    "origins",
)
_OF_PASSAGE = (
    "citation",
    "stance",
    "counts",
    "why",
    "source",
    "source_title",
    "publisher",
    "url",
    "quote",
    "pinned",
    "speaker",
    "speaker_capacity",
    "relays",
    "published_by",
    "snapshot",
)
COLUMNS = _OF_FACT + _OF_PASSAGE
"""The columns. Places, participants, quantities and details of more than one value are canonical JSON."""

_NEUTRALISED = "neutralised"
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20|]")
"""What spreadsheets take for the beginning of a formula, also in full width, or skip before it."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class FactsTable:
    """The lines of the table, a line for the header first. `neutralised` counts the cells that were changed."""

    def __init__(self, *, for_spreadsheets: bool = False) -> None:
        self._for_spreadsheets = for_spreadsheets
        self.neutralised = 0
        self.lines = 0

    def header(self) -> bytes:
        """The line of the names of the columns."""
        return _line([*COLUMNS, *((_NEUTRALISED,) if self._for_spreadsheets else ())])

    def rows(self, told: Told) -> Iterator[bytes]:
        """The lines of one incident."""
        for fact in told.view.facts:
            own = _of_fact(told, fact)
            for passage in fact.attestations or (None,):
                self.lines += 1
                yield self._row(own + _of_passage(passage, told.sources))

    def _row(self, cells: list[str]) -> bytes:
        if not self._for_spreadsheets:
            return _line(cells)
        changed = [number for number, text in enumerate(cells) if _looks_like_formula(text)]
        for number in changed:
            cells[number] = "'" + cells[number]
        self.neutralised += len(changed)
        return _line([*cells, " ".join(COLUMNS[number] for number in changed)])


def _looks_like_formula(text: str) -> bool:
    begins = _FORMULA.match(text.lstrip(" \u00a0\ufeff")) is not None
    return begins and _NUMBER.fullmatch(text) is None


def _line(cells: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


def _of_fact(told: Told, fact: FactView) -> list[str]:
    content = fact.content
    when = content.occurred
    places = content.places
    spot = places[0] if len(places) == 1 else None
    return [
        told.incident,
        cell(told.view.title),
        fact.fact,
        str(fact.version),
        content.kind,
        cell(content.statement),
        "" if when is None else (cell(when.as_stated) or (f"[{when.absent}]" if when.absent else "")),
        "" if when is None else cell(when.earliest),
        "" if when is None else cell(when.latest),
        "" if when is None else cell(when.edtf),
        "" if when is None else cell(when.approximate),
        _only(places) if spot is None else spot.as_stated or (f"[{spot.absent}]" if spot.absent else ""),
        "" if spot is None else cell(spot.lon),
        "" if spot is None else cell(spot.lat),
        "" if spot is None else cell(spot.uncertainty_m),
        _only(content.participants),
        _only(content.quantities),
        as_json(content.details),
        fact.status,
        " ".join(fact.decided),
        str(fact.origins),
    ]


def _only(items: tuple[object, ...]) -> str:
    return as_json(items) if items else ""


def _of_passage(passage: AttestationView | None, sources: dict[str, Described]) -> list[str]:
    if passage is None:
        return [""] * len(_OF_PASSAGE)
    one = passage.attestation
    source = sources.get(one.source)
    speaker = one.speaker
    return [
        one.id,
        one.stance,
        cell(passage.counts),
        passage.why,
        one.source,
        "" if source is None else cell(source.title),
        "" if source is None else cell(source.publisher),
        "" if source is None else cell(source.url),
        quoted_words(one),
        cell(passage.pinned),
        "" if speaker is None else cell(speaker.name) or cell(speaker.id) or _absent(speaker.absent),
        "" if speaker is None else cell(speaker.capacity),
        cell(one.relays),
        cell(passage.published_by),
        cell(one.snapshot),
    ]


def _absent(absent: str | None) -> str:
    return "" if absent is None else cell(Absent(absent=absent))  # type: ignore[arg-type]  # a value of the closed list
