"""Salted commitments: how a value is kept out of the event and yet proved by it (model §6, ADR 4).

An event holds, for each value, only the digest of a *disclosure*: the exact text
`["<salt>","<path>",<value>]` in canonical JSON. The disclosures stand one per line in a table of their own.
Erasing a line leaves the event, its leaf, every proof and every other field as they were; without the salt,
16 random bytes of its own for each, the digest tells nobody whether a guess was right. The construction
follows RFC 9901 (SD-JWT) in spirit. Exact bytes: ledger-format §4.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import orjson

from ledger.errors import IntegrityError, InvalidError
from ledger.salts import SALT_BYTES, base64url, salts_from
from ledger.strict_json import check_json, trimmed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ledger.ids import RandomSource
    from ledger.values import Json

__all__ = [
    "DISCLOSURE_LIMIT",
    "PATH_LIMIT",
    "SALT_BYTES",
    "check_lines",
    "digest_of",
    "erase",
    "make",
    "open_line",
    "path_covers",
    "path_of",
    "split_lines",
    "written",
]

DISCLOSURE_LIMIT = 1_048_576
"""Most bytes that the disclosures of one event may have together."""

PATH_LIMIT = 512
"""Most characters of a path."""

_WRITTEN_DEPTH = 64
_DIGEST_BYTES = 32
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_NUL = b"\\u0000"
_BACKSLASH = b"\\"
_LINE = re.compile(
    rb'\["([A-Za-z0-9_-]{22})","(?=[^"]{1,%d}")([!#-.0-\[\]-~]+(?:/[!#-.0-\[\]-~]+)*)",' % PATH_LIMIT
)
_PATH_BYTES = bytes(set(range(0x21, 0x7F)) - set(b'"\\'))
_sha256 = hashlib.sha256
_dumps = orjson.dumps


def make(values: Iterable[tuple[str, Json]], random: RandomSource) -> tuple[dict[str, str], bytes]:
    """Commit to values: a digest for each path, and the lines that disclose them, joined by newlines.

    `values` gives (path, value) pairs, each path once, values within the JSON profile. `random` is asked once
    for all the salts. Raises InvalidError for a path that stands twice or has not the form of one
    (ledger-format §4), and for a value that is no JSON.
    """
    pairs = list(values)
    if not pairs:
        return {}, b""
    count = len(pairs)
    paths: tuple[str, ...]
    paths, found = zip(*pairs, strict=True)
    _check_paths(paths)
    lines, joined = _written_lines(list(zip(salts_from(random, count), paths, found, strict=True)))
    hashes = base64url([_sha256(line).digest() for line in lines], _DIGEST_BYTES)
    digests = dict(zip(paths, hashes, strict=True))
    if len(digests) != count:
        raise InvalidError(
            "two values of the act have one path; every citation and every item of a list has an id of its own"
        )
    return digests, joined


def _check_paths(paths: Sequence[str]) -> None:
    """Refuse a path without the form of one.

    Every write pays for this, so that all paths are looked at together.
    """
    joined = "/".join(paths)
    if (
        not joined.isascii()
        or joined.encode().translate(None, _PATH_BYTES)
        or "//" in joined
        or joined[:1] in ("", "/")
        or joined[-1] == "/"
        or (len(joined) > PATH_LIMIT and max(map(len, paths)) > PATH_LIMIT)
    ):
        raise InvalidError(
            f"a name or id inside the act cannot stand in a path: a path is names joined by /, of 1 to {PATH_LIMIT} "
            "printable ASCII characters without blanks, quotation marks and backslashes"
        )


def written(value: Json) -> bytes:
    """The canonical bytes of what the structs let through: the last gate before anything is stored.

    It costs next to nothing, and so it is no full check of the profile: members that hold JSON of any shape
    are checked before (codec.encode), and the types say what the others hold. Raises InvalidError for lone
    surrogates, U+0000, integers beyond ±(2^53-1), and what is no JSON.
    """
    try:
        line = _dumps(value, None, _CANONICAL)
    except orjson.JSONEncodeError as error:
        raise InvalidError(f"the act holds a value that cannot be stored: {error}") from error
    if _BACKSLASH in line and _NUL in line:
        # The six characters may also be the end of an escaped backslash and four digits, which is text like any other.
        check_json(orjson.loads(line), field="", max_depth=_WRITTEN_DEPTH)
    return trimmed(line)


def _written_lines(disclosures: list[tuple[str, str, Json]]) -> tuple[list[bytes], bytes]:
    """Each as `written` has it and refuses it, and all joined; looked at together, since every write pays for this."""
    try:
        lines = [_dumps(one, None, _CANONICAL) for one in disclosures]
        joined = b"\n".join(lines) if len(lines) > 1 else trimmed(b"".join(lines))
        if _BACKSLASH not in joined or _NUL not in joined:
            return lines, joined
    except orjson.JSONEncodeError:
        pass
    lines = [written(one) for one in disclosures]
    return lines, b"\n".join(lines)


def digest_of(line: bytes) -> str:
    """The digest that an event holds for a disclosure: base64url SHA-256 of its bytes, without padding (43 characters)."""
    return base64.urlsafe_b64encode(hashlib.sha256(line).digest())[:43].decode()


def split_lines(lines: bytes) -> list[bytes]:
    """The single disclosures of an event. Canonical JSON holds no raw newline, so splitting is safe."""
    return lines.split(b"\n") if lines else []


def open_line(line: bytes) -> tuple[str, str, Json]:
    """The salt, path and value of one disclosure. Raises IntegrityError where it is not one."""
    path_of(line)
    try:
        salt, path, value = orjson.loads(line)
    except ValueError as error:
        raise IntegrityError("a disclosure line is not a JSON array of salt, path and value") from error
    return salt, path, value


def path_of(line: bytes) -> str:
    """The path of one disclosure, without reading its value. Raises IntegrityError where it is not one."""
    match = _LINE.match(line)
    if match is None:
        raise IntegrityError("a disclosure line does not have the form that ledger-format §4 gives")
    return match.group(2).decode()


def check_lines(lines: bytes, committed: dict[str, str], *, where: str) -> None:
    """Refuse lines that the event did not commit to: a changed, foreign or repeated line.

    Raises IntegrityError.

    A missing line is no fault here: it may have been redacted. Whether it was is for verify to say.
    """
    seen: set[str] = set()
    for line in split_lines(lines):
        path = path_of(line)
        if path in seen:
            raise IntegrityError(f"the disclosure of {path} stands twice", where=where)
        seen.add(path)
        if committed.get(path) != digest_of(line):
            raise IntegrityError(
                f"the disclosure of {path} does not match the digest in its event", where=where
            )


def path_covers(redacted: str, path: str) -> bool:
    """Whether redacting `redacted` erases `path`: the path itself, or one below it."""
    return path == redacted or path.startswith(redacted + "/")


def erase(lines: bytes, paths: Collection[str]) -> bytes:
    """The lines that are left when every disclosure at or below one of `paths` is taken out; the others unchanged to the byte."""
    return b"\n".join(
        line for line in split_lines(lines) if not any(path_covers(gone, path_of(line)) for gone in paths)
    )
