"""A mapping: what the columns of a table mean, as a TOML file says it (docs/importing.md)."""

from __future__ import annotations

import codecs
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

import msgspec

from ledger.datasets.comparing import Compare, date_length
from ledger.errors import InvalidError
from ledger.ids import check_id, check_slug
from ledger.kinds.kind import check_details
from ledger.terms import CorrectionClass
from ledger.values import Value, check_text
from ledger.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.kinds import Kinds

__all__ = [
    "BRACED",
    "MAX_NAME",
    "Column",
    "MappedFact",
    "MappedPlace",
    "MappedTime",
    "Mapping",
    "check_kinds",
    "columns_in",
    "columns_read",
    "read_mapping",
]

MAX_NAME: Final = 200
BRACED: Final = re.compile(r"\{([^{}]+)\}")

Others: TypeAlias = Literal["exact", "ignore"]

_CHOICES: Final = {
    "compare": get_args(Compare),
    "correction": get_args(CorrectionClass),
    "others": get_args(Others),
}


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
    others: Others = "exact"
    columns: dict[str, Column] = msgspec.field(default_factory=dict)
    facts: tuple[MappedFact, ...] = ()


def read_mapping(data: bytes) -> Mapping:
    """The mapping that a TOML file holds. Raises InvalidError naming the member."""
    try:
        given = tomllib.loads(data.removeprefix(codecs.BOM_UTF8).decode())
    except UnicodeDecodeError as error:
        raise InvalidError(f"a mapping is UTF-8; byte {error.start + 1} is not") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidError(f"is not TOML: {error}") from error
    if isinstance(given.get("id"), str):
        given["id"] = [given["id"]]
    try:
        mapping = msgspec.convert(given, Mapping)
    except msgspec.ValidationError as error:
        raise InvalidError(_in_words(error, given)) from error
    _check(mapping)
    return mapping


def _in_words(error: msgspec.ValidationError, given: dict[str, Any]) -> str:
    """What is wrong, with the column by its name and what could stand there instead."""
    words = str(error).replace("`$.", "`")
    if "columns[...]" in words:
        wrong = next(heading for heading, one in given["columns"].items() if not _is_column(one))
        words = words.replace("columns[...]", f"columns.{wrong}")
    if words.startswith("Invalid enum value"):
        words += (
            f"; it is one of {', '.join(_CHOICES[words.rstrip('`').rpartition('.')[2].rpartition('`')[2]])}"
        )
    return words


def _is_column(given: object) -> bool:
    try:
        msgspec.convert(given, Column)
    except msgspec.ValidationError:
        return False
    return True


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
    _check_columns(mapping.id, field="/id")
    _check_template(mapping.title, field="/title")
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
        if not fact.statement.strip():
            raise InvalidError("must not be empty", field=f"{at}/statement")
        _check_template(fact.statement, field=f"{at}/statement")
        if fact.place is not None:
            if (fact.place.lon is None) != (fact.place.lat is None):
                raise InvalidError("a point has both lon and lat", field=f"{at}/place")
            if fact.place.lon is None:
                _check_columns(fact.place.columns, field=f"{at}/place/columns")
        if fact.time is not None:
            _check_columns(fact.time.columns, field=f"{at}/time/columns")
            _check_formats(fact.time.formats, field=f"{at}/time/formats")


def check_kinds(mapping: Mapping, kinds: Kinds) -> None:
    """Refuse facts of a kind that is not in force, and details that it does not have or that are missing of it.

    Each row would be refused for them. Raises UnknownError or InvalidError naming the member.
    """
    for index, fact in enumerate(mapping.facts):
        kind = kinds.resolve(fact.kind, field=f"/facts/{index}/kind")
        stood_for = {name: {"absent": "not-stated"} for name in fact.details}
        check_details(kind, stood_for, field=f"/facts/{index}/details")


def _check_columns(columns: Sequence[str], *, field: str) -> None:
    if not columns:
        raise InvalidError("names at least one column", field=field)
    if len(set(columns)) < len(columns):
        raise InvalidError("names a column twice", field=field)


def _check_template(template: str, *, field: str) -> None:
    if any(brace in BRACED.sub("", template) for brace in "{}"):
        raise InvalidError("has a brace that does not enclose the name of a column", field=field)


def _check_formats(formats: Iterable[str], *, field: str) -> None:
    for form in formats:
        if not date_length(form):
            raise InvalidError(
                "is no format of dates, which has a year and no day without a month; %Y-%m-%d is one",
                field=field,
            )
