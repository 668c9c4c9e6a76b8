"""The forms upon a fact, and that of a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.problems import ProblemError
from api.http.roles import ROLE_OF, GuardedRoute, Role, needs
from api.http.writing import not_found
from api.pages.desk.acts import ACTS_UPON, Act, Workplace
from api.pages.desk.citation_form import SELECTED, citation_body, citation_group, selected_words
from api.pages.desk.content_body import content_body
from api.pages.desk.content_form import content_groups
from api.pages.desk.fields import Body, Field, Group
from api.pages.desk.standing import fact_at, source_names, view_now
from api.pages.desk.working import Work, add_work, asked_now
from api.pages.framing import Frame, viewer_of
from api.pages.rendering import HTML, as_page, rendered
from api.pages.trails import kinds_now

if TYPE_CHECKING:
    from ledger.append import Receipt

__all__ = ["router"]

router = APIRouter()

_FACT = "/incidents/{incident}/facts/{fact}/desk"
_REPORT = "/incidents/{incident}/report"
_KIND = "kind"


async def _place(request: Request) -> Workplace:
    asked = await asked_now(request)
    view = await view_now(asked)
    found = next((one for one in view.facts if one.fact == asked.name("fact")), None)
    if found is None:
        raise not_found("fact")
    return Workplace(
        asked=asked,
        incident=asked.name("incident"),
        view=found,
        kinds=await asked.reading.ask(kinds_now, asked.reading),
        sources=await asked.reading.ask(source_names, asked),
    )


def _href(incident: str, fact: str) -> str:
    return f"/incidents/{quote(incident)}/facts/{quote(fact)}"


def _work(place: Workplace, act: Act) -> Work:
    view = place.view
    if not act.fits(view):
        raise ProblemError.of(409, "conflict", "this cannot be done to the fact as it stands now")
    href = _href(place.incident, view.fact)

    def groups(said: Mapping[str, str]) -> tuple[Group, ...]:
        return act.groups(place, said)

    async def begun(version: int) -> tuple[Group, ...]:
        found = await fact_at(place.asked, view.fact, version)
        return () if found is None else act.groups(msgspec.structs.replace(place, view=found), {})

    async def make(said: Mapping[str, str], body: Body) -> None:
        await act.body(place, said, body)

    return Work(
        op=act.op,
        title=act.name,
        about=view.content.statement,
        about_href=href,
        names={"incident": place.incident, "fact": view.fact},
        groups=groups,
        make=make,
        leads_to=lambda _: f"{href}#lineage",
        incident=place.incident,
        version=view.version,
        begun=begun,
    )


def _add(act: Act) -> None:
    async def work_of(request: Request) -> Work:
        return _work(await _place(request), act)

    async def said(request: Request) -> dict[str, str]:
        return await selected_words(await asked_now(request), request.query_params)

    add_work(router, f"{_FACT}/{act.op}", act.op, work_of, said)


for _act in ACTS_UPON.values():
    _add(_act)


async def _desk(request: Request) -> Response:
    """What can be done to a fact."""
    place = await _place(request)
    viewer = viewer_of(request)
    mine = Role[viewer.role.upper()]
    selected = {name: request.query_params[name] for name in SELECTED if name in request.query_params}
    query = "?" + "&".join(f"{name}={quote(text)}" for name, text in selected.items()) if selected else ""
    href = _href(place.incident, place.view.fact)
    body = rendered(
        "desk_index.html",
        frame=Frame(title="What is to be done", here="", viewer=viewer),
        about=place.view.content.statement,
        fact=place.view.fact,
        href=href,
        acts=tuple(
            (f"{href}/desk/{act.op}{query}", act.name, act.says)
            for act in ACTS_UPON.values()
            if act.fits(place.view) and ROLE_OF[act.op] <= mine
        ),
        left_out=sum(ROLE_OF[act.op] > mine for act in ACTS_UPON.values()),
    )
    return as_page(Response(body, headers={"Content-Type": HTML, "Cache-Control": "no-store"}))


router.add_api_route(
    _FACT,
    _desk,
    methods=["GET", "HEAD"],
    include_in_schema=False,
    response_model=None,
    route_class_override=GuardedRoute,
    openapi_extra=needs(Role.REPORTER),
)


async def _report(request: Request) -> Work:
    asked = await asked_now(request)
    view = await view_now(asked)
    kinds = await asked.reading.ask(kinds_now, asked.reading)
    sources = await asked.reading.ask(source_names, asked)
    newest = {kind.slug: kind for kind in kinds}
    slug = request.query_params.get(_KIND, "")
    kind = newest.get(slug)
    incident = asked.name("incident")
    keep = "".join(
        f"&{name}={quote(request.query_params[name])}" for name in SELECTED if name in request.query_params
    )

    def groups(said: Mapping[str, str]) -> tuple[Group, ...]:
        if kind is None:
            return ()
        ident = Field(
            name="id",
            label="Id of the fact",
            value=said.get("id", ""),
            hint="A word that stays the same for ever, such as drag; left out, one is made.",
        )
        return (
            citation_group({"cite.stance": "supports", **said}, sources, stance=False),
            *content_groups({**said}, kind, whole=True),
            Group(head="Its name", fields=(ident,), is_open=False),
        )

    async def make(said: Mapping[str, str], body: Body) -> None:
        if kind is None:
            raise ProblemError.of(422, "invalid", "choose the kind of fact first")
        body.put("id", said.get("id", "").strip(), "id")
        content_body(body, {**said, "kind": kind.slug}, kind)
        await citation_body(body, {**said, "cite.stance": "supports"}, asked, "citations/0", stance=True)

    def leads_to(receipt: Receipt) -> str:
        return _href(incident, receipt.id)

    return Work(
        op="report-fact",
        title="Report a fact" if kind is None else f"Report a fact: {kind.label.lower()}",
        about=view.title,
        about_href=f"/incidents/{quote(incident)}",
        names={"incident": incident},
        groups=groups,
        make=make,
        leads_to=leads_to,
        incident=incident,
        choose=()
        if kind is not None
        else tuple(
            (f"/incidents/{quote(incident)}/report?kind={one.slug}{keep}", f"{one.label}: {one.definition}")
            for one in newest.values()
        ),
    )


async def _report_said(request: Request) -> dict[str, str]:
    return await selected_words(await asked_now(request), request.query_params)


add_work(router, _REPORT, "report-fact", _report, _report_said)
