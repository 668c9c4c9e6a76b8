"""The routes, one file per noun. Whoever adds a noun adds its router here."""

from api.routes import (
    batch,
    facts,
    feed,
    incidents,
    kinds,
    operations,
    problem_pages,
    redactions,
    snapshots,
    sources,
    swagger,
)
from api.routes.document import document_router
from api.routes.reading import READERS, READS

__all__ = ["ROUTERS"]

_NOUNS = (
    incidents.router,
    facts.router,
    sources.router,
    snapshots.router,
    redactions.router,
    kinds.router,
    batch.router,
    feed.router,
    problem_pages.router,
    operations.router,
    swagger.router,
    *READERS,
)

ROUTERS = (*_NOUNS, document_router(_NOUNS, READS))
