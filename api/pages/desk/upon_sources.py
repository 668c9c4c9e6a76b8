"""The forms for incidents and sources, and what to do with words that were selected in one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.reads import Asked
from api.http.roles import GuardedRoute, Role, needs
from api.pages.desk.citation_form import SELECTED, citation_body, citation_group, selected_words
from api.pages.desk.fields import Body, Group, put_said, said_field
from api.pages.desk.standing import account_now
from api.pages.desk.working import Work, add_work, asked_now, said_of
from api.pages.framing import Frame, viewer_of
from api.pages.rendering import HTML, as_page, rendered
from ledger.errors import InvalidError
from ledger.terms import NoticeType, SourceKind
from projections.axes import Axes
from projections.incident_view import incident_view

if TYPE_CHECKING:
    from ledger.append import Receipt
    from ledger.values import Absent

__all__ = ["router"]

router = APIRouter()

MOST_INCIDENTS = 20
MOST_FACTS = 60


async def _open(request: Request) -> Work:  # noqa: ARG001  a form is given its request
    def groups(said: Mapping[str, str]) -> tuple[Group, ...]:
        fields = (
            said_field(
                said,
                "title",
                "Title",
                is_required=True,
                hint="The ledger's own label: what happened, where, when.",
            ),
            said_field(
                said,
                "zone",
                "Time zone of the place",
                is_required=True,
                hint="America/Chicago, Europe/London …",
            ),
            said_field(
                said,
                "id",
                "Id",
                hint="A word that stays the same for ever and names nobody; left out, one is made.",
            ),
        )
        return (Group(head="The incident", fields=fields),)

    async def make(said: Mapping[str, str], body: Body) -> None:
        put_said(body, said, "title", "zone", "id")

    return Work(
        op="open-incident",
        title="Open an incident",
        about=None,
        about_href="/",
        names={},
        groups=groups,
        make=make,
        leads_to=lambda receipt: f"/incidents/{quote(receipt.id)}",
    )


async def _register(request: Request) -> Work:  # noqa: ARG001  a form is given its request
    def groups(said: Mapping[str, str]) -> tuple[Group, ...]:
        kinds = tuple((one, one) for one in get_args(SourceKind))
        fields = (
            said_field(said, "kind", "Kind", sort="select", options=kinds, is_required=True),
            said_field(said, "title", "Title", is_required=True),
            said_field(said, "publisher", "Publisher"),
            said_field(said, "authors", "Authors", sort="area", hint="One a line."),
            said_field(said, "url", "Address"),
            said_field(
                said,
                "published",
                "Published",
                hint="A day (wherever on earth it was that day) or a time with its offset; never, for what was not made public.",
            ),
            said_field(said, "language", "Language", hint="en, es-MX …"),
            said_field(said, "id", "Id", hint="Left out, one is made."),
        )
        return (Group(head="The source", fields=fields),)

    async def make(said: Mapping[str, str], body: Body) -> None:
        put_said(body, said, "kind", "title", "publisher", "url", "published", "language", "id")
        lines = [line.strip() for line in said.get("authors", "").splitlines() if line.strip()]
        for at, line in enumerate(lines):
            body.put(f"authors/{at}", line, "authors")

    return Work(
        op="register-source",
        title="Register a source",
        about=None,
        about_href="/sources",
        names={},
        groups=groups,
        make=make,
        leads_to=lambda receipt: f"/sources/{quote(receipt.id)}",
    )


async def _capture(request: Request) -> Work:
    asked = await asked_now(request)
    source = asked.name("source")

    def groups(said: Mapping[str, str]) -> tuple[Group, ...]:
        fields = (
            said_field(said, "text", "The text of the source, as it stands", sort="area", is_required=True),
            said_field(said, "url", "Where it was taken from"),
            said_field(said, "captured_at", "When", hint="A time with its offset; left out, now."),
        )
        hint = "A page, a PDF or a recording is sent by the API or the command line, which keep its bytes."
        return (Group(head="A copy of its text", fields=fields, hint=hint),)

    async def make(said: Mapping[str, str], body: Body) -> None:
        body.put("media_type", "text/plain", "text")
        body.put("text", said.get("text", ""), "text")
        if not said.get("text", ""):
            raise InvalidError("is missing; paste the words of the source", field="/text")
        put_said(body, said, "url", "captured_at")

    def leads_to(receipt: Receipt) -> str:
        return f"/sources/{quote(source)}?{urlencode({'snapshot': receipt.id})}#text"

    return Work(
        op="capture-snapshot",
        title="Capture a copy",
        about=(await account_now(asked)).description.title,
        about_href=f"/sources/{quote(source)}",
        names={"source": source},
        groups=groups,
        make=make,
        leads_to=leads_to,
    )


async def _notice(request: Request) -> Work:
    asked = await asked_now(request)
    source = asked.name("source")

    def groups(said: Mapping[str, str]) -> tuple[Group, ...]:
        sorts = tuple((one, one.replace("-", " ")) for one in get_args(NoticeType))
        fields = (
            said_field(
                said, "type", "What the source put out", sort="select", options=sorts, is_required=True
            ),
            said_field(said, "summary", "What it says, in short", sort="area", is_required=True),
            said_field(
                said,
                "published",
                "When it was published",
                is_required=True,
                hint="A day, or a time with its offset.",
            ),
        )
        return (
            Group(head="The notice, of the whole source", fields=fields),
            citation_group({"cite.source": source, **said}, (source,), stance=False, head="Where it stands"),
        )

    async def make(said: Mapping[str, str], body: Body) -> None:
        put_said(body, said, "type", "summary", "published")
        body.put("scope", "all", "type")
        await citation_body(body, {"cite.source": source, **said}, asked, "citation", stance=False)

    return Work(
        op="record-notice",
        title="Record a notice",
        about=(await account_now(asked)).description.title,
        about_href=f"/sources/{quote(source)}",
        names={"source": source},
        groups=groups,
        make=make,
        leads_to=lambda _: f"/sources/{quote(source)}",
    )


async def _said(request: Request) -> dict[str, str]:
    return said_of(request)


for _path, _op, _work in (
    ("/desk/open-incident", "open-incident", _open),
    ("/desk/register-source", "register-source", _register),
    ("/sources/{source}/capture", "capture-snapshot", _capture),
    ("/sources/{source}/notice", "record-notice", _notice),
):
    add_work(router, _path, _op, _work, _said)


async def _cite(request: Request) -> Response:
    """What to do with words that were selected in a source."""
    asked = await asked_now(request)
    words = await selected_words(asked, request.query_params)
    selected = {name: request.query_params.get(name, "") for name in SELECTED}
    query = urlencode(selected)
    offered = await asyncio.to_thread(_offered, asked, query)
    body = rendered(
        "cite.html",
        frame=Frame(title="What these words say", here="sources", viewer=viewer_of(request)),
        quote=words.get("cite.quote", ""),
        source=selected["source"],
        href=f"/sources/{quote(selected['source'])}",
        incidents=offered,
    )
    return as_page(Response(body, headers={"Content-Type": HTML, "Cache-Control": "no-store"}))


def _offered(asked: Asked, query: str) -> list[tuple[str | Absent, str, list[tuple[str | Absent, str]]]]:
    """The incidents opened last, each with where to report a fact, and its facts with where to attest them."""
    made: list[tuple[str | Absent, str, list[tuple[str | Absent, str]]]] = []
    names = [one.partition("/")[2] for one in asked.reading.store.streams("incident/")]
    for incident in reversed(names[-MOST_INCIDENTS:]):
        gathered = asked.reading.folded.incident(incident)
        known = asked.point.known
        if gathered is None or gathered.told_until(known) < known:
            continue
        view = incident_view(gathered.events, incident, Axes(known=known))
        if view is None:
            continue
        at = f"/incidents/{quote(incident)}"
        facts: list[tuple[str | Absent, str]] = [
            (one.content.statement or one.fact, f"{at}/facts/{quote(one.fact)}/desk/attest-fact?{query}")
            for one in view.facts[:MOST_FACTS]
            if "retracted" not in one.decided
        ]
        made.append((view.title, f"{at}/report?{query}", facts))
    return made


router.add_api_route(
    "/desk/cite",
    _cite,
    methods=["GET", "HEAD"],
    include_in_schema=False,
    response_model=None,
    route_class_override=GuardedRoute,
    openapi_extra=needs(Role.REPORTER),
)
