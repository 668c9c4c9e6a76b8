"""Two passages compared word by word: what was put in, taken out or changed. It knows texts and nothing of sources.

A word is a run of letters and digits with what joins them inside (`3.5`, `04:00`, `driver's`, `20-year-old`); every other mark is a word of
its own; white space is none, so a text that is only wrapped anew has the same words.

Cost: words that both sides begin or end with are set aside first, in one pass. What is left is compared by difflib, whose cost grows with
the product of both sides' words; beyond MAX_WORDS on a side it is told as one change instead.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_WORDS", "Block", "Word", "WordChange", "blocks", "word_changes", "words_in"]

MAX_WORDS = 1_000
"""Most words of a side that are compared one by one."""

_WORD = re.compile(r"\w+(?:[.,:'\u2019-]\w+)*|[^\w\s]")


class Word(NamedTuple):
    """A word and where it stands, `[start, end)` in code points."""

    text: str
    start: int
    end: int


class Block(NamedTuple):
    """Words `[old_start, old_end)` of one side that stand against `[new_start, new_end)` of the other, the same or not."""

    same: bool
    old_start: int
    old_end: int
    new_start: int
    new_end: int


class WordChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change: the words that stood and the words that stand. `old` is "" for what was put in, `new` "" for what was taken out."""

    old: str
    new: str


def words_in(text: str) -> list[Word]:
    """The words of a text, in order."""
    return [Word(found[0], found.start(), found.end()) for found in _WORD.finditer(text)]


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words both sides begin with."""
    shared = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        shared += 1
    return shared


def blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """How the words of both sides stand against each other: blocks in order that cover both sides."""
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    found = [Block(same=True, old_start=0, old_end=head, new_start=0, new_end=head)]
    middle, other = old[head:old_end], new[head:new_end]
    if max(len(middle), len(other)) > MAX_WORDS:
        found.append(Block(same=False, old_start=head, old_end=old_end, new_start=head, new_end=new_end))
    else:
        matcher = SequenceMatcher(None, middle, other, autojunk=False)
        found += [
            Block(
                same=tag == "equal",
                old_start=head + i1,
                old_end=head + i2,
                new_start=head + j1,
                new_end=head + j2,
            )
            for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        ]
    found.append(Block(same=True, old_start=old_end, old_end=len(old), new_start=new_end, new_end=len(new)))
    return [one for one in found if one.old_end > one.old_start or one.new_end > one.new_start]


def _stretch(text: str, words: Sequence[Word]) -> str:
    return text[words[0].start : words[-1].end] if words else ""


def word_changes(old: str, new: str) -> tuple[WordChange, ...]:
    """What was changed from `old` to `new`, in order; empty where the words are the same."""
    before, after = words_in(old), words_in(new)
    return tuple(
        WordChange(
            old=_stretch(old, before[block.old_start : block.old_end]),
            new=_stretch(new, after[block.new_start : block.new_end]),
        )
        for block in blocks([one.text for one in before], [one.text for one in after])
        if not block.same
    )
