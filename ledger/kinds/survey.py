"""One walk over a kind's schema: refuses what is not on the list, adds up what applying it will cost.

JSON Schema as a whole may fetch from the network, recurse without end, and ignores a misspelt keyword. Here
the keywords are a closed list, and a reference leads to the schema's own definitions, never back to itself;
so the cost of a schema is a sum, known before it judges anything. It knows nothing of details or of the
engine that judges.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from ledger.errors import InvalidError
from ledger.strict_json import pointer

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["FORMS", "NESTING_LIMIT", "Survey", "Weight", "count_values", "locate", "object_at"]

NESTING_LIMIT = 16
"""Schemas within schemas, references followed."""

_NAMEABLE_LIMIT = 64
_REF = "#/$defs/"
_COUNT = "an integer of 0 or more"
_NUMBER = "an integer"
_TEXT = "a string"
_NAMES = "a list of different strings"
_FORMATS = ("date", "date-time", "duration", "time", "uri", "uuid")
_SINGLE = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
)
_LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_BY_PATTERN = "patternProperties"
_NAMED = frozenset({"dependentSchemas", "properties", _BY_PATTERN})
FORMS = {
    "$comment": _TEXT,
    "const": "any value",
    "dependentRequired": "an object of lists of different strings",
    "description": _TEXT,
    "enum": "a list of values",
    "examples": "a list of values",
    "exclusiveMaximum": _NUMBER,
    "exclusiveMinimum": _NUMBER,
    "format": "one of " + ", ".join(_FORMATS),
    "maxContains": _COUNT,
    "maxItems": _COUNT,
    "maxLength": _COUNT,
    "maxProperties": _COUNT,
    "maximum": _NUMBER,
    "minContains": _COUNT,
    "minItems": _COUNT,
    "minLength": _COUNT,
    "minProperties": _COUNT,
    "minimum": _NUMBER,
    "multipleOf": "an integer of 1 or more",
    "pattern": "a regular expression without look-around and back-references, and of modest size",
    "required": _NAMES,
    "title": _TEXT,
    "type": "array, boolean, integer, object or string, or a list of these",
    "uniqueItems": "true or false",
}
"""The keywords that hold no schema, and the form that each demands of its value."""


class Weight(NamedTuple):
    """What a schema costs to apply: JSON values, regular expressions and nesting, references written out."""

    values: int
    patterns: int
    nesting: int


def locate(field: str, *parts: str | int) -> str:
    """The JSON pointer to what lies at `parts` under `field`, as far as it can be named.

    It stops before a name that is long or not printable ASCII: a pointer goes into messages and logs.
    """
    return field + pointer(*takewhile(_is_nameable, parts))


def count_values(value: Json) -> int:
    """How many JSON values `value` holds, itself counted."""
    count, rest = 0, [value]
    while rest:
        one = rest.pop()
        count += 1
        if type(one) is dict:
            rest.extend(one.values())
        elif type(one) is list:
            rest.extend(one)
    return count


def object_at(value: Json, field: str) -> dict[str, Json]:
    """`value`, if it is a JSON object. Raises InvalidError naming `field`."""
    if type(value) is not dict:
        raise InvalidError("must be an object", field=field)
    return value


class Survey:
    """One schema, looked over. After `weight`, `judged` lists where each keyword without a schema stands."""

    def __init__(self, schema: dict[str, Json], field: str) -> None:
        self._schema = schema
        self._field = field
        self._definitions: dict[str, Json] = schema.get("$defs", {})
        self._weights: dict[str, Weight] = {}
        self._open: set[str] = set()
        self.judged: list[tuple[str, str, Json]] = []

    def weight(self) -> Weight:
        """The weight of the whole; every definition is looked at, used or not. Raises InvalidError."""
        total = self._walk(
            {k: v for k, v in self._schema.items() if k not in {"$defs", "$schema"}}, self._field, 1
        )
        for name in self._definitions:
            if name not in self._weights:
                self._define(name, 1)
        return total

    def _walk(self, schema: Json, place: str, level: int) -> Weight:
        if type(schema) is bool:
            return Weight(1, 0, 1)
        if type(schema) is not dict:
            raise InvalidError("a schema is an object, true or false", field=place)
        if level > NESTING_LIMIT:
            raise InvalidError(f"schemas nest at most {NESTING_LIMIT} deep, references followed", field=place)
        values, patterns, nesting = 1, 0, 0
        for keyword, value in schema.items():
            part = self._keyword(keyword, value, locate(place, keyword), level)
            values += part.values
            patterns += part.patterns
            nesting = max(nesting, part.nesting)
        return Weight(values, patterns, nesting + 1)

    def _keyword(self, keyword: str, value: Json, place: str, level: int) -> Weight:
        if keyword in FORMS:
            return self._judge(keyword, value, place)
        if keyword in _SINGLE:
            return self._walk(value, place, level + 1)
        if keyword in _LISTED:
            if type(value) is not list or not value:
                raise InvalidError("must be a list of at least one schema", field=place)
            return _sum([self._walk(item, f"{place}/{index}", level + 1) for index, item in enumerate(value)])
        if keyword in _NAMED:
            members = object_at(value, place).items()
            names = [
                self._judge("pattern", name, locate(place, name)) for name in value if keyword == _BY_PATTERN
            ]
            return _sum(
                [*names, *(self._walk(item, locate(place, name), level + 1) for name, item in members)]
            )
        if keyword == "$ref":
            return self._follow(value, place, level)
        raise InvalidError("this keyword is not among those a kind's schema may use", field=place)

    def _judge(self, keyword: str, value: Json, place: str) -> Weight:
        """Note a keyword that holds no schema, so that it can be tried alone."""
        if keyword == "format" and value not in _FORMATS:
            raise InvalidError(f"format must be {FORMS[keyword]}", field=place)
        self.judged.append((place, keyword, value))
        return Weight(count_values(value), int(keyword == "pattern"), 0)

    def _follow(self, ref: Json, place: str, level: int) -> Weight:
        name = ref.removeprefix(_REF) if type(ref) is str and ref.startswith(_REF) else None
        if name is None or name not in self._definitions:
            raise InvalidError(
                f"a $ref names a definition of this very schema: {_REF} and its name", field=place
            )
        if name in self._open:
            raise InvalidError("a definition must not lead back to itself; write its levels out", field=place)
        weight = self._weights.get(name) or self._define(name, level + 1)
        if level + weight.nesting > NESTING_LIMIT:
            raise InvalidError(f"schemas nest at most {NESTING_LIMIT} deep, references followed", field=place)
        return weight

    def _define(self, name: str, level: int) -> Weight:
        self._open.add(name)
        weight = self._walk(self._definitions[name], locate(self._field, "$defs", name), level)
        self._open.discard(name)
        self._weights[name] = weight
        return weight


def _sum(parts: list[Weight]) -> Weight:
    """Siblings together: their values and patterns added, the deepest nesting kept."""
    return Weight(
        sum(part.values for part in parts),
        sum(part.patterns for part in parts),
        max((part.nesting for part in parts), default=0),
    )


def _is_nameable(part: str | int) -> bool:
    return type(part) is int or (
        len(str(part)) <= _NAMEABLE_LIMIT and str(part).isascii() and str(part).isprintable()
    )
