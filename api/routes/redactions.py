"""Redactions: content removed lawfully."""

from fastapi import APIRouter

from api.http.writing import Write, add_writes

__all__ = ["WRITES", "router"]

router = APIRouter(tags=["redactions"])

WRITES = (Write(op="redact", path="/v1/redactions", location="{stream}"),)
add_writes(router, *WRITES)
