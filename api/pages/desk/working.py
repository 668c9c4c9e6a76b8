"""How a form of the desk is shown, tried and recorded, whatever it is for. What was typed comes back with every refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.http.auth import caller_of
from api.http.preconditions import IfMatch
from api.http.problems import ProblemError
from api.http.reading import reading_by
from api.http.reads import Asked
from api.http.roles import ROLE_OF, GuardedRoute, needs
from api.http.serving import Served, served_by
from api.http.stale import stale_problem
from api.http.writing import KEY_REUSED, problem_of_refusal, record
from api.http.writing import Asked as Written
from api.opening import open_for_rehearsal
from api.pages.desk.fields import FORM_KEY, VERSION, Body, Group, Refused, labels_of, refused_beside
from api.pages.desk.meanwhile import acts_since, brought_up, values_of
from api.pages.forms import read_form
from api.pages.framing import Frame, viewer_of
from api.pages.moved import Movement, moved_between
from api.pages.rendering import HTML, as_page, rendered
from api.pages.sessions import give_token, keep_form_cookie
from ledger.errors import RefusedError, StaleError
from ledger.read_command import read_command
from ledger.strict_json import canonical
from ledger.values import Absent, Json
from projections.axes import Axes

if TYPE_CHECKING:
    from fastapi import APIRouter

    from ledger.append import Caller, Receipt
    from ledger.commands import Command

__all__ = ["Preview", "Work", "add_work", "asked_now", "said_of"]

_KEY_USED = (
    "This form was recorded already, as it was when it was first sent. "
    "Send it again, and what it says now is recorded as an act of its own."
)


_MOVED = 412
_TRIES = 5
"""How often an act upon a stream that others write is compared with what stands, at most."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One form: the command it is, what the path says of it, its fields, and where recording leads.

    `make` puts the body together from what was sent; `incident` is the one of which a preview tells what would change.
    """

    op: str
    title: str
    about: str | Absent | None
    about_href: str
    names: Mapping[str, Json]
    groups: Callable[[Mapping[str, str]], tuple[Group, ...]]
    make: Callable[[Mapping[str, str], Body], Awaitable[None]]
    leads_to: Callable[[Receipt], str]
    incident: str | None = None
    version: int | None = None
    stands_at: int | None = None
    """The version of the stream that `make` compared with what was sent: it is recorded upon that, or compared anew."""
    begun: Callable[[int], Awaitable[tuple[Group, ...]]] | None = None
    """The fields as a form began that was opened upon a version, or at a position; for what can be acted upon meanwhile."""
    choose: tuple[tuple[str, str], ...] = ()
    """Links that stand above the form, such as the kinds of facts."""


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What would be recorded and what it would change; nothing was."""

    what: str
    movement: Movement | None
    is_quiet: bool


async def asked_now(request: Request) -> Asked:
    """A request about what stands now."""
    reading = reading_by(request)
    point = await reading.ask(reading.points.head)
    return Asked(request=request, reading=reading, point=point, head=point.known)


def said_of(request: Request) -> dict[str, str]:
    """What an address says, with which the fields begin."""
    return dict(request.query_params)


def _page(
    request: Request,
    work: Work,
    said: Mapping[str, str],
    *,
    refused: Refused | None = None,
    preview: Preview | None = None,
) -> Response:
    token, made = give_token(request)
    groups = work.groups(said)
    body = rendered(
        "desk.html",
        frame=Frame(title=work.title, here="", viewer=viewer_of(request)),
        work=work,
        groups=groups if refused is None else refused.beside(groups),
        labels=labels_of(groups),
        refused=refused,
        preview=preview,
        token=token,
        form_key=said.get(FORM_KEY) or served_by(request).ids.make(),
        version=said.get(VERSION) or work.version or "",
    )
    response = Response(
        body,
        status_code=200 if refused is None else refused.status,
        headers={"Content-Type": HTML, "Cache-Control": "no-store"},
    )
    keep_form_cookie(request, response, made)
    return as_page(response)


def _refused(problem: ProblemError, body: Body) -> Refused:
    told = problem.problem
    pointed = [(one.pointer, one.rule) for one in told.errors if one.pointer is not None]
    made = refused_beside(body, pointed, detail=told.detail, nearest=told.nearest, status=told.status)
    if told.code == KEY_REUSED:
        return msgspec.structs.replace(made, general=(_KEY_USED,), by_field={})
    return made


async def _again(
    request: Request, work: Work, said: dict[str, str], refused: Refused, problem: ProblemError
) -> Response:
    """The form with what was refused of it. Only who was told that the fact was acted upon meanwhile decides upon it as it is now."""
    told = problem.problem
    if told.code == KEY_REUSED:
        said.pop(FORM_KEY, None)
    if told.code == StaleError.code:
        begun = said.pop(VERSION, "")
        both: dict[str, tuple[str, ...]] = {}
        if work.begun is not None and begun.isdecimal():
            said, both = brought_up(said, values_of(await work.begun(int(begun))), values_of(work.groups({})))
        refused = msgspec.structs.replace(refused, general=(acts_since(told.acts),), by_field=both)
    return _page(request, work, said, refused=refused)


async def _send(request: Request, work_of: Callable[[Request], Awaitable[Work]]) -> Response:
    sent = await read_form(request)
    said = {name: sent.text(name) for name in sent}
    tries = 0
    while True:
        work, body = await work_of(request), Body()
        tries += 1
        try:
            return await _done(request, work, said, body)
        except RefusedError as error:
            problem = problem_of_refusal(error)
        except ProblemError as caught:
            problem = caught
        if problem.problem.status != _MOVED or tries == _TRIES:
            return await _again(request, work, said, _refused(problem, body), problem)


async def _done(request: Request, work: Work, said: Mapping[str, str], body: Body) -> Response:
    """What was sent, recorded or tried. Raises RefusedError or ProblemError; the status of one is _MOVED where the stream has moved on."""
    await work.make(said, body)
    given = {"op": work.op, **work.names, **body.value}
    version = said.get(VERSION, "")
    if "fact" in work.names and version.isdecimal():
        given["expected_version"] = int(version)
    served = served_by(request)
    command = read_command(given, served.ids)
    caller = caller_of(request)
    if said.get("do") != "record":
        return _page(request, work, said, preview=await _tried(served, command, caller, work))
    if_match = None if work.stands_at is None else IfMatch(versions=(work.stands_at,))
    written = Written(caller=caller, key=said.get(FORM_KEY) or None, if_match=if_match, dry_run=False)
    content = f"POST {request.scope['path']}\n".encode() + canonical(given)
    receipt = await record(served, command, written, content)
    return RedirectResponse(work.leads_to(receipt), status_code=303)


async def _tried(served: Served, command: Command, caller: Caller, work: Work) -> Preview:
    """What recording it would do. Raises what recording it would."""
    try:
        return await asyncio.to_thread(_rehearsed, served, command, caller, work)
    except StaleError as error:
        raise await stale_problem(served.history, command, error, by_header=False) from None


def _rehearsed(served: Served, command: Command, caller: Caller, work: Work) -> Preview:
    """Record a command in a ledger that forgets, and tell what it changed there. Raises what recording it would."""
    with open_for_rehearsal(served.path, clock=served.clock, ids=served.ids) as opened:
        before = opened.history.head().position
        receipt = opened.writer.record(command, caller)
        movement = None
        if work.incident is not None and receipt.position is not None:
            events = opened.history.of_incident(work.incident)
            after = opened.history.head().position
            movement = moved_between(events, work.incident, Axes(known=before), Axes(known=after))
        return Preview(what=work.op.replace("-", " "), movement=movement, is_quiet=receipt.position is None)


def add_work(
    router: APIRouter,
    path: str,
    op: str,
    work_of: Callable[[Request], Awaitable[Work]],
    said: Callable[[Request], Awaitable[dict[str, str]]],
) -> None:
    """Put a form on a router. `said` are the fields with which it begins, from its address."""

    async def show(request: Request) -> Response:
        return _page(request, await work_of(request), await said(request))

    async def send(request: Request) -> Response:
        return await _send(request, work_of)

    for endpoint, methods in ((show, ["GET", "HEAD"]), (send, ["POST"])):
        router.add_api_route(
            path,
            endpoint,
            methods=methods,
            include_in_schema=False,
            response_model=None,
            route_class_override=GuardedRoute,
            openapi_extra=needs(ROLE_OF[op]),
        )
