"""The quotation check: found where it stands, told apart, or refused with what the caller needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.errors import InvalidError, QuotationError
from ledger.quotation import Match, find_quotation

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = (
    "Police said the officer was dragged for about 15 feet (4.5 metres).\n"
    "“He was armed,” the chief said. The officer was dragged until his weapon fell.\n"
    "The driver was booked into the county jail, and the officer was treated."
)


def refusal(action: Callable[[], object]) -> QuotationError:
    with pytest.raises(QuotationError) as caught:
        action()
    assert "/selector" == caught.value.field
    return caught.value


def find(text: str, exact: str, **rest: str | int) -> Match:
    return find_quotation(text, exact=exact, field="/selector", **rest)  # type: ignore[arg-type]  # a table's row


@pytest.mark.parametrize(
    ("text", "exact", "start"),
    [
        pytest.param(TEXT, "Police said", 0, id="at the beginning"),
        pytest.param(TEXT, "treated.", len(TEXT) - 8, id="at the end"),
        pytest.param(TEXT, TEXT, 0, id="the whole text"),
        pytest.param(TEXT, "metres).\n“He", 59, id="across a line end"),
        pytest.param("השוטר נגרר כחמישה מטרים", "נגרר", 6, id="right-to-left"),
        pytest.param("🚓🚓 the car 🚗 left", "car 🚗", 7, id="emoji count one each"),
        pytest.param("cafe\u0301 bar", "\u0301 bar", 4, id="from within a letter and its accent"),
        pytest.param("👮\u200d♀️ said", "\u200d♀", 1, id="from within a joined emoji"),
        pytest.param("警官は約15フィート引きずられた", "引きずられ", 10, id="no blanks between words"),
    ],
)
def test_words_that_stand_once_are_found_in_code_points(text: str, exact: str, start: int) -> None:
    assert Match(start=start, end=start + len(exact)) == find(text, exact)


@pytest.mark.parametrize(
    ("text", "exact", "nearest"),
    [
        pytest.param(
            TEXT, "about 15 feet (4.5 meters)", "about 15 feet (4.5 metres).", id="another spelling"
        ),
        pytest.param("about 15–20 feet", "15-20 feet", "15–20 feet", id="a hyphen for a dash"),
        pytest.param("a co\u00adoperation", "cooperation", "co\u00adoperation", id="without a soft hyphen"),
        pytest.param(
            "the po\u200blice said", "the police", "the po\u200blice", id="without a zero-width space"
        ),
        pytest.param("«Halt», rief er", '"Halt"', "«Halt»,", id="straight marks for guillemets"),
        pytest.param("about15 feet", "about 15 feet", "about15 feet", id="a blank where none stands"),
        pytest.param(TEXT, "booked  in the county jail", "booked into the county jail,", id="a word off"),
        pytest.param(TEXT, "POLICE SAID", "Police said", id="another case"),
        pytest.param(
            "un cafe\u0301 noir", "caf\u00e9 noir", "cafe\u0301 noir", id="an accent in one code point"
        ),
        pytest.param(
            "un caf\u00e9 noir", "cafe\u0301 noir", "caf\u00e9 noir", id="an accent in two code points"
        ),
        pytest.param("השוטר נגרר כחמישה מטרים", "נגרר חמישה", "נגרר כחמישה", id="right-to-left"),
        pytest.param(
            "in İzmir he said so", "Izmir he said", "İzmir he said", id="a letter that grows in lower case"
        ),
        pytest.param("a 🚓🚓 b", "🚓🚗", "🚓🚓", id="without a word"),
        pytest.param("he was aimed at", "armed", "aimed", id="half a word in common"),
        pytest.param(
            "A call came. Venclado left Cleveland.", "Clevland", "Cleveland.", id="one word misspelt"
        ),
        pytest.param("İ" * 60 + " the officer ran", "The officer", "the officer", id="letters that grow"),
    ],
)
def test_words_that_do_not_stand_there_are_refused_with_the_nearest_passage(
    text: str, exact: str, nearest: str
) -> None:
    error = refusal(lambda: find(text, exact))
    assert "the quoted words do not stand in the text of the snapshot" in error.message
    assert nearest == error.nearest[0]


def test_the_nearest_passages_are_at_most_three_verbatim_and_the_best_comes_first() -> None:
    error = refusal(lambda: find(TEXT, "the officer was wounded"))
    assert 2 <= len(error.nearest) <= 3
    assert all(passage in TEXT for passage in error.nearest)
    assert all("officer was" in passage for passage in error.nearest)


def test_passages_that_share_less_than_half_of_what_the_best_shares_are_left_out() -> None:
    error = refusal(lambda: find(TEXT, "the officer was dragged for about 15 feet (4.5 meters)"))
    assert ("the officer was dragged for about 15 feet (4.5 metres).",) == error.nearest


def test_a_passage_that_fits_is_shown_from_where_the_quotation_would_begin() -> None:
    words = " ".join(f"word{number}" for number in range(30))
    assert (words,) == refusal(lambda: find(words, words.replace("word29", "sword"))).nearest


def test_blanks_are_no_passage() -> None:
    error = refusal(lambda: find("some words" + " " * 400, "some words" + " " * 150 + "x" * 250))
    assert () == error.nearest


def test_of_a_long_quotation_the_place_is_shown_where_it_first_differs() -> None:
    words = " ".join(f"word{number}" for number in range(2000))
    error = refusal(lambda: find(f"Before. {words} After.", words.replace("word1500", "sword")))
    assert "word1499 word1500 word1501" in error.nearest[0]
    assert len(error.nearest[0]) <= 300


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        pytest.param(TEXT, "xylophone", id="a word of other letters"),
        pytest.param("aaaa", "bbbb", id="nothing in common"),
    ],
)
def test_where_nothing_comes_near_that_is_said(text: str, exact: str) -> None:
    error = refusal(lambda: find(text, exact))
    assert not error.nearest or all(passage in text for passage in error.nearest)
    assert ("no passage comes near" in error.message) == (error.nearest == ())


@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing_can_be_quoted_from_an_empty_text(text: str) -> None:
    error = refusal(lambda: find(text, "words"))
    assert "the text of the snapshot is empty, so nothing can be quoted from it" == error.message
    assert () == error.nearest


@pytest.mark.parametrize("exact", ["", " ", "\n\t", "\u00a0"])
def test_an_empty_or_blank_quotation_is_refused(exact: str) -> None:
    with pytest.raises(InvalidError) as caught:
        find(TEXT, exact)
    assert ("/selector", "the exact quotation must not be empty") == (caught.value.field, caught.value.rule)


@pytest.mark.parametrize(
    ("rest", "start"),
    [
        pytest.param({"prefix": "said "}, 12, id="by the text before"),
        pytest.param({"suffix": " until"}, 100, id="by the text after"),
        pytest.param({"prefix": " said. ", "suffix": " until"}, 100, id="by both"),
        pytest.param({"start": 100, "end": 123}, 100, id="by position"),
        pytest.param({"start": 12, "end": 35, "prefix": "said ", "suffix": " for"}, 12, id="by all of them"),
        pytest.param({"prefix": "", "suffix": " for"}, 12, id="an empty prefix says nothing"),
    ],
)
def test_words_that_stand_twice_are_told_apart(rest: dict[str, str | int], start: int) -> None:
    text = TEXT.replace("The officer", "the officer")
    assert Match(start=start, end=start + 23) == find(text, "the officer was dragged", **rest)


def test_words_that_stand_twice_are_refused_with_the_text_around_them() -> None:
    error = refusal(lambda: find(TEXT, "officer was dragged"))
    assert error.message.startswith("the quoted words stand in the text 2 times; give more of the text")
    assert (TEXT[: 35 + 40], TEXT[104 - 40 : 123 + 40]) == error.nearest


def test_a_prefix_that_still_leaves_two_is_refused_with_their_number() -> None:
    error = refusal(lambda: find("a dog bit. a dog bit. the dog bit.", "dog", prefix="a "))
    assert "stand in the text 2 times" in error.message
    assert 2 == len(error.nearest)


@pytest.mark.parametrize(
    ("text", "exact", "count"),
    [
        pytest.param("anana", "ana", "2 times", id="overlapping"),
        pytest.param("aaaaa", "aa", "4 times", id="all of one letter"),
        pytest.param("ab" * 100, "ab", "100 times", id="as many as are counted"),
        pytest.param("ab" * 101, "ab", "more than 100 times", id="more than are counted"),
    ],
)
def test_every_occurrence_counts_also_those_that_overlap(text: str, exact: str, count: str) -> None:
    error = refusal(lambda: find(text, exact))
    assert f"stand in the text {count};" in error.message
    assert len(error.nearest) <= 10


def test_of_long_words_that_stand_twice_both_ends_are_shown() -> None:
    words = " ".join(f"word{number}" for number in range(200))
    error = refusal(lambda: find(f"First: {words}! Second: {words}?", words))
    assert error.nearest[0].startswith("First: word0 word1 ")
    assert "word199! Second: word0" in error.nearest[0]
    assert all(" … " in passage and len(passage) <= 300 for passage in error.nearest)


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param({"prefix": "The "}, id="another text before"),
        pytest.param({"suffix": "?"}, id="another text after"),
        pytest.param({"prefix": "Police said the officer"}, id="text before that runs into the words"),
        pytest.param({"start": 0, "end": 11, "prefix": "x"}, id="text before, at the beginning"),
        pytest.param({"start": 0, "end": 11, "suffix": " that"}, id="text after, at the right position"),
    ],
)
def test_a_prefix_or_suffix_that_does_not_hold_is_refused_even_where_the_words_stand_once(
    rest: dict[str, str | int],
) -> None:
    error = refusal(lambda: find(TEXT, "Police said", **rest))
    assert "but not between that prefix and suffix" in error.message
    assert ("Police said the officer was dragged for about 15 fe",) == error.nearest


def test_a_position_that_holds_other_words_is_refused_with_those_and_where_the_quoted_ones_stand() -> None:
    error = refusal(lambda: find(TEXT, "was armed", start=16, end=23))
    assert "other words than the quoted ones stand at 16 to 23; those stand at 72 to 81" == error.message
    assert ("officer", TEXT[32:121]) == error.nearest


def test_a_position_beyond_the_text_is_refused_with_the_length_of_the_text() -> None:
    error = refusal(lambda: find("He was armed.", "armed", start=100, end=105))
    assert (
        "other words than the quoted ones stand at 100 to 105 (the text ends at 13); those stand at 7 to 12"
        == error.message
    )
    assert ("He was armed.",) == error.nearest
    error = refusal(lambda: find("He was armed.", "armed.", start=7, end=14))
    assert error.message.startswith("other words than the quoted ones stand at 7 to 14 (the text ends at 13)")


def test_a_position_of_words_that_stand_nowhere_is_refused_with_the_nearest() -> None:
    error = refusal(lambda: find(TEXT, "he was armd", start=69, end=80))
    assert "do not stand in the text" in error.message
    assert "He was armed" in error.nearest[0]


def test_many_other_places_are_not_all_listed() -> None:
    error = refusal(lambda: find("ab " * 5, "ab", start=1, end=3))
    assert error.message.endswith("those stand at 0 to 2, 3 to 5, 6 to 8 and elsewhere")


def test_positions_in_utf_16_units_are_named_as_such() -> None:
    text = "🚓🚓 the officer ran"
    assert "UTF-16" in refusal(lambda: find(text, "officer", start=9, end=16)).message
    assert "UTF-16" not in refusal(lambda: find(text, "officer", start=8, end=15)).message
    assert "UTF-16" not in refusal(lambda: find("the officer ran", "officer", start=5, end=12)).message
    assert "UTF-16" not in refusal(lambda: find("the officer ran", "officer", start=4, end=9)).message


@pytest.mark.parametrize(
    ("position", "field"),
    [
        pytest.param({"start": 3}, "/selector", id="no end"),
        pytest.param({"end": 3}, "/selector", id="no start"),
        pytest.param({"start": -1, "end": 3}, "/selector/start", id="before the text"),
        pytest.param({"start": 3, "end": 3}, "/selector/end", id="empty"),
        pytest.param({"start": 3, "end": 2}, "/selector/end", id="backwards"),
    ],
)
def test_half_a_position_or_an_impossible_one_is_refused(position: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        find(TEXT, "Police", **position)
    assert field == caught.value.field
