"""Then and now side by side: what changed between two points of one axis, with the reasons between the panes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter

from api.http.changes_asked import Between, changes_between
from api.http.query import refused_parameter
from api.http.reads import Asked, incident_of, not_yet_known
from api.in_words import clipped
from api.pages.budgets import fitting
from api.pages.checkpoints import checkpoint_line
from api.pages.fact_cards import Standing, standing_of
from api.pages.framing import Clock, Frame, Viewer, seen_at
from api.pages.links import Links
from api.pages.moved import sort_of
from api.pages.reads import add_page, answer_folded_page, page_of
from api.pages.told_values import Stated, stated_in
from api.pages.trails import kind_labels
from ledger.values import Absent
from projections.incident_view import incident_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from api.http.conditional import Told
    from api.http.folded_views import Gathered
    from api.http.time_travel import Point
    from projections.changes import ChangeEntry, Changes
    from projections.fact_fold import FactView

__all__ = ["router"]

router = APIRouter()

_PARAMETERS = ("from", "to", "axis")
_AFTER = "after"
PAIRS_A_PAGE = 20
MOST_REASONS = 12
LONGEST_WORDS = 700
_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)


class Pane(msgspec.Struct, frozen=True, kw_only=True):
    """A fact as it stood on one side; `stated` are the values that are not on the other side."""

    statement: str | Absent | None
    kind: str
    standing: Standing
    stated: tuple[Stated, ...]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One change between the panes."""

    sort: str
    sentence: str


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One fact then and now; without `fact` it is the incident itself."""

    fact: str
    href: str
    then: Pane | None
    now: Pane | None
    between: tuple[Reason, ...]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    incident: str
    title: str | Absent
    href: str
    axis: str
    then: str
    now: str
    then_href: str
    now_href: str
    backwards: bool
    pairs: tuple[Pair, ...]
    left: int
    unchanged: int
    data: str


def _pane(view: FactView | None, other: FactView | None, kinds: Mapping[str, str]) -> Pane | None:
    if view is None:
        return None
    there = set() if other is None else set(stated_in(other.content))
    return Pane(
        statement=clipped(view.content.statement, LONGEST_WORDS)
        if isinstance(view.content.statement, str)
        else view.content.statement,
        kind=kinds.get(view.content.kind, view.content.slug),
        standing=standing_of(view),
        stated=tuple(one for one in stated_in(view.content) if one not in there),
    )


def _at(point: Point, clock: Clock, axis: str) -> str:
    if axis == "public":
        if point.public is None:
            return "Whenever published"
        return (
            "Before anything was published"
            if point.public.year == 1
            else f"Public by {clock.bound(point.public)}"
        )
    return f"Known at position {point.known}" if point.known else "Before anything was known"


def _pairs(
    asked: Asked,
    found: Changes,
    views: tuple[Mapping[str, FactView], Mapping[str, FactView]],
    links: Links,
) -> list[Pair]:
    kinds = kind_labels(asked.reading)
    by_fact: dict[str, list[ChangeEntry]] = {}
    for entry in found.entries:
        by_fact.setdefault(entry.fact or "", []).append(entry)
    return [
        Pair(
            fact=fact,
            href=links.fact(found.incident, fact) if fact else "",
            then=_pane(views[0].get(fact), views[1].get(fact), kinds),
            now=_pane(views[1].get(fact), views[0].get(fact), kinds),
            between=tuple(
                Reason(sort=sort_of(one), sentence=one.sentence) for one in entries[-MOST_REASONS:]
            ),
        )
        for fact, entries in by_fact.items()
    ]


def _made(asked: Asked, gathered: Gathered, between: Between, viewer: Viewer, after: int) -> Told:
    incident = asked.name("incident")
    found = between.told(gathered.events, incident)
    if found is None:
        raise not_yet_known("the incident was not known yet at either point", between.later)
    axis = asked.said("axis") or "known"
    clock = Clock.of(found.zone)
    seen = [incident_view(gathered.events, incident, one.axes) for one in (between.start, between.end)]
    before, now = ({} if one is None else {fact.fact: fact for fact in one.facts} for one in seen)
    links = Links.at(between.end) if axis == "known" else Links.at(asked.point)
    pairs = _pairs(asked, found, (before, now), links)
    shown = fitting(pairs[after : after + PAIRS_A_PAGE])
    told = Compared(
        incident=incident,
        title=found.title,
        href=links.incident(incident),
        axis=axis,
        then=_at(between.start, clock, axis),
        now=_at(between.end, clock, axis),
        then_href="" if seen[0] is None else Links.at(between.start).incident(incident),
        now_href="" if seen[1] is None else Links.at(between.end).incident(incident),
        backwards=found.backwards,
        pairs=tuple(shown),
        left=len(pairs) - after - len(shown),
        unchanged=len(set(before) & set(now) - {one.fact for one in pairs}),
        data=f"/v1/incidents/{incident}/changes",
    )
    frame = Frame(
        title="Then and now",
        here="incidents",
        viewer=viewer,
        links=links,
        seen_at=seen_at(msgspec.structs.replace(between.later, asked=between.end.asked), clock),
        checkpoint=checkpoint_line(asked.reading, between.later.known),
    )
    said = {name: asked.said(name) or "" for name in _PARAMETERS}
    query = {name: value or None for name, value in said.items()}
    held = {"known_at": asked.said("known_at"), "public_at": asked.said("public_at")}
    following = Links().incident(
        incident, "/changes", query={**query, **held, _AFTER: str(after + len(shown))}
    )
    return page_of("changes.html", frame=frame, compared=told, said=said, held=held, following=following)


async def _changes(asked: Asked) -> Response:
    between = await asked.reading.ask(changes_between, asked)
    text = asked.said(_AFTER) or "0"
    if _NUMBER.fullmatch(text) is None:
        raise refused_parameter(_AFTER, "must be a whole number")
    after = int(text)
    moved = msgspec.structs.replace(asked, point=between.later)
    key = ("changes", asked.name("incident"), between, asked.said("axis"), after, asked.point.asked)
    return await answer_folded_page(
        moved,
        incident_of,
        key,
        lambda gathered, _point, viewer: _made(asked, gathered, between, viewer, after),
    )


add_page(router, "/incidents/{incident}/changes", _changes, parameters=(*_PARAMETERS, _AFTER))
