"""Lines for a terminal: as wide as it is in columns, whatever the script, and broken as those of plain ASCII are."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.terminal.wrapping import columns, wrap

SCRIPTS = "a橋é́سقनमस्ते👨‍👩。"
WORDS = st.lists(st.text(SCRIPTS, max_size=12).map("a{}".format), min_size=1, max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("text", "expected"), [("cafe", 4), ("cafe\u0301", 4), ("橋の", 4), ("हिन्दी", 5), ("\u200fab", 2)]
)
def test_a_mark_takes_no_column_and_an_east_asian_character_two(text: str, expected: int) -> None:
    assert expected == columns(text)


@given(WORDS, st.integers(8, 30), st.integers(0, 4))
def test_no_line_is_wider_than_asked_and_no_character_is_lost(text: str, width: int, indent: int) -> None:
    lines = wrap(text, width, first="- ", later=" " * indent)

    assert width >= max(map(columns, lines))
    assert lines[0].startswith("- ")
    assert all(line.startswith(" " * indent) for line in lines[1:])
    bare = [lines[0][2:], *(line[indent:] for line in lines[1:])]
    assert text.replace(" ", "") == "".join(bare).replace(" ", "")
    assert not any(columns(line[:1]) == 0 and line for line in bare[1:]), (
        "no mark is parted from its character"
    )


@given(
    st.lists(st.text("aeo", min_size=1, max_size=20), min_size=1, max_size=8).map(" ".join),
    st.integers(6, 30),
    st.integers(0, 4),
)
def test_lines_are_broken_where_those_of_ascii_are(text: str, width: int, indent: int) -> None:
    later = " " * indent
    plain = textwrap.wrap(text, width, subsequent_indent=later, break_on_hyphens=False)

    assert plain == wrap(text, width, later=later)
    assert [line.rstrip().replace("e", "é") for line in plain] == wrap(
        text.replace("e", "é"), width, later=later
    )


def test_words_that_are_held_together_are_not_parted_and_no_words_are_no_line() -> None:
    assert ["aé 15\u00a0km"] == wrap("aé \n 15\u00a0km", 20)
    assert ["aé", "15\u00a0km"] == wrap("aé 15\u00a0km", 7)
    assert [[], []] == [wrap("", 20), wrap(" ", 20)]
