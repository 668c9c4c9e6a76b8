"""The OpenAPI document: every operation with what it takes, what it answers and an example, made from the tables of the routes.

Nothing in it is written a second time: paths, operation ids and roles are those of the routes, bodies those of the commands, answers
those of the views.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import version

from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.http.feed.asking import LAST_EVENT_ID, PARAMETERS
from api.http.reads import POINT, Read
from api.http.roles import SECURITY_SCHEME
from api.openapi.answers import Answers, header_components, problem_components
from api.openapi.examples import EXAMPLES, Example
from api.openapi.given_schemas import REFERENCE, body_schema, given_components, line_schema
from api.openapi.parameters import header_parameter, path_parameter, query_parameter
from api.openapi.told_schemas import ToldSchemas
from ledger.commands import COMMANDS
from ledger.media import TAKEN
from ledger.values import Json

__all__ = ["document"]

_JSON = "application/json"
_JSONL = "application/jsonl"
_LINE = "BatchLine"
_PATH_NAME = re.compile(r"\{([a-z0-9_]+)\}")
_QUERY: dict[str, tuple[str, ...]] = {
    "capture-snapshot": ("dry_run", "url", "captured_at", "method", "archive_url"),
    "batch": ("atomic", "dry_run"),
    "follow-events": PARAMETERS,
}
_WRITE_HEADERS = ("Idempotency-Key", "If-Match")
_PLAIN_HEADERS = {"follow-events": (LAST_EVENT_ID,)}
_READ_HEADERS = ("Accept-Datetime", "If-None-Match")
_OBJECT: Json = {"type": "object"}
_PLAIN: dict[str, dict[str, Json]] = {
    "live": {_JSON: {"type": "object", "properties": {"live": {"const": True}}, "required": ["live"]}},
    "ready": {_JSON: {"type": "object", "properties": {"ready": {"const": True}}, "required": ["ready"]}},
    "version": {
        _JSON: {
            "type": "object",
            "properties": {"program": {"type": "string"}, "version": {"type": "string"}},
            "required": ["program", "version"],
        }
    },
    "metrics": {"text/plain": {"type": "string"}, "application/openmetrics-text": {"type": "string"}},
    "follow-events": {"text/event-stream": {"type": "string"}},
    "read-document": {_JSON: _OBJECT},
    "read-reference": {"text/html": {"type": "string"}},
    "read-swagger-ui": {"text/html": {"type": "string"}},
}
"""What is answered that is neither read at a point nor written."""

_DESCRIPTION = """An append-only ledger of what was reported about real incidents.

Every read also answers HEAD. Every path answers 405 with `Allow` to a method that it does not know. Every status from 400 on is a
problem (RFC 9457) whose `type` is a page of the server."""


def document(routers: Iterable[APIRouter], reads: Iterable[Read]) -> dict[str, Json]:
    """The document of the routes of some routers; `reads` are the rows of those that read."""
    by_op = {read.op: read for read in reads}
    told = ToldSchemas(read.answers for read in by_op.values() if read.answers is not None)
    answers = Answers(told)
    paths: dict[str, dict[str, Json]] = {}
    for route in _routes(routers):
        operation = _operation(route, by_op.get(route.operation_id or ""), answers)
        paths.setdefault(_path_of(route), {})[min(route.methods or ()).lower()] = operation
    lines = [{"$ref": f"{REFERENCE}{_line_name(op)}"} for op in COMMANDS]
    schemas = {
        **given_components(),
        **{_line_name(op): line_schema(op) for op in COMMANDS},
        _LINE: {"description": "A command, as a line of a batch.", "anyOf": lines},
        **told.components,
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "incident-ledger",
            "version": version("incident-ledger"),
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": problem_components(),
            "headers": header_components(),
            "securitySchemes": {
                SECURITY_SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "ilk_…",
                    "description": "An access key. x-role says which role an operation needs; while no key was made, none is needed.",
                }
            },
        },
    }


def _routes(routers: Iterable[APIRouter]) -> Iterator[APIRoute]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                yield route


def _path_of(route: APIRoute) -> str:
    """The path as the document writes it: without what says that a name may have several parts."""
    return route.path.replace(":path}", "}")


def _line_name(op: str) -> str:
    return f"Line{COMMANDS[op].__name__}"


def _operation(route: APIRoute, read: Read | None, answers: Answers) -> dict[str, Json]:
    op = route.operation_id
    if op is None or op not in EXAMPLES:
        raise TypeError(f"{route.path} has no operation id, or no example")
    example = EXAMPLES[op]
    said = {name: value for name, value in (route.openapi_extra or {}).items() if name != "parameters"}
    operation: dict[str, Json] = {
        "operationId": op,
        "summary": route.summary or (route.endpoint.__doc__ or "").partition("\n")[0].rstrip("."),
        "tags": list(route.tags),
        **said,
        "parameters": list(_parameters(op, _path_of(route), read, example)),
    }
    if op in COMMANDS or op == "batch":
        operation["requestBody"] = _body(op, route.path, example)
    operation["responses"] = _responses(op, route.path, read, answers)
    return operation


def _responses(op: str, path: str, read: Read | None, answers: Answers) -> dict[str, Json]:
    if read is not None:
        return answers.of_read(read)
    if op in COMMANDS:
        return answers.of_write(op, path)
    return answers.of_batch() if op == "batch" else answers.of_plain(_PLAIN[op], path)


def _parameters(op: str, path: str, read: Read | None, example: Example) -> Iterator[dict[str, Json]]:
    given = {**example.path, **example.query}
    for name in _PATH_NAME.findall(path):
        yield {**path_parameter(name), "example": given[name]}
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    if read is not None:
        query, headers = (*POINT, *read.parameters), _READ_HEADERS
    elif op in COMMANDS:
        query, headers = _QUERY.get(op, ("dry_run",)), _WRITE_HEADERS
    elif op in _QUERY:
        query, headers = _QUERY[op], _PLAIN_HEADERS.get(op, ())
    for name in query:
        shown = {"example": given[name]} if name in example.query else {}
        yield {**query_parameter(name), **shown}
    for name in (*headers, "X-Request-Id"):
        yield header_parameter(name)


def _body(op: str, path: str, example: Example) -> dict[str, Json]:
    if op == "capture-snapshot":
        content: dict[str, Json] = {name: {"schema": {"type": "string"}} for name in TAKEN}
        content[example.media_type]["example"] = example.body
    elif op == "batch":
        lines = {
            "type": "string",
            "description": "a command a line",
            "x-line": {"$ref": REFERENCE + _LINE},
        }
        content = {_JSONL: {"schema": lines, "example": example.body}}
    else:
        content = {_JSON: {"schema": body_schema(op, path), "example": example.body}}
    return {"required": True, "content": content}
