"""What queries, paths and headers may say, each parameter once, for the OpenAPI document."""

from __future__ import annotations

from typing import get_args

import msgspec

from api.openapi.given_schemas import ID_PATTERN
from ledger.values import Json
from projections.axes import Overlap
from projections.filters import Stands
from projections.paging import DEFAULT_LIMIT, MAX_LIMIT
from projections.work_items import SORTS

__all__ = ["header_parameter", "path_parameter", "query_parameter"]

_TEXT: Json = {"type": "string"}
_ID: Json = {"type": "string", "pattern": ID_PATTERN}
_NUMBER: Json = {"type": "integer", "minimum": 1, "maximum": 999_999_999_999_999}
_POSITION: Json = {"type": "integer", "minimum": 0, "maximum": 999_999_999_999_999}
_INSTANT: Json = {"type": "string", "format": "date-time"}
_STANDS = [word for words in get_args(Stands) for word in get_args(words)]
_YES_NO: Json = {"type": "boolean", "default": False}


class _Said(msgspec.Struct, frozen=True):
    description: str
    schema: Json = msgspec.field(default_factory=lambda: _TEXT)
    example: Json = msgspec.UNSET


_PATHS = {
    "attestation": _Said("The id of an attestation of the fact.", _ID),
    "dispute": _Said("Which dispute of the fact, counted from 1.", _NUMBER),
    "fact": _Said("The id of a fact of the incident.", _ID),
    "incident": _Said("The id of an incident.", _ID),
    "index": _Said(
        "The index of the tile in groups of three digits, all but the last after an x, and `.p/` with the width of a partial one.",
        {"type": "string", "pattern": r"^(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?$", "maxLength": 40},
    ),
    "level": _Said(
        "The level of the tile, or `entries` for the entries below a tile of level 0.",
        {"type": "string", "pattern": "^(entries|[0-9]|[1-5][0-9]|6[0-3])$"},
    ),
    "lineage": _Said("Which declared lineage of the source, counted from 1.", _NUMBER),
    "sha256": _Said(
        "The digest of the captured bytes.", {"type": "string", "pattern": "^(sha256:)?[0-9a-f]{64}$"}
    ),
    "source": _Said("The id of a source.", _ID),
}

_QUERY = {
    "after": _Said("Only entries after this position.", _POSITION),
    "archive_url": _Said(
        "Where the capture was archived; may be repeated.", {"type": "array", "items": _TEXT}
    ),
    "at_least": _Said(
        "The position that the answer has to have taken in; it is waited for, for a bounded time.", _POSITION
    ),
    "atomic": _Said("Whether all lines are recorded in one transaction, or none.", _YES_NO),
    "axis": _Said(
        "Along which axis the two points lie.",
        {"type": "string", "enum": ["known", "public"], "default": "known"},
    ),
    "captured_at": _Said("When the bytes were captured.", _INSTANT),
    "corrections": _Said(
        "Whether only corrections and retractions are sent, those of mere wording apart.", _YES_NO
    ),
    "cursor": _Said("Where the page begins, as the page before it says in `next`."),
    "dry_run": _Said("Whether only to say what would be answered; nothing is recorded.", _YES_NO),
    "fact": _Said("Only the acts upon this fact.", _ID),
    "first": _Said("How many events the smaller tree has.", _NUMBER),
    "format": _Said(
        "The form of the answer; else Accept decides.", {"type": "string", "enum": ["json", "atom"]}
    ),
    "from": _Said(
        "The first point: a position or an instant; the beginning where it is left out.",
        {"anyOf": [_POSITION, _INSTANT]},
    ),
    "incident": _Said("Only what concerns this incident.", _ID),
    "kind": _Said("Facts of this kind, by its slug.", {"type": "string", "maxLength": 64}),
    "known_at": _Said(
        "What the ledger knew then: a position, or an instant of RFC 3339.", {"anyOf": [_POSITION, _INSTANT]}
    ),
    "limit": _Said(
        "How many rows at most.",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    ),
    "method": _Said("How the bytes were captured."),
    "near": _Said(
        "Facts at most this far from a point: longitude, latitude and metres.", _TEXT, "-72.5,44.1,500"
    ),
    "occurred_from": _Said("Facts that occurred from this instant on.", _INSTANT),
    "occurred_to": _Said("Facts that occurred before this instant.", _INSTANT),
    "overlap": _Said(
        "Whether a fact of uncertain time has to lie between the two for certain, or may.",
        {"type": "string", "enum": list(get_args(Overlap)), "default": "possible"},
    ),
    "paths": _Said(
        "Which values the proof shows, those at or below these paths, with commas between; all that stand, where it is left out.",
        _TEXT,
        "statement,attestations/a1",
    ),
    "position": _Said("The position of the event.", _NUMBER),
    "public_at": _Said("What had been published by then: an instant of RFC 3339.", _INSTANT),
    "q": _Said("Words to look for in titles and statements."),
    "role": _Said("Facts with somebody in this role."),
    "second": _Said(
        "How many events the larger tree has; left out, as many as the newest checkpoint.", _NUMBER
    ),
    "size": _Said("How many events the tree has; left out, as many as the newest checkpoint.", _NUMBER),
    "sort": _Said("Only matters of this sort.", {"type": "string", "enum": list(SORTS)}),
    "source": _Said("Only what rests on this source.", _ID),
    "status": _Said("Facts that stand so.", {"type": "string", "enum": _STANDS}),
    "to": _Said(
        "The second point; all that is known, or was published, where it is left out.",
        {"anyOf": [_POSITION, _INSTANT]},
    ),
    "until": _Said("The stream ends with the event at this position; left out, it goes on.", _POSITION),
    "url": _Said("From where the bytes were captured."),
    "version": _Said("Only the act of this version of the incident's stream.", _NUMBER),
    "wording": _Said("Whether corrections of mere wording are among them.", _YES_NO),
}

_HEADERS = {
    "Accept-Datetime": _Said("As `known_at`, a date of HTTP that means the end of its second (RFC 7089)."),
    "Idempotency-Key": _Said(
        "A text of your own making, new for each act: sent again with it, the act is one, and the first answer comes again.",
        {"type": "string", "minLength": 1, "maxLength": 255},
    ),
    "If-Match": _Said(
        "The entity tag of what was decided upon; where it has moved, nothing is recorded: 412."
    ),
    "If-None-Match": _Said("Entity tags of answers that the caller has: 304 where one of them still stands."),
    "Last-Event-ID": _Said(
        "The id of the last event that was received: what is sent begins after it, and `after` is not looked at.",
        {"type": "string", "pattern": "^[0-9]{1,15}$"},
    ),
    "X-Request-Id": _Said("An id for the request, which the log has too; one of another form is not taken."),
}


def _parameter(name: str, where: str, said: _Said) -> dict[str, Json]:
    told: dict[str, Json] = {
        "name": name,
        "in": where,
        "required": where == "path",
        "description": said.description,
        "schema": said.schema,
    }
    if said.example is not msgspec.UNSET:
        told["example"] = said.example
    return told


def path_parameter(name: str) -> dict[str, Json]:
    """A name in a path. Raises KeyError where nothing is said of it."""
    return _parameter(name, "path", _PATHS[name])


def query_parameter(name: str) -> dict[str, Json]:
    """A parameter of a query. Raises KeyError where nothing is said of it."""
    return _parameter(name, "query", _QUERY[name])


def header_parameter(name: str) -> dict[str, Json]:
    """A header that is asked. Raises KeyError where nothing is said of it."""
    return _parameter(name, "header", _HEADERS[name])
