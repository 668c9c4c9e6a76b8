"""If-Match on writes: whoever decided upon something says which version they saw (RFC 9110 §13.1.1).

An entity tag of ours is `"<version>"` or `"<version>.<digest of the body>"`, and a write compares the version alone. The comparison is
strong: a weak tag matches nothing, nor does a tag that is none of ours. `*` asks only that the thing is there, which each write does.
"""

from __future__ import annotations

import re

import msgspec
from starlette.requests import Request

from api.http.problems import ProblemError, RefusedField

__all__ = ["NO_VERSION", "IfMatch", "read_if_match"]

NO_VERSION = 0
"""A version that nothing is at: what a tag that matches nothing stands for."""

MAX_TAGS = 16

_TAG = re.compile(r'(?P<weak>W/)?"(?P<opaque>[\x21\x23-\x7e\x80-\xff]*)"')
_BETWEEN = re.compile(r"[ \t]*(?:,[ \t]*)+")
_VERSION = re.compile(r"(?P<version>[1-9][0-9]{0,14})(?:\.[0-9a-f]{1,64})?", re.ASCII)


class IfMatch(msgspec.Struct, frozen=True, kw_only=True):
    """The versions of which one must be the present one; never empty."""

    versions: tuple[int, ...]


def _malformed(rule: str) -> ProblemError:
    return ProblemError.of(
        400, "invalid-header", f"If-Match {rule}", RefusedField(header="If-Match", rule=rule)
    )


def read_if_match(request: Request) -> IfMatch | None:
    """What If-Match demands; None where it is not there, or is `*`. Raises ProblemError (400) where it has not its form."""
    given = request.headers.getlist("if-match")
    if not given:
        return None
    text = ", ".join(given).strip(" \t")
    if text == "*":
        return None
    found: list[re.Match[str]] = []
    at = separator.end() if (separator := _BETWEEN.match(text)) else 0
    while at < len(text):
        tag = _TAG.match(text, at)
        if tag is None:
            raise _malformed('must be entity tags in quotes, as "7", or *')
        found.append(tag)
        separator = _BETWEEN.match(text, tag.end())
        if separator is None and tag.end() < len(text):
            raise _malformed("must have commas between entity tags")
        at = separator.end() if separator else len(text)
    if not 1 <= len(found) <= MAX_TAGS:
        raise _malformed(f"must have 1 to {MAX_TAGS} entity tags")
    versions = [_version(tag) for tag in found]
    return IfMatch(versions=tuple(dict.fromkeys(one for one in versions if one)) or (NO_VERSION,))


def _version(tag: re.Match[str]) -> int:
    ours = None if tag["weak"] else _VERSION.fullmatch(tag["opaque"])
    return NO_VERSION if ours is None else int(ours["version"])
