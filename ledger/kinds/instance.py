"""Holds details against a compiled schema, and says what the schema wants without repeating what was given.

The value judged may be a name, or words that a court has sealed, and a message ends up in answers and logs
where no redaction reaches it: so rules speak of the schema only. Validators are compiled once per text of a
schema. It knows nothing of kinds or facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import jsonschema_rs
import orjson

from ledger.errors import InvalidError
from ledger.kinds.schema import compile_schema, weigh
from ledger.kinds.survey import Weight, count_values, locate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.values import Json

__all__ = ["Compiled", "check_instance", "compiled"]

WORK_LIMIT = 10_000_000
"""Values judged times values of the schema: about a tenth of a second."""
MATCH_LIMIT = 1_048_576
"""Bytes judged times regular expressions of the schema: a few seconds with the worst expression there is."""
EXPLAIN_LIMIT = 20_000
"""Work up to which the engine is asked for the exact place.

It gathers every failure of every alternative then, and each takes more than a kilobyte.
"""
_SHOWN_OPTIONS = 12
_CACHED_SCHEMAS = 256

_RULES = {
    "additionalProperties": "is not a member that the schema allows",
    "anyOf": "must have one of the forms that the schema gives",
    "const": "must be {}",
    "contains": "must hold as many items of the form that the schema asks for as it asks for",
    "enum": "must be one of {}",
    "exclusiveMaximum": "must be less than {}",
    "exclusiveMinimum": "must be more than {}",
    "falseSchema": "is, or has, a member that the schema does not allow",
    "format": "must have the format {}",
    "maxItems": "must have at most {} items",
    "maxLength": "must have at most {} characters",
    "maxProperties": "must have at most {} members",
    "maximum": "must be at most {}",
    "minItems": "must have at least {} items",
    "minLength": "must have at least {} characters",
    "minProperties": "must have at least {} members",
    "minimum": "must be at least {}",
    "multipleOf": "must be a multiple of {}",
    "not": "must not have the form that the schema rules out",
    "oneOf": "must have one, and only one, of the forms that the schema gives",
    "pattern": "must match the pattern {}",
    "propertyNames": "has a member whose name the schema does not allow",
    "required": "is required",
    "type": "must be of type {}",
    "uniqueItems": "must not hold one item twice",
}
"""By keyword, what the schema wants; `{}` is the keyword's own value in the schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A schema made ready. `required` is for the caller: an absent detail meets it, but is not judged."""

    validator: jsonschema_rs.Draft202012Validator
    members: Mapping[str, Json]
    definitions: Mapping[str, Json]
    required: tuple[str, ...]
    weight: Weight


def compiled(schema: Json) -> Compiled:
    """A schema that `check_schema` let pass, made ready. Equal ones share it; the 256 used last are kept."""
    return _compiled(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=_CACHED_SCHEMAS)
def _compiled(text: bytes) -> Compiled:
    schema = orjson.loads(text)
    weight = weigh(schema)
    required = tuple(schema.pop("required", ()))
    return Compiled(
        validator=compile_schema(schema),
        members=schema.get("properties", {}),
        definitions=schema.get("$defs", {}),
        required=required,
        weight=weight,
    )


def check_instance(ready: Compiled, instance: dict[str, Json], *, size: int, field: str) -> None:
    """Refuse an instance that the schema does not allow, or that would cost too much to judge.

    `size`: the bytes of its canonical JSON. Raises InvalidError with the pointer of the offending member
    under `field`.
    """
    work = _work(ready.weight, instance, size)
    if work > WORK_LIMIT or size * ready.weight.patterns > MATCH_LIMIT:
        raise InvalidError(
            "too much for the schema of its kind to judge; split it over several facts", field=field
        )
    if not ready.validator.is_valid(instance):
        explain = _exact if work <= EXPLAIN_LIMIT else _coarse
        raise explain(ready, instance, field)


def _work(weight: Weight, instance: dict[str, Json], size: int) -> int:
    """Values of the instance times values of the schema; not counted where its size alone is small."""
    if size * weight.values <= EXPLAIN_LIMIT:
        return size * weight.values
    return count_values(instance) * weight.values


def _coarse(ready: Compiled, instance: dict[str, Json], field: str) -> InvalidError:
    """The complaint about the first detail that fails its schema, without the place inside it."""
    for name, value in instance.items():
        alone = compile_schema({"$defs": ready.definitions, "allOf": [ready.members[name]]})
        if not alone.is_valid(value):
            rule = "does not meet the schema of its kind, and is too large to say where"
            return InvalidError(rule, field=locate(field, name))
    raise AssertionError("the whole fails, but none of its members")  # pragma: no cover


def _exact(ready: Compiled, instance: dict[str, Json], field: str) -> InvalidError:
    """The complaint about the first failure.

    Returned, not raised from the engine's own error: that holds the value, and would follow ours into logs.
    """
    try:
        ready.validator.validate(instance)
    except jsonschema_rs.ValidationError as error:
        return InvalidError(
            _rule(error.kind), field=locate(field, *error.instance_path, *_missing(error.kind))
        )
    raise AssertionError("is_valid and validate disagree")  # pragma: no cover


def _missing(kind: jsonschema_rs.ValidationErrorKind) -> tuple[str, ...]:
    """The step to a member that is not there, or should not be: the engine names the object around it."""
    if kind.name == "required":
        return (kind.value,)
    return tuple(kind.value[:1]) if kind.name == "additionalProperties" else ()


def _rule(kind: jsonschema_rs.ValidationErrorKind) -> str:
    rule = _RULES.get(kind.name, "does not meet the schema of its kind")
    return rule.format(_wanted(kind)) if "{}" in rule else rule


def _wanted(kind: jsonschema_rs.ValidationErrorKind) -> str:
    """The value of a keyword as a sentence says it."""
    match kind.name:
        case "enum":
            more = ", or another that the schema lists" if kind.value[_SHOWN_OPTIONS:] else ""
            return ", ".join(_json(option) for option in kind.value[:_SHOWN_OPTIONS]) + more
        case "type":
            return " or ".join(kind.value)
        case "const":
            return _json(kind.value)
        case _:
            return str(kind.value)


def _json(value: Json) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
