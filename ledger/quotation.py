"""The exact quotation check: do the quoted words stand in the snapshot's text, and where.

A quotation is evidence only if a reader finds the very same words in the captured text. So nothing is folded,
trimmed or normalised here: a curly mark is not a straight one, and a letter with its accent in one code point
is not the same in two. What helps a caller is said in the refusal, which shows the passages that come
nearest. This module knows no snapshots and no citations; it is given text (W3C Web Annotation:
TextQuoteSelector, TextPositionSelector).

Bounds: a text of n characters and a quotation of m are searched in O(n + m). Matches are counted up to 100.
The search for near passages looks for at most 96 pieces of the quotation, each up to 200 times, and weighs at
most 8 places.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Final

from ledger.errors import InvalidError, QuotationError
from ledger.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Match", "find_quotation"]

MAX_COUNTED: Final = 100
MAX_NEAREST: Final = 3
MAX_CONTEXTS: Final = 10
MAX_PASSAGE: Final = 300
"""Characters of a passage that is shown."""
_CONTEXT: Final = 40
_CUT: Final = " … "
_COPY_CONTEXT = "that prefix and suffix; copy those from the text immediately before and after the words"
_UTF16 = "; positions count Unicode code points, and these look like UTF-16 units"

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


class Match(Value, frozen=True, kw_only=True):
    """Where a quotation stands: `[start, end)` in Unicode code points of the text, from 0; never in UTF-16 units or bytes."""

    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse what is no stretch of text, with InvalidError."""
        if self.start < 0:
            raise InvalidError("must not be negative; positions count from 0", field="/start")
        if self.end <= self.start:
            raise InvalidError(
                "must be greater than start; a quotation has at least one character", field="/end"
            )


def find_quotation(
    text: str,
    *,
    exact: str,
    prefix: str | None = None,
    suffix: str | None = None,
    start: int | None = None,
    end: int | None = None,
    field: str,
) -> Match:
    """The one place in `text` where `exact` stands, with all else that is given holding there as well.

    `prefix` and `suffix` are the text immediately before and after; "" holds everywhere. `start` and `end`
    are code points, given both or neither. Everything given must be true, even where `exact` alone would have
    been enough: what a selector says is shown to readers. Occurrences that overlap count each.

    Raises InvalidError (blank `exact`, half a position) and QuotationError, both with `field`.
    QuotationError.nearest holds passages of the text to choose from, at most 300 characters each: those most
    like the quotation where it is not there; with 40 characters around it where it stands more than once, cut
    with " … " inside where it is long.
    """
    if not exact or exact.isspace():
        raise InvalidError("the exact quotation must not be empty", field=field)
    quote = _Quote(exact=exact, prefix=prefix or "", suffix=suffix or "")
    if start is not None and end is not None:
        return _at_position(text, quote, _position(start, end, field), field)
    if start is not None or end is not None:
        raise InvalidError("a position has both start and end; give both or neither", field=field)
    return _only_one(text, quote, field)


class _Quote(Value, frozen=True, kw_only=True):
    """The quoted words, and what is said to stand immediately before and after them ("" says nothing)."""

    exact: str
    prefix: str = ""
    suffix: str = ""


def _position(start: int, end: int, field: str) -> Match:
    try:
        return Match(start=start, end=end)
    except InvalidError as error:
        raise error.under(field) from error


def _only_one(text: str, quote: _Quote, field: str) -> Match:
    found = _occurrences(text, quote)
    if len(found) == 1:
        return Match(start=found[0], end=found[0] + len(quote.exact))
    if found:
        raise QuotationError(
            f"the quoted words stand in the text {_times(found)}; give more of the text before or after them"
            " (prefix, suffix), or their position",
            nearest=_contexts(text, quote.exact, found),
            field=field,
        )
    elsewhere = _occurrences(text, _Quote(exact=quote.exact))
    if elsewhere:
        raise QuotationError(
            f"the quoted words stand in the text {_times(elsewhere)}, but not between {_COPY_CONTEXT}",
            nearest=_contexts(text, quote.exact, elsewhere),
            field=field,
        )
    raise _not_there(text, quote.exact, field)


def _at_position(text: str, quote: _Quote, position: Match, field: str) -> Match:
    start, end, exact = position.start, position.end, quote.exact
    if end <= len(text) and text[start:end] == exact:
        if text.endswith(quote.prefix, 0, start) and text.startswith(quote.suffix, end):
            return position
        raise QuotationError(
            f"the quoted words stand at {start} to {end}, but not between {_COPY_CONTEXT}",
            nearest=_contexts(text, exact, [start]),
            field=field,
        )
    found = _occurrences(text, _Quote(exact=exact))
    if not found:
        raise _not_there(text, exact, field)
    raise QuotationError(
        f"other words than the quoted ones stand at {start} to {end}"
        f"{'' if end <= len(text) else f' (the text ends at {len(text)})'}; those stand at"
        f" {', '.join(f'{at} to {at + len(exact)}' for at in found[:MAX_NEAREST])}"
        f"{' and elsewhere' if len(found) > MAX_NEAREST else ''}"
        f"{_UTF16 if _is_utf16(text, start, found) else ''}",
        nearest=_there(text, start, end) + _contexts(text, exact, found[:MAX_NEAREST]),
        field=field,
    )


def _there(text: str, start: int, end: int) -> tuple[str, ...]:
    passage = _passage(text, start, min(end, len(text))) if start < len(text) else ""
    return (passage,) if passage else ()


def _not_there(text: str, exact: str, field: str) -> QuotationError:
    if not text or text.isspace():
        return QuotationError(
            "the text of the snapshot is empty, so nothing can be quoted from it", field=field
        )
    nearest = _nearest(text, exact)
    hint = (
        "the nearest passages are given: copy from the one you mean" if nearest else "no passage comes near"
    )
    return QuotationError(
        f"the quoted words do not stand in the text of the snapshot, character for character; {hint}",
        nearest=nearest,
        field=field,
    )


def _occurrences(text: str, quote: _Quote) -> list[int]:
    """Where the quoted words begin, each time the whole quote stands there; one more than counted at most."""
    whole = quote.prefix + quote.exact + quote.suffix
    return [at + len(quote.prefix) for at in islice(_find_all(text, whole), MAX_COUNTED + 1)]


def _find_all(text: str, words: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _times(found: list[int]) -> str:
    if len(found) > MAX_COUNTED:
        return f"more than {MAX_COUNTED} times"
    return "once" if len(found) == 1 else f"{len(found)} times"


def _is_utf16(text: str, start: int, found: list[int]) -> bool:
    """Whether `start` is the place of a match as counted in UTF-16 units, the habit of browsers."""
    before = text.encode("utf-16-le", "surrogatepass")[: 2 * start]
    at = len(before.decode("utf-16-le", "ignore"))
    return at != start and at in found


def _contexts(text: str, exact: str, found: list[int]) -> tuple[str, ...]:
    """The words with what stands around them, as the caller needs it for a prefix or suffix."""
    contexts = []
    for at in found[:MAX_CONTEXTS]:
        end = at + len(exact)
        before, after = text[max(0, at - _CONTEXT) : at], text[end : end + _CONTEXT]
        half = (MAX_PASSAGE - 2 * _CONTEXT - len(_CUT)) // 2
        words = exact if len(exact) <= 2 * half + len(_CUT) else exact[:half] + _CUT + exact[-half:]
        contexts.append(before + words + after)
    return tuple(contexts)


def _passage(text: str, start: int, end: int) -> str:
    """About `text[start:end]`, verbatim, at most MAX_PASSAGE characters, with the words at its ends whole."""
    end = min(end, start + MAX_PASSAGE - _CONTEXT)
    stretch = text[start:end]
    first, last = start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())
    while first > max(0, start - _CONTEXT // 2) and not text[first - 1].isspace():
        first -= 1
    while last < min(len(text), end + _CONTEXT // 2) and not text[last].isspace():
        last += 1
    return text[first:last]


def _nearest(text: str, exact: str) -> tuple[str, ...]:
    """Up to three passages of `text` most like `exact`, the best first.

    Pieces of the quotation are looked for. Each hit votes for the place where the quotation would begin, with
    more weight the longer and the rarer the piece. The places with the most votes are ordered by the words
    they share with the quotation.
    """
    folded_text, folded_exact = _fold(text), _fold(exact)
    wanted = Counter(_WORD.findall(folded_exact))
    found: list[tuple[int, int]] = []
    for begin in _places(folded_text, folded_exact):
        window = folded_text[begin : begin + len(exact) + len(exact) // 8]
        found.append(((wanted & Counter(_WORD.findall(window))).total(), begin))
    most = max((shared for shared, _ in found), default=0)
    begins: list[int] = []
    for shared, begin in sorted(found, key=lambda place: (-place[0], place[1])):
        if 2 * shared >= most and all(2 * abs(begin - better) >= len(exact) for better in begins):
            begins.append(begin)
    passages = dict.fromkeys(_passage(text, *_shown(folded_text, folded_exact, begin)) for begin in begins)
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
                hits = list(islice(_find_all(text, piece), _MAX_HITS))
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


def _fold(text: str) -> str:
    """`text` in lower case, unless that would move its characters."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text
