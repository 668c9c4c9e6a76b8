"""Which page of a list is asked for: how much, and from where on. A cursor is pinned to a position and to its question (ADR 12)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from api.http.query import refused_parameter
from api.http.time_travel import KNOWN_AT, Point
from ledger.errors import InvalidError
from projections.cursors import Pinned, asked_digest, read_cursor, write_cursor
from projections.paging import DEFAULT_LIMIT, MAX_LIMIT

if TYPE_CHECKING:
    from api.http.reads import Asked

__all__ = ["CURSOR", "LIMIT", "AskedPage", "asked_limit", "asked_page"]

CURSOR = "cursor"
LIMIT = "limit"

_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)


class AskedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a list that is folded: the point that it is of, and the key after which it begins."""

    point: Point
    limit: int
    digest: str
    after: tuple[int | str, ...] | None = None

    def cursor(self, after: tuple[int | str, ...]) -> str:
        """The cursor of the page that begins after a key."""
        return write_cursor(Pinned(asked=self.digest, known=self.point.known, after=after))


def asked_limit(asked: Asked) -> int:
    """How many rows are asked for. Raises ProblemError (400)."""
    text = asked.said(LIMIT)
    if text is None:
        return DEFAULT_LIMIT
    if _NUMBER.fullmatch(text) is None or not 1 <= int(text) <= MAX_LIMIT:
        raise refused_parameter(LIMIT, f"must be a whole number from 1 to {MAX_LIMIT}")
    return int(text)


async def asked_page(asked: Asked, of: str, question: object, shape: tuple[type[Any], ...]) -> AskedPage:
    """The page of the list `of` that a request asks for. Raises ProblemError (400) naming the parameter."""
    limit = asked_limit(asked)
    digest = asked_digest(of, question)
    text = asked.said(CURSOR)
    point = asked.point
    if text is None:
        return AskedPage(point=point, limit=limit, digest=digest)
    try:
        pinned = read_cursor(text, asked=digest, shape=shape)
    except InvalidError as error:
        raise refused_parameter(CURSOR, error.rule) from None
    if point.asked and point.known != pinned.known:
        rule = "is pinned to another position; ask for that one, or begin again without it"
        raise refused_parameter(CURSOR, f"{rule} (with {KNOWN_AT} left out, it says the position)")
    try:
        point = await asked.reading.ask(asked.reading.points.at_position, pinned.known, point.public)
    except InvalidError:
        raise refused_parameter(CURSOR, "is of a position that this ledger has not reached") from None
    return AskedPage(point=point, limit=limit, digest=digest, after=pinned.after)
