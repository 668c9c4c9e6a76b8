"""Incidents and facts across the ledger, filtered, at a point of both axes (`GET /v1/incidents`, `GET /v1/facts`; ADR 12).

Without `public_at` the tables answer by themselves. With it they give the candidates, and the fold decides of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from ledger.instants import format_instant, instant_of
from projections.extents import DERIVED, UNDATED, span_of
from projections.filters import is_near, matches
from projections.page_queries import (
    asked_of_fact,
    asked_of_incident,
    holds,
    words_anywhere,
    words_of_fact,
)
from projections.page_rows import FactRow, IncidentRow
from projections.tables import FACTS, INCIDENTS, PLACES, TEXTS
from projections.words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row, Select

    from projections.fact_fold import FactView
    from projections.filters import Filters
    from projections.page_rows import Page
    from projections.paging import Asking, Sitting, StoredViews
    from projections.tight_bounds import Tight

__all__ = ["decided_of", "facts_page", "incidents_page"]


def facts_page(views: StoredViews, filters: Filters, asking: Asking) -> Page[FactRow]:
    """Facts that answer, in the order of their reports. Raises as StoredViews.sitting."""
    with views.sitting("facts", filters, asking, (int,)) as sitting:
        query = _candidates(filters, sitting) if sitting.is_public else _facts(filters, sitting)

        def fetch(after: tuple[Any, ...] | None, size: int) -> Sequence[Row[Any]]:
            start = after[0] if after else 0
            return sitting.connection.execute(query.where(FACTS.c.fact > start).limit(size)).all()

        def keep(row: Row[Any]) -> FactRow | None:
            if not sitting.is_public:
                return _of_row(row) if _is_near(sitting, filters, row.fact) else None
            decided = sitting.judge.incident(row.incident_id)
            view = decided.facts.get(row.id)
            if view is None or not _has_words(sitting, filters, view):
                return None
            time = decided.times[row.id]
            return _of_view(row, view, time) if matches(view, filters, time.interval) else None

        return sitting.collect(
            fetch,
            keep,
            lambda row: (row.fact,),
            decides=sitting.is_public or filters.near is not None,
        )


def _facts(filters: Filters, sitting: Sitting) -> Select[Any]:
    known = sitting.known
    return (
        select(FACTS, INCIDENTS.c.id.label("incident_id"), INCIDENTS.c.title, TEXTS.c.statement)
        .join(INCIDENTS, and_(INCIDENTS.c.incident == FACTS.c.incident, holds(INCIDENTS, known)))
        .outerjoin(TEXTS, and_(TEXTS.c.fact == FACTS.c.fact, holds(TEXTS, known)))
        .where(
            holds(FACTS, known),
            FACTS.c.fact <= known,
            *asked_of_fact(filters, known, public=False),
            *words_of_fact(filters.words, known, public=False),
        )
        .order_by(FACTS.c.fact)
    )


def _candidates(filters: Filters, sitting: Sitting) -> Select[Any]:
    """The facts that may have answered at some time by then, whatever of them was public."""
    known = sitting.known
    return (
        select(FACTS.c.fact, FACTS.c.id, INCIDENTS.c.id.label("incident_id"), INCIDENTS.c.title)
        .distinct()
        .join(INCIDENTS, and_(INCIDENTS.c.incident == FACTS.c.incident, holds(INCIDENTS, known)))
        .where(
            FACTS.c.said == 0,
            FACTS.c.known_from <= known,
            *asked_of_fact(filters, known, public=True),
            *words_of_fact(filters.words, known, public=True),
        )
        .order_by(FACTS.c.fact)
    )


def _is_near(sitting: Sitting, filters: Filters, fact: int) -> bool:
    if filters.near is None:
        return True
    query = select(PLACES.c.lon, PLACES.c.lat, PLACES.c.uncertainty_m)
    places = sitting.connection.execute(query.where(PLACES.c.fact == fact, holds(PLACES, sitting.known)))
    return is_near(filters.near, places)


def _has_words(sitting: Sitting, filters: Filters, view: FactView) -> bool:
    return not filters.words or sitting.index.has(words_of(view.content), filters.words)


def decided_of(row: Row[Any]) -> tuple[Any, ...]:
    """What was decided of the fact of a row, as the fold has it."""
    return tuple(name for name in ("redacted", "retracted") if getattr(row, name))


def _instant(us: int | None) -> str | None:
    return None if us is None else format_instant(instant_of(us))


def _of_row(row: Row[Any]) -> FactRow:
    return FactRow(
        incident=row.incident_id,
        title=row.title,
        fact=row.id,
        reported=row.fact,
        version=row.version,
        kind=f"{row.kind}@{row.kind_version}",
        statement=row.statement or None,
        status=row.status,
        decided=decided_of(row),
        origins=row.origins,
        earliest=_instant(row.earliest_us),
        latest=_instant(row.latest_us),
        derived=tuple(name for name, bit in DERIVED.items() if row.derived & bit),
        undated=row.span == UNDATED,
    )


def _of_view(row: Row[Any], view: FactView, time: Tight) -> FactRow:
    earliest, latest, span = span_of(time.interval)
    statement = view.content.statement
    return FactRow(
        incident=row.incident_id,
        title=row.title,
        fact=view.fact,
        reported=row.fact,
        version=view.version,
        kind=view.content.kind,
        statement=statement if isinstance(statement, str) else None,
        status=view.status,
        decided=view.decided,
        origins=view.origins,
        earliest=_instant(earliest),
        latest=_instant(latest),
        derived=time.derived,
        undated=span == UNDATED,
    )


def incidents_page(views: StoredViews, filters: Filters, asking: Asking) -> Page[IncidentRow]:
    """Incidents of which one fact answers all that is asked, in the order in which they were opened. Raises as StoredViews.sitting.

    Words may also stand in the title. Without filters every incident known answers: the frame obeys no `public_at` (model §5).
    """
    with views.sitting("incidents", filters, asking, (int,)) as sitting:
        known = sitting.known
        query = select(INCIDENTS).where(
            holds(INCIDENTS, known), *asked_of_incident(filters, known, public=sitting.is_public)
        )

        def fetch(after: tuple[Any, ...] | None, size: int) -> Sequence[Row[Any]]:
            start = after[0] if after else 0
            some = query.where(INCIDENTS.c.incident > start).order_by(INCIDENTS.c.incident).limit(size)
            return sitting.connection.execute(some).all()

        def keep(row: Row[Any]) -> IncidentRow | None:
            if sitting.is_public:
                answers = _answers(sitting, filters, row)
            else:
                answers = filters.near is None or _has_near_fact(sitting, filters, row.incident)
            if not answers:
                return None
            return IncidentRow(incident=row.id, title=row.title, zone=row.zone, opened=row.incident)

        return sitting.collect(
            fetch,
            keep,
            lambda row: (row.incident,),
            decides=sitting.is_public or filters.near is not None,
        )


def _has_near_fact(sitting: Sitting, filters: Filters, incident: int) -> bool:
    query = select(FACTS.c.fact).where(
        FACTS.c.incident == incident,
        holds(FACTS, sitting.known),
        *asked_of_fact(filters, sitting.known, public=False),
        *words_anywhere(filters.words, sitting.known),
    )
    return any(_is_near(sitting, filters, fact) for fact in sitting.connection.execute(query).scalars())


def _answers(sitting: Sitting, filters: Filters, row: Row[Any]) -> bool:
    """Whether an incident answers as folded."""
    is_titled = bool(filters.words) and sitting.index.has((row.title or "", ""), filters.words)
    if not filters.asks_of_facts() and (is_titled or not filters.words):
        return True
    decided = sitting.judge.incident(row.id)
    return any(
        matches(view, filters, decided.times[ident].interval)
        and (is_titled or _has_words(sitting, filters, view))
        for ident, view in decided.facts.items()
    )
