"""The pages that the `type` of a problem leads to: what its code means and what to do."""

from __future__ import annotations

import re
from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.problem_codes import Explained, explained
from api.http.problems import DOCS, ProblemError
from api.http.roles import GuardedRoute, Role, needs

__all__ = ["router"]

router = APIRouter(include_in_schema=False, route_class=GuardedRoute)

_SPAN = re.compile(r"`(?P<code>[^`]+)`|\*(?P<emphasis>[^*]+)\*|\[(?P<text>[^\]]+)\]\([^)]*\)")
_HEADERS = {"Cache-Control": "public, max-age=3600"}

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<h1>{title}</h1>
{body}
</html>
"""


def _line(markdown: str) -> str:
    """A line of Markdown as HTML, everything in it escaped. Links are told by their words: the page stands alone."""
    parts: list[str] = []
    at = 0
    for span in _SPAN.finditer(markdown):
        parts.append(escape(markdown[at : span.start()]))
        if span["code"] is not None:
            parts.append(f"<code>{escape(span['code'])}</code>")
        elif span["emphasis"] is not None:
            parts.append(f"<em>{escape(span['emphasis'])}</em>")
        else:
            parts.append(escape(span["text"]))
        at = span.end()
    return "".join([*parts, escape(markdown[at:])])


def _page(title: str, *lines: str) -> Response:
    body = _PAGE.format(title=escape(title), body="\n".join(lines))
    return Response(body, media_type="text/html", headers=_HEADERS)


def _told(one: Explained) -> list[str]:
    return [f"<p>{_line(one.meaning)}</p>", f"<p>What to do: {_line(one.remedy)}</p>"]


def _listed(codes: list[Explained]) -> list[str]:
    return ["<ul>", *(f'<li><a href="{DOCS}{one.code}">{one.code}</a></li>' for one in codes), "</ul>"]


async def list_problems() -> Response:
    """Every code and law."""
    return _page("Problems", *_listed(list(explained())))


async def explain(request: Request) -> Response:
    """One code or law. Raises ProblemError (404) where it is none."""
    code = request.path_params["code"]
    found = next((one for one in explained() if one.code == code), None)
    if found is None:
        raise ProblemError.of(404, "not-found", "no problem has this code")
    lines = _told(found)
    if code == "rule":
        lines += ["<h2>The laws</h2>", *_listed([one for one in explained() if one.is_law])]
    return _page(("The law " if found.is_law else "The problem ") + code, *lines)


for _path, _endpoint in ((DOCS, list_problems), (DOCS + "{code}", explain)):
    router.add_api_route(
        _path, _endpoint, methods=["GET", "HEAD"], response_model=None, openapi_extra=needs(Role.ANYONE)
    )
