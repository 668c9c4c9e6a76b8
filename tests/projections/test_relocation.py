"""Where a passage stands in a newer text: laws on texts made for them, and cases that an editor would put."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.relocation import Relocated, passage_at, relocated
from projections.word_diff import MAX_WORDS, WordChange, word_changes
from tests.strategies_quotation import Quoted, quoted_texts

ARTICLE = (
    "Police stopped a car on Baseline Road. The officer was dragged about 15 feet before he let go.\n"
    "The driver fled. A weapon was discharged at 04:00."
)
CITED = "dragged about 15 feet"


def became(old: str, words: str, new: str) -> Relocated:
    """What became of the first place of `words` in `old`."""
    start = old.index(words)
    return relocated(passage_at(old, start, start + len(words)), new)


class Passages(NamedTuple):
    """A text of words that are all different, cut in three: before, a passage with a number in it, after."""

    before: str
    words: str
    after: str


@st.composite
def passages(draw: st.DrawFn) -> Passages:
    names = draw(st.lists(st.text("abcdefgh", min_size=2, max_size=7), min_size=12, max_size=60, unique=True))
    cut = draw(st.integers(3, len(names) - 7))
    inside = draw(st.integers(1, 3))
    number = draw(st.integers(10, 999))
    middle = [*names[cut : cut + inside], str(number), *names[cut + inside : cut + 2 * inside]]
    return Passages(" ".join(names[:cut]) + " ", " ".join(middle), " " + " ".join(names[cut + 2 * inside :]))


@given(quoted_texts())
def test_in_the_same_text_every_passage_is_intact(quoted: Quoted) -> None:
    text, start, end = quoted

    assert Relocated(verdict="intact", start=start, end=end) == relocated(passage_at(text, start, end), text)


@given(passages(), st.text("xyz .\n", min_size=1, max_size=300))
def test_text_put_in_before_a_passage_moves_it(passage: Passages, put_in: str) -> None:
    before, words, after = passage
    start = len(put_in + before)
    old = passage_at(before + words + after, len(before), len(before + words))

    assert Relocated(verdict="moved", start=start, end=start + len(words)) == relocated(
        old, put_in + before + words + after
    )


@given(passages(), st.integers(0, 2), st.integers(1, 9), st.text("xyz .\n", max_size=300))
def test_a_digit_changed_inside_a_passage_is_named(
    passage: Passages, place: int, more: int, put_in: str
) -> None:
    before, words, after = passage
    number = next(word for word in words.split() if word.isdigit())
    at = min(place, len(number) - 1)
    changed = number[:at] + str((int(number[at]) + more) % 10) + number[at + 1 :]
    now = words.replace(number, changed)
    found = relocated(
        passage_at(before + words + after, len(before), len(before + words)), put_in + before + now + after
    )

    assert "altered" == found.verdict
    assert now == found.now
    assert (WordChange(old=number, new=changed),) == found.changes
    assert len(put_in + before) == found.start


@given(passages(), st.text("xyz .\n", max_size=300))
def test_a_passage_taken_out_is_gone(passage: Passages, put_in: str) -> None:
    before, words, after = passage
    old = passage_at(before + words + after, len(before), len(before + words))

    assert Relocated(verdict="gone") == relocated(old, put_in + before + after)


@given(quoted_texts(), quoted_texts())
def test_what_is_said_of_a_new_text_is_true_of_it(quoted: Quoted, newer: Quoted) -> None:
    words, new = quoted.text[quoted.start : quoted.end], newer.text
    found = relocated(passage_at(quoted.text, quoted.start, quoted.end), new)

    match found:
        case Relocated(verdict="intact"):
            assert words == new[quoted.start : quoted.end]
        case Relocated(verdict="moved", start=int(start), end=int(end)):
            assert words.split() == new[start:end].split() or not word_changes(words, new[start:end])
        case Relocated(verdict="altered", start=int(start), end=int(end)):
            assert new[start:end] == found.now
            assert word_changes(words, new[start:end]) == found.changes != ()
        case _:
            assert ("gone", None, None) == (found.verdict, found.start, found.end)


@pytest.mark.parametrize(
    ("new", "verdict", "changes"),
    [
        (ARTICLE.replace("about 15", "about 20"), "altered", [("15", "20")]),
        (ARTICLE.replace("dragged about 15 feet", "pulled 15 feet"), "altered", [("dragged about", "pulled")]),
        (ARTICLE.replace("officer was dragged about 15", "deputy was dragged about 12"), "altered", [("15", "12")]),
        (ARTICLE.replace("about 15 feet before", "about\n15  feet before"), "moved", []),
        (ARTICLE.replace("The officer was dragged about 15 feet before he let go.\n", ""), "gone", []),
        ("This story has been removed.", "gone", []),
        ("", "gone", []),
    ],
    ids=["number", "words", "neighbour too", "wrapped anew", "taken out", "another text", "emptied"],
)  # fmt: skip
def test_what_becomes_of_a_passage(new: str, verdict: str, changes: list[tuple[str, str]]) -> None:
    found = became(ARTICLE, CITED, new)

    assert verdict == found.verdict
    assert changes == [(one.old, one.new) for one in found.changes]


def test_a_correction_that_repeats_the_old_words_does_not_hide_that_they_were_changed() -> None:
    note = " Correction: an earlier version said that the officer was dragged about 15 feet before he let go."
    new = ARTICLE.replace("about 15", "about 20") + note
    found = became(ARTICLE, CITED, new)

    assert ("altered", "dragged about 20 feet") == (found.verdict, found.now)
    assert new.rindex(CITED) == found.elsewhere


def test_where_nothing_but_a_correction_repeats_the_words_it_is_said_that_their_context_is_another() -> None:
    new = 'The car dragged him. (We first wrote "dragged about 15 feet", which nobody can confirm.)'
    found = became(ARTICLE, CITED, new)

    assert ("moved", False) == (found.verdict, found.in_context)


def test_of_two_like_passages_the_one_that_was_cited_is_followed() -> None:
    old = "The first car was pushed 15 feet. The second car was pushed 15 feet."
    first, second = old.replace("15", "16", 1), old[:40] + old[40:].replace("15", "16")

    assert "altered" == became(old, "15 feet", first).verdict
    assert "moved" == became(old, "15 feet", "Updated. " + second).verdict


def test_the_words_of_a_like_passage_are_not_taken_for_those_of_one_that_was_rewritten() -> None:
    like = "\nInvestigators laid a tape of 15 feet along the kerb and photographed it for the record."
    old = "He fell 15 feet from where the car had stood when the shots rang out." + like

    assert "gone" == became(old, "15 feet", "Nobody saw him fall." + like).verdict


def test_unlike_words_in_the_same_region_are_not_what_a_passage_was_altered_to() -> None:
    new = "Police stopped a car on Baseline Road. Nobody has said so far why it all began or who was there."

    assert "gone" == became(ARTICLE, CITED, new).verdict


def test_a_text_of_nothing_but_the_passage_is_not_taken_for_another_text() -> None:
    assert "gone" == became("about 15 feet", "about 15 feet", "The tide was high at noon.").verdict
    assert "altered" == became("about 15 feet", "about 15 feet", "about 20 feet").verdict


def test_a_very_long_passage_is_told_as_one_change_and_not_word_by_word() -> None:
    old = [f"word{number}" if number % 5 else "same" for number in range(1, 2 * MAX_WORDS)]
    new = [f"other{number}" if number % 5 else "same" for number in range(1, 2 * MAX_WORDS)]

    assert (WordChange(old=" ".join(old), new=" ".join(new)),) == word_changes(
        " ".join(["first", *old, "last"]), " ".join(["first", *new, "last"])
    )
