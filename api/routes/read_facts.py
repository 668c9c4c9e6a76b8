"""One fact as it stood, and its lineage: every act that made it so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.http.conditional import Told
from api.http.folded_views import Gathered
from api.http.reads import Asked, Read, add_read, answer_folded, incident_of, json_of, not_yet_known
from api.http.time_travel import Point
from api.http.writing import not_found
from ledger.events import FactAct
from projections.fact_lineage import FactLineage, fact_lineage
from projections.told_facts import OneFact, told_fact

__all__ = ["READS", "missing_fact", "router"]

router = APIRouter(tags=["facts"])

_PATH = "/v1/incidents/{incident}/facts/{fact}"
_FACT = Read(op="read-fact", path=_PATH, summary="A fact as it stood", answers=OneFact)
_LINEAGE = Read(
    op="read-lineage", path=f"{_PATH}/lineage", summary="Every act upon a fact", answers=FactLineage
)
READS = (_FACT, _LINEAGE)


def _answering(
    read: Read, make: Callable[[Gathered, str, str, Point], Told | None]
) -> Callable[[Asked], Any]:
    async def answer(asked: Asked) -> Response:
        incident, fact = asked.name("incident"), asked.name("fact")

        def made(gathered: Gathered, point: Point) -> Told:
            told = make(gathered, incident, fact, point)
            if told is None:
                raise missing_fact(gathered, fact, asked.point)
            return told

        return await answer_folded(asked, incident_of, (read.op, incident, fact), made)

    return answer


def missing_fact(gathered: Gathered, fact: str, point: Point) -> Exception:
    """Why there is no such fact at a point: it never was, was not reported yet, or nothing public had established it."""
    upon = (event for event in gathered.events if isinstance(event.body, FactAct) and event.body.fact == fact)
    first = next(upon, None)
    if first is None:
        return not_found("fact")
    if first.position > point.known:
        return not_yet_known(
            f"the fact was not known yet at position {point.known}; it was reported at {first.position}",
            point,
        )
    return not_yet_known("nothing that was public by then had established the fact", point)


def _fact(gathered: Gathered, incident: str, fact: str, point: Point) -> Told | None:
    told = told_fact(gathered.events, incident, fact, point.axes)
    return None if told is None else Told.of(json_of(told, point), version=told.version)


def _lineage(gathered: Gathered, incident: str, fact: str, point: Point) -> Told | None:
    told = fact_lineage(gathered.events, incident, fact, point.axes)
    return None if told is None else Told.of(json_of(told, point))


add_read(router, _FACT, _answering(_FACT, _fact))
add_read(router, _LINEAGE, _answering(_LINEAGE, _lineage))
