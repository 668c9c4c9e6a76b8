"""A CSL-JSON file cut into its items, so that each is read strictly, and refused, on its own."""

from __future__ import annotations

import json

from ledger.errors import InvalidError
from ledger.strict_json import pointer, read_json

__all__ = ["split_items"]

_SCANNER = json.JSONDecoder(parse_int=len, parse_float=len)
"""Finds where an item ends; its numbers do not matter, and to build a long one takes quadratic time."""


def split_items(data: bytes) -> list[tuple[str, bytes]]:
    """The items of a CSL-JSON file, an array or a single object: of each the JSON pointer in the file, and the bytes.

    Raises InvalidError where the whole is no JSON, or neither an array nor an object. What an item holds is not judged here.
    """
    text = _text(data)
    start = len(text) - len(text.lstrip(" \t\r\n"))
    if not text.startswith("[", start):
        read = read_json(data, max_bytes=len(data))
        if not isinstance(read, dict):
            raise InvalidError("must be a CSL-JSON item or an array of them")
        return [("", data)]
    return [(pointer(index), part.encode()) for index, part in enumerate(_parts(text, start + 1))]


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidError(f"is not UTF-8, from byte {error.start + 1} on; save the file as UTF-8") from error


def _parts(text: str, at: int) -> list[str]:
    parts: list[str] = []
    at = _blank(text, at)
    while not (text.startswith("]", at) and not parts):
        try:
            _, end = _SCANNER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            raise InvalidError(_broken(text, at, error), field=pointer(len(parts))) from None
        parts.append(text[at:end])
        at = _blank(text, end)
        if text.startswith("]", at):
            break
        if not text.startswith(",", at):
            raise InvalidError(_broken(text, at, None), field=pointer(len(parts) - 1))
        at = _blank(text, at + 1)
    if text[at + 1 :].strip(" \t\r\n"):
        raise InvalidError("something stands after the end of the array; a file has one")
    return parts


def _blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _broken(text: str, at: int, error: json.JSONDecodeError | RecursionError | None) -> str:
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    place = at if error is None else error.pos
    line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    return f"is not JSON, or cut short (line {line}, column {column}); nothing of the file was imported"
