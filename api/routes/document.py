"""The document of the API: for programs, and as a page for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.conditional import Told, answer_told
from api.http.reads import Read
from api.http.roles import GuardedRoute, Role, needs
from api.openapi.document import document
from api.openapi.reference_page import REFERENCE_POLICY, reference_page

__all__ = ["document_router"]

_HEADERS = {"Cache-Control": "public, max-age=3600"}
_PAGES = (
    ("/openapi.json", "read-document", "The OpenAPI document", _HEADERS),
    (
        "/docs/api",
        "read-reference",
        "The OpenAPI document as a page",
        {**_HEADERS, "Content-Security-Policy": REFERENCE_POLICY},
    ),
)


def document_router(routers: Iterable[APIRouter], reads: Iterable[Read]) -> APIRouter:
    """The routes that tell the document of some routers, and of themselves."""
    router = APIRouter(tags=["document"], route_class=GuardedRoute)
    described = (*routers, router)

    @cache
    def told() -> tuple[Told, Told]:
        made = document(described, reads)
        page = reference_page(made).encode()
        return Told.of(orjson.dumps(made)), Told.of(page, media_type="text/html; charset=utf-8")

    def telling(number: int, headers: dict[str, str]) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            return answer_told(request, told()[number], headers)

        return endpoint

    for number, (path, op, summary, headers) in enumerate(_PAGES):
        for method in ("GET", "HEAD"):
            shown = (
                {"operation_id": op, "summary": summary} if method == "GET" else {"include_in_schema": False}
            )
            router.add_api_route(
                path,
                telling(number, headers),
                methods=[method],
                response_model=None,
                openapi_extra=needs(Role.ANYONE),
                **shown,
            )
    return router
