"""The other lists across the ledger: what was taken from a source, corrections, and the worklist (ADR 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import and_, exists, or_, select

from ledger.errors import InvalidError
from ledger.instants import format_instant, instant_of
from projections.page_queries import holds
from projections.page_rows import CitationRow, CorrectionRow
from projections.pages import decided_of
from projections.tables import (
    ALERTS,
    CITATIONS,
    CORRECTIONS,
    FACTS,
    INCIDENTS,
    MATTER_SOURCES,
    MATTERS,
)
from projections.work_items import SORTS, Item
from projections.worklist import concerning, worklist

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Row, Select

    from projections.page_rows import Page
    from projections.paging import Asking, Sitting, StoredViews

__all__ = ["Matters", "corrections", "source_citations", "worklist_page"]

_ASKING = ("disputed", "unsupported")


class Matters(msgspec.Struct, frozen=True, kw_only=True):
    """Which matters of the worklist are asked for. Left out is not asked."""

    incident: str | None = None
    source: str | None = None
    sort: str | None = None


def source_citations(views: StoredViews, source: str, asking: Asking) -> Page[CitationRow]:
    """What was taken from a source: each passage that speaks to a fact, and how the fact stands. Raises as StoredViews.sitting."""
    with views.sitting("citations", source, asking, (int, str)) as sitting:
        known = sitting.known
        names = (
            FACTS.c.id,
            FACTS.c.status,
            FACTS.c.retracted,
            FACTS.c.redacted,
            INCIDENTS.c.id.label("incident_id"),
        )
        query = (
            select(CITATIONS, *names)
            .join(FACTS, and_(FACTS.c.fact == CITATIONS.c.fact, holds(FACTS, known)))
            .join(INCIDENTS, and_(INCIDENTS.c.incident == CITATIONS.c.incident, holds(INCIDENTS, known)))
            .where(CITATIONS.c.source == source, holds(CITATIONS, known))
            .order_by(CITATIONS.c.fact, CITATIONS.c.attestation)
        )

        def fetch(after: tuple[Any, ...] | None, size: int) -> Sequence[Row[Any]]:
            fact, ident = after or (0, "")
            later = and_(CITATIONS.c.fact == fact, CITATIONS.c.attestation > ident)
            some = query.where(or_(CITATIONS.c.fact > fact, later)).limit(size)
            return sitting.connection.execute(some).all()

        def keep(row: Row[Any]) -> CitationRow | None:
            cited = CitationRow(
                incident=row.incident_id,
                fact=row.id,
                attestation=row.attestation,
                cited_at=row.cited_at,
                stance=row.stance,
                why=row.why,
                relays=row.relays,
                status=row.status,
                decided=decided_of(row),
            )
            return _in_public(sitting, cited) if sitting.is_public else cited

        return sitting.collect(
            fetch, keep, lambda row: (row.fact, row.attestation), decides=sitting.is_public
        )


def _in_public(sitting: Sitting, cited: CitationRow) -> CitationRow | None:
    """How a passage counted, and its fact stood, in public; None where either was not out."""
    view = sitting.judge.incident(cited.incident).facts.get(cited.fact)
    passages = () if view is None else view.attestations
    found = next((one for one in passages if one.attestation.id == cited.attestation), None)
    if view is None or found is None:
        return None
    return msgspec.structs.replace(cited, why=found.why, status=view.status, decided=view.decided)


def corrections(views: StoredViews, asking: Asking, *, wording: bool = False) -> Page[CorrectionRow]:
    """Corrections and retractions, the newest first; those of class `wording` only if asked for. Raises as StoredViews.sitting.

    Under `public_at` those that were out, upon facts that were established by then.
    """
    with views.sitting("corrections", wording, asking, (int,)) as sitting:
        known = sitting.known
        query = (
            select(CORRECTIONS, INCIDENTS.c.id, INCIDENTS.c.title)
            .join(INCIDENTS, and_(INCIDENTS.c.incident == CORRECTIONS.c.incident, holds(INCIDENTS, known)))
            .where(CORRECTIONS.c.position <= known)
            .order_by(CORRECTIONS.c.position.desc())
        )
        if not wording:
            kind = CORRECTIONS.c["class"]
            query = query.where(or_(kind.is_(None), kind != "wording"))

        def fetch(after: tuple[Any, ...] | None, size: int) -> Sequence[Row[Any]]:
            some = query.where(CORRECTIONS.c.position < after[0]) if after else query
            return sitting.connection.execute(some.limit(size)).all()

        def keep(row: Row[Any]) -> CorrectionRow | None:
            if sitting.is_public and not sitting.judge.incident(row.id).is_told(row.fact_id, row.version):
                return None
            return CorrectionRow(
                position=row.position,
                recorded_at=format_instant(instant_of(row.recorded_us)),
                incident=row.id,
                title=row.title,
                fact=row.fact_id,
                version=row.version,
                act=row.act,
                class_=row._mapping["class"],  # noqa: SLF001  how SQLAlchemy gives a column that has the name of a keyword
                cause=row.cause,
                reason=row.reason,
                notice=row.notice,
                in_favour_of=row.in_favour_of,
            )

        return sitting.collect(fetch, keep, lambda row: (row.position,), decides=sitting.is_public)


def worklist_page(views: StoredViews, matters: Matters, asking: Asking) -> Page[Item]:
    """What the desk is asked to look at, by incident in the order opened. Raises as StoredViews.sitting, and InvalidError for `public_at`.

    The stored matters are those where the views have read to. At an earlier position the fold makes the list of every incident that
    can have had any.
    """
    if asking.public is not None:
        rule = "is not taken: the worklist is what the desk has to do now, whatever was public"
        raise InvalidError(rule, field="/public_at")
    if matters.sort is not None and matters.sort not in SORTS:
        raise InvalidError(f"must be one of {', '.join(SORTS)}", field="/sort")
    with views.sitting("worklist", matters, asking, (int, int)) as sitting:
        if not sitting.is_now:
            return _worklist_then(views, matters, sitting)
        query = _stored_matters(matters)

        def fetch(after: tuple[Any, ...] | None, size: int) -> Sequence[Row[Any]]:
            incident, number = after or (0, 0)
            later = and_(MATTERS.c.incident == incident, MATTERS.c.number > number)
            some = query.where(or_(MATTERS.c.incident > incident, later)).limit(size)
            return sitting.connection.execute(some).all()

        return sitting.collect(
            fetch,
            lambda row: msgspec.json.decode(row.item, type=Item),
            lambda row: (row.incident, row.number),
            decides=False,
        )


def _stored_matters(matters: Matters) -> Select[Any]:
    query = select(MATTERS).order_by(MATTERS.c.incident, MATTERS.c.number)
    if matters.incident is not None:
        named = select(INCIDENTS.c.incident).where(INCIDENTS.c.id == matters.incident)
        query = query.where(MATTERS.c.incident.in_(named))
    if matters.sort is not None:
        query = query.where(MATTERS.c.sort == matters.sort)
    if matters.source is not None:
        same = (
            MATTER_SOURCES.c.incident == MATTERS.c.incident,
            MATTER_SOURCES.c.number == MATTERS.c.number,
        )
        query = query.where(exists().where(MATTER_SOURCES.c.source == matters.source, *same))
    return query


def _worklist_then(views: StoredViews, matters: Matters, sitting: Sitting) -> Page[Item]:
    found: list[tuple[tuple[int, int], Item]] = []
    for key, item in _matters_then(views, matters, sitting):
        found.append((key, item))
        if len(found) > sitting.limit:
            break
    more = len(found) > sitting.limit
    rows = found[: sitting.limit]
    return sitting.page_of([item for _, item in rows], rows[-1][0] if more else None)


def _matters_then(
    views: StoredViews, matters: Matters, sitting: Sitting
) -> Iterator[tuple[tuple[int, int], Item]]:
    known = sitting.known
    first, begun = sitting.after or (0, 0)
    asking = exists().where(
        FACTS.c.incident == INCIDENTS.c.incident, holds(FACTS, known), FACTS.c.status.in_(_ASKING)
    )
    alerted = exists().where(ALERTS.c.incident == INCIDENTS.c.incident, ALERTS.c.since <= known)
    query = (
        select(INCIDENTS.c.incident, INCIDENTS.c.id)
        .where(holds(INCIDENTS, known), INCIDENTS.c.incident >= first, or_(asking, alerted))
        .order_by(INCIDENTS.c.incident)
    )
    if matters.incident is not None:
        query = query.where(INCIDENTS.c.id == matters.incident)
    for incident, ident in sitting.connection.execute(query):
        events = sitting.gathering.of_incident(sitting.connection, ident)
        try:
            items = worklist(events, known, views.texts)
        except Exception as error:  # noqa: BLE001  told as incomplete; the others go on
            sitting.failed(ident, "worklist", error)
            continue
        asked = {item.id for item in concerning(items, source=matters.source)}
        for number, item in enumerate(items, 1):
            is_asked = item.id in asked and matters.sort in (None, item.sort)
            if is_asked and (incident, number) > (first, begun):
                yield (incident, number), item
