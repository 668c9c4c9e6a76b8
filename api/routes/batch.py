"""The batch: many commands in one request, a line each."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.http.batch import record_atomically, record_streamed, rehearse
from api.http.body import check_content_type
from api.http.problems import ProblemError, RefusedField
from api.http.query import check_known, yes_no
from api.http.roles import GuardedRoute, Role, needs
from api.http.serving import Served, served_by

__all__ = ["router"]

router = APIRouter(tags=["batch"], route_class=GuardedRoute)

MEDIA_TYPE = "application/jsonl"
_TAKEN = (MEDIA_TYPE, "application/x-ndjson")


class LinesResponse(StreamingResponse):
    """An answer that is sent while the request is still read.

    The framework's own listens for a disconnect meanwhile, and so takes pieces of the body away from whoever reads it.
    """

    def __init__(self, served: Served, request: Request) -> None:
        super().__init__(record_streamed(request, served), media_type=MEDIA_TYPE)
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  the framework's signature
        """Send it, holding a place. Raises ProblemError (503), before anything is sent, where there is none."""
        with self._served.receiving():
            await self.stream_response(send)


def _refuse_headers(request: Request) -> None:
    for header in ("Idempotency-Key", "If-Match"):
        if header in request.headers:
            rule = "is not taken for a batch; say key or expected_version in its lines"
            raise ProblemError.of(
                400, "invalid-header", f"{header} {rule}", RefusedField(header=header, rule=rule)
            )


@router.post(
    "/v1/batch",
    operation_id="batch",
    summary="Record many commands",
    response_model=None,
    openapi_extra=needs(Role.REPORTER),
)
async def batch(request: Request) -> Response:
    """Record commands, one JSON object a line, and answer each. A line needs the role of its command."""
    served = served_by(request)
    check_known(request, "atomic", "dry_run")
    atomic, dry_run = yes_no(request, "atomic"), yes_no(request, "dry_run")
    _refuse_headers(request)
    check_content_type(request, *_TAKEN)
    if not (atomic or dry_run):
        return LinesResponse(served, request)
    with served.receiving():
        if dry_run:
            answers = await rehearse(request, served, atomic=atomic)
        else:
            answers = await record_atomically(request, served)
    return Response(answers, media_type=MEDIA_TYPE)
