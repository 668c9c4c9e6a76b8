"""The page of an incident: what happened at a glance, the timeline, every fact with its words, and the control of both axes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter

from api.http.query import refused_parameter
from api.http.reads import Asked, incident_of
from api.http.time_travel import read_instant
from api.pages.budgets import on_pages
from api.pages.checkpoints import checkpoint_line
from api.pages.fact_cards import FactCard, Shelf
from api.pages.framing import Clock, Frame, Viewer, seen_at
from api.pages.glance import Glance, glanced
from api.pages.links import Links
from api.pages.map_drawing import Map, mapped
from api.pages.moved import Movement, moved_between
from api.pages.passages_told import title_of
from api.pages.reads import add_page, answer_folded_page, page_of
from api.pages.stops import Controls, controls
from api.pages.timeline_drawing import Drawing, drawn
from api.pages.trails import kind_labels
from ledger.values import Absent
from projections.audit_trail import trail_at
from projections.axes import Axes
from projections.conflicts import conflicts_of
from projections.incident_view import incident_view
from projections.source_account import SourceAccount, source_accounts
from projections.timeline import TimelineEntry, timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from api.http.conditional import Told
    from api.http.folded_views import Gathered
    from api.http.time_travel import Point
    from projections.fact_fold import FactView

__all__ = ["SINCE", "Reading", "router"]

router = APIRouter()

SINCE = "since"
SINCE_PUBLIC = "since_public"
PAGE = "page"

FACTS_A_PAGE = 25
MOST_CITATIONS = 6
LONGEST_QUOTE = 280

_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A source that speaks to some fact, and to how many."""

    ident: str
    title: str | Absent
    publisher: str | Absent | None
    href: str
    facts: int


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows. `page` of `pages`: of many facts some stand on each."""

    incident: str
    title: str | Absent
    zone: str | Absent
    glance: Glance
    controls: Controls
    movement: Movement | None
    moved_href: str
    drawing: Drawing
    cards: tuple[FactCard, ...]
    places: Map | None
    sources: tuple[SourceLine, ...]
    page: int
    pages: int
    earlier_page: str
    later_page: str
    audit: str
    changes: str
    data: str


def _asked_page(asked: Asked) -> int:
    text = asked.said(PAGE)
    if text is None:
        return 1
    if _NUMBER.fullmatch(text) is None:
        raise refused_parameter(PAGE, "must be the number of a page")
    return int(text)


def _since(asked: Asked) -> Axes | None:
    """The point that the control came from, if a request says so; it differs from the present one on one axis."""
    known, public = asked.said(SINCE), asked.said(SINCE_PUBLIC)
    point = asked.point
    if known is not None:
        return Axes(known=asked.reading.points.known(SINCE, known).known, public=point.public)
    if public is None:
        return None
    return Axes(known=point.known, public=None if public == "" else read_instant(SINCE_PUBLIC, public))


def _placing(entries: Sequence[TimelineEntry], facts: Mapping[str, FactView]) -> dict[str, str]:
    """By fact, the sources whose words decide its place where the record leaves it open."""
    found = {}
    for entry in entries:
        named = [
            one.attestation.source
            for one in facts[entry.fact].attestations
            if one.attestation.id in entry.placed_by
        ]
        if named:
            found[entry.fact] = ", ".join(dict.fromkeys(named))
    return found


def _source_lines(
    facts: Sequence[FactView], sources: Mapping[str, SourceAccount], links: Links
) -> tuple[SourceLine, ...]:
    speaking: dict[str, set[str]] = {}
    for fact in facts:
        for one in fact.attestations:
            speaking.setdefault(one.attestation.source, set()).add(fact.fact)
    lines = [
        SourceLine(
            ident=source,
            title=title_of(source, sources),
            publisher=sources[source].description.publisher if source in sources else None,
            href=links.source(source),
            facts=len(told),
        )
        for source, told in speaking.items()
    ]
    return tuple(sorted(lines, key=lambda one: (-one.facts, one.ident)))


def _made(
    asked: Asked, gathered: Gathered, point: Point, viewer: Viewer, asking: tuple[int, Axes | None]
) -> Told:
    incident, page, since = asked.name("incident"), *asking
    events, axes = gathered.events, point.axes
    links, kinds = Links.at(asked.point), kind_labels(asked.reading)
    view = incident_view(events, incident, axes)
    everything = view if axes.public is None else incident_view(events, incident, Axes(known=axes.known))
    conflicts = conflicts_of(events, incident, axes)
    if view is None or everything is None or conflicts is None:
        raise TypeError("an incident that was gathered is known")
    clock = Clock.of(view.zone)
    shelf = Shelf(
        incident=incident,
        zone=view.zone,
        sources=source_accounts(events, axes.known),
        conflicts={one.fact: one for one in conflicts.facts},
        trail=trail_at(events, incident, axes),
        kinds=kinds,
        links=links,
        clock=clock,
    )
    movement = None if since is None else moved_between(events, incident, since, axes)
    marks = {} if movement is None else movement.marks
    facts = {fact.fact: fact for fact in view.facts}
    entries = timeline(view.facts)
    every = [
        shelf.card(
            facts[entry.fact],
            entry,
            most=MOST_CITATIONS,
            longest=LONGEST_QUOTE,
            moved=marks.get(entry.fact, ""),
        )
        for entry in entries
    ]
    laid_out = on_pages(every, FACTS_A_PAGE)
    pages = len(laid_out)
    page = min(page, pages)
    cards = {card.ident: card for card in laid_out[page - 1]}
    reading = Reading(
        incident=incident,
        title=view.title,
        zone=view.zone,
        glance=glanced(view.facts, shelf.trail, kinds, links, incident),
        controls=controls(
            events, incident, gathered.own, point, facts=everything.facts, links=links, clock=clock
        ),
        movement=movement,
        moved_href="" if since is None else links.changes(incident, since, axes),
        drawing=drawn(entries, cards, _placing(entries, facts), clock),
        cards=tuple(cards.values()),
        places=mapped(view.facts),
        sources=_source_lines(view.facts, shelf.sources, links),
        page=page,
        pages=pages,
        earlier_page=links.incident(incident, query={PAGE: str(page - 1)}) if page > 1 else "",
        later_page=links.incident(incident, query={PAGE: str(page + 1)}) if page < pages else "",
        audit=links.incident(incident, "/audit"),
        changes=Links(public=links.public).incident(incident, "/changes"),
        data=links.to(f"/v1/incidents/{incident}"),
    )
    frame = Frame(
        title=view.title if isinstance(view.title, str) else incident,
        here="incidents",
        viewer=viewer,
        links=links,
        seen_at=seen_at(msgspec.structs.replace(point, asked=asked.point.asked), clock),
        checkpoint=checkpoint_line(asked.reading, point.known),
        path=links.incident(incident),
    )
    return page_of("incident.html", frame=frame, reading=reading)


async def _incident(asked: Asked) -> Response:
    asking = _asked_page(asked), await asked.reading.ask(_since, asked)
    key = ("incident", asked.name("incident"), *asking)
    return await answer_folded_page(
        asked, incident_of, key, lambda gathered, point, viewer: _made(asked, gathered, point, viewer, asking)
    )


add_page(router, "/incidents/{incident}", _incident, parameters=(SINCE, SINCE_PUBLIC, PAGE))
