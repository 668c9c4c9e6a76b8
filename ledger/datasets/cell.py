"""One value of a data set: as the data set wrote it, and as the ledger can hold it (model §3, ADR 17).

The ledger's JSON has no fractions, no null, no integers beyond ±(2^53-1) and no keys beyond ASCII, and an object whose only member is
`absent` means absence there. A data set knows none of these rules. So a value that is outside them stands as its own JSON text under the
one member `json`, and comes out again as it went in. A data set's own object of that one form is wrapped likewise, so that nothing is
mistaken for a wrapping. The name of a field is text of one character at least: the empty name, of a column without a heading, stands as its
JSON text, `""`, and so does one that begins with a quotation mark.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import msgspec
import orjson

from ledger.errors import InvalidError
from ledger.kinds.kind import DETAILS_DEPTH_LIMIT
from ledger.strict_json import check_json

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["as_written", "is_same", "name_as_written", "stored", "stored_name"]

_QUOTE: Final = '"'
_WRAPPING: Final = ("json", "absent")
_ROOM: Final = DETAILS_DEPTH_LIMIT - 1
"""Objects and lists inside one another that a value may have: the details around it are one."""


def stored(value: Json, text: bytes | None = None) -> Json:
    """How a value read from JSON is stored. `text` is its own JSON, where reading it may have rounded a number."""
    if type(value) is str and "\x00" not in value:
        return value
    if type(value) is not dict or (len(value) != 1 or next(iter(value)) not in _WRAPPING):
        try:
            check_json(value, field="", max_depth=_ROOM)
        except InvalidError:
            pass
        else:
            return value
    return {"json": (orjson.dumps(value) if text is None else text).decode()}


def as_written(value: Json) -> msgspec.Raw:
    """The JSON text of a stored value, as its data set wrote it."""
    text = _wrapped(value)
    return msgspec.Raw(orjson.dumps(value) if text is None else text.encode())


def stored_name(name: str) -> str:
    """How the name of a field is stored."""
    return orjson.dumps(name).decode() if not name or name[0] == _QUOTE or "\x00" in name else name


def name_as_written(name: str) -> str:
    """The name of a field, as its data set wrote it, of how it is stored."""
    if not name.startswith(_QUOTE):
        return name
    try:
        found = orjson.loads(name)
    except orjson.JSONDecodeError:
        return name
    return found if isinstance(found, str) else name


def is_same(one: Json, other: Json) -> bool:
    """Whether two stored values are the same value. To Python `true` equals 1; to a data set it does not.

    A value that stands as its JSON text is the same under other blanks, escapes and order of members; its numbers are as they are written.
    """
    if type(one) is str and type(other) is str:
        return one == other
    if orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS):
        return True
    texts = _wrapped(one), _wrapped(other)
    return texts[0] is not None and texts[1] is not None and _read(texts[0]) == _read(texts[1])


class _Number(msgspec.Struct, frozen=True):
    """A number as it is written: no text, and not equal to `true`."""

    text: str


def _wrapped(value: Json) -> str | None:
    """The JSON text as which a value is stored; None where it is stored as it is."""
    text = value["json"] if type(value) is dict and value.keys() == {"json"} else None
    return text if isinstance(text, str) else None


def _read(text: str) -> object:
    return json.loads(text, parse_float=_Number, parse_int=_Number)
