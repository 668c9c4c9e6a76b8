"""Strict JSON: refusals by name, agreement with the standard library, canonical bytes against RFC 8785."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.errors import InvalidError
from ledger.strict_json import MAX_INTEGER, read_any_json, read_json
from tests.strategies_json import json_texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.values import Json

NUMBER = (
    "a number must be an integer within ±9007199254740991, without fraction or exponent;"
    " write decimals and longer numbers as strings"
)
EMPTY = "the body is empty; send one JSON value"
MARK = "the body begins with a byte order mark; send UTF-8 without one"
TWICE = 'the key "a" stands twice in this object; every key stands once'
UNNAMED_TWICE = "a key stands twice in this object; every key stands once"
HIDDEN_TWICE = "a key stands twice in one object; every key stands once"
KEY = "a key has characters that are not ASCII; name the member in ASCII"
NAN = "NaN and Infinity are not JSON; leave the member out, or state the absence"
SURROGATE = "contains a lone surrogate, which is not Unicode text"
NUL = "must not contain the character U+0000"
LONG = b"k" * 65
NULL = "null is never stored; leave the member out, or state the absence"


def refusal(action: Callable[[], object]) -> InvalidError:
    with pytest.raises(InvalidError) as caught:
        action()
    return caught.value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        pytest.param(b"{}", {}, id="empty object"),
        pytest.param(b" [1, -2, true, false] \n", [1, -2, True, False], id="blanks around"),
        pytest.param(b'"text"', "text", id="text alone"),
        pytest.param(b"-0", 0, id="minus zero"),
        pytest.param(b"9007199254740991", MAX_INTEGER, id="largest integer"),
        pytest.param(b"-9007199254740991", -MAX_INTEGER, id="smallest integer"),
        pytest.param('{"a":"“é” 🚓 \\u003a \\ud83d\\ude93"}'.encode(), {"a": "“é” 🚓 : 🚓"}, id="Unicode"),
        pytest.param(
            b'{"a":{"a":[{"a":1},{"a":2}]}}', {"a": {"a": [{"a": 1}, {"a": 2}]}}, id="one key often"
        ),
        pytest.param(b'{"": "null NaN 1.5"}', {"": "null NaN 1.5"}, id="words of JSON inside text"),
        pytest.param(b'["\\u003a", {"a:b": "c:d"}]', [":", {"a:b": "c:d"}], id="colons inside text and keys"),
        pytest.param(b'"a\\\\u0000b"', "a\\u0000b", id="an escaped backslash before u0000"),
    ],
)
def test_json_of_the_profile_is_read_as_it_stands(data: bytes, value: Json) -> None:
    assert value == read_json(data)


@pytest.mark.parametrize(
    ("data", "field", "rule"),
    [
        pytest.param(b"", "", EMPTY, id="nothing"),
        pytest.param(b" \n\t", "", EMPTY, id="only blanks"),
        pytest.param(b"\xef\xbb\xbf{}", "", MARK, id="UTF-8 mark"),
        pytest.param("{}".encode("utf-16"), "", MARK, id="UTF-16"),
        pytest.param(b'["caf\xe9"]', "", "the body is not UTF-8, from byte 6 on; send UTF-8", id="Latin-1"),
        pytest.param(
            b'["\xed\xa0\x80"]', "", "the body is not UTF-8, from byte 3 on; send UTF-8", id="surrogate"
        ),
        pytest.param(
            b'["\xc0\x80"]', "", "the body is not UTF-8, from byte 3 on; send UTF-8", id="overlong U+0000"
        ),
        pytest.param(b'{"b":{"a":1,"c":2,"a":3}}', "/b", TWICE, id="key twice"),
        pytest.param(b'{"a":1,"a":1}', "", TWICE, id="key and value twice"),
        pytest.param(b'[0,{"a":1,"\\u0061":2}]', "/1", TWICE, id="key twice, once escaped"),
        pytest.param(b'{"a":1,"a":"\\u003a"}', "", TWICE, id="key twice, a colon escaped"),
        pytest.param(b'{"a":null,"a":1}', "", TWICE, id="null hidden by its namesake"),
        pytest.param(b'{"%s":1,"%s":2}' % (LONG, LONG), "", UNNAMED_TWICE, id="long key twice"),
        pytest.param(b'{"\\u0007":1,"\\u0007":2}', "", UNNAMED_TWICE, id="unprintable key twice"),
        pytest.param(b'{"a":%s,"a":1}' % (b"[" * 40 + b"]" * 40), "", HIDDEN_TWICE, id="depth hidden"),
        pytest.param('{"a":{"é":1}}'.encode(), "/a", KEY, id="key é"),
        pytest.param(b'{"a":{"\\u00e9":1}}', "/a", KEY, id="key é escaped"),
        pytest.param(b"NaN", "", f"{NAN} (line 1, column 1)", id="NaN"),
        pytest.param(b'{"a":\n Infinity}', "", f"{NAN} (line 2, column 2)", id="Infinity"),
        pytest.param(b"[-Infinity]", "", f"{NAN} (line 1, column 3)", id="-Infinity"),
        pytest.param(b'{"a":[1,1.5]}', "/a/1", NUMBER, id="fraction"),
        pytest.param(b"1.0", "", NUMBER, id="whole number with a fraction"),
        pytest.param(b"[1e3]", "/0", NUMBER, id="exponent"),
        pytest.param(b"-0.0", "", NUMBER, id="minus zero with a fraction"),
        pytest.param(b"9007199254740992", "", NUMBER, id="one above the largest integer"),
        pytest.param(b"-9007199254740992", "", NUMBER, id="one below the smallest integer"),
        pytest.param(b"18446744073709551616", "", NUMBER, id="2^64"),
        pytest.param(b"9" * 300, "", NUMBER, id="300 digits"),
        pytest.param(b"[" + b"9" * 10_000 + b"]", "", f"{NUMBER} (line 1, column 2)", id="10,000 digits"),
        pytest.param(b"-1e400", "", f"{NUMBER} (line 1, column 1)", id="beyond every float"),
        pytest.param(b'{"a":"\\ud800"}', "", f"{SURROGATE} (line 1, column 7)", id="lone high surrogate"),
        pytest.param(b'["\\uDC00"]', "", f"{SURROGATE} (line 1, column 3)", id="lone low surrogate"),
        pytest.param(b'["\\ud800\\ud800"]', "", f"{SURROGATE} (line 1, column 3)", id="two high surrogates"),
        pytest.param(b'{"a":["\\u0000"]}', "/a/0", NUL, id="U+0000 in text"),
        pytest.param(b'{"a":{"x\\u0000":1}}', "/a", f"a key {NUL}", id="U+0000 in a key"),
        pytest.param(b"null", "", NULL, id="null alone"),
        pytest.param(b'{"a":{"b":[1,null]}}', "/a/b/1", NULL, id="null deep inside"),
        pytest.param(b'{"a~b/c":null}', "/a~0b~1c", NULL, id="null under a key with ~ and /"),
        pytest.param(b'{"a":{"%s":null}}' % LONG, "/a", NULL, id="null under a key too long to name"),
    ],
)
def test_json_outside_the_profile_is_refused_where_it_stands(data: bytes, field: str, rule: str) -> None:
    error = refusal(lambda: read_json(data))
    assert (field, rule) == (error.field, error.rule)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        pytest.param("[1,\n{“a”:1}]", 2, 2, id="curly quotes"),
        pytest.param("{} {}", 1, 4, id="two values"),
        pytest.param('["é" "b"]', 1, 6, id="comma left out"),
        pytest.param('["a"', 1, 5, id="cut off"),
        pytest.param("[1,]", 1, 3, id="comma at the end"),
        pytest.param("[01]", 1, 2, id="leading zero"),
        pytest.param("[+1]", 1, 2, id="plus sign"),
        pytest.param("['a']", 1, 2, id="single quotes"),
        pytest.param("{a:1}", 1, 2, id="bare key"),
        pytest.param("[1] // done", 1, 5, id="comment"),
        pytest.param('["a\nb"]', 1, 4, id="raw line end in text"),
        pytest.param('["\x00"]', 1, 3, id="raw U+0000 in text"),
        pytest.param('["\\x41"]', 1, 3, id="unknown escape"),
    ],
)
def test_text_that_is_not_json_is_refused_with_line_and_column(text: str, line: int, column: int) -> None:
    error = refusal(lambda: read_json(text.encode()))
    assert "" == error.field
    assert error.rule.startswith("is not JSON: ")
    assert error.rule.endswith(f" (line {line}, column {column})")


def test_a_body_of_the_limit_is_read_and_one_byte_more_is_refused() -> None:
    assert "aaaa" == read_json(b'"aaaa"', max_bytes=6)
    assert (
        "the body has 7 bytes; at most 6 are allowed"
        == refusal(lambda: read_json(b'"aaaaa"', max_bytes=6)).rule
    )
    assert "at most 1048576" in refusal(lambda: read_json(b" " * 1_048_577)).rule


@pytest.mark.parametrize("max_depth", [0, 1, 32, 254])
def test_depth_at_the_limit_is_read_and_one_level_more_is_refused(max_depth: int) -> None:
    rule = f"is nested too deeply; at most {max_depth} levels of objects and arrays are allowed"
    inside = b"[" * max_depth + b"1" + b"]" * max_depth
    assert json.loads(inside) == read_json(inside, max_depth=max_depth)
    assert rule == refusal(lambda: read_json(b"[" + inside + b"]", max_depth=max_depth)).rule
    assert rule == refusal(lambda: read_json(b'{"a":' + inside + b"}", max_depth=max_depth)).rule


def test_an_object_of_texts_is_a_level_like_any_other() -> None:
    assert {"a": "b"} == read_json(b'{"a":"b"}', max_depth=1)
    assert "is nested too deeply" in refusal(lambda: read_json(b'{"a":"b"}', max_depth=0)).rule


def test_no_depth_beyond_what_can_be_written_is_read_whatever_is_asked_for() -> None:
    assert "at most 254 levels" in refusal(lambda: read_json(b"[" * 255 + b"]" * 255, max_depth=1000)).rule
    hidden = b'{"a":%s,"a":1}' % (b"[" * 1000 + b"]" * 1000)
    assert HIDDEN_TWICE == refusal(lambda: read_json(hidden, max_depth=2000)).rule


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"[" * 100_000, id="100,000 arrays, none closed"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="100,000 arrays"),
        pytest.param(b'{"a":' * 100_000, id="100,000 objects"),
        pytest.param(b'["", ' * 100_000, id="100,000 arrays with text between"),
    ],
)
def test_a_hundred_thousand_levels_are_refused_as_depth(data: bytes) -> None:
    rule = "is nested too deeply; at most 32 levels of objects and arrays are allowed"
    assert rule == refusal(lambda: read_json(data)).rule


def test_brackets_inside_text_are_no_depth() -> None:
    assert (
        "is not JSON"
        in refusal(lambda: read_json(b'["' + b"[" * 1000 + b'\\"' + b"{" * 1000 + b'", x]')).rule
    )


def test_an_unclosed_text_of_escaped_quotation_marks_is_refused_in_one_pass() -> None:
    brackets_inside_text = b'"' + b"[" * 33 + b'"'
    data = b"[" + brackets_inside_text + b', "' + b'\\"' * 500_000
    assert "is not JSON: unexpected end" in refusal(lambda: read_json(data)).rule


@given(st.text(alphabet='{}[],:"\\xu0123 \n', max_size=30))
@settings(max_examples=100)
def test_a_refusal_never_carries_the_input(noise: str) -> None:
    secret = "Zq7Xw"
    for body in (
        f'{{"a": "{secret}", {noise}[',
        f'["{secret}" {noise}[',
        f"{secret}{noise}",
        f'{{"{secret}é": {noise}[',
    ):
        error = refusal(partial(read_json, body.encode()))
        assert secret not in error.message + error.rule + error.field
        assert error.__suppress_context__
        assert error.__cause__ is None


def strict_by_the_standard_library(text: str) -> Json:
    """The same profile by the hooks of the standard library: slow, and apart from the code under test."""

    def members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        for key, _ in pairs:
            if not key.isascii() or "\x00" in key:
                raise ValueError
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    def refuse(_: str) -> NoReturn:
        raise ValueError

    def integer(digits: str) -> int:
        if abs(int(digits)) > MAX_INTEGER:
            raise ValueError
        return int(digits)

    def plain(value: Json) -> None:
        if value is None or (isinstance(value, str) and "\x00" in value):
            raise ValueError
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            plain(item)

    value = json.loads(
        text, object_pairs_hook=members, parse_float=refuse, parse_constant=refuse, parse_int=integer
    )
    plain(value)
    return value


@given(json_texts())
@settings(max_examples=200)
@example('{"a": 1, "a": "\\u003a"}')
@example('{"a": {"b": 1, "b": 2}, "\\u0061": "::"}')
@example('{":": ":", "a": ":"}')
def test_what_is_read_is_what_the_standard_library_reads_under_the_same_rules(text: str) -> None:
    try:
        expected = strict_by_the_standard_library(text)
    except ValueError:
        refusal(lambda: read_json(text.encode()))
    else:
        assert repr(expected) == repr(read_json(text.encode()))


@pytest.mark.parametrize("data", [b"null", b"1.5", b"1152921504606846977", '{"ключ": [null, 1e3]}'.encode()])
def test_what_others_wrote_is_read_as_it_is(data: bytes) -> None:
    assert json.loads(data) == read_any_json(data)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b'{"a": 1, "a": null}', "stands twice"),
        (b"[" * 33 + b"]" * 33, "is nested too deeply"),
        (b'{"a": NaN}', "NaN and Infinity are not JSON"),
        (b'"\\ud800"', "lone surrogate"),
        (b"[1", "is not JSON"),
    ],
    ids=range(5),
)
def test_what_is_no_json_is_refused_whoever_wrote_it(data: bytes, rule: str) -> None:
    with pytest.raises(InvalidError, match=rule):
        read_any_json(data)
    assert [[1]] == read_any_json(b"[[1]]", max_depth=2)
