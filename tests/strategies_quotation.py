"""Texts of few letters, in which a quotation stands often, for the property tests of quotations."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

__all__ = ["Quoted", "quoted_texts"]


class Quoted(NamedTuple):
    """A text, and a stretch of it that is not blank."""

    text: str
    start: int
    end: int


@st.composite
def quoted_texts(draw: st.DrawFn) -> Quoted:
    """Texts with a stretch to quote: repetitions, combining marks, letters of three widths, right-to-left."""
    texts = st.text(alphabet="ab .\u0301é😀ש\n", min_size=1, max_size=30)
    text = draw(texts.filter(lambda text: not text.isspace()))
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    if text[start:end].isspace():
        return Quoted(text, 0, len(text))
    return Quoted(text, start, end)
