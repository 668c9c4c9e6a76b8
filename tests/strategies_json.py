"""JSON values of the ledger's profile, and JSON text of every sort, for the property tests of strict_json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from ledger.strict_json import MAX_INTEGER

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["json_texts", "json_values", "near_json_values"]

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
_KEYS = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=6)
_INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)


def json_values() -> st.SearchStrategy[Json]:
    """Values that check_json accepts."""
    return st.recursive(
        st.booleans() | _INTEGERS | _TEXT,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
        max_leaves=12,
    )


def near_json_values() -> st.SearchStrategy[Json]:
    """Values of which about half break the profile: null, floats, long integers, odd text and keys."""
    odd = st.sampled_from([None, 0.5, 1e300, 2**53, -(2**53), 2**70, "\x00", "\ud800", (), b"", {1}])
    odd_keys = st.sampled_from(["é", "a\x00", 1, None])
    leaves = st.booleans() | _INTEGERS | _TEXT | odd
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS | odd_keys, inner, max_size=3),
        max_leaves=8,
    )


def json_texts() -> st.SearchStrategy[str]:
    """Text that is JSON or nearly so, of few pieces, so that equal keys and null come up often."""
    keys = ['"a"', '"b"', '"\\u0061"', '":"', '"é"', '"\\u0000"']
    scalars = ['"a"', '":"', '"\\u003a"', '"null"', "null", "true", "0", "-0", "12", "1.5", "1e3", " "]
    scalars += ["9007199254740992", "18446744073709551616", "[]", '{"a": 1, "a": 2}']
    values = st.sampled_from(scalars)
    members = st.lists(st.tuples(st.sampled_from(keys), values), max_size=4)
    objects = members.map(lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}")
    arrays = st.lists(objects | values, max_size=3).map(lambda parts: "[" + ",".join(parts) + "]")
    rubble = st.lists(st.sampled_from([*scalars, *keys, "{", "}", "[", "]", ",", ":"]), max_size=9).map(
        "".join
    )
    return objects | arrays | rubble
