"""Kinds: registered beside those that the ledger's own vocabulary defines."""

from fastapi import APIRouter

from api.http.writing import Write, add_writes

__all__ = ["WRITES", "router"]

router = APIRouter(tags=["kinds"])

WRITES = (Write(op="register-kind", path="/v1/kinds", location="/v1/kinds"),)
add_writes(router, *WRITES)
