"""Signing in: a browser keeps the access key in a cookie that no script can read and no other site can have sent.

The cookie speaks for whoever opens pages, and reads what a page links to. It never speaks for a write of the API: those show their key
themselves. What a form of a page sends has to come from a page of this server, and to carry the token of its session.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from api.access_keys import LiveKeys
from api.http.problems import ProblemError, RefusedField
from ledger.errors import StoreError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = [
    "TOKEN",
    "Sessions",
    "begin_session",
    "check_sent_from_here",
    "end_session",
    "give_token",
    "keep_form_cookie",
]

_KEY, _FORM = "ledger_key", "ledger_form"
"""The cookie of who signed in, and that of who sends forms to a server without keys."""

TOKEN = "token"  # noqa: S105  the name of a field, and no secret
_API = "/v1/"
_READS = ("GET", "HEAD")
_FROM_HERE = ("same-origin", "none")
_MADE_BYTES = 24
_VALUE = re.compile(r"[A-Za-z0-9_-]{16,200}", re.ASCII)


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        jar = SimpleCookie("; ".join(headers.getlist("cookie")))
    except CookieError:
        return {}
    return {name: one.value for name, one in jar.items() if _VALUE.fullmatch(one.value)}


def _is_plain_local(request: Request) -> bool:
    """Whether a browser asked this machine itself, without TLS: only then may a cookie travel so."""
    name = (request.url.hostname or "").strip("[]")
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _keep(request: Request, response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name, value, path="/", httponly=True, samesite="strict", secure=not _is_plain_local(request)
    )


def begin_session(request: Request, response: Response, key: str) -> None:
    """Have the browser keep an access key until it is closed."""
    _keep(request, response, _KEY, key)


def end_session(response: Response) -> None:
    """Have the browser forget the key, and what else it holds of this server."""
    for name in (_KEY, _FORM):
        response.delete_cookie(name, path="/", httponly=True, samesite="strict")
    response.headers["Clear-Site-Data"] = '"cache"'


def _token(cookies: dict[str, str]) -> str | None:
    """What forms of a session carry: whoever does not know its cookie cannot make it, and every process makes the same."""
    secret = cookies.get(_KEY) or cookies.get(_FORM)
    return (
        None if secret is None else hmac.new(secret.encode(), b"forms of pages", hashlib.sha256).hexdigest()
    )


def give_token(request: Request) -> tuple[str, str | None]:
    """The token for a form, and the cookie that the answer has to give the browser for it; None where it has one."""
    cookies = _cookies(request.headers)
    token = _token(cookies)
    if token is not None:
        return token, None
    made = secrets.token_urlsafe(_MADE_BYTES)
    return _token({_FORM: made}) or "", made


def keep_form_cookie(request: Request, response: Response, made: str | None) -> None:
    """Give the browser the cookie that goes with a token."""
    if made is not None:
        _keep(request, response, _FORM, made)


def check_sent_from_here(request: Request, token: str) -> None:
    """Refuse a form that no page of this server sent. Raises ProblemError (403)."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in _FROM_HERE:
        raise _foreign("Sec-Fetch-Site", "must be same-origin: a page of another site sent this")
    if site is None and origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        raise _foreign("Origin", "must be that of this server")
    right = _token(_cookies(request.headers))
    if right is None or not hmac.compare_digest(right.encode(), token.encode("utf-8", "replace")):
        raise _foreign("Cookie", "must be that of the page that showed the form; open it again")


def _foreign(header: str, rule: str) -> ProblemError:
    return ProblemError.of(
        403,
        "forbidden",
        "this form was not sent by a page of this server that you opened; nothing was done",
        RefusedField(header=header, rule=rule),
    )


class Sessions:
    """The layer that lets the cookie of a browser speak as an access key where it may."""

    def __init__(self, app: ASGIApp, *, keys: LiveKeys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, with the key of its cookie."""
        if scope["type"] == "http":
            scope = self._signed(scope)
        await self._app(scope, receive, send)

    def _signed(self, scope: Scope) -> Scope:
        if scope["method"] not in _READS and scope["path"].startswith(_API):
            return scope
        sent = {name for name, _ in scope["headers"]}
        if b"cookie" not in sent or b"authorization" in sent:
            return scope
        headers = Headers(scope=scope)
        key = _cookies(headers).get(_KEY, "")
        try:
            known = bool(key) and self._keys.look() and self._keys.find(key) is not None
        except StoreError:
            known = False
        if not known:
            # A key that was revoked is as if nobody had signed in, so that one can sign in again.
            return scope
        added = (b"authorization", b"Bearer " + key.encode("ascii"))
        return {**scope, "headers": [*scope["headers"], added]}
