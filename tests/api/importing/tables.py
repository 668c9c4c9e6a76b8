"""A table as data sets are kept in, with its mapping, and what imports of it recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.command_line import ask
from tests.api.importing.streams import entries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ledger.events import Act
    from tests.api.command_line import Answer

__all__ = ["FIRST", "MAPPING", "acts_of", "head", "import_table", "told_of_missing"]

MAPPING = """
dataset = "deaths"
id = "Unique ID"
title = "{Name}, {City}"
zone = "America/Chicago"
empty = ["NA"]

[columns."Unique ID"]
ignore = true

[columns.Age]
compare = "number"
correction = "wrong-number"

[columns.Tags]
compare = "list"
separator = "|"

[columns."City"]
was = ["Town"]
name = "city"
compare = "words"
correction = "wrong-place"

[columns.Date]
compare = "date"
formats = ["%m/%d/%Y"]

[[facts]]
id = "death"
kind = "death"
statement = "The data set lists the death of {Name}."
time = {columns = ["Date"], formats = ["%m/%d/%Y"]}
place = {columns = ["City"], lon = "Lon", lat = "Lat"}
"""
FIRST = '''Unique ID,Name,Age,City,Date,Tags,Lon,Lat
1,Ann Roe,"1,369",Little Rock,05/08/2021,b|a,-92.3,34.7
2,"Roe, ""Bob""",NA,Conway,05/09/2021,,,
'''


def import_table(path: Path, table: str | bytes, *more: object, mapping: str = MAPPING) -> Answer:
    """Import a table from standard input."""
    file = path.with_name("mapping.toml")
    file.write_text(mapping, "utf-8")
    data = table.encode() if isinstance(table, str) else table
    return ask("import", "table", "-", "--mapping", file, "--ledger", path, *more, stdin=data)


def acts_of(path: Path, after: int = 0) -> list[Act]:
    """Every act of a ledger from a position on."""
    return [one.body for one in entries(path) if one.position > after]


def head(path: Path) -> int:
    """The newest position."""
    return entries(path)[-1].position


def told_of_missing(columns: Iterable[str]) -> str:
    """What an import says on standard error of columns that its mapping names and no version had."""
    return "".join(
        f"no column {column!r}, which the mapping names: what it makes of it is left out\n"
        for column in sorted(columns)
    )
