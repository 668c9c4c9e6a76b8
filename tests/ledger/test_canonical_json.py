"""Values on their way to canonical bytes: agreement with RFC 8785, refusals by name, and JSON pointers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import rfc8785
from hypothesis import given, settings

from ledger.errors import InvalidError
from ledger.strict_json import canonical, check_json, pointer, read_json
from tests.strategies_json import json_values, near_json_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.values import Json

NUMBER = (
    "a number must be an integer within ±9007199254740991, without fraction or exponent;"
    " write decimals and longer numbers as strings"
)
KEY = "a key has characters that are not ASCII; name the member in ASCII"
SURROGATE = "contains a lone surrogate, which is not Unicode text"
NUL = "must not contain the character U+0000"
NO_JSON = "is no value of JSON; use text, integers, true, false, lists and dicts, and no sub-classes of them"
NULL = "null is never stored; leave the member out, or state the absence"


def refusal(action: Callable[[], object]) -> InvalidError:
    with pytest.raises(InvalidError) as caught:
        action()
    return caught.value


@given(json_values())
@settings(max_examples=150)
def test_canonical_bytes_are_those_of_rfc_8785(value: Json) -> None:
    assert rfc8785.dumps(value) == canonical(value)


@given(json_values())
@settings(max_examples=100)
def test_canonical_bytes_are_read_back_and_written_again_alike(value: Json) -> None:
    once = canonical(value)
    assert value == read_json(once)
    assert once == canonical(read_json(once))


@given(near_json_values())
@settings(max_examples=200)
def test_a_value_is_checked_as_one_that_comes_back_from_its_own_bytes(value: Json) -> None:
    try:
        check_json(value, field="/x")
    except InvalidError:
        error = refusal(lambda: check_json(value, field="/x"))
        assert error.field.startswith("/x")
        refusal(lambda: canonical(value))
    else:
        assert repr(value) == repr(json.loads(json.dumps(value)))
        assert value == read_json(json.dumps(value).encode())


class OwnText(str):
    __slots__ = ()


class OwnInteger(int):
    pass


class OwnObject(dict[str, int]):
    pass


@pytest.mark.parametrize(
    ("value", "field", "rule"),
    [
        pytest.param({"a": [1, None]}, "/d/a/1", NULL, id="None"),
        pytest.param({"a": 0.5}, "/d/a", NUMBER, id="float"),
        pytest.param(float("nan"), "/d", NUMBER, id="NaN"),
        pytest.param([2**53], "/d/0", NUMBER, id="integer above the range"),
        pytest.param([-(2**53)], "/d/0", NUMBER, id="integer below the range"),
        pytest.param({"é": 1}, "/d", KEY, id="key é"),
        pytest.param({"a": {1: 1}}, "/d/a", "a key is not text; JSON has no other keys", id="key 1"),
        pytest.param(
            {OwnText("a"): 1},
            "/d",
            "a key is not text; JSON has no other keys",
            id="key of a sub-class of str",
        ),
        pytest.param({"é": {"a": None}}, "/d", KEY, id="two faults"),
        pytest.param(["\ud800", "\udc00"], "/d/0", SURROGATE, id="surrogates side by side"),
        pytest.param(["\x00"], "/d/0", NUL, id="U+0000"),
        *(
            pytest.param([odd], "/d/0", NO_JSON, id=name)
            for name, odd in {
                "tuple": (),
                "bytes": b"",
                "own str": OwnText("a"),
                "own int": OwnInteger(1),
                "own dict": OwnObject(),
            }.items()
        ),
    ],
)
def test_a_value_outside_the_profile_is_refused_where_it_stands(value: Json, field: str, rule: str) -> None:
    error = refusal(lambda: check_json(value, field="/d"))
    assert (field, rule) == (error.field, error.rule)
    assert rule == refusal(lambda: canonical(value)).rule


def test_canonical_writes_64_levels_and_refuses_more() -> None:
    deep: Json = 1
    for _ in range(64):
        deep = [deep]
    assert b"[" * 64 + b"1" + b"]" * 64 == canonical(deep)
    assert "at most 64 levels" in refusal(lambda: canonical([deep])).rule


def test_no_depth_beyond_what_can_be_written_is_accepted_whatever_is_asked_for() -> None:
    deep: Json = 1
    for _ in range(255):
        deep = [deep]
    assert "at most 254 levels" in refusal(lambda: check_json(deep, field="", max_depth=1000)).rule
    check_json(deep[0], field="", max_depth=1000)


def test_a_value_that_holds_itself_is_refused_as_depth() -> None:
    loop: list[Json] = []
    loop.append(loop)
    assert "at most 32 levels" in refusal(lambda: check_json(loop, field="")).rule


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((), ""),
        (("a", 0, "b"), "/a/0/b"),
        (("",), "/"),
        (("a/b", "m~n", "~1"), "/a~1b/m~0n/~01"),
    ],
)
def test_a_pointer_escapes_as_rfc_6901_says(parts: tuple[str | int, ...], expected: str) -> None:
    assert expected == pointer(*parts)
