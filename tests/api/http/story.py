"""The examples of the OpenAPI document as requests, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import msgspec
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.values import Json

__all__ = ["Sent", "operations", "story"]


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A request that an example makes: where it goes, and its body."""

    op: str
    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None


def operations(document: dict[str, Json]) -> dict[str, tuple[str, str, dict[str, Json]]]:
    """Method, path and operation by operation id."""
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def story(document: dict[str, Json], order: Iterator[str]) -> list[Sent]:
    """What the examples in a document make, in an order of operation ids. Everything but the order is the document's."""
    known = operations(document)
    return [_sent(op, *known[op]) for op in order]


def _sent(op: str, method: str, path: str, operation: dict[str, Json]) -> Sent:
    query: dict[str, Json] = {}
    url = path
    for one in operation["parameters"]:
        if "example" not in one:
            continue
        value = one["example"]
        if one["in"] == "path":
            url = url.replace(f"{{{one['name']}}}", quote(str(value)))
        elif one["name"] != "near":
            query[one["name"]] = str(value).lower() if isinstance(value, bool) else value
    headers: dict[str, str] = {}
    content = None
    for media_type, said in operation.get("requestBody", {}).get("content", {}).items():
        if "example" in said:
            headers["Content-Type"] = media_type
            body = said["example"]
            content = body.encode() if isinstance(body, str) else orjson.dumps(body)
    return Sent(
        op=op,
        method=method,
        url=url + (f"?{urlencode(query)}" if query else ""),
        headers=headers,
        content=content,
    )
