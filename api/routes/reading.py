"""The routers of the reads. The first opens what all of them read, for as long as the application runs."""

from fastapi import APIRouter

from api.http.reading import reading_lifespan
from api.routes import log, proofs, read_facts, read_incidents, read_kinds, read_lists, read_sources

__all__ = ["READERS", "READS"]

READS = (
    *read_lists.READS,
    *read_incidents.READS,
    *read_facts.READS,
    *proofs.READS,
    *read_sources.READS,
    *read_kinds.READS,
    *log.READS,
)

READERS = (
    APIRouter(lifespan=reading_lifespan),
    read_lists.router,
    read_incidents.router,
    read_facts.router,
    proofs.router,
    read_sources.router,
    read_kinds.router,
    log.router,
)
