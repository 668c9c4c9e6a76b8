"""Quotations of every stretch of small texts, and of texts so large that only bounded work answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import QuotationError
from ledger.quotation import Match, find_quotation
from tests.strategies_quotation import Quoted, quoted_texts

if TYPE_CHECKING:
    from collections.abc import Callable


def refusal(action: Callable[[], object]) -> QuotationError:
    with pytest.raises(QuotationError) as caught:
        action()
    assert "/selector" == caught.value.field
    return caught.value


def find(text: str, exact: str, **rest: str | int) -> Match:
    return find_quotation(text, exact=exact, field="/selector", **rest)  # type: ignore[arg-type]  # a table's row


@given(quoted_texts())
@settings(max_examples=150)
def test_every_stretch_of_a_text_is_found_by_its_position(quoted: Quoted) -> None:
    text, start, end = quoted
    expected = Match(start=start, end=end)
    assert expected == find(text, text[start:end], start=start, end=end)
    assert expected == find(
        text, text[start:end], start=start, end=end, prefix=text[:start], suffix=text[end:]
    )


@given(quoted_texts())
@settings(max_examples=150)
def test_a_quotation_is_found_without_a_position_exactly_where_it_stands_once(quoted: Quoted) -> None:
    text, start, end = quoted
    exact = text[start:end]
    places = [at for at in range(len(text)) if text[at : at + len(exact)] == exact]
    if len(places) == 1:
        assert Match(start=start, end=end) == find(text, exact)
    else:
        assert f"{len(places)} times" in refusal(lambda: find(text, exact)).message


@given(quoted_texts(), st.text(alphabet="ab é😀\u0301", max_size=6))
@settings(max_examples=150)
def test_what_is_refused_does_not_stand_there_and_its_passages_do(quoted: Quoted, other: str) -> None:
    text, start, end = quoted
    exact = text[start:end] + other + "x"
    error = refusal(lambda: find(text, exact))
    assert len(error.nearest) <= 3
    assert all(passage in text for passage in error.nearest)


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        pytest.param("a" * 5_000_000, "a" * 5_000 + "b" + "a" * 5_000, id="one letter"),
        pytest.param("ab " * 1_600_000, "ab " * 3_000 + "x", id="one word"),
        pytest.param("the officer said " * 300_000, "the officer saw " * 600, id="a few words"),
        pytest.param("😀" * 2_000_000, "😀" * 5_000 + "x", id="emoji"),
    ],
)
def test_five_million_characters_and_a_quotation_of_ten_thousand_are_answered_in_bounded_steps(
    text: str, exact: str
) -> None:
    error = refusal(lambda: find(text, exact))
    assert 1 <= len(error.nearest) <= 3
    assert all(len(passage) <= 300 for passage in error.nearest)
