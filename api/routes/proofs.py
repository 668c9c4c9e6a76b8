"""The proof of one fact: a file that whoever has the ledger's public key can check without the ledger (docs/proof-of-a-fact.md)."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.responses import Response

from api.http.conditional import Told
from api.http.folded_views import Gathered
from api.http.query import refused_parameter
from api.http.reads import Asked, Read, add_read, answer_folded, incident_of
from api.http.time_travel import Point
from api.routes.read_facts import missing_fact
from api.rows_out import rows_out
from ledger.errors import InvalidError, UnknownError
from ledger.events import FactAct
from ledger.transparency import FactProof, SignedHead, acts_to_prove, fact_proof
from projections.told_facts import acts_out

__all__ = ["READS", "router"]

router = APIRouter(tags=["facts"])

_PROOF = Read(
    op="prove-fact",
    path="/v1/incidents/{incident}/facts/{fact}/proof",
    summary="A file that proves a fact to a stranger",
    answers=FactProof,
    parameters=("paths", "version"),
)
READS = (_PROOF,)
_VERSION = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)


def _version(asked: Asked) -> int | None:
    text = asked.said("version")
    if text is not None and _VERSION.fullmatch(text) is None:
        raise refused_parameter(
            "version", "must be a version of the incident's stream, a whole number from 1"
        )
    return None if text is None else int(text)


def _head_of(asked: Asked, last: int) -> SignedHead:
    """The newest head, which is signed now where it does not cover the last act."""
    newest = asked.reading.transparency.newest()
    if newest is None or newest.checkpoint.size < last:
        newest = asked.reading.checkpoints.sign()
    if newest is None:
        raise UnknownError("checkpoint", f"of {last} events")
    return newest


async def _proof(asked: Asked) -> Response:
    incident, fact, version = asked.name("incident"), asked.name("fact"), _version(asked)
    said = asked.said("paths")
    paths = None if said is None else tuple(said.split(","))

    def make(gathered: Gathered, point: Point) -> Told:
        out = acts_out(gathered.events, incident, point.axes)
        upon = {
            event.position
            for event in gathered.events
            if event.position in out and isinstance(event.body, FactAct) and event.body.fact == fact
        }
        if not upon:
            raise missing_fact(gathered, fact, asked.point)
        try:
            rows = acts_to_prove(
                asked.reading.store, incident, fact, known=point.known, version=version, out=upon
            )
        except UnknownError as error:
            raise refused_parameter("version", error.message) from error
        rows = list(rows_out(rows, gathered.events, incident, point.axes))
        head = _head_of(asked, max(row.position for row in rows))
        tree = asked.reading.transparency.tree
        try:
            made = fact_proof(rows, tree, head, incident=incident, fact=fact, paths=paths)
        except InvalidError as error:
            raise refused_parameter("paths", "each must name something that stands in these acts") from error
        return Told.of(made.file)

    return await answer_folded(asked, incident_of, (_PROOF.op, incident, fact, version, paths), make)


add_read(router, _PROOF, _proof)
