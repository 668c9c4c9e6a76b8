"""What documents this server has by itself, offline: for people who read pages, and for programs."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.roles import GuardedRoute, Role, needs
from api.pages.framing import Frame, viewer_of
from api.pages.rendering import HTML, as_page, rendered

__all__ = ["router"]

router = APIRouter(include_in_schema=False, route_class=GuardedRoute)


async def _docs(request: Request) -> Response:
    body = rendered("docs.html", frame=Frame(title="Documents", here="", viewer=viewer_of(request)))
    return as_page(Response(body, headers={"Content-Type": HTML, "Cache-Control": "private, max-age=60"}))


router.add_api_route(
    "/docs", _docs, methods=["GET", "HEAD"], response_model=None, openapi_extra=needs(Role.ANYONE)
)
