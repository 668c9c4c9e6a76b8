"""The conditions by which the stored tables are asked, for what stands at a position and for what may have been public (ADR 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, or_, select

from ledger.instants import microseconds_of
from projections.extents import INSTANT, box_around
from projections.filters import Filters
from projections.search import matching
from projections.tables import CITATIONS, FACTS, INCIDENTS, PLACES, ROLES, TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select, Table

__all__ = ["asked_of_fact", "asked_of_incident", "holds", "words_anywhere", "words_of_fact"]


def holds(table: Table, known: int) -> ColumnElement[bool]:
    """Whether a row holds at a position."""
    return and_(table.c.known_from <= known, table.c.known_to > known)


def _said(table: Table, known: int) -> ColumnElement[bool]:
    """Whether a row holds at a position, or at one before, or was only said by then: what may have been public."""
    return table.c.known_from <= known


def asked_of_fact(filters: Filters, known: int, *, public: bool) -> list[ColumnElement[bool]]:
    """What a row of FACTS has to be for its fact to answer, save how near it is; with `public`, for it to be able to."""
    when = _said if public else holds
    asked: list[ColumnElement[bool]] = []
    if filters.kind is not None:
        asked.append(FACTS.c.kind == filters.kind)
    if filters.status is not None and not public:
        asked.append(_has_status(filters.status))
    if filters.role is not None:
        asked.append(
            exists().where(ROLES.c.role == filters.role, ROLES.c.fact == FACTS.c.fact, when(ROLES, known))
        )
    if filters.source is not None:
        cited = CITATIONS.c.source == filters.source, CITATIONS.c.fact == FACTS.c.fact
        asked.append(exists().where(*cited, CITATIONS.c.cited_at <= known))
    if not public:
        asked += _in_window(filters)
    if filters.near is not None:
        near = filters.near
        south, north, west, east = box_around(float(near.lon), float(near.lat), near.metres)
        box = (
            PLACES.c.south <= north,
            PLACES.c.north >= south,
            PLACES.c.west <= east,
            PLACES.c.east >= west,
        )
        asked.append(exists().where(PLACES.c.fact == FACTS.c.fact, *box, when(PLACES, known)))
    return asked


def _has_status(status: str) -> ColumnElement[bool]:
    if status in {"retracted", "redacted"}:
        return FACTS.c[status] == 1
    return FACTS.c.status == status


def _in_window(filters: Filters) -> list[ColumnElement[bool]]:
    """The same as Interval.possible and Interval.certain."""
    asked_window = filters.window()
    if asked_window is None:
        return []
    window = asked_window.interval
    start = None if window.earliest is None else microseconds_of(window.earliest)
    end = None if window.latest is None else microseconds_of(window.latest)
    earliest, latest, is_instant = FACTS.c.earliest_us, FACTS.c.latest_us, FACTS.c.span == INSTANT
    asked: list[ColumnElement[bool]] = []
    if filters.overlap == "possible":
        if start is not None:
            asked.append(or_(latest.is_(None), latest > start, and_(latest == start, is_instant)))
        if end is not None:
            begins = earliest <= end if window.closed else earliest < end
            asked.append(or_(earliest.is_(None), begins))
        return asked
    asked = [earliest.is_not(None), latest.is_not(None)]
    if start is not None:
        asked.append(earliest >= start)
    if end is not None:
        asked.append(latest <= end if window.closed else or_(latest < end, and_(latest == end, ~is_instant)))
    return asked


def _with_words(words: Sequence[str], known: int, *, public: bool) -> list[Select[tuple[int]]]:
    """The facts, and the incidents by their titles, with the words: in one text, or where it may have been put together, in several."""
    asked = [(word,) for word in words] if public else [tuple(words)]
    when = _said if public else holds
    return [
        select(TEXTS.c.fact).where(
            TEXTS.c.id.in_(matching(some, parameter=f"words_{number}")), when(TEXTS, known)
        )
        for number, some in enumerate(asked)
    ]


def words_of_fact(words: Sequence[str], known: int, *, public: bool) -> list[ColumnElement[bool]]:
    """What a row of FACTS has to be for the words to stand in its fact."""
    if not words:
        return []
    return [FACTS.c.fact.in_(query) for query in _with_words(words, known, public=public)]


def words_anywhere(words: Sequence[str], known: int) -> list[ColumnElement[bool]]:
    """What a row of FACTS has to be for the words to stand in its fact, or in the title of its incident."""
    return [
        or_(FACTS.c.incident.in_(hit), FACTS.c.fact.in_(hit))
        for hit in (_with_words(words, known, public=False) if words else ())
    ]


def asked_of_incident(filters: Filters, known: int, *, public: bool) -> list[ColumnElement[bool]]:
    """What a row of INCIDENTS has to be for one fact of it to answer. The words may also stand in its title."""
    if filters == Filters(overlap=filters.overlap):
        return []
    when = _said if public else holds
    of_fact = [FACTS.c.incident == INCIDENTS.c.incident, when(FACTS, known)]
    of_fact += asked_of_fact(filters, known, public=public)
    if not filters.words:
        return [exists().where(*of_fact)]
    if public:
        # A word may stand in the title and another in a fact: the fold decides.
        return [
            or_(INCIDENTS.c.incident.in_(hit), exists().where(*of_fact, FACTS.c.fact.in_(hit)))
            for hit in _with_words(filters.words, known, public=True)
        ]
    (hit,) = _with_words(filters.words, known, public=False)
    in_fact, in_title = FACTS.c.fact.in_(hit), INCIDENTS.c.incident.in_(hit)
    if not filters.asks_of_facts():
        return [or_(in_title, exists().where(*of_fact, in_fact))]
    return [exists().where(*of_fact, or_(in_title, in_fact))]
