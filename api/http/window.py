"""The window of occurrence that a read asks about, and what is said of one that breaks its rule (docs/http-reads.md)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from api.http.query import refused_given
from ledger.errors import InvalidError
from projections.filters import OCCURRED, read_window

if TYPE_CHECKING:
    from starlette.responses import Response

    from api.http.problems import ProblemError
    from api.http.reads import Asked

__all__ = ["in_window", "refused_filter"]


def refused_filter(error: InvalidError, given: Mapping[str, str]) -> ProblemError:
    """The problem (400) of a filter that breaks its rule, naming its parameter."""
    name = error.field.strip("/").partition("/")[0]
    return refused_given(name, error.rule, given.get(name))


def in_window(answer: Callable[[Asked], Awaitable[Response]]) -> Callable[[Asked], Awaitable[Response]]:
    """The answer of a read whose point says which facts are told. Raises ProblemError (400) for a window that breaks its rule."""

    async def answered(asked: Asked) -> Response:
        given = {name: text for name in OCCURRED if (text := asked.said(name)) is not None}
        if not given:
            return await answer(asked)
        try:
            window = read_window(given)
        except InvalidError as error:
            raise refused_filter(error, given) from None
        point = msgspec.structs.replace(asked.point, occurred=window)
        return await answer(msgspec.structs.replace(asked, point=point))

    return answered
