"""The forms that change what an incident or a source is called, and say or take back who copied whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias, get_args
from urllib.parse import quote

import msgspec
from fastapi import APIRouter
from starlette.requests import Request

from api.http.problems import ProblemError
from api.http.reads import Asked
from api.http.writing import not_found
from api.pages.desk.citation_form import citation_body, citation_group, cited_in
from api.pages.desk.fields import VERSION, Body, Field, Group, put_said, said_field
from api.pages.desk.standing import account_now, source_names, version_now, view_now
from api.pages.desk.working import Work, add_work, asked_now, said_of
from ledger.errors import InvalidError, StaleError
from ledger.terms import LineageRelation, SourceKind
from ledger.values import Absent
from projections.incident_view import IncidentView
from projections.source_account import SourceAccount

__all__ = ["router"]

router = APIRouter()

_Stood: TypeAlias = Callable[[Asked], Awaitable[dict[str, str]]]
_STAYS = "What is left as it is stays so."
_RELATIONS: dict[str, str] = {
    "copies": "copies it word for word",
    "syndicates": "carries it by agreement, as a wire story",
    "rewrites": "tells it in its own words",
}


def _reason(said: Mapping[str, str], label: str) -> Field:
    return said_field(said, "reason", label, sort="area", is_required=True)


def _as_text(value: object) -> str:
    """A member as a field shows it: what was redacted shows nothing."""
    if isinstance(value, tuple):
        return "\n".join(value)
    return value if isinstance(value, str) else ""


def _stands(
    shown: Mapping[str, str], before: Mapping[str, str], name: str, label: str, hint: str = ""
) -> Field:
    """A field that begins with what stands. A line of its own would lose the breaks of a text that has several."""
    return said_field(shown, name, label, sort="area" if "\n" in before[name] else "text", hint=hint)


def _put_changed(
    body: Body, said: Mapping[str, str], name: str, before: str, *, listed: bool = False
) -> None:
    """Put a member that the form changes. Raises InvalidError where it would be taken away, which an amendment cannot do."""
    text = _typed(said, name)
    body.put(name, "", name)
    if text == before.strip():
        return
    if not text:
        raise InvalidError("a member once given cannot be taken away, only replaced", field=f"/{name}")
    if listed:
        for at, line in enumerate(line.strip() for line in text.split("\n") if line.strip()):
            body.put(f"{name}/{at}", line, name)
    else:
        body.put(name, text, name)


def _typed(said: Mapping[str, str], name: str) -> str:
    return said.get(name, "").strip().replace("\r\n", "\n")


async def _begun(asked: Asked, said: Mapping[str, str], stood: _Stood) -> Mapping[str, str] | None:
    """What stood when a form was opened that was sent; None where it does not say when that was."""
    position = said.get(VERSION, "")
    if not position.isdecimal() or not 0 < int(position) <= asked.point.known:
        return None
    point = msgspec.structs.replace(asked.point, known=int(position))
    return await stood(msgspec.structs.replace(asked, point=point))


async def _put_touched(
    body: Body, said: Mapping[str, str], asked: Asked, before: Mapping[str, str], stood: _Stood
) -> None:
    """Put what the form changes of what stood when it was opened. Raises StaleError where another changed the same meanwhile."""
    begun = await _begun(asked, said, stood) or before
    for name, text in begun.items():
        typed = _typed(said, name)
        touched = typed != text.strip()
        if touched and text != before[name] and typed != before[name].strip():
            raise StaleError("it", expected=int(said[VERSION]), current=asked.point.known)
        _put_changed(body, said if touched else before, name, before[name], listed=name == "authors")


def _members(stands: object, *names: str) -> dict[str, str]:
    return {name: _as_text(getattr(stands, name)) for name in names}


def _of_incident(view: IncidentView) -> dict[str, str]:
    return _members(view, "title", "zone")


def _of_source(account: SourceAccount) -> dict[str, str]:
    return _members(account.description, "kind", "title", "publisher", "authors", "url", "language")


async def _incident_stood(asked: Asked) -> dict[str, str]:
    return _of_incident(await view_now(asked))


async def _source_stood(asked: Asked) -> dict[str, str]:
    return _of_source(await account_now(asked))


async def _amend_incident(request: Request) -> Work:
    asked = await asked_now(request)
    incident = asked.name("incident")
    view = await view_now(asked)
    stands = _of_incident(view)

    def groups(said: Mapping[str, str], before: Mapping[str, str] = stands) -> tuple[Group, ...]:
        shown = {**before, **said}
        fields = (
            _stands(shown, before, "title", "Title"),
            said_field(
                shown,
                "zone",
                "Time zone of the place",
                hint="Times that are recorded already keep the bounds that they have.",
            ),
            _reason(said, "Why it is changed"),
        )
        return (Group(head="The incident", fields=fields, hint=_STAYS),)

    async def make(said: Mapping[str, str], body: Body) -> None:
        put_said(body, said, "reason")
        await _put_touched(body, said, asked, stands, _incident_stood)

    async def begun(position: int) -> tuple[Group, ...]:
        return groups({}, await _begun(asked, {VERSION: str(position)}, _incident_stood) or stands)

    return Work(
        op="amend-incident",
        title="Rename an incident",
        about=view.title,
        about_href=f"/incidents/{quote(incident)}",
        names={"incident": incident},
        groups=groups,
        make=make,
        leads_to=lambda _: f"/incidents/{quote(incident)}",
        version=asked.point.known,
        stands_at=await version_now(asked),
        begun=begun,
    )


async def _amend_source(request: Request) -> Work:
    asked = await asked_now(request)
    source = asked.name("source")
    account = await account_now(asked)
    stands = _of_source(account)

    def groups(said: Mapping[str, str], before: Mapping[str, str] = stands) -> tuple[Group, ...]:
        shown = {**before, **said}
        kinds = tuple((one, one) for one in get_args(SourceKind))
        if not before["kind"]:
            kinds = (("", "as it stands"), *kinds)
        fields = (
            said_field(shown, "kind", "Kind", sort="select", options=kinds),
            _stands(shown, before, "title", "Title"),
            _stands(shown, before, "publisher", "Publisher"),
            said_field(shown, "authors", "Authors", sort="area", hint="One a line, all of them."),
            said_field(shown, "url", "Address"),
            said_field(
                shown,
                "published",
                "Published, if that has to be changed",
                hint="A day or a time with its offset; never, for what was not made public. Left empty, it stays as it is.",
            ),
            said_field(shown, "language", "Language", hint="en, es-MX …"),
            _reason(said, "Why it is changed"),
        )
        return (Group(head="The source", fields=fields, hint=_STAYS),)

    async def make(said: Mapping[str, str], body: Body) -> None:
        put_said(body, said, "published", "reason")
        await _put_touched(body, said, asked, stands, _source_stood)

    async def begun(position: int) -> tuple[Group, ...]:
        return groups({}, await _begun(asked, {VERSION: str(position)}, _source_stood) or stands)

    return Work(
        op="amend-source",
        title="Describe a source better",
        about=account.description.title,
        about_href=f"/sources/{quote(source)}",
        names={"source": source},
        groups=groups,
        make=make,
        leads_to=lambda _: f"/sources/{quote(source)}",
        version=asked.point.known,
        stands_at=account.version,
        begun=begun,
    )


async def _declare(request: Request) -> Work:
    asked = await asked_now(request)
    source = asked.name("source")
    stands = (await account_now(asked)).description
    sources = tuple(one for one in await asked.reading.ask(source_names, asked) if one != source)

    def groups(said: Mapping[str, str]) -> tuple[Group, ...]:
        relations = tuple((one, _RELATIONS[one]) for one in get_args(LineageRelation))
        options = tuple((one, one) for one in sources)
        fields = (
            said_field(
                said,
                "to",
                "The work that it has its words from",
                options=options,
                is_required=True,
                hint="The id of a registered source. From then on the two are one origin: a copy never counts as a second witness.",
            ),
            said_field(said, "relation", "What it does", sort="select", options=relations, is_required=True),
        )
        citing = citation_group(
            said,
            (source, *sources),
            stance=False,
            head="The words that say so, if there are any",
            is_open=False,
        )
        return (Group(head="Who copied whom", fields=fields), citing)

    async def make(said: Mapping[str, str], body: Body) -> None:
        put_said(body, said, "to", "relation")
        if cited_in(said):
            await citation_body(body, said, asked, "citation", stance=False)

    return Work(
        op="declare-lineage",
        title="Say whom it copies",
        about=stands.title,
        about_href=f"/sources/{quote(source)}",
        names={"source": source},
        groups=groups,
        make=make,
        leads_to=lambda _: f"/sources/{quote(source)}",
    )


async def _revoke(request: Request) -> Work:
    asked = await asked_now(request)
    source, number = asked.name("source"), asked.name("lineage")
    account = await account_now(asked)
    edge = next((one for one in account.copied_from if str(one.lineage) == number), None)
    if edge is None:
        raise not_found("lineage")
    if edge.revoked:
        raise ProblemError.of(409, "conflict", f"lineage {edge.lineage} was taken back already")
    relation = "copies" if isinstance(edge.relation, Absent) else edge.relation

    def groups(said: Mapping[str, str]) -> tuple[Group, ...]:
        fields = (_reason(said, "Why it is taken back"),)
        head = f"That {source} {relation} {edge.to}"
        hint = "From then on each counts as a witness of its own again, unless they are joined otherwise."
        return (Group(head=head, fields=fields, hint=hint),)

    async def make(said: Mapping[str, str], body: Body) -> None:
        put_said(body, said, "reason")

    return Work(
        op="revoke-lineage",
        title="Take back that it copies",
        about=account.description.title,
        about_href=f"/sources/{quote(source)}",
        names={"source": source, "lineage": edge.lineage},
        groups=groups,
        make=make,
        leads_to=lambda _: f"/sources/{quote(source)}",
    )


async def _said(request: Request) -> dict[str, str]:
    return said_of(request)


for _path, _op, _work in (
    ("/incidents/{incident}/amend", "amend-incident", _amend_incident),
    ("/sources/{source}/amend", "amend-source", _amend_source),
    ("/sources/{source}/lineage", "declare-lineage", _declare),
    ("/sources/{source}/lineage/{lineage}/revoke", "revoke-lineage", _revoke),
):
    add_work(router, _path, _op, _work, _said)
