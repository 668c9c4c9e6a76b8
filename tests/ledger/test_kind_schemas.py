"""Which schemas a kind may carry: good ones, careless ones, and ones made to do harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.errors import InvalidError
from ledger.kinds import check_schema
from ledger.kinds.instance import EXPLAIN_LIMIT, WORK_LIMIT, check_instance, compiled
from ledger.kinds.schema import DIALECT, PATTERN_LIMIT, SCHEMA_SIZE_LIMIT, WEIGHT_LIMIT, weigh
from ledger.kinds.survey import NESTING_LIMIT
from ledger.strict_json import canonical

if TYPE_CHECKING:
    from ledger.values import Json


def shut(**members: Json) -> dict[str, Json]:
    return {"additionalProperties": False, "properties": members}


def nested(levels: int) -> Json:
    schema: Json = {"type": "string"}
    for _ in range(levels - 1):
        schema = {"not": schema}
    return schema


def ladder(steps: int, *, width: int) -> dict[str, Json]:
    """`steps` definitions, each of which applies the next `width` times."""
    definitions: dict[str, Json] = {
        f"d{step}": {"allOf": [{"$ref": f"#/$defs/d{step + 1}"}] * width} for step in range(steps - 1)
    }
    definitions[f"d{steps - 1}"] = {"type": "string"}
    return {**shut(a={"$ref": "#/$defs/d0"}), "$defs": definitions}


@pytest.mark.parametrize(
    "schema",
    [
        shut(),
        {"additionalProperties": False},
        {"$schema": DIALECT, "$comment": "c", "title": "t", "description": "d", "type": "object", **shut()},
        {**shut(a={"type": "string", "minLength": 1}), "required": ["a"], "examples": [{"a": "x"}]},
        shut(a=True, b={}, c=False),
        shut(a={"$ref": "#/$defs/Name"}, b={"$ref": "#/$defs/Name"})
        | {"$defs": {"Name": {"type": "string", "title": "Name"}}},
        shut(a={"type": "array", "prefixItems": [{"type": "string"}], "items": False, "uniqueItems": True}),
        shut(a={"type": "object", "properties": {"Any Name": {"format": "date"}}, "minProperties": 1}),
        shut(a={"patternProperties": {"^[a-z]+$": {"type": "integer"}}, "propertyNames": {"maxLength": 9}}),
        shut(a={"if": {"const": 1}, "then": {"enum": [1]}, "else": {"not": {"minimum": 5}}}),
        shut(a={"oneOf": [{"pattern": r"^\p{L}+$"}, {"pattern": r"^\w{1,50}$"}], "anyOf": [True]}),
        shut(a={"contains": {"multipleOf": 2}, "minContains": 1, "dependentRequired": {"b": ["c"]}}),
        shut(a={"dependentSchemas": {"b": {"required": ["c"]}}}),
        shut(type={"type": "string"}, properties={"type": "string"}),
    ],
    ids=canonical,
)
def test_a_bounded_schema_is_taken(schema: Json) -> None:
    check_schema(schema, field="/schema")


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        (True, ""),
        ([], ""),
        ("{}", ""),
        ({}, "/additionalProperties"),
        ({"additionalProperties": True}, "/additionalProperties"),
        ({"additionalProperties": 0}, "/additionalProperties"),
        ({"additionalProperties": {"type": "string"}}, "/additionalProperties"),
        ({**shut(), "type": "array"}, "/type"),
        ({**shut(), "type": ["object", "array"]}, "/type"),
        ({**shut(), "$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema"),
        ({**shut(), "$id": "https://example.org/kind"}, "/$id"),
        ({**shut(), "patternProperties": {"^x": True}}, "/patternProperties"),
        ({**shut(), "unevaluatedProperties": False}, "/unevaluatedProperties"),
        ({**shut(), "allOf": [{"required": ["a"]}]}, "/allOf"),
        ({**shut(), "minProperties": 1}, "/minProperties"),
        ({**shut(), "dependentRequired": {}}, "/dependentRequired"),
        ({**shut(), "$ref": "#/$defs/a", "$defs": {"a": True}}, "/$ref"),
        ({"additionalProperties": False, "properties": []}, "/properties"),
        (shut(Name=True), "/properties/Name"),
        (shut(**{"a-b": True}), "/properties/a-b"),
        (shut(**{"a/b": True}), "/properties/a~1b"),
        (shut(**{"a" * 65: True}), "/properties"),
        (shut(**{"a\n": True}), "/properties"),
        ({**shut(a=True), "required": ["b"]}, "/required/0"),
        ({**shut(a=True), "required": ["a", "a"]}, "/required"),
        ({**shut(a=True), "required": "a"}, "/required"),
        ({**shut(), "$defs": {"a/b": True}}, "/$defs/a~1b"),
        ({**shut(), "$defs": {"unused": {"type": "strng"}}}, "/$defs/unused/type"),
        (shut(a={"type": "strng"}), "/properties/a/type"),
        (shut(a="string"), "/properties/a"),
        (shut(a={"maxlength": 3}), "/properties/a/maxlength"),
        (shut(a={"maxLength": "3"}), "/properties/a/maxLength"),
        (shut(a={"maxLength": -3}), "/properties/a/maxLength"),
        (shut(a={"items": {"enum": "abc"}}), "/properties/a/items/enum"),
        (shut(a={"items": [True]}), "/properties/a/items"),
        (shut(a={"anyOf": []}), "/properties/a/anyOf"),
        (shut(a={"anyOf": {}}), "/properties/a/anyOf"),
        (shut(a={"allOf": [True, 7]}), "/properties/a/allOf/1"),
        (shut(a={"multipleOf": 0}), "/properties/a/multipleOf"),
        (shut(a={"multipleOf": 0.1}), "/properties/a/multipleOf"),
        (shut(a={"const": None}), "/properties/a/const"),
        (shut(a={"format": "hostname"}), "/properties/a/format"),
        (shut(a={"format": ["date"]}), "/properties/a/format"),
        (shut(a={"$defs": {}}), "/properties/a/$defs"),
        (shut(a={"$schema": DIALECT}), "/properties/a/$schema"),
        (shut(a={"$anchor": "a"}), "/properties/a/$anchor"),
        (shut(a={"unevaluatedItems": False}), "/properties/a/unevaluatedItems"),
        (shut(a={"properties": {"Ω": True}}), "/properties/a/properties"),
    ],
    ids=str,
)
def test_a_careless_schema_is_refused_where_it_is_wrong(schema: Json, field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        check_schema(schema, field="/schema")
    assert caught.value.field == "/schema" + field


@pytest.mark.parametrize(
    "keyword",
    [
        {"$ref": "https://example.org/schema.json"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "other.json#/a"},
        {"$ref": "//example.org/#/$defs/a"},
        {"$ref": "#"},
        {"$ref": "#/properties/a"},
        {"$ref": "#/$defs/missing"},
        {"$ref": "#/$defs/a%62"},
        {"$ref": "#/$defs/ab/not"},
        {"$ref": 7},
        {"$dynamicRef": "#a"},
        {"$dynamicAnchor": "a"},
        {"$recursiveRef": "#"},
        {"$id": "https://example.org/"},
        {"$vocabulary": {}},
    ],
    ids=str,
)
def test_a_reference_leads_to_the_schemas_own_definitions_only(keyword: dict[str, Json]) -> None:
    schema = {**shut(a=keyword), "$defs": {"ab": {"not": True}}}
    with pytest.raises(InvalidError) as caught:
        check_schema(schema, field="/schema")
    assert caught.value.field == f"/schema/properties/a/{next(iter(keyword))}"


@pytest.mark.parametrize(
    "definitions",
    [
        {"d0": {"$ref": "#/$defs/d0"}},
        {"d0": {"properties": {"child": {"$ref": "#/$defs/d0"}}}},
        {"d0": {"$ref": "#/$defs/d1"}, "d1": {"items": {"$ref": "#/$defs/d0"}}},
    ],
    ids=["itself", "through-a-member", "each-other"],
)
def test_a_definition_that_leads_back_to_itself_is_refused(definitions: Json) -> None:
    for properties in ({"a": {"$ref": "#/$defs/d0"}}, {}):
        with pytest.raises(InvalidError, match="lead back to itself"):
            check_schema({**shut(**properties), "$defs": definitions}, field="/schema")


@pytest.mark.parametrize(
    "pattern",
    ["(?=a)b", r"(a)\1", "(a{100}){1000}", r"\w{5000}", "(", "[", "a{3,1}"],
)
def test_an_expression_beyond_the_linear_engine_is_refused(pattern: str) -> None:
    for member, at in (({"pattern": pattern}, "pattern"), ({"patternProperties": {pattern: True}}, None)):
        with pytest.raises(InvalidError, match="pattern must be a regular expression") as caught:
            check_schema(shut(a=member), field="/schema")
        place = caught.value.field.removeprefix("/schema/properties/a/")
        assert place == at if at else place.startswith("patternProperties/")


def test_an_expression_that_makes_other_engines_backtrack_takes_linear_time() -> None:
    ready = compiled(shut(a={"pattern": "^(a+)+$"}))
    text = "a" * 200_000 + "!"
    with pytest.raises(InvalidError):
        check_instance(ready, {"a": text}, size=len(text), field="")


def test_a_schema_is_at_most_so_many_bytes() -> None:
    assert SCHEMA_SIZE_LIMIT == 32_768

    def of(size: int) -> dict[str, Json]:
        room = size - len(canonical(shut(a={"$comment": ""})))
        return shut(a={"$comment": "x" * room})

    assert len(canonical(of(SCHEMA_SIZE_LIMIT))) == SCHEMA_SIZE_LIMIT
    check_schema(of(SCHEMA_SIZE_LIMIT), field="")
    with pytest.raises(InvalidError, match=str(SCHEMA_SIZE_LIMIT)):
        check_schema(of(SCHEMA_SIZE_LIMIT + 1), field="")


def test_a_schema_nests_as_json_at_most_sixteen_deep() -> None:
    check_schema(shut(a=nested(14)), field="")
    with pytest.raises(InvalidError, match="nested"):
        check_schema(shut(a=nested(15)), field="")


def test_references_are_followed_when_nesting_is_counted() -> None:
    # The top, the holder of a reference and the definition it leads to; each further step adds such a pair.
    steps = 1 + (NESTING_LIMIT - 3) // 2
    check_schema(ladder(steps, width=1), field="")
    with pytest.raises(InvalidError, match=f"at most {NESTING_LIMIT} deep"):
        check_schema(ladder(steps + 1, width=1), field="")


def test_a_long_chain_of_references_is_refused_before_the_stack_ends() -> None:
    with pytest.raises(InvalidError, match=f"at most {NESTING_LIMIT} deep"):
        check_schema(ladder(600, width=1), field="")


def test_a_chain_of_references_is_counted_from_wherever_it_starts() -> None:
    chain = ladder(NESTING_LIMIT // 2 - 1, width=1)
    chain["properties"] = {"b": {"$ref": "#/$defs/d3"}, "a": {"items": {"$ref": "#/$defs/d0"}}}
    check_schema(chain, field="")
    chain["properties"]["a"] = {"items": {"items": {"items": {"$ref": "#/$defs/d0"}}}}
    with pytest.raises(InvalidError, match=f"at most {NESTING_LIMIT} deep"):
        check_schema(chain, field="")


def test_a_schema_that_explodes_when_written_out_is_refused() -> None:
    with pytest.raises(InvalidError, match=f"exceeds {WEIGHT_LIMIT} values"):
        check_schema(ladder(7, width=9), field="/schema")


def test_the_weight_of_a_schema_counts_what_references_repeat() -> None:
    assert weigh(shut(a={"type": "string"})).values == len(["the top", "its false", "a's schema", "its type"])
    once, twice = weigh(ladder(2, width=1)), weigh(ladder(2, width=2))
    assert twice.values - once.values == len(["holder", "definition", "its type"])


def test_a_schema_has_at_most_so_many_patterns_references_written_out() -> None:
    def of(count: int) -> dict[str, Json]:
        uses = [{"$ref": "#/$defs/code"}] * (count - 2)
        return {
            **shut(a={"allOf": uses, "patternProperties": {"^a": {"pattern": "^b"}}}),
            "$defs": {"code": {"pattern": "^[A-Z]+$"}},
        }

    assert weigh(of(PATTERN_LIMIT)).patterns == PATTERN_LIMIT
    check_schema(of(PATTERN_LIMIT), field="")
    with pytest.raises(InvalidError, match=f"exceeds {PATTERN_LIMIT} patterns"):
        check_schema(of(PATTERN_LIMIT + 1), field="")


def test_judging_never_takes_more_work_than_its_limit() -> None:
    ready = compiled(shut(a={"items": {"allOf": [{"maximum": limit} for limit in range(100)]}}))
    items = [0] * (WORK_LIMIT // ready.weight.values + 1)
    with pytest.raises(InvalidError, match="too much for the schema"):
        check_instance(ready, {"a": items}, size=2 * len(items), field="/details")
    check_instance(ready, {"a": items[3:]}, size=2 * len(items), field="/details")


def test_long_text_is_not_held_against_many_patterns() -> None:
    ready = compiled(shut(a={"allOf": [{"pattern": f"^[a-z]*x{{0,{n}}}$"} for n in range(16)]}))
    check_instance(ready, {"a": "a" * 65_000}, size=65_010, field="")
    with pytest.raises(InvalidError, match="too much for the schema"):
        check_instance(ready, {"a": "a" * 66_000}, size=66_010, field="")


def test_a_large_instance_that_fails_everywhere_is_refused_without_gathering_every_failure() -> None:
    ready = compiled(shut(ok=True, a={"anyOf": [{"items": {"allOf": [{"minimum": 1}] * 20}}]}))
    items = [0] * 50_000
    assert len(items) * ready.weight.values > EXPLAIN_LIMIT
    with pytest.raises(InvalidError, match="too large to say where") as caught:
        check_instance(ready, {"ok": 1, "a": items}, size=2 * len(items), field="/details")
    assert caught.value.field == "/details/a"


def test_schemas_of_one_meaning_share_what_is_compiled() -> None:
    one = {"additionalProperties": False, "properties": {"a": True, "b": {"maxLength": 1, "minLength": 1}}}
    other = {"properties": {"b": {"minLength": 1, "maxLength": 1}, "a": True}, "additionalProperties": False}
    assert compiled(one) is compiled(other)


@pytest.mark.parametrize(
    "keyword", ["type", "$ref", "not", "pattern", "items", "required", "anyOf", "$defs", "x"]
)
@pytest.mark.parametrize("value", [1, "x", "#", [], ["x"], {"x": 1}, False], ids=str)
def test_a_keyword_at_random_is_never_taken_for_a_schema(keyword: str, value: Json) -> None:
    with pytest.raises(InvalidError):
        check_schema({keyword: value}, field="/schema")
