"""What each operation answers, by status, for the OpenAPI document: the bodies, the headers that come with them, and every problem."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from api.http.problems import MEDIA_TYPE as PROBLEM_TYPE
from api.http.reads import NDJSON, OCTETS, Read
from api.openapi.given_schemas import REFERENCE
from api.openapi.told_schemas import LINE_ANSWER, PROBLEM, RECEIPT, TOLD_RECEIPT, ToldSchemas
from ledger.values import Json
from projections.filters import OCCURRED

__all__ = ["Answers", "header_components", "problem_components"]

_JSON = "application/json"
_JSONL = "application/jsonl"
_TEXT: Json = {"type": "string"}
_HEADERS: dict[str, tuple[str, Json, bool]] = {
    "Cache-Control": (
        "How long the answer may be kept; never for good, since a redaction has to reach it.",
        _TEXT,
        True,
    ),
    "ETag": (
        "The entity tag: of a fact its version and a digest, of a write the version, else a digest.",
        _TEXT,
        True,
    ),
    "Idempotency-Replayed": (
        "Whether this answer was given before.",
        {"type": "string", "const": "true"},
        False,
    ),
    "Ledger-Position": ("The position that the answer was read at.", {"type": "integer", "minimum": 0}, True),
    "Link": ("The page after this one, where there is one.", _TEXT, False),
    "Location": ("Where what was made or acted upon is found; not of what was only tried.", _TEXT, False),
    "Memento-Datetime": ("When the last act that was read was recorded; not before the first.", _TEXT, False),
    "Retry-After": ("After how many seconds to ask again.", {"type": "integer", "minimum": 0}, True),
    "WWW-Authenticate": ("What an access key has to be.", _TEXT, True),
    "X-Request-Id": ("The id of the request, which the log has too.", _TEXT, True),
}
_PROBLEM_HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
_EVERY = (400, 401, 403, 429, 500, 503)
_WRITES = (*_EVERY, 408, 409, 412, 413, 415, 422, 507)
_POINT = ("Ledger-Position", "Memento-Datetime", "Cache-Control")
_NOT_FOUND = 404
_GONE = 410


def _header(name: str) -> Json:
    return {"$ref": f"#/components/headers/{name}"}


def _headers(*names: str) -> dict[str, Json]:
    return {name: _header(name) for name in (*names, "X-Request-Id")}


def _content(media_type: str, schema: Json) -> dict[str, Json]:
    return {media_type: {"schema": schema}}


def _lines(line: Json) -> Json:
    """Lines of JSON, which JSON Schema knows as a text only; what each holds is said beside it."""
    return {**_TEXT, "description": "a JSON object a line", "x-line": line}


def header_components() -> dict[str, Json]:
    """The headers that answers refer to."""
    return {
        name: {"description": description, "schema": schema, "required": required}
        for name, (description, schema, required) in _HEADERS.items()
    }


def _named(status: int) -> str:
    return "Problem" + "".join(word.capitalize() for word in HTTPStatus(status).name.split("_"))


def problem_components() -> dict[str, Json]:
    """The problems that answers refer to, one for each status."""
    statuses = sorted({*_WRITES, _NOT_FOUND, _GONE})
    return {
        _named(status): {
            "description": f"{HTTPStatus(status).phrase}: `code` says which problem it is, and `type` explains it.",
            "headers": _headers(*_PROBLEM_HEADERS.get(status, ())),
            "content": _content(PROBLEM_TYPE, {"$ref": REFERENCE + PROBLEM}),
        }
        for status in statuses
    }


def _problems(statuses: Iterable[int], path: str, *, missing: bool = False) -> dict[str, Json]:
    named = (*statuses, _NOT_FOUND) if missing or "{" in path else statuses
    return {str(status): {"$ref": f"#/components/responses/{_named(status)}"} for status in named}


class Answers:
    """What operations answer, with the schemas of one set of types."""

    def __init__(self, told: ToldSchemas) -> None:
        self._told = told

    def of_read(self, read: Read) -> dict[str, Json]:
        """A read: its answer at a point, 304, and the problems."""
        statuses = (*_EVERY, _GONE) if read.op == "read-snapshot" else _EVERY
        tag = (*_POINT, "ETag")
        told = {
            "description": "As it stood at the point that `Ledger-Position` tells.",
            "headers": _headers(*tag, *(("Link",) if "cursor" in read.parameters else ())),
            "content": self._content_of(read),
        }
        unchanged = {"description": "The caller has the answer already.", "headers": _headers(*tag)}
        return {"200": told, "304": unchanged, **_problems(statuses, read.path, missing=read.may_be_missing)}

    def _content_of(self, read: Read) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for media_type in read.media_types:
            in_window = "{incident}" in read.path and set(OCCURRED) <= set(read.parameters)
            if read.op == "prove-fact":
                schema = self._told.of(read.answers)
            elif media_type == _JSON:
                schema = self._told.read(read.answers, in_window=in_window)
            elif media_type == NDJSON:
                is_typed = read.answers is not None
                line = self._told.read(read.answers, in_window=in_window) if is_typed else {"type": "object"}
                schema = _lines(line)
            elif read.op == "read-snapshot":
                media_type, schema = "*/*", {}  # noqa: PLW2901  the bytes have the type that they were captured with
            elif media_type == OCTETS:
                schema = {}
            else:
                schema = dict(_TEXT)
            found |= _content(media_type, schema)
        return found

    def of_write(self, op: str, path: str) -> dict[str, Json]:
        """A write: its receipt, and the problems."""
        receipt = {"$ref": REFERENCE + (TOLD_RECEIPT if op == "capture-snapshot" else RECEIPT)}
        content = _content(_JSON, receipt)
        headers = ("Location", "ETag", "Idempotency-Replayed")
        said = {name: _optional(name) for name in headers}
        return {
            "200": {
                "description": "It stood already, or was only tried: nothing was recorded.",
                "headers": _headers() | said,
                "content": content,
            },
            "201": {
                "description": "It is recorded, and durable.",
                "headers": _headers("Location", "ETag", "Idempotency-Replayed"),
                "content": content,
            },
            **_problems(_WRITES, path),
        }

    def of_batch(self) -> dict[str, Json]:
        """A batch: a line for each line."""
        statuses = [one for one in _WRITES if one not in (409, 412, 422)]
        return {
            "200": {
                "description": "What became of each line, in order.",
                "headers": _headers(),
                "content": _content(_JSONL, _lines({"$ref": REFERENCE + LINE_ANSWER})),
            },
            **_problems(statuses, ""),
        }

    def of_plain(self, contents: dict[str, Json], path: str) -> dict[str, Json]:
        """What is neither read at a point nor written."""
        told = {
            "description": "The answer.",
            "headers": _headers(),
            "content": {name: {"schema": schema} for name, schema in contents.items()},
        }
        return {"200": told, **_problems(_EVERY, path)}


def _optional(name: str) -> Json:
    description, schema, _ = _HEADERS[name]
    return {"description": description, "schema": schema}
