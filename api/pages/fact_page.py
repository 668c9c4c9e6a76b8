"""The page of a fact: its words, what is contested, its lineage act by act, and when it was first known by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter

from api.http.reads import Asked, incident_of
from api.pages.acts_told import ActTeller, ToldAct
from api.pages.budgets import fitting
from api.pages.checkpoints import checkpoint_line
from api.pages.fact_cards import FactCard, Shelf, Standing
from api.pages.framing import Clock, Frame, Viewer, seen_at
from api.pages.links import Links
from api.pages.passages_told import title_of
from api.pages.reads import add_page, answer_folded_page, page_of
from api.pages.timeline_drawing import Bar, Tick, bar_of, scale_of, ticks_of
from api.pages.trails import kind_labels
from api.routes.read_facts import missing_fact
from ledger.values import Absent
from projections.audit_trail import trail_at
from projections.conflicts import conflicts_of
from projections.fact_lineage import fact_lineage
from projections.first_known import FirstKnown, Teller, first_known
from projections.incident_view import incident_view
from projections.source_account import source_accounts
from projections.timeline import TimelineEntry, timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from api.http.conditional import Told
    from api.http.folded_views import Gathered
    from api.http.time_travel import Point
    from projections.fact_lineage import LineageStep
    from projections.lags import Lag
    from projections.source_account import SourceAccount

__all__ = ["router"]

router = APIRouter()

_STATUS = {"unsupported": "no longer supported"}
_BASES = {
    "passage": "dated by the passage itself",
    "source": "dated by the source",
    "captured": "dated by the first copy that was taken of it",
    "recorded": "dated by when it was recorded here",
}
MOST_STEPS = 60
LONGEST_QUOTE = 2_000
LINEAGE_BYTES = 40_000


class FirstTeller(msgspec.Struct, frozen=True, kw_only=True):
    """A source that told the fact first, and what dates it."""

    title: str | Absent
    href: str
    basis: str


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One of the three times of a fact: occurred, public, recorded; `lag` is the time since the one before."""

    name: str
    when: str
    bar: Bar
    lag: str


class First(msgspec.Struct, frozen=True, kw_only=True):
    """When the fact was first known: the three times on one scale, and who told it first."""

    ticks: tuple[Tick, ...]
    moments: tuple[Moment, ...]
    told_by: tuple[FirstTeller, ...]
    perhaps_earlier: tuple[FirstTeller, ...]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    incident: str
    incident_title: str | Absent
    incident_href: str
    card: FactCard
    first: First | None
    steps: tuple[ToldAct, ...]
    earlier_steps: int
    audit: str
    data: str
    proof: str
    desk: str


def _stood(step: LineageStep) -> Standing | None:
    stood = step.stood
    if stood is None:
        return None
    return Standing(
        sort=stood.status,
        words=_STATUS.get(stood.status, stood.status),
        origins=stood.origins,
        retracted="retracted" in stood.decided,
        redacted="redacted" in stood.decided,
    )


def _tellers(
    tellers: tuple[Teller, ...], sources: Mapping[str, SourceAccount], links: Links
) -> tuple[FirstTeller, ...]:
    found = {one.source: one for one in reversed(tellers)}
    return tuple(
        FirstTeller(title=title_of(source, sources), href=links.source(source), basis=_BASES[one.basis])
        for source, one in reversed(found.items())
    )


def _lag(lag: Lag | None) -> str:
    return "" if lag is None else lag.in_words


def _first(
    known: FirstKnown, when: str, sources: Mapping[str, SourceAccount], links: Links, clock: Clock
) -> First:
    public = known.first_public
    recorded = known.first_recorded.recorded_at
    occurred = known.occurred
    places = [
        TimelineEntry(
            fact="occurred",
            earliest=None if occurred is None else occurred.earliest,
            latest=None if occurred is None else occurred.latest,
            derived=() if occurred is None else occurred.derived,
        ),
        TimelineEntry(
            fact="public",
            earliest=None if public is None else public.not_before,
            latest=None if public is None else public.by,
        ),
        TimelineEntry(fact="recorded", earliest=recorded, latest=recorded),
    ]
    scale = scale_of(places)
    lags = (None, known.occurred_to_public, known.public_to_recorded)
    said = (
        when,
        "not certainly public yet" if public is None else f"by {clock.bound(public.by)}",
        f"{clock.moment(recorded)}, at position {known.first_recorded.position}",
    )
    return First(
        ticks=ticks_of(scale, clock),
        moments=tuple(
            Moment(name=name, when=words, bar=bar_of(place, scale), lag=_lag(lag))
            for name, words, place, lag in zip(
                ("Occurred", "First public", "First recorded"), said, places, lags, strict=True
            )
        ),
        told_by=() if public is None else _tellers(public.told_by, sources, links),
        perhaps_earlier=() if public is None else _tellers(public.perhaps_earlier, sources, links),
    )


def _made(asked: Asked, gathered: Gathered, point: Point, viewer: Viewer) -> Told:
    incident, fact = asked.name("incident"), asked.name("fact")
    events, axes = gathered.events, point.axes
    links = Links.at(asked.point)
    view = incident_view(events, incident, axes)
    conflicts = conflicts_of(events, incident, axes)
    found = None if view is None else next((one for one in view.facts if one.fact == fact), None)
    lineage = fact_lineage(events, incident, fact, axes)
    if view is None or conflicts is None or found is None or lineage is None:
        raise missing_fact(gathered, fact, asked.point)
    clock = Clock.of(view.zone)
    sources = source_accounts(events, axes.known)
    shelf = Shelf(
        incident=incident,
        zone=view.zone,
        sources=sources,
        conflicts={one.fact: one for one in conflicts.facts},
        trail=trail_at(events, incident, axes),
        kinds=kind_labels(asked.reading),
        links=links,
        clock=clock,
    )
    entry = next(one for one in timeline(view.facts) if one.fact == fact)
    card = shelf.card(found, entry, longest=LONGEST_QUOTE, whole=True)
    citations = fitting(card.citations)
    card = msgspec.structs.replace(
        card, citations=tuple(citations), more=len(card.citations) - len(citations)
    )
    known = first_known(events, incident, axes)
    first = None if known is None else next((one for one in known.facts if one.fact == fact), None)
    teller = ActTeller(incident=incident, sources=sources, links=links, clock=clock)
    told = [teller.told(one.act, stood=_stood(one)) for one in lineage.steps[-MOST_STEPS:]]
    steps = fitting(reversed(told), LINEAGE_BYTES)[::-1]
    account = Account(
        incident=incident,
        incident_title=view.title,
        incident_href=links.incident(incident, anchor=f"fact.{fact}"),
        card=card,
        first=None if first is None else _first(first, card.when, sources, links, clock),
        steps=tuple(steps),
        earlier_steps=len(lineage.steps) - len(steps),
        audit=links.incident(incident, "/audit", query={"fact": fact}),
        data=links.to(f"/v1/incidents/{incident}/facts/{fact}"),
        proof=links.to(f"/v1/incidents/{incident}/facts/{fact}/proof"),
        desk=f"/incidents/{incident}/facts/{fact}/desk",
    )
    statement = found.content.statement
    frame = Frame(
        title=statement if isinstance(statement, str) else fact,
        here="incidents",
        viewer=viewer,
        links=links,
        seen_at=seen_at(msgspec.structs.replace(point, asked=asked.point.asked), clock),
        checkpoint=checkpoint_line(asked.reading, point.known),
        path=links.fact(incident, fact),
    )
    return page_of("fact.html", frame=frame, account=account)


async def _fact(asked: Asked) -> Response:
    key = ("fact", asked.name("incident"), asked.name("fact"))
    return await answer_folded_page(
        asked, incident_of, key, lambda gathered, point, viewer: _made(asked, gathered, point, viewer)
    )


add_page(router, "/incidents/{incident}/facts/{fact}", _fact)
