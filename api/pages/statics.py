"""The files that pages load: one style sheet, modules and drawings, under addresses that change with them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.problems import ProblemError
from api.http.roles import GuardedRoute, Role, needs
from api.pages.rendering import STATIC, static_digest, static_files

__all__ = ["router"]

router = APIRouter(include_in_schema=False, route_class=GuardedRoute)

_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


async def _file(request: Request) -> Response:
    found = static_files().get(request.path_params["name"])
    if found is None or request.path_params["digest"] != static_digest():
        raise ProblemError.of(404, "not-found", "there is no file at this path")
    body, media_type = found
    return Response(body, headers={**_FOR_EVER, "Content-Type": media_type})


router.add_api_route(
    f"{STATIC}/{{digest}}/{{name}}",
    _file,
    methods=["GET", "HEAD"],
    response_model=None,
    openapi_extra=needs(Role.ANYONE),
)
