"""Swagger UI: its page and its files."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.conditional import answer_told
from api.http.roles import GuardedRoute, Role, needs
from api.http.writing import not_found
from api.openapi.swagger_page import SWAGGER, SWAGGER_POLICY, swagger_files

__all__ = ["router"]

router = APIRouter(tags=["document"], route_class=GuardedRoute)

_HEADERS = {"Cache-Control": "public, max-age=3600"}
_PAGE_HEADERS = {**_HEADERS, "Content-Security-Policy": SWAGGER_POLICY}


async def _page(request: Request) -> Response:
    return answer_told(request, swagger_files()[""], _PAGE_HEADERS)


async def _file(request: Request) -> Response:
    found = swagger_files().get(request.path_params["file"])
    if found is None:
        raise not_found("file")
    return answer_told(request, found, _HEADERS)


router.add_api_route(
    SWAGGER,
    _page,
    methods=["GET"],
    operation_id="read-swagger-ui",
    summary="The OpenAPI document in Swagger UI",
    response_model=None,
    openapi_extra=needs(Role.ANYONE),
)
for _path, _endpoint, _methods in (
    (SWAGGER, _page, ["HEAD"]),
    (f"{SWAGGER}/{{file}}", _file, ["GET", "HEAD"]),
):
    router.add_api_route(
        _path,
        _endpoint,
        methods=_methods,
        include_in_schema=False,
        response_model=None,
        openapi_extra=needs(Role.ANYONE),
    )
