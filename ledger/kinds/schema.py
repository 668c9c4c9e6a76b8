"""Which JSON Schemas a kind may carry: a closed, bounded part of draft 2020-12 (model §3).

A schema is registered once and then judges every report of its kind, so it must be readable without a
network, cost a bounded amount of work, and mean the same where a detail is absent. What is refused here may
be allowed later, never the other way round. It knows nothing of facts or of the values that a schema will
judge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jsonschema_rs

from ledger.errors import InvalidError
from ledger.kinds.survey import FORMS, Survey, Weight, locate, object_at
from ledger.strict_json import canonical, check_json

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = [
    "DIALECT",
    "KEY_RULE",
    "PATTERN_LIMIT",
    "SCHEMA_DEPTH_LIMIT",
    "SCHEMA_SIZE_LIMIT",
    "WEIGHT_LIMIT",
    "check_schema",
    "compile_schema",
    "is_key",
    "weigh",
]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_DEPTH_LIMIT = 16
"""Objects and lists inside one another, the schema itself counted."""
SCHEMA_SIZE_LIMIT = 32_768
"""Bytes of a schema's canonical JSON."""
WEIGHT_LIMIT = 10_000
"""JSON values in a schema once each `$ref` is written out."""
PATTERN_LIMIT = 16
"""Regular expressions in a schema once each `$ref` is written out."""
REGEX_SIZE_LIMIT = 65_536
"""Bytes of one compiled expression: enough for a Unicode class, too little for a bomb of counted repeats."""
KEY_RULE = "the name of a detail has 1 to 64 characters: a-z, 0-9 and _, and begins with a letter"

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_DEFINITION = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", re.ASCII)
_DEFINITION_RULE = "the name of a definition has 1 to 64 letters, digits, _ . and -, first a letter or _"
_TOP = {
    *("$comment", "$defs", "$schema", "additionalProperties", "description"),
    *("examples", "properties", "required", "title", "type"),
}
"""At the top only what judges each detail by itself, so that one given as absent can simply be set aside."""


def is_key(text: str) -> bool:
    """Whether `text` may name a detail. Names of details stand in the clear for ever (model §6)."""
    return _KEY.fullmatch(text) is not None


def compile_schema(schema: Json) -> jsonschema_rs.Draft202012Validator:
    """A validator that fetches nothing, matches in linear time and asserts `format`.

    Raises ValueError for what is no JSON Schema of draft 2020-12, or holds an expression that the linear
    engine does not take.
    """
    return jsonschema_rs.Draft202012Validator(
        schema,
        offline=True,
        validate_formats=True,
        ignore_unknown_formats=False,
        pattern_options=jsonschema_rs.RegexOptions(
            size_limit=REGEX_SIZE_LIMIT, dfa_size_limit=16 * REGEX_SIZE_LIMIT
        ),
    )


def check_schema(schema: Json, *, field: str) -> None:
    """Refuse a schema of `details` that is not valid, not closed, or not bounded.

    `type: object` is implied; `additionalProperties: false` is demanded, so that no text enters under a name
    nobody defined. Raises InvalidError with the JSON pointer of the offending keyword.
    """
    if type(schema) is not dict:
        raise InvalidError("a kind's schema is a JSON object", field=field)
    check_json(schema, field=field, max_depth=SCHEMA_DEPTH_LIMIT)
    if len(canonical(schema)) > SCHEMA_SIZE_LIMIT:
        raise InvalidError(f"a schema has at most {SCHEMA_SIZE_LIMIT} bytes of canonical JSON", field=field)
    _check_top(schema, field)
    survey = Survey(schema, field)
    weight = survey.weight()
    if weight.values > WEIGHT_LIMIT:
        raise InvalidError(
            f"with each $ref written out the schema exceeds {WEIGHT_LIMIT} values", field=field
        )
    if weight.patterns > PATTERN_LIMIT:
        raise InvalidError(
            f"with each $ref written out the schema exceeds {PATTERN_LIMIT} patterns", field=field
        )
    try:
        compile_schema(schema)
    except ValueError as error:
        raise _blame(survey, field) from error


def weigh(schema: Json) -> Weight:
    """What a schema that `check_schema` let pass costs to apply."""
    return Survey(schema, "").weight()


def _blame(survey: Survey, field: str) -> InvalidError:
    """The complaint about the first keyword that does not compile even when it stands alone."""
    for place, keyword, value in survey.judged:
        try:
            compile_schema({keyword: value})
        except ValueError:
            return InvalidError(f"{keyword} must be {FORMS[keyword]}", field=place)
    return InvalidError("must be a valid JSON Schema of draft 2020-12", field=field)


def _check_top(schema: dict[str, Json], field: str) -> None:
    for keyword in schema:
        if keyword not in _TOP:
            raise InvalidError(
                f"at its top a schema says only {', '.join(sorted(_TOP))}; say the rest inside one detail",
                field=locate(field, keyword),
            )
    if schema.get("$schema", DIALECT) != DIALECT:
        raise InvalidError(f"the only dialect is {DIALECT}", field=f"{field}/$schema")
    if schema.get("type", "object") != "object":
        raise InvalidError("details are an object, so the type is object or left out", field=f"{field}/type")
    if schema.get("additionalProperties") is not False:
        raise InvalidError(
            "must be there and be false, so that nothing unnamed enters",
            field=f"{field}/additionalProperties",
        )
    properties = _names(schema, "properties", _KEY, KEY_RULE, field)
    _names(schema, "$defs", _DEFINITION, _DEFINITION_RULE, field)
    required = schema.get("required", [])
    for index, name in enumerate(required if type(required) is list else []):
        if type(name) is str and name not in properties:
            raise InvalidError(
                "only a detail under properties can be required", field=f"{field}/required/{index}"
            )


def _names(
    schema: dict[str, Json], keyword: str, form: re.Pattern[str], rule: str, field: str
) -> dict[str, Json]:
    """The object under a keyword of the top, if all its names have the form. Raises InvalidError."""
    members = object_at(schema.get(keyword, {}), f"{field}/{keyword}")
    for name in members:
        if form.fullmatch(name) is None:
            raise InvalidError(rule, field=locate(field, keyword, name))
    return members
