"""Quotations matched by white space and quotation marks: only those are folded, and what was found is the actual words."""

from __future__ import annotations

import sys
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import quotation_folding
from ledger.errors import QuotationError
from ledger.quotation import Match, find_quotation
from ledger.quotation_folding import FOLDING, FoldedText, FoldedTexts, fold

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = (
    "The officer\u00a0was dragged\n  about 15 feet.\n"
    "“He’s armed,” the chief\u2009said. Then “he’s armed” again.\x0cPage two."
)
LETTERS = st.text(alphabet="ab '\"’“\u00a0\n\u2009\u0301é😀שع\u200d", max_size=24)
LONG = "x\n" * 700 + " " * 3_000 + "“the  end”" + "\t" * 1_500
"""Longer than the stretches that the way back is kept for, with a run of blanks across several of them."""


def find(text: str, exact: str, **rest: str | int) -> Match:
    return find_quotation(text, exact=exact, field="/selector", **rest)  # type: ignore[arg-type]  # a table's row


def refusal(action: Callable[[], object]) -> QuotationError:
    with pytest.raises(QuotationError) as caught:
        action()
    return caught.value


@pytest.mark.parametrize(
    ("text", "exact", "words"),
    [
        pytest.param(TEXT, "officer was dragged about", "officer\u00a0was dragged\n  about", id="blanks"),
        pytest.param(TEXT, "the chief said", "the chief\u2009said", id="a thin space"),
        pytest.param(TEXT, '"He\'s armed,"', "“He’s armed,”", id="straight for curly marks"),
        pytest.param(TEXT, "again. Page two", "again.\x0cPage two", id="across two pages"),
        pytest.param(TEXT, "15 feet. ", "15 feet.\n", id="with the blank after it"),
        pytest.param("he said 'go'", "said ‘go’", "said 'go'", id="curly for straight marks"),
        pytest.param("„Halt“, rief er", '"Halt"', "„Halt“", id="low marks"),
        pytest.param("הוא  אמר: “עצור”", 'אמר: "עצור"', "אמר: “עצור”", id="Hebrew"),
        pytest.param("قال\u00a0الشرطي «قف»", "قال الشرطي", "قال\u00a0الشرطي", id="Arabic"),
        pytest.param("🚓🚓 the\n👮🏽\u200d♀️ ran", "the 👮🏽\u200d♀️", "the\n👮🏽\u200d♀️", id="emoji"),
        pytest.param(
            "un  cafe\u0301\u00a0noir", "cafe\u0301 noir", "cafe\u0301\u00a0noir", id="a combining mark"
        ),
        pytest.param("a \u3000 b", "a b", "a \u3000 b", id="an ideographic space"),
        pytest.param("a\r\nb", "a\nb", "a\r\nb", id="a line end of two characters"),
        pytest.param("a " + "\n" * 5_000 + " b", "a b", "a " + "\n" * 5_000 + " b", id="very many blanks"),
        pytest.param(LONG, '"the end"', "“the  end”", id="far into a long text"),
    ],
)
def test_words_found_by_folding_are_named_by_their_actual_place(text: str, exact: str, words: str) -> None:
    start = text.index(words)

    assert Match(start=start, end=start + len(words), matched_by=FOLDING) == find(text, exact)
    assert "incident-ledger.quotes-and-spaces@1" == FOLDING


def test_words_that_stand_there_exactly_are_found_so_even_where_folding_finds_more() -> None:
    text = 'She said “go”. He said "go".'

    assert Match(start=text.index('"go"'), end=text.index('"go"') + 4) == find(text, '"go"')


def test_where_the_exact_words_are_found_the_text_is_not_folded() -> None:
    def refuse(text: str) -> FoldedText:
        raise AssertionError(text)

    assert Match(start=4, end=11) == find_quotation(TEXT, exact="officer", field="", folding=refuse)
    assert Match(start=4, end=11) == find_quotation(
        TEXT, exact="officer", start=4, end=11, field="", folding=refuse
    )


def test_words_that_folding_finds_twice_are_told_apart_or_refused() -> None:
    first, second = TEXT.index("He’s") + 3, TEXT.index("he’s") + 3
    twice = refusal(lambda: find(TEXT, "‘s armed"))

    assert "2 times" in twice.message
    assert all(passage in TEXT for passage in twice.nearest)
    assert len(twice.nearest) == 2
    for context, start in (({"prefix": '"He'}, first - 1), ({"suffix": '" again'}, second - 1)):
        assert Match(start=start, end=start + 8, matched_by=FOLDING) == find(TEXT, "‘s armed", **context)


def test_a_prefix_or_suffix_that_only_folding_finds_is_recorded_as_folded() -> None:
    start = TEXT.index("the chief")

    assert Match(start=start, end=start + 9) == find(TEXT, "the chief", prefix="armed,” ")
    assert Match(start=start, end=start + 9, matched_by=FOLDING) == find(TEXT, "the chief", prefix='armed," ')
    assert "but not between" in refusal(lambda: find(TEXT, "the chief", prefix='armed" ')).message


def test_a_blank_where_words_meet_their_prefix_belongs_to_the_words() -> None:
    assert Match(start=1, end=6, matched_by=FOLDING) == find("a \n b ", " b ", prefix="a ", suffix=" ")


@pytest.mark.parametrize(
    ("text", "exact", "rest", "start", "end"),
    [
        pytest.param(TEXT, '"He\'s armed,"', {}, 41, 54, id="the words"),
        pytest.param(
            TEXT, "the chief said", {"prefix": 'armed," ', "suffix": ". Then"}, 55, 69, id="with context"
        ),
        pytest.param("a \n\t “b”", ' "b"', {"prefix": "a"}, 3, 8, id="from within a run of blanks"),
        pytest.param("“b” \n\t a", '"b" ', {"suffix": "a"}, 0, 5, id="to within a run of blanks"),
        pytest.param(LONG, '"the end"', {"prefix": "x "}, 4_400, 4_410, id="far into a long text"),
    ],
)
def test_a_position_holds_in_the_folded_text_and_stays_as_given(
    text: str, exact: str, rest: dict[str, str], start: int, end: int
) -> None:
    assert Match(start=start, end=end, matched_by=FOLDING) == find(text, exact, start=start, end=end, **rest)


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        pytest.param(
            {"start": 42, "end": 54}, "other words than the quoted ones stand at 42 to 54", id="start"
        ),
        pytest.param({"start": 41, "end": 55}, "those stand at 41 to 54", id="end"),
        pytest.param(
            {"start": 41, "end": 54, "prefix": "x"}, "stand at 41 to 54, but not between", id="prefix"
        ),
        pytest.param(
            {"start": 41, "end": 54, "suffix": "x"}, "stand at 41 to 54, but not between", id="suffix"
        ),
        pytest.param({"start": 41, "end": 999}, f"the text ends at {len(TEXT)}", id="beyond the text"),
    ],
)
def test_a_position_that_is_not_true_of_the_folded_text_is_refused(
    rest: dict[str, str | int], said: str
) -> None:
    assert said in refusal(lambda: find(TEXT, '"He\'s armed,"', **rest)).message


def test_nothing_is_folded_but_white_space_and_the_marks_that_are_listed() -> None:
    folded = {char: fold(char) for char in map(chr, range(sys.maxunicode + 1)) if fold(char) != char}
    spaces = {char for char, plain in folded.items() if plain == " "}

    assert dict.fromkeys("‘’‚‛ʼ", "'") | dict.fromkeys("“”„‟", '"') == {
        char: plain for char, plain in folded.items() if plain != " "
    }
    assert {char for char in spaces if unicodedata.category(char) not in {"Zs", "Zl", "Zp", "Cc"}} == set()
    assert (24, "\x1c" in spaces) == (len(spaces), False), (
        "those that Unicode calls White_Space, and the blank itself"
    )


@given(LETTERS)
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(text) == fold(fold(text))


@given(LETTERS, st.integers(0, 3))
def test_every_place_of_a_folded_text_leads_to_where_its_character_begins(text: str, times: int) -> None:
    text = text * (1 + times * 40)
    folded = FoldedText(text)

    assert fold(text) == folded.folded
    for place in range(0, len(folded.folded), 1 + 13 * times):
        at = folded.original_place(place)
        assert folded.folded[place] == fold(text[at])
        assert fold(text[:at]).removesuffix(" ") == folded.folded[:place].removesuffix(" ")
        assert {place} == {
            folded.folded_place(within) for within in range(at, folded.original_place(place + 1))
        }
    assert len(text) == folded.original_place(len(folded.folded))


@given(LETTERS, LETTERS, LETTERS)
def test_what_is_found_folds_to_the_quotation_and_is_called_folded_only_if_it_is(
    before: str, words: str, after: str
) -> None:
    text = before + words + after
    exact = words.replace("’", "'").replace("\u00a0", " ").replace("\n", "  ")
    if not exact.strip():
        return
    with suppress(QuotationError):
        found = find(text, exact)
        actual = text[found.start : found.end]
        assert fold(exact) == fold(actual)
        assert (found.matched_by is None) == (exact in text)
        assert (found.matched_by is None) == (actual == exact)


@given(LETTERS, LETTERS, LETTERS)
def test_a_stretch_quoted_in_folded_words_is_true_at_its_position(
    before: str, words: str, after: str
) -> None:
    text, start, end = before + words + after, len(before), len(before) + len(words)
    if not words.strip():
        return
    found = find(text, fold(words), start=start, end=end)

    assert (start, end) == (found.start, found.end)
    assert (found.matched_by is None) == (words == fold(words))


def test_texts_are_folded_once_and_the_oldest_are_let_go() -> None:
    kept = FoldedTexts(limit=10)
    first = kept.of("a  b")

    assert first is kept.of("a  b".replace("x", ""))
    kept.of("c  d")
    assert first is kept.of("a  b"), "asked for again, it is not the oldest"
    kept.of("e  f")
    assert first is kept.of("a  b")
    kept.of("12345678")
    assert first is not kept.of("a  b")
    longer = kept.of("long  text  of  more")
    assert "long text of more" == longer.folded
    assert longer is kept.of("long  text  of  more"), "the last one is kept, however long"
    kept.of("a")
    assert longer is not kept.of("long  text  of  more")


def test_what_is_forgotten_is_folded_anew_and_not_kept_by_who_was_folding_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = FoldedTexts()
    first = kept.of("a  b")
    kept.forget()
    second = kept.of("a  b")

    class Forgetting(FoldedText):
        """A text of which a redaction is told while it is being folded."""

        __slots__ = ()

        def __init__(self, original: str) -> None:
            super().__init__(original)
            kept.forget()

    monkeypatch.setattr(quotation_folding, "FoldedText", Forgetting)
    during = kept.of("c  d")
    monkeypatch.undo()

    assert first is not second
    assert during is not kept.of("c  d")
