"""How the values of a column compare: the value that counts, made of how it is written (docs/importing.md).

Two ways of writing that come to one value differ cosmetically, and what differs is amended; else the value is corrected. What a rule cannot
read, such as a word where numbers stand, is compared as words: nothing is dropped, and nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from ledger.edtf import parse_edtf
from ledger.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.values import Json

__all__ = ["Compare", "as_date", "compared_value", "date_length"]

Compare: TypeAlias = Literal["exact", "words", "number", "date", "list"]

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?", re.ASCII)
_MARKS: Final = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014\u2212", "''\"\"---")
_DIGITS: Final = 60
_SAMPLE: Final = dt.datetime(2021, 11, 28, 22, 41, 53, tzinfo=dt.UTC)
"""A date whose parts all differ from those that Python fills in."""


def compared_value(text: str, how: Compare, *, formats: Sequence[str], separator: str) -> Json:
    """The value of a cell. `formats` are those of dates (as strptime has them), `separator` that of lists.

    exact: the text. words: blanks, typographic marks and capitals aside. number: a decimal number, without the commas of thousands.
    date: as as_date has it. list: the parts, as words, in order of the alphabet.
    """
    match how:
        case "exact":
            return text
        case "words":
            return _words(text)
        case "number":
            return _number(text) or _words(text)
        case "date":
            return as_date(text, formats) or _words(text)
        case "list":
            return sorted({part for one in text.split(separator) if (part := " ".join(one.split()))})


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).translate(_MARKS).split()).casefold()


def _number(text: str) -> str | None:
    plain = text.strip().translate(_MARKS)
    if _NUMBER.fullmatch(plain) is None or len(plain) > _DIGITS:
        return None
    try:
        number = Decimal(plain.replace(",", ""))
    except InvalidOperation:  # pragma: no cover
        return None
    written = f"{number:f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written in ("-0", "") else written


@cache
def date_length(form: str) -> int:
    """How much of `YYYY-MM-DD` a format of dates tells, in characters: a day 10, a month 7, a year 4; 0 where it tells no date.

    Python fills in what a format leaves out. So a date is written in it and read again, to see what comes through; not where it is the
    same in another year, which newer Pythons warn of reading.
    """
    if _SAMPLE.strftime(form) == _SAMPLE.replace(year=_SAMPLE.year + 1).strftime(form):
        return 0
    try:
        found = dt.datetime.strptime(_SAMPLE.strftime(form), form).date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        return 0
    year, month, day = (getattr(found, part) == getattr(_SAMPLE, part) for part in ("year", "month", "day"))
    if not year or (day and not month):
        return 0
    return 10 if day else 7 if month else 4


def as_date(text: str, formats: Sequence[str]) -> str | None:
    """The day that a text names, as `YYYY-MM-DD`; `YYYY-MM` or `YYYY` where the format has no day, or no month either.

    None where it names none in any of the formats. One that is EDTF is taken as it is.
    """
    plain = " ".join(text.split())
    for form in formats:
        try:
            found = dt.datetime.strptime(plain, form)  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
        return found.date().isoformat()[: date_length(form)]
    if "T" in plain:
        return None
    try:
        parse_edtf(plain, field="")
    except InvalidError:
        return None
    return plain
