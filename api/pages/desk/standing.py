"""What stands now of the incident or source that a form is about, and the sources that it offers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.http.reads import incident_of
from api.http.writing import not_found
from api.routes.read_sources import source_of
from ledger.decisions.decision import incident_stream
from projections.axes import Axes
from projections.incident_view import incident_view
from projections.told_sources import told_source

if TYPE_CHECKING:
    from api.http.reads import Asked
    from projections.fact_fold import FactView
    from projections.incident_view import IncidentView
    from projections.source_account import SourceAccount

__all__ = ["account_now", "fact_at", "source_names", "version_now", "view_now"]

MOST_SOURCES = 500


async def view_now(asked: Asked) -> IncidentView:
    """The incident in the path, nothing filtered by publication. Raises ProblemError (404) where it is not there."""
    gathered = await incident_of(asked)
    axes = Axes(known=asked.point.known)
    found = await asyncio.to_thread(incident_view, gathered.events, asked.name("incident"), axes)
    if found is None:
        raise not_found("incident")
    return found


async def version_now(asked: Asked) -> int:
    """The version of the last act in the stream of the incident in the path."""
    gathered = await incident_of(asked)
    stream = incident_stream(asked.name("incident"))
    return max(
        one.version for one in gathered.events if one.stream == stream and one.position <= asked.point.known
    )


async def fact_at(asked: Asked, fact: str, version: int) -> FactView | None:
    """A fact of the incident in the path as it was at one of its versions; None where it had none such."""
    gathered = await incident_of(asked)
    stream = incident_stream(asked.name("incident"))
    known = next(
        (one.position for one in gathered.events if (one.stream, one.version) == (stream, version)), 0
    )
    found = await asyncio.to_thread(incident_view, gathered.events, asked.name("incident"), Axes(known=known))
    return None if found is None else next((one for one in found.facts if one.fact == fact), None)


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
