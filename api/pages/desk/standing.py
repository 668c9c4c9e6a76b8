"""What stands now of the incident or source that a form is about, and the sources that it offers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.reads import incident_of
from api.routes.read_sources import source_of
from api.writing import not_found
from projections.axes import Axes
from projections.incident_view import incident_view
from projections.told_sources import told_source

if TYPE_CHECKING:
    from api.reads import Asked
    from projections.incident_view import IncidentView
    from projections.source_account import SourceAccount

__all__ = ["account_now", "source_names", "view_now"]

MOST_SOURCES = 500


async def view_now(asked: Asked) -> IncidentView:
    """The incident in the path, nothing filtered by publication. Raises ProblemError (404) where it is not there."""
    gathered = await incident_of(asked)
    axes = Axes(known=asked.point.known)
    found = await asyncio.to_thread(incident_view, gathered.events, asked.name("incident"), axes)
    if found is None:
        raise not_found("incident")
    return found


async def account_now(asked: Asked) -> SourceAccount:
    """The source in the path. Raises ProblemError (404) where it is not there."""
    gathered = await source_of(asked)
    source, erased = asked.name("source"), asked.reading.folded.erasures
    found = await asyncio.to_thread(told_source, gathered.events, source, asked.point.axes, erased)
    if found is None:
        raise not_found("source")
    return found


def source_names(asked: Asked) -> tuple[str, ...]:
    """The ids of the sources registered last, at most MOST_SOURCES. To be called in a thread."""
    names = asked.reading.store.streams("source/")
    return tuple(name.partition("/")[2] for name in names[-MOST_SOURCES:])
