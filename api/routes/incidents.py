"""Incidents: opened and amended."""

from fastapi import APIRouter

from api.http.writing import Write, add_writes

__all__ = ["WRITES", "router"]

router = APIRouter(tags=["incidents"])

WRITES = (
    Write(op="open-incident", path="/v1/incidents", location="/v1/incidents/{id}"),
    Write(
        op="amend-incident",
        path="/v1/incidents/{incident}/amendments",
        location="/v1/incidents/{incident}",
    ),
)
add_writes(router, *WRITES)
