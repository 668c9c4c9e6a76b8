"""Who looks at the pages: signing in with an access key, and out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.http.problems import ProblemError
from api.http.query import check_known, parameter
from api.http.roles import GuardedRoute, Role, needs
from api.pages.forms import read_form
from api.pages.framing import Frame, viewer_of
from api.pages.rendering import HTML, as_page, rendered
from api.pages.sessions import begin_session, end_session, give_token, keep_form_cookie

if TYPE_CHECKING:
    from api.http.auth import Access

__all__ = ["ACCOUNT", "router", "safe_path"]

router = APIRouter(include_in_schema=False, route_class=GuardedRoute)

ACCOUNT = "/account"
_BACK = "back"
_OURS = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f]{0,2000}")


def safe_path(text: str | None) -> str:
    """A path of this server; the front page where the text is anything else."""
    return text if text and _OURS.fullmatch(text) and not text.startswith(ACCOUNT) else "/"


def _page(request: Request, back: str, refused: str = "", status: int = 200) -> Response:
    viewer = viewer_of(request)
    token, made = give_token(request)
    frame = Frame(title="Signed in" if viewer.by_key else "Sign in", here="account", viewer=viewer)
    body = rendered("account.html", frame=frame, token=token, back=back, refused=refused)
    response = Response(body, status_code=status, headers={"Content-Type": HTML, "Cache-Control": "no-store"})
    keep_form_cookie(request, response, made)
    return as_page(response)


async def _account(request: Request) -> Response:
    check_known(request, _BACK)
    return _page(request, safe_path(parameter(request, _BACK)))


async def _sign_in(request: Request) -> Response:
    sent = await read_form(request)
    back, key = safe_path(sent.get(_BACK)), sent.get("key", "").strip()
    access: Access = request.app.state.access
    shown = Headers({"authorization": f"Bearer {key}", "host": request.headers.get("host", "")})
    client = request.client
    try:
        admitted = access.admit(shown, request.url.scheme, client.host if client else "")
    except ProblemError as problem:
        told = "This is no access key of this server, or it was revoked."
        if problem.problem.code != "key-refused":
            told = problem.problem.detail
        return _page(request, back, told, problem.problem.status)
    if admitted.caller is None or admitted.caller.key is None:
        return _page(
            request, back, "No access key has been made on this server, so that none is needed.", 422
        )
    response = RedirectResponse(back, status_code=303)
    begin_session(request, response, key)
    return response


async def _sign_out(request: Request) -> Response:
    await read_form(request)
    response = RedirectResponse(ACCOUNT, status_code=303)
    end_session(response)
    return response


for _path, _endpoint, _methods in (
    (ACCOUNT, _account, ["GET", "HEAD"]),
    (f"{ACCOUNT}/sign-in", _sign_in, ["POST"]),
    (f"{ACCOUNT}/sign-out", _sign_out, ["POST"]),
):
    router.add_api_route(
        _path, _endpoint, methods=_methods, response_model=None, openapi_extra=needs(Role.ANYONE)
    )
