"""Strict JSON: the one door through which bytes become values, and the canonical bytes they become again.

JSON as libraries read it is too wide for evidence: they drop the first of two equal keys, round long numbers,
and take text that is not Unicode. Here every such body is refused, so that what was sent is what is kept.
The profile (model §6): objects with ASCII keys, arrays, text without U+0000 and lone
surrogates, true, false, and integers within ±(2^53-1). No null, no fraction, no exponent. This module knows
nothing of facts or events.

orjson reads and writes; what it lets through is found afterwards. Two of its habits carry the design:
integers beyond 64 bits become floats, so the check of the profile sees them; of two equal keys the last one
wins, so a body with such keys holds more colons than the value that was read from it. Whether a value
conforms is asked level by level, without paths; only a value that does not is walked again for the pointer of
its first fault.
"""

from __future__ import annotations

import json
import re
from itertools import takewhile
from typing import TYPE_CHECKING, Final, TypeAlias

import orjson

from ledger.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.values import Json

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_INTEGER",
    "canonical",
    "check_json",
    "pointer",
    "read_any_json",
    "read_json",
    "trimmed",
]

MAX_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 32
MAX_INTEGER: Final = 2**53 - 1
"""Integers lie within ± this, where every reader of JSON takes them for the same number (RFC 8259 §6)."""

_CANONICAL_DEPTH: Final = 64
"""An event wraps what a body brought along, so it may be deeper than any body."""
_WRITABLE_DEPTH: Final = 254
"""orjson writes no deeper than this."""
_NAMEABLE_KEY: Final = 64
_CONTAINERS: Final = (dict, list)
_TEXT: Final = frozenset((str,))

_Path: TypeAlias = tuple[object, ...]

_NULL = "null is never stored; leave the member out, or state the absence"
_NUMBER = (
    f"a number must be an integer within ±{MAX_INTEGER}, without fraction or exponent;"
    " write decimals and longer numbers as strings"
)
_NOT_A_NUMBER = "NaN and Infinity are not JSON; leave the member out, or state the absence"
_NO_JSON = "is no value of JSON; use text, integers, true, false, lists and dicts, and no sub-classes of them"
_KEY_ASCII = "a key has characters that are not ASCII; name the member in ASCII"
_KEY_TEXT = "a key is not text; JSON has no other keys"
_NUL = "must not contain the character U+0000"
_SURROGATE = "contains a lone surrogate, which is not Unicode text"

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
# The closing mark is optional: else every escaped mark in an unclosed string would start the search anew.
_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)


def read_json(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Json:
    """The value that `data` holds, if it is UTF-8 JSON (RFC 8259) of the ledger's profile.

    `max_depth` counts objects and arrays inside one another, up to 254: `1` has depth 0, `[]` has depth 1.
    `-0` is read as 0. Raises InvalidError. Its `field` is the JSON pointer of the member at fault, or of the
    nearest one that can be named. Where the text cannot be read at all it is "", and the sentence has line
    and column, both counted from 1, columns in characters. Nothing of the input is quoted, short ASCII keys
    apart.
    """
    depth = min(max_depth, _WRITABLE_DEPTH)
    value = _loaded(data, max_bytes, depth)
    check_json(value, field="", max_depth=depth)
    _check_no_duplicates(data, value, depth)
    return value


def read_any_json(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Json:
    """As read_json, and also what the ledger itself does not hold: null, fractions, longer integers, other keys.

    For what others wrote in their own form. An integer of more than 64 bits, or a long fraction, comes rounded.
    """
    depth = min(max_depth, _WRITABLE_DEPTH)
    value = _loaded(data, max_bytes, depth)
    if _is_deeper(value, depth):
        raise _invalid(_too_deep_rule(depth))
    _check_no_duplicates(data, value, depth)
    return value


def _is_deeper(value: Json, max_depth: int) -> bool:
    """Whether a value has more than `max_depth` objects and arrays inside one another: by levels, which is quick where they are flat."""
    level = [value] if type(value) in _CONTAINERS else []
    room = max_depth
    while level and room:
        room -= 1
        inside = (one.values() if type(one) is dict else one for one in level)
        level = [item for items in inside for item in items if type(item) in _CONTAINERS]
    return bool(level)


def _loaded(data: bytes, max_bytes: int, depth: int) -> Json:
    if len(data) > max_bytes:
        raise _invalid(f"the body has {len(data)} bytes; at most {max_bytes} are allowed")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        # Not chained: the cause carries the whole input along, which would end in a log.
        raise _unreadable(data, error, depth) from None


def _check_no_duplicates(data: bytes, value: Json, depth: int) -> None:
    # A colon may also be written \u003a, in which case the counts prove nothing.
    escaped = b"\\" in data and b"\\u003" in data
    if escaped or data.count(b":") != orjson.dumps(value).count(b":"):
        _check_duplicates(data, depth)


def trimmed(data: bytes) -> bytes:
    """The same bytes, in as much memory as they take: orjson's own come with kilobytes of room, which whoever keeps them keeps too."""
    return b"%b" % data


def canonical(value: Json) -> bytes:
    """The bytes of `value` under RFC 8785: UTF-8, keys sorted, no blanks; one value, one text (model §6).

    orjson agrees with RFC 8785 on our profile only: it writes floats differently, and it sorts keys by bytes,
    which for ASCII is the order of UTF-16 units. Raises InvalidError for a value outside the profile, or
    deeper than 64.
    """
    check_json(value, field="", max_depth=_CANONICAL_DEPTH)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def check_json(value: Json, *, field: str, max_depth: int = MAX_DEPTH) -> None:
    """Check that `value` is JSON of the ledger's profile: dict, list, str, bool and int, nothing else.

    Sub-classes, tuples and structs are refused, since they would not come back from the log as they went in.
    `max_depth` as in `read_json`. Raises InvalidError; its `field` is `field` (a JSON pointer) continued down
    to the member at fault.
    """
    depth = min(max_depth, _WRITABLE_DEPTH)
    if not _conforms(value, depth):
        path, rule = next(_faults(value, (), depth, depth))
        raise _invalid(rule, path, field)


def pointer(*parts: str | int) -> str:
    """The JSON pointer (RFC 6901) through `parts`, keys and indexes from 0; without parts '', the whole."""
    return "".join(["/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts])


def _conforms(value: Json, max_depth: int) -> bool:
    """Whether `value` is of the profile. Every write pays for this: it goes by levels and keeps no paths."""
    if type(value) is dict and max_depth and _TEXT.issuperset(map(type, value.values())):
        # Most details are texts by name, and no more.
        return _keys_conform(list(value)) and _text_fault("".join(value.values())) is None
    keys: list[str] = []
    texts: list[str] = []
    integers: list[int] = [0]
    level: list[Json] = [[value]]
    room = max_depth + 1
    while level and room:
        room -= 1
        below: list[Json] = []
        for container in level:
            items = container
            if type(container) is dict:
                keys += container
                items = container.values()
            for item in items:
                kind = type(item)
                if kind is str:
                    texts.append(item)
                elif kind is dict or kind is list:
                    below.append(item)
                elif kind is int:
                    integers.append(item)
                elif kind is not bool:
                    return False
        level = below
    return (
        not level
        and min(integers) >= -MAX_INTEGER
        and max(integers) <= MAX_INTEGER
        and _keys_conform(keys)
        and _text_fault("".join(texts)) is None
    )


def _keys_conform(keys: list[str]) -> bool:
    if not _TEXT.issuperset(map(type, keys)):
        return False
    joined = "".join(keys)
    return joined.isascii() and "\x00" not in joined


def _faults(value: Json, path: _Path, room: int, max_depth: int) -> Iterator[tuple[_Path, str]]:
    """Where and why `value` is not of the profile, in document order; not empty if `_conforms` says no."""
    kind = type(value)
    if kind is not dict and kind is not list:
        fault = _scalar_fault(value)
        if fault:
            yield path, fault
        return
    if room <= 0:
        yield path, _too_deep_rule(max_depth)
        return
    for key, item in value.items() if kind is dict else enumerate(value):
        fault = _key_fault(key) if kind is dict else None
        if fault:
            yield path, fault
        yield from _faults(item, (*path, key), room - 1, max_depth)


def _scalar_fault(value: Json) -> str | None:
    kind = type(value)
    if kind is str:
        return _text_fault(value)
    if value is None:
        return _NULL
    if kind is float or (kind is int and not -MAX_INTEGER <= value <= MAX_INTEGER):
        return _NUMBER
    return None if kind is int or kind is bool else _NO_JSON


def _text_fault(text: str) -> str | None:
    if "\x00" in text:
        return _NUL
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return _SURROGATE
    return None


def _key_fault(key: object) -> str | None:
    if type(key) is not str:
        return _KEY_TEXT
    if not key.isascii():
        return _KEY_ASCII
    return f"a key {_NUL}" if "\x00" in key else None


def _unreadable(data: bytes, error: orjson.JSONDecodeError, max_depth: int) -> InvalidError:
    """The complaint about bytes that orjson refused."""
    if not data or data.isspace():
        return _invalid("the body is empty; send one JSON value")
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return _invalid("the body begins with a byte order mark; send UTF-8 without one")
    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        return _invalid(f"the body is not UTF-8, from byte {fault.start + 1} on; send UTF-8")
    if _too_deep(data, max_depth):
        return _invalid(_too_deep_rule(max_depth))
    return _invalid(f"{_syntax_rule(text, error)} (line {error.lineno}, column {error.colno})")


def _syntax_rule(text: str, error: orjson.JSONDecodeError) -> str:
    if _SURROGATE_ESCAPE.match(text, error.pos):
        return _SURROGATE
    if text.startswith(("NaN", "Infinity"), error.pos):
        return _NOT_A_NUMBER
    if "infinity" in error.msg:
        return _NUMBER
    return f"is not JSON: {error.msg}"


def _too_deep_rule(max_depth: int) -> str:
    return f"is nested too deeply; at most {max_depth} levels of objects and arrays are allowed"


def _too_deep(data: bytes, max_depth: int) -> bool:
    """Whether `data`, well-formed or not, opens more than `max_depth` objects and arrays at once."""
    if data.count(b"[") + data.count(b"{") <= max_depth:
        return False
    depth = 0
    for token in _NESTING.finditer(data):
        match token[0]:
            case b"[" | b"{":
                depth += 1
                if depth > max_depth:
                    return True
            case b"]" | b"}":
                depth -= 1
            case _:
                pass
    return False


class _Pairs(list[tuple[str, "Json"]]):
    """The members of one object as they were written, equal keys included."""


_AS_WRITTEN = json.JSONDecoder(object_pairs_hook=_Pairs, parse_int=len, parse_float=len)
"""Numbers do not matter here, and to build a long one takes quadratic time."""


def _check_duplicates(data: bytes, max_depth: int) -> None:
    """Refuse two equal keys in one object of `data`, which is JSON; names the outermost object at fault."""
    if _too_deep(data, max_depth):
        # The value that was checked is not so deep: a member is hidden by a later one with its key.
        raise _invalid("a key stands twice in one object; every key stands once")
    found: list[tuple[_Path, Json]] = [((), _AS_WRITTEN.decode(data.decode()))]
    for path, value in found:
        if isinstance(value, _Pairs):
            seen: set[str] = set()
            for key, item in value:
                if key in seen:
                    name = f'the key "{key}"' if _nameable(key) else "a key"
                    raise _invalid(f"{name} stands twice in this object; every key stands once", path)
                seen.add(key)
                if isinstance(item, list):
                    found.append(((*path, key), item))
        elif isinstance(value, list):
            found += [((*path, index), item) for index, item in enumerate(value) if isinstance(item, list)]


def _nameable(part: object) -> bool:
    """Whether a part of a path may be said to the caller: an index, or a short and printable ASCII key."""
    if type(part) is str:
        return len(part) <= _NAMEABLE_KEY and part.isascii() and part.isprintable()
    return type(part) is int


def _invalid(rule: str, path: _Path = (), field: str = "") -> InvalidError:
    """The complaint `rule` about the member at `path` under `field`, or the nearest above it with a name."""
    parts = [part for part in takewhile(_nameable, path) if isinstance(part, (str, int))]
    return InvalidError(rule, field=field + pointer(*parts))
