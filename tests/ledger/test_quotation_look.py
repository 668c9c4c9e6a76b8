"""Words that only look like the quoted ones: found, and what cannot be seen is named."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import QuotationError
from ledger.quotation import find_quotation
from ledger.quotation_look import looks_alike

FRENCH = "Le témoin était à côté. Il était à l’hôpital."
NEPALI = "त्यहाँ क्ष\u200dत्रि र श्री\u200cमान थिए।"
HOSTILE = "The \u202eeno\u202c ordered: \u2066fire\u2069 at the crowd.\u200b Then he left."


def refused(text: str, exact: str) -> QuotationError:
    with pytest.raises(QuotationError) as caught:
        find_quotation(text, exact=exact, field="/selector")
    return caught.value


def seen(text: str) -> str:
    """The other form of Unicode, without what is not seen, with single blanks and straight apostrophes."""
    plain = text.replace("\u200d", "").replace("\u202e", "").replace("’", "'").replace("\n", " ")
    return unicodedata.normalize("NFD", re.sub(" +", " ", plain))


@pytest.mark.parametrize(
    ("text", "exact", "there", "told"),
    [
        pytest.param(
            unicodedata.normalize("NFD", FRENCH),
            "était à côté",
            unicodedata.normalize("NFD", "était à côté."),
            "their accents or other marks are written in another form of Unicode",
            id="short words taken apart",
        ),
        pytest.param(
            FRENCH,
            unicodedata.normalize("NFD", "à l'hôpital"),
            "à l’hôpital.",
            "their accents or other marks are written in another form of Unicode",
            id="put together, and another apostrophe",
        ),
        pytest.param(
            "त्यहाँ \u0915\u093c\u0947\u0901 थियो",
            "\u0958\u0947\u0901",
            "\u0915\u093c\u0947\u0901",
            "their accents or other marks are written in another form of Unicode",
            id="a letter that is never put together",
        ),
        pytest.param(
            "a\u0323\u0301 b",
            "\u00e1\u0323 b",
            "a\u0323\u0301 b",
            "their accents or other marks are written in another form of Unicode",
            id="marks in another order",
        ),
        pytest.param(
            "a\u0301\u200d\u0323 b",
            "a\u0301\u0323 b",
            "a\u0301\u200d\u0323 b",
            "the text has U+200D ZERO WIDTH JOINER, which cannot be seen",
            id="marks that a joiner keeps apart",
        ),
        pytest.param(
            NEPALI,
            "क्षत्रि र श्रीमान",
            "क्ष\u200dत्रि र श्री\u200cमान",
            "the text has U+200C ZERO WIDTH NON-JOINER, U+200D ZERO WIDTH JOINER, which cannot be seen",
            id="without joiners",
        ),
        pytest.param(
            HOSTILE,
            "ordered: fire at the crowd.  Then",
            "ordered: \u2066fire\u2069 at the crowd.\u200b Then",
            "the text has U+200B ZERO WIDTH SPACE, U+2066 LEFT-TO-RIGHT ISOLATE,"
            " U+2069 POP DIRECTIONAL ISOLATE, which cannot be seen",
            id="without marks of direction",
        ),
        pytest.param(
            "وأضاف أخي",
            "\u200fأضاف أخي",
            "وأضاف أخي",
            "the quotation has U+200F RIGHT-TO-LEFT MARK, which cannot be seen",
            id="with a mark that is not there",
        ),
        pytest.param(
            "co\u00adope\u200bration",
            "\ufeffcoop\u2060eration",
            "co\u00adope\u200bration",
            "the text has U+00AD SOFT HYPHEN, U+200B ZERO WIDTH SPACE, which cannot be seen"
            " and the quotation has U+2060 WORD JOINER, U+FEFF ZERO WIDTH NO-BREAK SPACE, which cannot be seen",
            id="both with others",
        ),
    ],
)
def test_words_that_look_the_same_are_given_and_what_tells_them_apart_is_named(
    text: str, exact: str, there: str, told: str
) -> None:
    error = refused(text, exact)
    assert (there,) == error.nearest
    assert error.message.endswith(
        f"; words that look the same do, but {told}: copy them from the passage given"
    )


def test_of_many_kinds_of_marks_that_cannot_be_seen_four_are_named() -> None:
    error = refused("f\u200bi\u200cr\u200de\u200e\u200f\u2060d", "fired")
    assert "U+200E LEFT-TO-RIGHT MARK and 2 more, which" in error.message


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        pytest.param("قُتل ١٢ شخصًا", "قُتل 12 شخصًا", id="other digits"),
        pytest.param("les témoins", "les temoins", id="no accent"),
        pytest.param("un café", "un cafe", id="a letter without the accent that ends it"),
        pytest.param("Fire", "fire", id="another case"),
        pytest.param("fire", "\u200b", id="nothing that is seen"),
    ],
)
def test_words_that_look_otherwise_are_not_said_to_look_the_same(text: str, exact: str) -> None:
    assert looks_alike(text, exact) is None
    assert "look the same" not in refused(text, exact).message


PIECES = ("a", "é", "ạ\u0301", "a\u0301\u200d\u0323", "ါ", "’", "'", " ", "\n", "\u200d", "\u202e")


@given(st.lists(st.sampled_from(PIECES), max_size=20), st.integers(0, 20), st.integers(1, 20))
def test_each_stretch_is_found_again_in_the_other_form_without_what_is_not_seen(
    pieces: list[str], start: int, length: int
) -> None:
    exact = seen("".join(pieces[start : start + length]))
    whole = "".join(pieces)
    found = looks_alike(whole, exact)
    if exact.strip():
        assert found is not None
        assert exact == seen(whole[slice(*found)])
