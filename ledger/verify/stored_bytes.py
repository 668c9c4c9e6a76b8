"""The verifier's own reading of stored bytes: canonical JSON checked as it lies there, never written anew (model §6)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["is_utf8", "members_of", "parsed", "path_of"]

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


_BLANK_OR_NULL = re.compile(rb"\s|null")
_KNOWN: set[tuple[str, ...]] = set()
"""Keys that were found in order before: most objects have the keys of many others."""

_MOST_KNOWN = 10_000


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    keys = tuple(found)
    if keys in _KNOWN and len(keys) == len(pairs):
        return found
    if len(keys) != len(pairs) or keys != tuple(sorted(keys)) or not "".join(keys).isascii():
        raise ValueError("its keys are not ASCII, sorted and each there once")
    if len(_KNOWN) < _MOST_KNOWN:
        _KNOWN.add(keys)
    return found


def _no_number(text: str) -> Json:
    raise ValueError(f"{text} is no number of the profile")


_SHAPE: dict[str, type] = {
    "body": dict,
    "committed": dict,
    "format": str,
    "recorded_at": str,
    "schema": int,
    "stream": str,
    "type": str,
    "version": int,
}


_KINDS = list(_SHAPE.values())

# Made once: to make a decoder takes longer than to read an event.
_READER = json.JSONDecoder(object_pairs_hook=_members, parse_float=_no_number, parse_constant=_no_number)


def _read(data: bytes) -> Json:
    """The JSON value that the bytes are, whole and without a blank around it. Raises ValueError or RecursionError."""
    text = data.decode()
    found, end = _READER.raw_decode(text)
    if end != len(text):
        raise ValueError(f"something stands after character {end}")
    return found


def parsed(event: bytes) -> dict[str, Json] | str:
    """The members of an event in canonical form, or what is wrong with its bytes."""
    try:
        entry = _read(event)
    except (ValueError, RecursionError, AttributeError) as error:
        return f"the bytes of the event are not canonical JSON: {error}"
    # Most events have neither anywhere; then nothing has to be told from what stands inside texts.
    if (b"null" in event or len(event.split(None, 1)) > 1) and _BLANK_OR_NULL.search(_STRING.sub(b"", event)):
        return "the bytes of the event are not canonical JSON: a blank or null stands between its words"
    if not isinstance(entry, dict):
        return "the bytes are not an event: a member is missing"
    if list(map(type, map(entry.get, _SHAPE))) != _KINDS:
        return "the bytes are not an event: a member is missing"
    return entry


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are text."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def path_of(line: bytes) -> str | None:
    """The path of a disclosure line; None where the line is none."""
    try:
        disclosed = _read(line)
    except (ValueError, RecursionError):
        return None
    three = isinstance(disclosed, list) and len(disclosed) == 3  # noqa: PLR2004  salt, path, value
    return disclosed[1] if three and isinstance(disclosed[1], str) else None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a member is there twice")
    return dict(pairs)


def members_of(answer: bytes) -> dict[str, Json] | str:
    """The members of a JSON object whose form is free, or what is wrong with its bytes."""
    try:
        said = json.loads(
            answer.decode(), object_pairs_hook=_each_once, parse_float=_no_number, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        return str(error)
    return said if isinstance(said, dict) else "it is no object"
