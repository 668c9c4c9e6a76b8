"""What a row of a table makes the ledger record: what differs from what stands, and nothing else. Pure (ADR 17)."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from ledger.citation import FragmentSelector
from ledger.datasets.acts import Stated
from ledger.datasets.cell import is_same
from ledger.datasets.comparing import as_date, compared_value
from ledger.datasets.mapping import BRACED, MAX_NAME, Column, columns_in, columns_read
from ledger.errors import InvalidError
from ledger.place import Place
from ledger.when import StatedWhen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.datasets.acts import Acts, Records
    from ledger.datasets.mapping import MappedFact, Mapping
    from ledger.datasets.record import Held, Record
    from ledger.datasets.table import Row
    from ledger.values import Json

__all__ = ["Layout", "plan_row", "row_selector"]

_HEADINGS_SHOWN: Final = 20
_HEADING_SHOWN: Final = 60
_LINES: Final = "http://tools.ietf.org/rfc/rfc5147"


def row_selector(row: Row) -> FragmentSelector:
    """Where a row stands in the text of the file, as RFC 5147 counts: between the end of the line before it and its own end."""
    return FragmentSelector(value=f"line={row.first - 1},{row.last}", conformsTo=_LINES)


class Layout:
    """A mapping laid over the headings of one file.

    `nameless`: the columns that would be fields, had they a heading. `missing`: those of which the mapping makes something and
    which the file has not.

    Raises InvalidError where a heading that is used stands twice, the name of a field is too long, two columns are one field, or a column
    of the id is not there.
    """

    def __init__(self, mapping: Mapping, headings: Sequence[str]) -> None:
        self._mapping = mapping
        self._empty = {"", *(one.strip() for one in mapping.empty)}
        self._at = {heading: index for index, heading in enumerate(headings)}
        self.width = len(headings)
        self.nameless: list[int] = []
        self.fields = self._fields(headings)
        for column in mapping.id:
            if self._index(column) is None:
                raise InvalidError(
                    f"there is no column {column!r}, which the mapping has for the id; there are {_listed(headings)}"
                )
        read = columns_read(mapping)
        named = read.union(heading for heading, column in mapping.columns.items() if not column.ignore)
        self.missing = frozenset(column for column in named if self._index(column) is None)
        for column in sorted(read):
            if (index := self._index(column)) is not None:
                _check_once(headings, headings[index])

    def _fields(self, headings: Sequence[str]) -> dict[str, tuple[int, Column]]:
        """The columns that are fields, by the name that they have in the ledger."""
        named = {
            one: heading
            for heading, column in self._mapping.columns.items()
            for one in (heading, *column.was)
        }
        found: dict[str, tuple[int, Column]] = {}
        for index, heading in enumerate(headings):
            known = named.get(heading)
            if known is None and self._mapping.others == "ignore":
                continue
            column = Column() if known is None else self._mapping.columns[known]
            if column.ignore:
                continue
            name = column.name or known or heading
            if not name.strip():
                self.nameless.append(index)
                continue
            if len(name) > MAX_NAME:
                raise InvalidError(
                    f"the heading of column {index + 1} has {len(name)} characters; a field's name has at most {MAX_NAME}:"
                    " give it one in the mapping"
                )
            _check_once(headings, heading)
            if name in found:
                raise InvalidError(f"the column {heading!r} and another one are both the field {name!r}")
            found[name] = (index, column)
        return found

    def _index(self, column: str) -> int | None:
        at = self._at.get(column)
        known = self._mapping.columns.get(column)
        for heading in () if at is not None or known is None else known.was:
            at = self._at.get(heading, at)
        return at

    def is_blank(self, row: Row) -> bool:
        """Whether nothing stands in a row at all."""
        return not any(cell.strip() for cell in row.cells)

    def check(self, row: Row) -> None:
        """Refuse a row of another length, with a value under no heading, or without an id. Raises InvalidError."""
        if len(row.cells) < self.width or any(cell.strip() for cell in row.cells[self.width :]):
            raise InvalidError(f"has {len(row.cells)} cells, and the headings are {self.width}")
        for index in self.nameless:
            if self.cell(row, index) is not None:
                raise InvalidError(
                    f"has a value in column {index + 1}, which has no heading; name it, or let the mapping ignore it"
                )
        if not self.ident(row):
            raise InvalidError(f"has no id: {', '.join(map(repr, self._mapping.id))} is empty")

    def text(self, row: Row, column: str) -> str:
        """What stands in a column of a row, blanks around it aside; empty where there is nothing, or no such column."""
        index = self._index(column)
        text = "" if index is None else row.cells[index].strip()
        return "" if text in self._empty else text

    def cell(self, row: Row, index: int) -> str | None:
        """A cell as it is written; None where it is empty."""
        text = row.cells[index]
        return None if text.strip() in self._empty else text

    def ident(self, row: Row) -> str:
        """The id of the record that a row is; empty where a part of it is."""
        parts = [self.text(row, column) for column in self._mapping.id]
        return "/".join(parts) if all(parts) else ""

    def filled(self, row: Row, template: str) -> str | None:
        """A text with columns in braces, filled in; None where one of them is empty."""
        if any(not self.text(row, name) for name in columns_in(template)):
            return None
        return " ".join(BRACED.sub(lambda found: self.text(row, found[1]), template).split())

    def title(self, row: Row) -> str:
        """The label of the incident; empty where the mapping has none, or it cannot be filled in."""
        return self.filled(row, self._mapping.title) or ""

    def stated(self, row: Row) -> Iterable[tuple[str, Stated | None]]:
        """The facts of other kinds that the mapping has, each as a row tells it; None where it does not."""
        return ((fact.id, self._stated(row, fact)) for fact in self._mapping.facts)

    def _stated(self, row: Row, fact: MappedFact) -> Stated | None:
        statement = self.filled(row, fact.statement)
        if not statement:
            return None
        details = {name: self.text(row, column) for name, column in fact.details.items()}
        return Stated(
            kind=fact.kind,
            statement=statement,
            occurred=self._when(row, fact),
            places=self._where(row, fact),
            details={name: text for name, text in details.items() if text},
        )

    def _joined(self, row: Row, columns: Sequence[str], by: str) -> str:
        return by.join(text for column in columns if (text := self.text(row, column)))

    def _when(self, row: Row, fact: MappedFact) -> StatedWhen | None:
        if fact.time is None:
            return None
        text = self._joined(row, fact.time.columns, " ")
        day = as_date(text, fact.time.formats) if text else None
        return None if day is None else StatedWhen(as_stated=text, edtf=day)

    def _where(self, row: Row, fact: MappedFact) -> tuple[Place, ...]:
        """The place. A point that is none, such as zeros in words, is left out: its columns stand as they are all the same."""
        place = fact.place
        if place is None:
            return ()
        words = self._joined(row, place.columns, ", ") or None
        lon, lat = (self.text(row, one) if one is not None else "" for one in (place.lon, place.lat))
        if lon and lat:
            try:
                return (Place(id="place", as_stated=words, lon=lon, lat=lat),)
            except InvalidError:
                pass
        return () if words is None else (Place(id="place", as_stated=words),)


def _listed(headings: Sequence[str]) -> str:
    """The first headings of a file, each cut where it is long."""
    first = ", ".join(
        repr(textwrap.shorten(one, _HEADING_SHOWN, placeholder="…")) for one in headings[:_HEADINGS_SHOWN]
    )
    more = len(headings) - _HEADINGS_SHOWN
    return first if more <= 0 else f"{first} and {more} more"


def _check_once(headings: Sequence[str], heading: str) -> None:
    if headings.count(heading) > 1:
        raise InvalidError(f"the heading {heading!r} stands twice")


def plan_row(row: Row, layout: Layout, acts: Acts, records: Records) -> None:
    """Add the acts that make the record of a row stand as the row has it. Raises InvalidError where a value cannot be stored."""
    acts.at = (row_selector(row),)
    ident = layout.ident(row)
    record = records.record(ident)
    if record is None:
        record = acts.open(ident, layout.title(row), field="/title")
    elif not record.presence.is_live:
        acts.reinstate(record, record.presence)
    for name, (index, column) in layout.fields.items():
        _plan_cell(layout.cell(row, index), name, column, acts, record)
    for name in sorted(record.fields.keys() - layout.fields.keys()):
        for held in record.live(name):
            acts.retract(record, held)
    stated = dict(layout.stated(row))
    for fact, content in stated.items():
        was = record.others.get(fact)
        if content is not None:
            acts.state(record, was, fact, content)
        elif was is not None and was.is_live:
            acts.retract(record, was)
    for fact in sorted(record.others.keys() - stated.keys()):
        if record.others[fact].is_live:
            acts.retract(record, record.others[fact])


def _plan_cell(text: str | None, name: str, column: Column, acts: Acts, record: Record) -> None:
    facts = record.fields.get(name, [])
    held: Held | None = next((one for one in facts if one.is_live), facts[-1] if facts else None)
    if text is None:
        if held is not None and held.is_live:
            acts.retract(record, held)
        return
    value = _value(text, column)
    words = None if value == text else text
    if held is None:
        acts.report(record, name, value, words=words)
        return
    if not held.is_live:
        acts.reinstate(record, held)
    before = held.words if held.words is not None else held.value
    if text == before:
        return
    # What stood may have been read by another mapping; upstream changed no more than what its words say by this one.
    if is_same(held.value, value) or (isinstance(before, str) and is_same(_value(before, column), value)):
        acts.reword(record, held, text)
    else:
        acts.correct(record, held, name, value, words=words, class_=column.correction)


def _value(text: str, column: Column) -> Json:
    return compared_value(text, column.compare, formats=column.formats, separator=column.separator)
