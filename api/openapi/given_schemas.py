"""What a caller may write, as JSON Schema: made from the structs of the commands, with the shorter forms that the reader takes.

The structs say what a command is; read_command.py says what of it may be left out or written shorter. Both are told here once, for the
OpenAPI document, and a test holds the schemas to the reader: what it takes they allow, and what it refuses for its shape they refuse.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from functools import cache

import msgspec

from ledger.citation import MAX_CITATIONS
from ledger.commands import COMMANDS
from ledger.strict_json import MAX_INTEGER
from ledger.values import Json

__all__ = ["DIGEST_PATTERN", "ID_PATTERN", "JSON_VALUE", "body_schema", "given_components", "line_schema"]

REFERENCE = "#/components/schemas/"
JSON_VALUE = "JsonValue"
ID_PATTERN = r"^[a-z0-9][a-z0-9._~\-]{0,127}$"
DIGEST_PATTERN = "^sha256:[0-9a-f]{64}$"
MAX_KEY_LENGTH = 255

_PREFIX = "Given"
_TEXT: Json = {"type": "string"}
_ANY: Json = {"$ref": REFERENCE + JSON_VALUE}
_NOT_GIVEN = "undisclosed"
_MAP: Json = {
    "type": "object",
    "propertyNames": {"pattern": "^[\\x01-\\x7f]*$"},
    "additionalProperties": _ANY,
    "not": {"properties": {"absent": {"const": _NOT_GIVEN}}, "required": ["absent"]},
}
"""An object of any members. Not even there may a caller state the absence that only the ledger states."""
_IDS = frozenset(("id", "source", "relays", "to", "incident", "fact", "in_favour_of"))
_DIGESTS = frozenset(("snapshot", "extraction"))
_MAKES_ID = frozenset(
    (
        "Citation",
        "OpenIncident",
        "Participant",
        "Place",
        "Quantity",
        "RegisterSource",
        "ReportFact",
        "StatedAttestation",
        "StatedPassage",
    )
)
_PUBLISHES = frozenset(("RegisterSource", "AmendSource", "RecordNotice", "Citation", "StatedAttestation"))
_PATH_NAME = re.compile(r"\{([a-z_]+)\}")


def _reference(name: str) -> dict[str, Json]:
    return {"$ref": f"{REFERENCE}{_PREFIX}{name}"}


def _without_null(schema: Json) -> Json:
    """A schema of the ledger's JSON: no null, integers that every reader keeps, and no absence that only the ledger states."""
    if isinstance(schema, list):
        return [_without_null(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _without_null(value) for name, value in schema.items() if name != "default"}
    if found == {}:
        return dict(_ANY)
    if found.get("type") == "object" and "properties" not in found:
        found = {**_MAP, **found}
    if schema.get("default"):
        found["default"] = schema["default"]
    if _NOT_GIVEN in found.get("enum", ()):
        found["enum"] = [one for one in found["enum"] if one != _NOT_GIVEN]
    if found.get("type") == "integer":
        found |= {"minimum": -MAX_INTEGER, "maximum": MAX_INTEGER}
    options = [one for one in found.get("anyOf", ()) if one != {"type": "null"}]
    if not options:
        return found
    if len(options) > 1:
        return {**found, "anyOf": options}
    rest = {name: value for name, value in found.items() if name != "anyOf"}
    return {**options[0], **rest}


def _or_alone(items: Json) -> Json:
    """A list, or one of its items by itself."""
    return {"anyOf": [items["items"], items]}


def _members(schema: dict[str, Json]) -> dict[str, Json]:
    members: dict[str, Json] = schema["properties"]
    return members


def _leave_out(schema: dict[str, Json], *names: str) -> None:
    for name in names:
        _members(schema).pop(name, None)
        _optional(schema, name)


def _optional(schema: dict[str, Json], name: str) -> None:
    required = [one for one in schema.get("required", ()) if one != name]
    schema.pop("required", None)
    if required:
        schema["required"] = required


def _shortened(name: str, schema: dict[str, Json]) -> None:
    """Allow what the reader makes or writes out itself."""
    members = _members(schema)
    if name in _MAKES_ID:
        _optional(schema, "id")
    if "occurred" in members:
        members["occurred"] = {"anyOf": [{**_TEXT, "description": "an EDTF text"}, members["occurred"]]}
    if name in _PUBLISHES:
        members["published"] = {
            "anyOf": [
                {**_TEXT, "description": "an EDTF text; of a source also never"},
                _reference("Published"),
            ]
        }
    if "selector" in members:
        listed = next(
            one for one in members["selector"].get("anyOf", [members["selector"]]) if "items" in one
        )
        members["selector"] = _or_alone(listed)
    if "citations" in members:
        members["citations"]["maxItems"] = MAX_CITATIONS
    for member, said in members.items():
        if said == _TEXT and member in _IDS | _DIGESTS:
            said["pattern"] = ID_PATTERN if member in _IDS else DIGEST_PATTERN


def _published() -> dict[str, Json]:
    names = ("as_stated", "edtf", "earliest", "latest", "zone")
    return {
        "title": "Published",
        "description": "When a source made something public, in any of the forms that the ledger reads.",
        "type": "object",
        "properties": {name: dict(_TEXT) for name in names},
        "minProperties": 1,
        "additionalProperties": False,
    }


def _capture(schema: dict[str, Json]) -> None:
    """The bytes of a capture, as a line of a batch has them."""
    _leave_out(schema, "data")
    _members(schema).update(
        text=dict(_TEXT),
        base64={**_TEXT, "contentEncoding": "base64"},
    )
    schema["oneOf"] = [{"required": ["text"]}, {"required": ["base64"]}]


def _json_value() -> dict[str, Json]:
    """A value of the ledger's JSON, for members that a kind or a standard describes."""
    return {
        "description": "JSON without null and without fractions; keys are ASCII.",
        "anyOf": [
            dict(_TEXT),
            {"type": "boolean"},
            {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
            {"type": "array", "items": _ANY},
            dict(_MAP),
        ],
    }


@cache
def _structs() -> Mapping[str, dict[str, Json]]:
    """Every struct that a command is made of, by its name in Python, as a caller writes it."""
    _, made = msgspec.json.schema_components(
        COMMANDS.values(),
        schema_hook=lambda _: {"type": "object"},
        ref_template=f"{REFERENCE}{_PREFIX}{{name}}",
    )
    found: dict[str, dict[str, Json]] = {name: _without_null(schema) for name, schema in made.items()}
    found["Published"] = _published()
    for name, schema in found.items():
        _shortened(name, schema)
    _capture(found[COMMANDS["capture-snapshot"].__name__])
    return found


def given_components() -> dict[str, Json]:
    """The components that bodies and lines refer to."""
    commands = {command.__name__ for command in COMMANDS.values()}
    parts = {
        f"{_PREFIX}{name}": copy.deepcopy(one) for name, one in _structs().items() if name not in commands
    }
    parts.pop(f"{_PREFIX}Held", None)
    return {JSON_VALUE: _json_value(), **parts}


def _flat_attestation(frame: dict[str, Json]) -> dict[str, Json]:
    """The attestation's own members beside those that say where it belongs."""
    flat = copy.deepcopy(_structs()["StatedAttestation"])
    _members(flat).update({name: one for name, one in _members(frame).items() if name != "attestation"})
    flat["required"] = sorted({*flat.get("required", ()), *frame.get("required", ())} - {"attestation"})
    return flat


def _forms(op: str, without: Iterable[str], more: Mapping[str, Json]) -> dict[str, Json]:
    command = copy.deepcopy(_structs()[COMMANDS[op].__name__])
    description = command.pop("description", "")
    del command["title"]
    _leave_out(command, *without)
    _members(command).update(more)
    if op != "attest-fact":
        return {"description": description, **command}
    flat = _flat_attestation(command)
    return {"description": description, "anyOf": [flat, command]}


def body_schema(op: str, path: str) -> dict[str, Json]:
    """The body of the command that has a path of its own: without `op` and without what the path says."""
    said = [name for name in _PATH_NAME.findall(path) if name != "attestation" or op != "attest-fact"]
    return _forms(op, ("op", *said), {})


def line_schema(op: str) -> dict[str, Json]:
    """A command as a line of a batch."""
    key = {**_TEXT, "maxLength": MAX_KEY_LENGTH, "description": "the idempotency key of the line"}
    return _forms(op, (), {"op": {"const": op}, "key": key})
