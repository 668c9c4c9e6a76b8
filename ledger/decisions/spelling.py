"""Spelling: which words the ledger knows, and which of them a misspelt word may have been meant to be.

An amendment mends slips of the pen and nothing else (model §2), so a slip has to be told from another word.
That is asked of a word alone: this file knows no texts and no names of participants. It is about English. A
word of another language is unknown to it, and an unknown word is never what a slip is mended to.

The list, `words.txt`, has one entry a line: common words with their inflections and those of police and court
reporting; usual names of people, in lower case, so that they are known but no slip is mended to them; and
names of places, days, peoples and offices, with their capital.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from string import ascii_lowercase

__all__ = ["is_listed", "is_negated", "may_be_word", "may_mean", "slips_between"]

_LONGEST = 45
"""Letters of the longest word that is looked at closely; the work grows with their square."""
_FAR = 3
_VOWELS = "aeiouy"
_NEGATING = ("un", "in", "im", "il", "ir", "non", "dis", "mis", "de", "anti", "counter")
_PREFIXES = (*_NEGATING, "re", "pre", "over", "under", "out", "fore", "co", "inter", "super", "sub")
_SUFFIXES = ("s", "er", "ers", "ly", "ness", "less", "ful", "like", "ship", "wise", "able")
_SHORTEST_STEM = 4


@cache
def _listed() -> frozenset[str]:
    return frozenset(resources.files("ledger.decisions").joinpath("words.txt").read_text("ascii").split())


@cache
def _known() -> frozenset[str]:
    return frozenset(map(str.lower, _listed()))


def is_listed(word: str) -> bool:
    """Whether `word` stands in the list with this very capital, or without one."""
    return word in _listed()


def may_be_word(word: str) -> bool:
    """Whether `word`, in lower case, is known or made of known parts, so that it may well mean what it says.

    No list has every word: a usual prefix or suffix at a known word makes one, and so do two known words
    written together. That errs towards refusing an amendment.
    """
    known = _known()
    if word in known:
        return True
    if len(word) > _LONGEST:
        return False
    stems = [word.removeprefix(prefix) for prefix in _PREFIXES if word.startswith(prefix)]
    stems += [word.removesuffix(suffix) for suffix in _SUFFIXES if word.endswith(suffix)]
    if any(len(stem) >= _SHORTEST_STEM and stem in known for stem in stems):
        return True
    cuts = range(_SHORTEST_STEM, len(word) - _SHORTEST_STEM + 1)
    return any(word[:cut] in known and word[cut:] in known for cut in cuts)


def is_negated(word: str, other: str) -> bool:
    """Whether `word` is a known word with a negating prefix that `other` does not begin with."""
    prefixes = [prefix for prefix in _NEGATING if word.startswith(prefix) and not other.startswith(prefix)]
    return any(word.removeprefix(prefix) in _known() for prefix in prefixes)


def slips_between(one: str, other: str) -> int:
    """How many slips of the pen lie between two words in lower case: 0, 1 or 2, and 3 for more.

    A slip is a letter dropped or added, two neighbours swapped, or a vowel taken for another. A consonant put
    for another is how words are told apart, seldom how they are misspelt: it counts as a letter dropped and
    one added. The first letter is never touched. So this is at least the distance of Damerau and Levenshtein.
    Words of more than 45 letters are never near.
    """
    if one == other:
        return 0
    if max(len(one), len(other)) > _LONGEST or abs(len(one) - len(other)) >= _FAR or one[:1] != other[:1]:
        return _FAR
    around = _one_slip_from(one)
    if other in around:
        return 1
    return _FAR if around.isdisjoint(_one_slip_from(other)) else 2


def may_mean(word: str, slips: int) -> frozenset[str]:
    """The known words, in lower case, within `slips` (1 or 2) of `word`: what it was meant to be, perhaps."""
    around = _one_slip_from(word)
    if slips > 1:
        around = around.union(*map(_one_slip_from, around))
    return _known() & around


def _one_slip_from(word: str) -> set[str]:
    near: set[str] = set()
    for at in range(1, len(word) + 1):
        head, rest = word[:at], word[at:]
        near.update([head + letter + rest for letter in ascii_lowercase])
        near.add(head + rest[1:])
        near.add(head + rest[1:2] + rest[:1] + rest[2:])
        if rest and rest[0] in _VOWELS:
            near.update([head + vowel + rest[1:] for vowel in _VOWELS])
    return near
