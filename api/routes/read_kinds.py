"""The vocabulary in force: the kinds of facts that are shipped, and those that were registered."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from api.http.conditional import Told
from api.http.folded_views import Gathered
from api.http.reads import Asked, Read, add_read, answer_folded, json_of
from api.http.time_travel import Point
from ledger.decisions.decision import REGISTRY

__all__ = ["READS", "router"]

router = APIRouter(tags=["kinds"])


class KindList(msgspec.Struct, frozen=True, kw_only=True):
    """The kinds in force, in the order of slug and version. `position` is that of the last act that the answer rests on."""

    rows: tuple[dict[str, object], ...]
    position: int


_KINDS = Read(op="list-kinds", path="/v1/kinds", summary="The kinds of facts in force", answers=KindList)
READS = (_KINDS,)


async def _registry(asked: Asked) -> Gathered:
    folded = asked.reading.folded
    held = await asked.reading.ask(folded.held, REGISTRY)
    found = await asyncio.to_thread(folded.registry) if held is None else held
    return found.whole(asked.point.known)


async def _kinds(asked: Asked) -> Response:
    def make(_gathered: Gathered, point: Point) -> Told:
        kinds = asked.reading.history.kinds(point.known)
        rows = tuple({"ref": kind.ref, **msgspec.to_builtins(kind)} for kind in kinds)
        return Told.of(json_of(KindList(rows=rows, position=point.known), point))

    return await answer_folded(asked, _registry, (_KINDS.op,), make)


add_read(router, _KINDS, _kinds)
