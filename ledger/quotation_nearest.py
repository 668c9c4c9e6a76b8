"""Passages of a text to choose from where a quotation cannot be placed: those most like it, or those around it.

Bounds: at most 96 pieces of the quotation are looked for, each up to 200 times, and at most 8 places are weighed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MAX_NEAREST", "contexts_of", "find_all", "nearest_to", "passage_at"]

MAX_NEAREST: Final = 3
MAX_CONTEXTS: Final = 10
MAX_PASSAGE: Final = 300
"""Characters of a passage that is shown."""
_CONTEXT: Final = 40
_CUT: Final = " … "

_MAX_PIECES: Final = 48
_MAX_HITS: Final = 200
_MAX_PLACES: Final = 8
_WORD = re.compile(r"\w+")
_PIECES: Final = (
    (re.compile(r".{16}", re.DOTALL), re.compile(r"\w{1,8}")),
    (re.compile(r"\w{1,4}"),),
    (re.compile(r"\S"),),
)
"""What a quotation is cut into; shorter pieces are tried where none of the longer ones is found."""


def find_all(text: str, words: str) -> Iterator[int]:
    """Every place where the words begin, those that overlap as well."""
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def contexts_of(text: str, stretches: Iterable[tuple[int, int]]) -> tuple[str, ...]:
    """Stretches of a text with what stands around them, as the caller needs it for a prefix or suffix; ten at most."""
    contexts = []
    for start, end in islice(stretches, MAX_CONTEXTS):
        before, words, after = (
            text[max(0, start - _CONTEXT) : start],
            text[start:end],
            text[end : end + _CONTEXT],
        )
        half = (MAX_PASSAGE - 2 * _CONTEXT - len(_CUT)) // 2
        if len(words) > 2 * half + len(_CUT):
            words = words[:half] + _CUT + words[-half:]
        contexts.append(before + words + after)
    return tuple(contexts)


def passage_at(text: str, start: int, end: int) -> str:
    """About `text[start:end]`, verbatim, at most MAX_PASSAGE characters, with the words at its ends whole."""
    end = min(end, start + MAX_PASSAGE - _CONTEXT)
    stretch = text[start:end]
    first, last = start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())
    while first > max(0, start - _CONTEXT // 2) and not text[first - 1].isspace():
        first -= 1
    while last < min(len(text), end + _CONTEXT // 2) and not text[last].isspace():
        last += 1
    return text[first:last]


def nearest_to(text: str, exact: str) -> tuple[str, ...]:
    """Up to three passages of `text` most like `exact`, the best first.

    Pieces of the quotation are looked for. Each hit votes for the place where the quotation would begin, with
    more weight the longer and the rarer the piece. The places with the most votes are ordered by the words
    they share with the quotation.
    """
    lower_text, lower_exact = _lower(text), _lower(exact)
    wanted = Counter(_WORD.findall(lower_exact))
    found: list[tuple[int, int]] = []
    for begin in _places(lower_text, lower_exact):
        window = lower_text[begin : begin + len(exact) + len(exact) // 8]
        found.append(((wanted & Counter(_WORD.findall(window))).total(), begin))
    most = max((shared for shared, _ in found), default=0)
    begins: list[int] = []
    for shared, begin in sorted(found, key=lambda place: (-place[0], place[1])):
        if 2 * shared >= most and all(2 * abs(begin - better) >= len(exact) for better in begins):
            begins.append(begin)
    passages = dict.fromkeys(passage_at(text, *_shown(lower_text, lower_exact, begin)) for begin in begins)
    passages.pop("", None)
    return tuple(islice(passages, MAX_NEAREST))


def _shown(text: str, exact: str, begin: int) -> tuple[int, int]:
    """The part to show of a passage that begins at `begin`: of a long one, where it first differs."""
    end = min(len(text), begin + len(exact))
    if len(exact) <= MAX_PASSAGE - _CONTEXT:
        return begin, end
    pairs = zip(text[begin:end], exact, strict=False)
    same = next((at for at, (here, quoted) in enumerate(pairs) if here != quoted), end - begin)
    return max(begin, begin + same - MAX_PASSAGE // 3), end


def _places(text: str, exact: str) -> list[int]:
    """Where in `text` the quotation may be meant to begin, the likeliest first."""
    for patterns in _PIECES:
        votes: dict[int, float] = defaultdict(float)
        for pattern in patterns:
            for piece, offset in _pieces(exact, pattern):
                hits = list(islice(find_all(text, piece), _MAX_HITS))
                for at in hits:
                    votes[max(0, at - offset)] += len(piece) / len(hits)
        if votes:
            return _heaviest(votes, max(16, len(exact) // 4))
    return []


def _pieces(exact: str, pattern: re.Pattern[str]) -> list[tuple[str, int]]:
    """The longest pieces of `exact` that fit `pattern`, with their offsets; of many, some from all over."""
    pieces: dict[str, int] = {}
    for found in pattern.finditer(exact):
        pieces.setdefault(found[0], found.start())
    ordered = sorted(pieces.items(), key=lambda piece: -len(piece[0]))
    return ordered[:: 1 + len(ordered) // (_MAX_PIECES + 1)]


def _heaviest(votes: dict[int, float], reach: int) -> list[int]:
    """The places with the most votes within `reach` of them, each the place that most votes agree on."""
    groups: list[list[int]] = []
    for at in sorted(votes):
        if groups and at - groups[-1][0] <= reach:
            groups[-1].append(at)
        else:
            groups.append([at])
    groups.sort(key=lambda group: -sum(votes[at] for at in group))
    return [max(group, key=lambda at: votes[at]) for group in groups[:_MAX_PLACES]]


def _lower(text: str) -> str:
    """`text` in lower case, unless that would move its characters."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text
