"""Problems as pages: whoever asks for HTML is told the same content as a page (docs/errors.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson
from starlette.datastructures import Headers, MutableHeaders

from api.http.problems import MEDIA_TYPE
from api.http.roles import Admitted
from api.pages.framing import Frame, Viewer
from api.pages.rendering import HTML, POLICY, rendered

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ledger.values import Json

__all__ = ["ProblemPages"]

_API = "/v1/"
_KEY_NEEDED = 401

HEADINGS = {
    "not-found": "There is nothing here",
    "not-yet-known": "Not known yet at that point",
    "redacted": "Removed by law",
    "key-needed": "Please sign in",
    "role-needed": "Your key may not do this",
    "forbidden": "This may not be asked from there",
    "internal": "Our fault",
    "unavailable": "Not now",
}
"""What a page calls a problem, by its code; of others the status says it."""


def _wants_page(scope: Scope) -> bool:
    """Whether a browser asks for a page. The API keeps to one form."""
    if scope["type"] != "http" or scope["path"].startswith(_API):
        return False
    accepted = ",".join(Headers(scope=scope).getlist("accept"))
    return any(part.strip().lower().startswith("text/html") for part in accepted.split(","))


class ProblemPages:
    """The layer that tells problems as pages. It stands outside all that may tell one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on; hold an answer back if it is a problem, and tell it as a page."""
        if not _wants_page(scope):
            await self._app(scope, receive, send)
            return
        held: Message | None = None
        body = b""

        async def told(message: Message) -> None:
            nonlocal held, body
            if message["type"] == "http.response.start":
                if Headers(raw=message["headers"]).get("content-type", "").startswith(MEDIA_TYPE):
                    held = message
                    return
            elif held is not None:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                page = _page(scope, orjson.loads(body))
                headers = MutableHeaders(raw=held["headers"])
                headers["Content-Type"] = HTML
                headers["Content-Length"] = str(len(page))
                headers["Content-Security-Policy"] = POLICY
                headers.add_vary_header("Accept")
                await send(held)
                await send({"type": "http.response.body", "body": page})
                held = None
                return
            await send(message)

        await self._app(scope, receive, told)


def _page(scope: Scope, problem: dict[str, Json]) -> bytes:
    admitted = scope.get("state", {}).get("admitted")
    role = admitted.role.word if isinstance(admitted, Admitted) else "anyone"
    code = str(problem["code"])
    path = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
    needs_key = problem["status"] == _KEY_NEEDED
    heading = HEADINGS.get(code, str(problem["title"]))
    frame = Frame(title=heading, here="", viewer=Viewer(role=role, by_key=False))
    return rendered(
        "problem.html",
        frame=frame,
        heading=heading,
        problem=problem,
        now=scope["path"] if code == "not-yet-known" else "",
        sign_in=f"/account?{urlencode({'back': path})}" if needs_key and scope["method"] == "GET" else "",
    )
