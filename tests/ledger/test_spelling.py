"""Spelling: the shipped list, what counts as a word, and the distance between two of them."""

from __future__ import annotations

from importlib import resources

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.decisions.spelling import is_listed, is_negated, may_be_word, may_mean, slips_between
from ledger.decisions.wording import check_wording
from ledger.errors import RuleError

LIST = resources.files("ledger.decisions").joinpath("words.txt").read_text("ascii")
WORDS = [word for word in LIST.splitlines() if len(word) > 3 and word.isalpha() and word.islower()]
LETTERS = st.text(alphabet="abcdeiou", min_size=1, max_size=7)


def distance(one: str, other: str) -> int:
    """The distance of Damerau and Levenshtein (optimal string alignment), row by row."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


def test_the_list_is_sorted_has_each_word_once_and_nothing_but_words() -> None:
    lines = LIST.split("\n")
    assert "" == lines.pop()
    assert sorted(set(lines), key=lambda word: (word.lower(), word)) == lines
    assert all(line.replace("'", "").isalpha() for line in lines)
    assert len(lines) > 20_000


@pytest.mark.parametrize(
    "slip",
    [
        "recieved",
        "occured",
        "seperate",
        "definately",
        "ambulence",
        "vehical",
        "wittness",
        "arested",
        "hosptial",
        "goverment",
    ],
)
def test_usual_slips_are_not_in_the_list(slip: str) -> None:
    assert not may_be_word(slip)


def test_names_of_people_are_known_and_never_what_a_slip_is_mended_to() -> None:
    for name in ("Smith", "Johnson", "Baker", "Jackson", "Michael"):
        assert may_be_word(name.lower())
        assert not is_listed(name)


def test_places_and_days_are_listed_with_their_capital() -> None:
    for name in ("Cleveland", "Arkansas", "Monday", "Police"):
        assert is_listed(name)


@pytest.mark.parametrize("word", ["regroupings", "nonofficer", "roadsheriff", "officerness", "unarrested"])
def test_a_word_made_of_known_parts_may_be_one(word: str) -> None:
    assert not is_listed(word)
    assert may_be_word(word)


def test_a_part_of_fewer_than_four_letters_makes_no_word() -> None:
    assert not may_be_word("recar")
    assert not may_be_word("persued")


def test_a_prefix_negates_where_the_rest_is_a_word() -> None:
    assert is_negated("unarmed", "armed")
    assert is_negated("disarmed", "armed")
    assert not is_negated("unarmed", "unarmd")
    assert not is_negated("island", "iland")


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        pytest.param("officer", "officer", 0, id="the same"),
        pytest.param("officer", "oficer", 1, id="a letter dropped"),
        pytest.param("oficer", "officer", 1, id="a letter added"),
        pytest.param("officer", "offcier", 1, id="neighbours swapped"),
        pytest.param("officer", "officar", 1, id="a vowel for a vowel"),
        pytest.param("officer", "offiter", 2, id="a consonant for a consonant"),
        pytest.param("officer", "oficar", 2, id="two slips"),
        pytest.param("officer", "offer", 2, id="two letters dropped"),
        pytest.param("officer", "fficer", 3, id="the first letter"),
        pytest.param("officer", "foficer", 3, id="the first two swapped"),
        pytest.param("officer", "offiters", 3, id="three slips"),
        pytest.param("officer", "off", 3, id="four letters dropped"),
    ],
)
def test_slips_are_counted(one: str, other: str, slips: int) -> None:
    assert slips == slips_between(one, other)
    assert slips == slips_between(other, one)


@given(LETTERS, LETTERS)
@settings(max_examples=200)
def test_no_fewer_slips_lie_between_two_words_than_edits(one: str, other: str) -> None:
    slips = slips_between(one, other)
    assert min(distance(one, other), 3) <= slips
    assert slips == slips_between(other, one)


@given(st.sampled_from(WORDS), st.data())
@settings(max_examples=50)
def test_a_word_is_among_those_that_its_slip_may_mean(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 1))
    slip = word[:at] + word[at + 1 :]
    assume(slip != word)
    assert word in may_mean(slip, 1)
    assert may_mean(slip, 1) <= may_mean(slip, 2)
    assert all(slips_between(slip, meant) <= 2 for meant in may_mean(slip, 2))


@given(st.sampled_from(WORDS), st.sampled_from(WORDS))
@settings(max_examples=100)
def test_no_word_is_ever_amended_to_another(one: str, other: str) -> None:
    assume(one != other)
    with pytest.raises(RuleError):
        check_wording(f"he {one} it", f"he {other} it", names=[], field="")


@given(st.sampled_from(WORDS), st.data())
@settings(max_examples=100)
def test_what_was_mended_cannot_be_amended_back(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 1))
    slip = word[:at] + data.draw(st.sampled_from("aeinrst")) + word[at + data.draw(st.integers(0, 1)) :]
    assume(slip != word)
    try:
        check_wording(f"he {slip} it", f"he {word} it", names=[], field="")
    except RuleError:
        return
    assert {word} == may_mean(slip, slips_between(slip, word))
    with pytest.raises(RuleError):
        check_wording(f"he {word} it", f"he {slip} it", names=[], field="")
