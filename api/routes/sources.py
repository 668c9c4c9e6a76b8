"""Sources: registered and amended, their notices, and who copied whom."""

from fastapi import APIRouter

from api.http.writing import Write, add_writes

__all__ = ["WRITES", "router"]

router = APIRouter(tags=["sources"])

_SOURCE = "/v1/sources/{source}"

WRITES = (
    Write(op="register-source", path="/v1/sources", location="/v1/sources/{id}"),
    Write(op="amend-source", path=f"{_SOURCE}/amendments", location=_SOURCE),
    Write(op="record-notice", path=f"{_SOURCE}/notices", location=_SOURCE),
    Write(op="declare-lineage", path=f"{_SOURCE}/lineage", location=_SOURCE),
    Write(
        op="revoke-lineage",
        path=f"{_SOURCE}/lineage/{{lineage}}/revocation",
        location=_SOURCE,
        numbers=("lineage",),
    ),
)
add_writes(router, *WRITES)
