"""The quotation check: do the quoted words stand in the snapshot's text, and where.

A quotation is evidence only if a reader finds the very same words in the captured text. They are looked for character for
character first. Only where they do not stand so, they are looked for once more by a named normalisation (quotation_folding.py),
and what is found then says by which: nothing is ever folded in silence. What helps a caller is said in the refusal, which shows
the passages that come nearest. This module knows no snapshots and no citations; it is given text (W3C Web Annotation:
TextQuoteSelector, TextPositionSelector).

Bounds: a text of n characters and a quotation of m are searched in O(n + m). Matches are counted up to 100.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.errors import InvalidError, QuotationError
from ledger.quotation_folding import FOLDING, FoldedText, fold
from ledger.quotation_look import looks_alike, told_apart
from ledger.quotation_nearest import MAX_NEAREST, contexts_of, find_all, nearest_to, passage_at
from ledger.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Match", "find_quotation"]

MAX_COUNTED: Final = 100
_COPY_CONTEXT = "that prefix and suffix; copy those from the text immediately before and after the words"
_UTF16 = "; positions count Unicode code points, and these look like UTF-16 units"


class Match(Value, frozen=True, kw_only=True):
    """Where a quotation stands: `[start, end)` in Unicode code points of the text, from 0; never in UTF-16 units or bytes.

    `matched_by` names the normalisation without which it does not stand there; None: it stands there character for character.
    """

    start: int
    end: int
    matched_by: str | None = None

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
    folding: Callable[[str], FoldedText] = FoldedText,
) -> Match:
    """The one place in `text` where `exact` stands, with all else that is given holding there as well.

    `prefix` and `suffix` are the text immediately before and after; "" holds everywhere. `start` and `end`
    are code points, given both or neither. Everything given must be true, even where `exact` alone would have
    been enough: what a selector says is shown to readers. Occurrences that overlap count each. `folding` folds the
    text; it is asked only where the whole does not stand there character for character.

    Raises InvalidError (blank `exact`, half a position) and QuotationError, both with `field`.
    QuotationError.nearest holds passages of the text to choose from, at most 300 characters each: those most
    like the quotation where it is not there; with 40 characters around it where it stands more than once, cut
    with " … " inside where it is long.
    """
    if not exact or exact.isspace():
        raise InvalidError("the exact quotation must not be empty", field=field)
    quote = _Quote(exact=exact, prefix=prefix or "", suffix=suffix or "")
    if start is None and end is None and (match := _once(text, quote)) is not None:
        return match
    searched = _Searched(text, folding)
    if start is not None and end is not None:
        return _at_position(searched, quote, _position(start, end, field), field)
    if start is not None or end is not None:
        raise InvalidError("a position has both start and end; give both or neither", field=field)
    return _only_one(searched, quote, field)


class _Quote(NamedTuple):
    """The quoted words, and what is said to stand immediately before and after them ("" says nothing)."""

    exact: str
    prefix: str = ""
    suffix: str = ""

    def whole(self) -> str:
        """All that has to stand in one piece."""
        return self.prefix + self.exact + self.suffix


class _Folded(NamedTuple):
    """A quote folded: the whole, and which part of it are the quoted words.

    A blank at which the words meet their prefix or suffix is one blank in the whole, and belongs to the words.
    """

    whole: str
    start: int
    end: int


class _Searched:
    """The text in question, searched as it stands, or folded."""

    def __init__(self, text: str, folding: Callable[[str], FoldedText]) -> None:
        self.text = text
        self._folding = folding

    def places(self, quote: _Quote) -> list[Match]:
        """Where the whole quote stands, by folding only where it stands nowhere as it is; one more than counted at most."""
        first, length = len(quote.prefix), len(quote.exact)
        found = [
            Match(start=at + first, end=at + first + length)
            for at in islice(find_all(self.text, quote.whole()), MAX_COUNTED + 1)
        ]
        if found:
            return found
        folded, within = self._folding(self.text), _folded(quote)
        return [
            Match(
                start=folded.original_place(at + within.start),
                end=folded.original_place(at + within.end),
                matched_by=FOLDING,
            )
            for at in islice(find_all(folded.folded, within.whole), MAX_COUNTED + 1)
        ]

    def at(self, quote: _Quote, start: int, end: int) -> Match | None:
        """The place, if the whole quote stands just there."""
        text, words = self.text, self.text[start:end]
        if end > len(text) or fold(words) != fold(quote.exact):
            return None
        around = text.endswith(quote.prefix, 0, start) and text.startswith(quote.suffix, end)
        if around and words == quote.exact:
            return Match(start=start, end=end)
        folded, within = self._folding(text), _folded(quote)
        begin = folded.folded_place(start) - within.start
        holds = begin >= 0 and folded.folded.startswith(within.whole, begin)
        return Match(start=start, end=end, matched_by=FOLDING) if holds else None


def _folded(quote: _Quote) -> _Folded:
    words = fold(quote.exact)
    start = len(fold(quote.prefix + quote.exact)) - len(words)
    return _Folded(whole=fold(quote.whole()), start=start, end=start + len(words))


def _once(text: str, quote: _Quote) -> Match | None:
    """The place, if the whole quote stands at one only, character for character: looked for first, since nearly all do."""
    whole = quote.whole()
    at = text.find(whole)
    if at < 0 or text.find(whole, at + 1) >= 0:
        return None
    start = at + len(quote.prefix)
    return Match(start=start, end=start + len(quote.exact))


def _position(start: int, end: int, field: str) -> Match:
    try:
        return Match(start=start, end=end)
    except InvalidError as error:
        raise error.under(field) from error


def _only_one(searched: _Searched, quote: _Quote, field: str) -> Match:
    found = searched.places(quote)
    if len(found) == 1:
        return found[0]
    if found:
        raise QuotationError(
            f"the quoted words stand in the text {_times(found)}; give more of the text before or after them"
            " (prefix, suffix), or their position",
            nearest=contexts_of(searched.text, _spans(found)),
            field=field,
        )
    elsewhere = searched.places(_Quote(exact=quote.exact))
    if elsewhere:
        raise QuotationError(
            f"the quoted words stand in the text {_times(elsewhere)}, but not between {_COPY_CONTEXT}",
            nearest=contexts_of(searched.text, _spans(elsewhere)),
            field=field,
        )
    raise _not_there(searched.text, quote.exact, field)


def _at_position(searched: _Searched, quote: _Quote, position: Match, field: str) -> Match:
    text, start, end = searched.text, position.start, position.end
    match = searched.at(quote, start, end)
    if match is not None:
        return match
    words = _Quote(exact=quote.exact)
    if searched.at(words, start, end) is not None:
        raise QuotationError(
            f"the quoted words stand at {start} to {end}, but not between {_COPY_CONTEXT}",
            nearest=contexts_of(text, [(start, end)]),
            field=field,
        )
    found = searched.places(words)
    if not found:
        raise _not_there(text, quote.exact, field)
    raise QuotationError(
        f"other words than the quoted ones stand at {start} to {end}"
        f"{'' if end <= len(text) else f' (the text ends at {len(text)})'}; those stand at"
        f" {', '.join(f'{one.start} to {one.end}' for one in found[:MAX_NEAREST])}"
        f"{' and elsewhere' if len(found) > MAX_NEAREST else ''}"
        f"{_UTF16 if _is_utf16(text, start, found) else ''}",
        nearest=_there(text, start, end) + contexts_of(text, _spans(found[:MAX_NEAREST])),
        field=field,
    )


def _spans(found: Iterable[Match]) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in found]


def _there(text: str, start: int, end: int) -> tuple[str, ...]:
    passage = passage_at(text, start, min(end, len(text))) if start < len(text) else ""
    return (passage,) if passage else ()


def _not_there(text: str, exact: str, field: str) -> QuotationError:
    if not text or text.isspace():
        return QuotationError(
            "the text of the snapshot is empty, so nothing can be quoted from it", field=field
        )
    alike = looks_alike(text, exact)
    nearest = nearest_to(text, exact) if alike is None else (passage_at(text, *alike),)
    if alike is not None:
        hint = f"words that look the same do, but {told_apart(text[slice(*alike)], exact)}: copy them from the passage given"
    elif nearest:
        hint = "the nearest passages are given: copy from the one you mean"
    else:
        hint = "no passage comes near"
    return QuotationError(
        "the quoted words do not stand in the text of the snapshot, whatever the width of blanks and the form of"
        f" quotation marks; {hint}",
        nearest=nearest,
        field=field,
    )


def _times(found: list[Match]) -> str:
    if len(found) > MAX_COUNTED:
        return f"more than {MAX_COUNTED} times"
    return "once" if len(found) == 1 else f"{len(found)} times"


def _is_utf16(text: str, start: int, found: Iterable[Match]) -> bool:
    """Whether `start` is the place of a match as counted in UTF-16 units, the habit of browsers."""
    before = text.encode("utf-16-le", "surrogatepass")[: 2 * start]
    at = len(before.decode("utf-16-le", "ignore"))
    return at != start and any(at == one.start for one in found)
