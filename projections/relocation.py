"""Where a passage of one text stands in a newer one: intact, moved, altered or gone. It knows texts, and nothing of sources or facts.

What is looked for is the passage and not merely its words. The words may stand elsewhere while the passage itself now reads otherwise: a
correction repeats what it corrects, and "15 feet" is said of two things. So what stands around the passage decides:

1. The same words at the same position are `intact`.
2. The place between what stood before and after the passage is looked for. Where its words are there, the passage has moved; where others
   are, it was altered, unless the words stand elsewhere in more of the old surroundings.
3. Else the words count as `moved` where they stand, if that place was not that of a like passage of the old text. `in_context` says whether
   what stood around them came along.
4. Else pieces of the passage and its surroundings vote for a place, and the words around it are aligned one by one. What stands against the
   passage is what it was altered to, if it shares some of its words or stands between the same neighbours. Else the passage is `gone`.

White space is no word: a passage that was only wrapped anew has moved.

Cost, for a new text of n characters and a passage of m: a search in O(n + m) for the words, for what stood before them (of which at most
200 places are weighed), and for each of at most 128 pieces. Aligning takes a window of the new text about as long as the passage and its
surroundings (word_diff.py).
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import msgspec

from projections.word_diff import WordChange, blocks, word_changes, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PinnedWords", "Relocated", "Verdict", "passage_at", "relocated"]

Verdict: TypeAlias = Literal["intact", "moved", "altered", "gone"]

CONTEXT: Final = 64
"""Characters on each side of a passage that are its surroundings."""
_KEY: Final = 16
"""Characters right before and after a passage by which its place is looked for; also how many make a place its own."""
_PLACES: Final = 200
_LIKE: Final = 32
"""Like passages that are weighed against each other, of either text."""
_GAP: Final = 400
"""By how many characters a passage may have grown, beyond twice its length, and still be looked for between its neighbours."""
_PIECE_LENGTHS: Final = (12, 6)
"""Characters of a piece; the shorter ones are tried where none of the longer is found."""
_PIECES: Final = 64
_COMMON: Final = 20
"""A piece that stands this often in the new text tells no place."""
_SLACK: Final = 40
_RELATED: Final = 3
"""One word in this many has to be the same for a passage to be what another was altered to."""


class PinnedWords(NamedTuple):
    """Words, where they stood, and what stood around them.

    `start` is -1 where nobody says. `text` is all of the old text, "" where it is not there any more.
    """

    words: str
    start: int
    before: str
    after: str
    text: str = ""


class Relocated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a passage. `start` and `end`: where it stands in the new text, in code points; left out where it is gone.

    `now`: its words there, of an altered one, and `changes` how they differ. `in_context` is False for words that stand elsewhere without
    what stood around them. `elsewhere`: of an altered or gone passage, where its old words stand all the same.
    """

    verdict: Verdict
    start: int | None = None
    end: int | None = None
    now: str | None = None
    changes: tuple[WordChange, ...] = ()
    in_context: bool = True
    elsewhere: int | None = None


class _Place(NamedTuple):
    agreement: int
    start: int
    end: int


def passage_at(text: str, start: int, end: int) -> PinnedWords:
    """The passage `[start, end)` of a text, with its surroundings."""
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    return PinnedWords(words=text[start:end], start=start, before=before, after=after, text=text)


def relocated(passage: PinnedWords, new: str) -> Relocated:
    """What became of a passage in a newer text."""
    words, start = passage.words, passage.start
    if start >= 0 and new.startswith(words, start):
        return Relocated(verdict="intact", start=start, end=start + len(words))
    same = _best_of_the_words(passage, new)
    between = _between_neighbours(passage, new)
    if between is not None and new[between.start : between.end].strip():
        inside = new.find(words, between.start, between.end)
        if inside >= 0:
            return Relocated(verdict="moved", start=inside, end=inside + len(words))
        if same is None or same.agreement <= between.agreement:
            return _altered(passage, new, between.start, between.end, same)
    if same is not None:
        surroundings = len(passage.before) + len(passage.after)
        return Relocated(
            verdict="moved",
            start=same.start,
            end=same.end,
            in_context=same.agreement >= min(_KEY, surroundings),
        )
    if between is None:
        stretch = _aligned(passage, new)
        if stretch is not None and words not in new[slice(*stretch)]:
            # The very words there are those of a like passage, or they would have been found above.
            return _altered(passage, new, *stretch, same)
    at = new.find(words)
    return Relocated(verdict="gone", elsewhere=None if at < 0 else at)


def _altered(passage: PinnedWords, new: str, start: int, end: int, same: _Place | None) -> Relocated:
    now = new[start:end].strip()
    start = new.index(now, start)
    end = start + len(now)
    changes = word_changes(passage.words, now)
    if not changes:
        return Relocated(verdict="moved", start=start, end=end)
    return Relocated(
        verdict="altered",
        start=start,
        end=end,
        now=now,
        changes=changes,
        elsewhere=None if same is None else same.start,
    )


def _find_all(text: str, words: str, start: int = 0, end: int | None = None) -> Iterator[int]:
    end = len(text) if end is None else end
    at = text.find(words, start, end)
    while at >= 0:
        yield at
        at = text.find(words, at + 1, end)


def _agreement(passage: PinnedWords, text: str, start: int, end: int) -> int:
    """How many characters around `[start, end)` are those around the passage, counted outward; an end of the text is one."""
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    left = _common(passage.before[::-1], before[::-1])
    right = _common(passage.after, after)
    return left + right


def _common(one: str, other: str) -> int:
    shared = 0
    for here, there in zip(one, other, strict=False):
        if here != there:
            return shared
        shared += 1
    if len(one) == len(other) < CONTEXT:
        return shared + 1
    return shared


def _best_of_the_words(passage: PinnedWords, new: str) -> _Place | None:
    """Where the passage's own words stand in most of its surroundings; not where a like passage of the old text belongs rather."""
    words = passage.words
    key = passage.before[-_KEY:] + words + passage.after[:_KEY]
    shift = len(passage.before[-_KEY:])
    found = [at + shift for at in islice(_find_all(new, key), _LIKE)] or list(
        islice(_find_all(new, words), _LIKE)
    )
    others = [
        passage_at(passage.text, at, at + len(words))
        for at in islice(_find_all(passage.text, words), _LIKE)
        if at != passage.start
    ]
    places = []
    for at in found:
        agreement = _agreement(passage, new, at, at + len(words))
        if all(_agreement(other, new, at, at + len(words)) <= agreement for other in others):
            places.append(_Place(agreement, at, at + len(words)))
    return _best(places, passage.start)


def _best(places: list[_Place], start: int) -> _Place | None:
    return min(
        places, key=lambda place: (-place.agreement, abs(place.start - start), place.start), default=None
    )


def _between_neighbours(passage: PinnedWords, new: str) -> _Place | None:
    """The place between what stood right before and right after the passage. It is empty where the passage was taken out.

    A passage at an end of the old text has that end for a neighbour; without the old text nobody knows that it has.
    """
    before, after = passage.before[-_KEY:], passage.after[:_KEY]
    if not (before or after) or not (passage.text or (before and after)):
        return None
    longest = 2 * len(passage.words) + _GAP
    begins = [at + len(before) for at in islice(_find_all(new, before), _PLACES)] if before else [0]
    places = []
    for begin in begins:
        last = begin + longest + len(after)
        ends: list[int] = (
            list(islice(_find_all(new, after, begin, last), _COMMON))
            if after
            else [len(new)] * (len(new) <= last)
        )
        places += [_Place(_agreement(passage, new, begin, end), begin, end) for end in ends]
    return _best(places, passage.start)


def _votes(old: str, new: str, length: int) -> dict[int, float]:
    """For places of `new` at which `old` may begin, how many of its pieces say so; one that is found often has less to say."""
    votes: dict[int, float] = defaultdict(float)
    last = max(1, len(old) - length + 1)
    for at in range(0, last, 1 + last // _PIECES):
        hits = list(islice(_find_all(new, old[at : at + length]), _COMMON))
        if len(hits) < _COMMON:
            for hit in hits:
                votes[hit - at] += 1 / len(hits)
    return votes


def _voted(old: str, offset: int, new: str) -> int | None:
    """Where in `new` the stretch `old` seems to begin, by its pieces. `offset`, where it began in the old text, decides between equals."""
    votes = _votes(old, new, _PIECE_LENGTHS[0]) or _votes(old, new, _PIECE_LENGTHS[1])
    reach = max(_SLACK, len(old) // 4)
    groups: list[list[int]] = []
    for place in sorted(votes):
        if groups and place - groups[-1][0] <= reach:
            groups[-1].append(place)
        else:
            groups.append([place])
    if not groups:
        return None
    group = min(groups, key=lambda one: (-sum(votes[at] for at in one), abs(one[0] - offset), one[0]))
    return min(group, key=lambda at: (-votes[at], at))


def _aligned(passage: PinnedWords, new: str) -> tuple[int, int] | None:
    """What stands in the new text against the passage, its surroundings and it being aligned word by word."""
    old = passage.before + passage.words + passage.after
    offset = passage.start - len(passage.before)
    place = _voted(old, offset, new)
    if place is None:
        return None
    slack = _SLACK + len(old) // 4
    low, high = max(0, place - slack), min(len(new), place + len(old) + slack)
    ours, theirs = words_in(old), words_in(new[low:high])
    begin, end = len(passage.before), len(passage.before) + len(passage.words)
    inside = [index for index, word in enumerate(ours) if word.start < end and word.end > begin]
    if not inside or not theirs:
        return None
    first, beyond = inside[0], inside[-1] + 1
    pairs = blocks([word.text for word in ours], [word.text for word in theirs])
    start, stop, kept = len(theirs), 0, 0
    for block in pairs:
        left, right = max(first, block.old_start), min(beyond, block.old_end)
        if left >= right:
            continue
        kept += (right - left) if block.same else 0
        start = min(start, block.new_start + min(left - block.old_start, block.new_end - block.new_start))
        to = block.new_end if right == block.old_end else block.new_start + right - block.old_start
        stop = max(stop, min(to, block.new_end))
    held = _RELATED * kept >= max(len(inside), stop - start)
    neighbours = {index: block.same for block in pairs for index in range(block.old_start, block.old_end)}
    between = neighbours.get(first - 1, False) and neighbours.get(beyond, False)
    if start >= stop or not (held or between):
        return None
    return low + theirs[start].start, low + theirs[stop - 1].end
