"""A mapping: what the columns of a table mean, as a TOML file says it (docs/importing.md)."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from ledger.datasets.comparing import Compare
from ledger.errors import InvalidError
from ledger.ids import check_id, check_slug
from ledger.terms import CorrectionClass
from ledger.values import Value, check_text
from ledger.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BRACED",
    "MAX_NAME",
    "Column",
    "MappedFact",
    "MappedPlace",
    "MappedTime",
    "Mapping",
    "columns_in",
    "columns_read",
    "read_mapping",
]

MAX_NAME: Final = 200
BRACED: Final = re.compile(r"\{([^{}]+)\}")
_DIRECTIVES: Final = re.compile(r"%[aAwdbBmyYHIpMSfzZjUWcxXGuV%]")


class Column(Value, frozen=True, kw_only=True):
    """One column. `name`: what the field is called in the ledger, else as the column; `was`: headings that it had in other files."""

    name: str | None = None
    was: tuple[str, ...] = ()
    compare: Compare = "exact"
    formats: tuple[str, ...] = ()
    separator: str = ";"
    correction: CorrectionClass = "other"
    ignore: bool = False


class MappedTime(Value, frozen=True, kw_only=True):
    """When a fact occurred: the columns that tell, joined by a blank, and the formats of dates in them; EDTF is always understood."""

    columns: tuple[str, ...]
    formats: tuple[str, ...] = ()


class MappedPlace(Value, frozen=True, kw_only=True):
    """Where it occurred: the columns whose words tell, joined by commas, and those of the point."""

    columns: tuple[str, ...] = ()
    lon: str | None = None
    lat: str | None = None


class MappedFact(Value, frozen=True, kw_only=True):
    """A fact of some kind that every row tells. `statement` has columns in braces; where one of them is empty, there is no fact."""

    id: str
    kind: str
    statement: str
    time: MappedTime | None = None
    place: MappedPlace | None = None
    details: dict[str, str] = msgspec.field(default_factory=dict)


class Mapping(Value, frozen=True, kw_only=True):
    """What a table means. `id`: the columns that make a record's id, joined by `/`; `title`: a label with columns in braces."""

    dataset: str
    id: tuple[str, ...]
    title: str = ""
    zone: str = "UTC"
    delimiter: str = ","
    empty: tuple[str, ...] = ()
    others: Literal["exact", "ignore"] = "exact"
    columns: dict[str, Column] = msgspec.field(default_factory=dict)
    facts: tuple[MappedFact, ...] = ()


def read_mapping(data: bytes) -> Mapping:
    """The mapping that a TOML file holds. Raises InvalidError naming the member."""
    try:
        given = tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise InvalidError(f"a mapping is UTF-8; byte {error.start + 1} is not") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidError(f"is not TOML: {error}") from error
    if isinstance(given.get("id"), str):
        given["id"] = [given["id"]]
    try:
        mapping = msgspec.convert(given, Mapping)
    except msgspec.ValidationError as error:
        raise InvalidError(str(error).replace("`$.", "`")) from error
    _check(mapping)
    return mapping


def columns_in(template: str) -> list[str]:
    """The columns that a text has in braces."""
    return BRACED.findall(template)


def columns_read(mapping: Mapping) -> set[str]:
    """The columns of which the mapping makes the id, the title and the facts of other kinds."""
    found = {*mapping.id, *columns_in(mapping.title)}
    for fact in mapping.facts:
        found.update(columns_in(fact.statement), fact.details.values())
        if fact.time is not None:
            found.update(fact.time.columns)
        if fact.place is not None:
            found.update(
                fact.place.columns, (one for one in (fact.place.lon, fact.place.lat) if one is not None)
            )
    return found


def _check(mapping: Mapping) -> None:
    check_text(mapping.dataset, field="/dataset", limit=MAX_NAME)
    find_zone(mapping.zone, field="/zone")
    if not mapping.id:
        raise InvalidError("names at least one column", field="/id")
    if len(mapping.delimiter) != 1 or mapping.delimiter in '"\r\n':
        raise InvalidError("is one character, and no quotation mark or line end", field="/delimiter")
    for heading, column in mapping.columns.items():
        if column.name is not None:
            check_text(column.name, field=f"/columns/{heading}/name", limit=MAX_NAME)
        if not column.separator:
            raise InvalidError("must not be empty", field=f"/columns/{heading}/separator")
        _check_formats(column.formats, field=f"/columns/{heading}/formats")
    seen: set[str] = {"record"}
    for index, fact in enumerate(mapping.facts):
        at = f"/facts/{index}"
        check_id(fact.id, field=f"{at}/id")
        check_slug(fact.kind, field=f"{at}/kind")
        if fact.kind in ("attribute", "record"):
            raise InvalidError("is made of the columns by itself; name another kind", field=f"{at}/kind")
        if fact.id in seen or re.fullmatch(r"f[0-9]+", fact.id):
            raise InvalidError("is taken; give each fact an id of its own", field=f"{at}/id")
        seen.add(fact.id)
        if fact.place is not None and (fact.place.lon is None) != (fact.place.lat is None):
            raise InvalidError("a point has both lon and lat", field=f"{at}/place")
        if fact.time is not None:
            _check_formats(fact.time.formats, field=f"{at}/time/formats")


def _check_formats(formats: Iterable[str], *, field: str) -> None:
    for form in formats:
        if "%" in _DIRECTIVES.sub("", form):
            raise InvalidError("is no format of dates; %Y-%m-%d is one", field=field)
