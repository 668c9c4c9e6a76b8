"""What a kind demands of details: storable values, its schema met, absence told apart, nothing repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given, settings

from ledger.errors import InvalidError
from ledger.kinds import Kind, check_details
from ledger.kinds.kind import DETAILS_DEPTH_LIMIT, DETAILS_SIZE_LIMIT
from ledger.kinds.schema import KEY_RULE
from ledger.strict_json import canonical
from ledger.values import Absence
from tests.strategies_kinds import MARKER, details_names, marked_json, profile_json

if TYPE_CHECKING:
    from ledger.values import Json


def of_schema(schema: Json) -> Kind:
    """A user's kind with this schema."""
    return Kind(slug="canine.bite", version=1, label="Bite", definition="A bite.", schema=schema, roles=())


def having(required: tuple[str, ...] = (), **members: Json) -> Kind:
    """A kind with these details."""
    schema = {"additionalProperties": False, "properties": members, "required": list(required)}
    return of_schema(schema)


ANY = having(v=True)


def refused(of: Kind, details: dict[str, Json], **options: bool) -> InvalidError:
    with pytest.raises(InvalidError) as caught:
        check_details(of, details, field="/details", **options)
    return caught.value


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"v": 1.5}, "/v"),
        ({"v": [0, {"w": None}]}, "/v/1/w"),
        ({"v": float("nan")}, "/v"),
        ({"v": 2**53}, "/v"),
        ({"v": -(2**53)}, "/v"),
        ({"v": "\x00"}, "/v"),
        ({"v": ["\ud800"]}, "/v/0"),
        ({"v": {"ä": 1}}, "/v"),
        ({"v": {1: 1}}, "/v"),
        ({"v": (1,)}, "/v"),
        ({"v": b"x"}, "/v"),
        ({"V": 1}, "/V"),
        ({"a-b": 1}, "/a-b"),
        ({"1a": 1}, "/1a"),
        ({"": 1}, "/"),
        ({"a/b~": 1}, "/a~1b~0"),
        ({"a" * 65: 1}, ""),
        ({"a\n": 1}, ""),
        ({"ä": 1}, ""),
        ({"w": 1}, "/w"),
    ],
    ids=repr,
)
def test_what_cannot_be_stored_or_named_is_refused(details: dict[str, Json], field: str) -> None:
    assert refused(ANY, details).field == f"/details{field}"


def test_details_nest_at_most_sixteen_deep() -> None:
    value: Json = 1
    for _ in range(DETAILS_DEPTH_LIMIT - 1):
        value = [value]
    check_details(ANY, {"v": value}, field="/details")
    assert refused(ANY, {"v": [value]}).field.startswith("/details/v/0")


def test_details_have_at_most_so_many_bytes() -> None:
    assert DETAILS_SIZE_LIMIT == 262_144
    room = DETAILS_SIZE_LIMIT - len(canonical({"v": ""}))
    check_details(ANY, {"v": "x" * room}, field="/details")
    assert refused(ANY, {"v": "x" * (room + 1)}).field == "/details"
    assert refused(ANY, {"v": "é" * room}).field == "/details"


@pytest.mark.parametrize(
    ("member", "value", "field", "rule"),
    [
        ({"type": "string"}, 7, "", "must be of type string"),
        ({"type": ["integer", "string"]}, True, "", "must be of type integer or string"),
        ({"enum": ["a", 1]}, "b", "", 'must be one of "a", 1'),
        (
            {"enum": list(range(13))},
            99,
            "",
            "must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, or another",
        ),
        ({"const": {"k": [1]}}, 1, "", 'must be {"k":[1]}'),
        ({"pattern": "^[A-Z]{3}$"}, "usd", "", "must match the pattern ^[A-Z]{3}$"),
        ({"format": "date"}, "2021-02-30", "", "must have the format date"),
        ({"minLength": 2}, "a", "", "must have at least 2 characters"),
        ({"maxLength": 2}, "aaa", "", "must have at most 2 characters"),
        ({"minItems": 1}, [], "", "must have at least 1 items"),
        ({"maxItems": 1}, [1, 2], "", "must have at most 1 items"),
        ({"minProperties": 1}, {}, "", "must have at least 1 members"),
        ({"maxProperties": 0}, {"k": 1}, "", "must have at most 0 members"),
        ({"minimum": 1}, 0, "", "must be at least 1"),
        ({"maximum": 1}, 2, "", "must be at most 1"),
        ({"exclusiveMinimum": 1}, 1, "", "must be more than 1"),
        ({"exclusiveMaximum": 1}, 1, "", "must be less than 1"),
        ({"multipleOf": 2}, 3, "", "must be a multiple of 2"),
        ({"uniqueItems": True}, [1, 1], "", "must not hold one item twice"),
        ({"contains": {"const": 1}}, [2], "", "must hold as many items"),
        ({"contains": {"const": 1}, "maxContains": 1}, [1, 1], "", "must hold as many items"),
        ({"anyOf": [{"minimum": 2}, {"maximum": 0}]}, 1, "", "must have one of the forms"),
        ({"oneOf": [True, True]}, 1, "", "must have one, and only one, of the forms"),
        ({"not": {"const": 1}}, 1, "", "must not have the form"),
        ({"required": ["k"]}, {}, "/k", "is required"),
        ({"dependentRequired": {"k": ["m"]}}, {"k": 1}, "/m", "is required"),
        ({"properties": {"k": True}, "additionalProperties": False}, {"m": 1}, "/m", "is not a member"),
        ({"properties": {"k": False}}, {"k": 1}, "/k", "that the schema does not allow"),
        ({"propertyNames": {"maxLength": 1}}, {"kk": 1}, "", "has a member whose name"),
        (
            {"items": {"properties": {"a/b": {"type": "string"}}}},
            ["", {"a/b": 1}],
            "/1/a~1b",
            "of type string",
        ),
        ({"$ref": "#/$defs/code"}, "x", "", "must have at least 3 characters"),
        ({"if": {"type": "string"}, "then": {"minLength": 4}}, "abc", "", "must have at least 4 characters"),
        (False, 1, "", "that the schema does not allow"),
    ],
    ids=str,
)
def test_a_refusal_says_what_the_schema_wants(member: Json, value: Json, field: str, rule: str) -> None:
    schema = {"additionalProperties": False, "properties": {"v": member}, "$defs": {"code": {"minLength": 3}}}
    error = refused(of_schema(schema), {"v": value})
    assert (error.field, rule in error.rule) == (f"/details/v{field}", True), error.rule
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize("count", [1, 9_000], ids=["explained", "too large to explain"])
def test_no_refusal_repeats_the_value(count: int) -> None:
    of = having(ok={"type": "string"}, v={"items": {"maxLength": 3}})
    error = refused(of, {"ok": "x", "v": [MARKER] * count})
    assert error.field == ("/details/v/0" if count == 1 else "/details/v")
    assert MARKER not in str(error)


@pytest.mark.parametrize("name", ["V", "1a", "a" * 65, "ä", "a b"])
def test_a_malformed_name_of_a_detail_is_answered_with_the_rule_for_names(name: str) -> None:
    error = refused(ANY, {name: 1})
    assert error.rule == KEY_RULE
    assert len(name) < 10 or name not in str(error)


def test_a_kind_without_details_takes_none() -> None:
    check_details(of_schema({"additionalProperties": False}), {}, field="/details")
    error = refused(of_schema({"additionalProperties": False}), {"part": "arm"})
    assert (error.field, error.rule) == ("/details/part", "canine.bite@1 has no such detail; it has none")


def test_an_unknown_detail_is_answered_with_the_known_ones() -> None:
    error = refused(having(bite=True, arm=True), {"leg": 1})
    assert error.rule == "canine.bite@1 has no such detail; it has arm, bite"


@pytest.mark.parametrize("reason", sorted(set(get_args(Absence)) - {"undisclosed"}))
def test_absence_stands_for_any_detail(reason: str) -> None:
    of = having(("n", "s"), n={"type": "integer"}, s={"type": "string"}, t=False)
    check_details(of, {"n": {"absent": reason}, "s": {"absent": reason}, "t": {"absent": reason}}, field="")
    assert refused(of, {"n": {"absent": reason}}).field == "/details/s"
    assert refused(of, {"n": {"absent": reason}, "s": 1}).field == "/details/s"


@pytest.mark.parametrize("reason", ["undisclosed", "unknown", "", None, 1, ["none"], {"absent": "none"}])
def test_absence_has_one_of_the_reasons_that_are_said(reason: Json) -> None:
    assert refused(ANY, {"v": {"absent": reason}}).field == "/details/v/absent"


@pytest.mark.parametrize(
    "value",
    [{"absent": "none", "more": 1}, [{"absent": "none"}], {"in": {"absent": "none"}}, "none"],
    ids=str,
)
def test_only_the_very_form_of_absence_is_absence(value: Json) -> None:
    check_details(ANY, {"v": value}, field="/details")
    assert refused(having(v={"type": "integer"}), {"v": value}).field == "/details/v"


def test_what_one_passage_states_may_leave_required_details_out() -> None:
    of = having(("n",), n={"type": "integer"}, s={"type": "string"})
    check_details(of, {}, field="", partial=True)
    check_details(of, {"s": "x"}, field="", partial=True)
    assert refused(of, {}).field == "/details/n"
    assert refused(of, {"s": "x"}).field == "/details/n"
    assert refused(of, {"s": 1}, partial=True).field == "/details/s"


def test_two_schemas_of_one_name_are_told_apart() -> None:
    check_details(having(v={"type": "string"}), {"v": "x"}, field="")
    assert refused(having(v={"type": "integer"}), {"v": "x"}).field == "/details/v"


@settings(max_examples=150)
@given(name=details_names(), value=profile_json())
def test_every_value_of_the_profile_fits_a_detail_without_a_schema(name: str, value: Json) -> None:
    if isinstance(value, dict) and value.keys() == {"absent"}:
        value = [value]
    check_details(having((name,), **{name: True}), {name: value}, field="/details")


@settings(max_examples=150)
@given(value=marked_json())
def test_whatever_is_wrong_with_a_value_its_text_stays_out_of_the_refusal(value: Json) -> None:
    shapes: tuple[Json, ...] = (
        {"maxLength": 1, "items": False, "additionalProperties": False},
        {"anyOf": [{"type": "integer"}, {"enum": ["a"]}]},
        {"not": True},
        {"const": 1},
        {"type": "integer"},
    )
    for shape in shapes:
        refusal = None
        try:
            check_details(having(v=shape), {"v": value}, field="/details")
        except InvalidError as error:
            refusal = error
        if refusal is None:
            assert value in ([], {}) or set(value) == {"absent"}
        else:
            assert MARKER not in str(refusal) + repr(refusal.__cause__) + repr(refusal.__context__)
