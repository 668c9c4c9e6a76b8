"""The verifier's own reading of stored bytes: canonical JSON checked as it lies there, never written anew (model §6)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["members_of", "parsed", "path_of"]

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if keys != sorted(set(keys)) or not all(key.isascii() for key in keys):
        raise ValueError("its keys are not ASCII, sorted and each there once")
    return dict(pairs)


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


def parsed(event: bytes) -> dict[str, Json] | str:
    """The members of an event in canonical form, or what is wrong with its bytes."""
    try:
        entry = json.loads(
            event.decode(), object_pairs_hook=_members, parse_float=_no_number, parse_constant=_no_number
        )
    except (ValueError, RecursionError, AttributeError) as error:
        return f"the bytes of the event are not canonical JSON: {error}"
    if re.search(rb"\s|null", _STRING.sub(b"", event)):
        return "the bytes of the event are not canonical JSON: a blank or null stands between its words"
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(key), kind) for key, kind in _SHAPE.items()
    ):
        return "the bytes are not an event: a member is missing"
    return entry


def path_of(line: bytes) -> str | None:
    """The path of a disclosure line; None where the line is none."""
    try:
        disclosed = json.loads(line.decode(), object_pairs_hook=_members, parse_float=_no_number)
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
