"""Pinning citations to the words: each quotation is looked up in its snapshot before the act is decided.

A snapshot never changes, so this needs no lock. What was found is written into the citation, the extraction and the
position of the words, so that they mean something for ever (model §4). The words stay as they were received; where they
were found by a normalisation only, its name is written beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar, assert_never

import msgspec
from msgspec.structs import replace

from ledger.citation import (
    MAX_SELECTORS,
    Citation,
    FragmentSelector,
    TextPositionSelector,
    TextQuoteSelector,
)
from ledger.commands import (
    AmendFact,
    AmendIncident,
    AmendSource,
    AttestFact,
    CaptureSnapshot,
    CorrectFact,
    DeclareLineage,
    DisputeFact,
    OpenIncident,
    RecordNotice,
    RecordSnapshot,
    Redact,
    RegisterKind,
    RegisterSource,
    ReinstateFact,
    ReportFact,
    ResolveDispute,
    RetractFact,
    RevokeLineage,
    WithdrawAttestation,
)
from ledger.errors import InvalidError, QuotationError, UnknownError
from ledger.fragment import Page, check_extent, check_on_page, read_fragment
from ledger.quotation import Match, find_quotation
from ledger.quotation_folding import FoldedTexts
from ledger.snapshot import Measured
from ledger.values import STORED, Absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.citation import Selector
    from ledger.commands import Command

__all__ = ["Measures", "Texts", "citations_in", "forget_texts", "pin"]

Texts = Callable[[Citation], tuple[str, str] | None]
"""The digest and the text of the extraction of a citation's snapshot; None where there is no text to look into."""

Measures = Callable[[Citation], Measured | None]
"""What is known of the extent of a citation's snapshot; None where nothing is."""

C = TypeVar("C", bound=Citation)

_FOLDED: Final = FoldedTexts()
_MATCHED_BY = "is filled in by the ledger, which looks the words up; leave it out"


def forget_texts() -> None:
    """Drop the folded texts that are kept in memory: one of them was redacted."""
    _FOLDED.forget()


def _unmeasured(_: Citation) -> None:
    return None


class _Look(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look things up."""

    texts: Texts
    measured: Measures


class _Sorted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The selectors of a citation: the words, the position, at most one of each, and whether any is a fragment."""

    quote: TextQuoteSelector | None
    position: TextPositionSelector | None
    fragments: bool


class _Found(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the words of a citation stand, and in which text."""

    extraction: str
    text: str
    match: Match


def _pinned(citation: C, look: _Look, field: str) -> C:
    selector = citation.selector
    if citation.snapshot is None or isinstance(selector, Absent):
        return citation
    given = _sorted_out(selector)
    found = _found(citation, given, look, field)
    if given.fragments:
        _check_fragments(selector, look.measured(citation), found, f"{field}/selector")
    if found is None:
        return citation
    if given.quote is not None and given.quote.matched_by != found.match.matched_by:
        selector = _noted(selector, found.match, f"{field}/selector")
    if given.position is None:
        selector = (*selector, TextPositionSelector(start=found.match.start, end=found.match.end))
    # Every part was judged before, so the whole is not judged again, unless the position is one selector too many.
    judged = STORED.set(len(selector) <= MAX_SELECTORS)
    try:
        return replace(citation, selector=selector, extraction=found.extraction)
    except InvalidError as error:
        raise error.under(field) from error
    finally:
        STORED.reset(judged)


def _sorted_out(selectors: tuple[Selector, ...]) -> _Sorted:
    quote, position, fragments = None, None, False
    for one in selectors:
        if isinstance(one, TextQuoteSelector):
            quote = one
        elif isinstance(one, TextPositionSelector):
            position = one
        else:
            fragments = True
    return _Sorted(quote=quote, position=position, fragments=fragments)


def _found(citation: Citation, given: _Sorted, look: _Look, field: str) -> _Found | None:
    """The words or the position of a citation in its text; None where it has neither, or there is no text."""
    position = given.position
    wanted = given.quote or position
    if wanted is None:
        return None
    extracted, at = look.texts(citation), f"{field}/selector"
    if extracted is None:
        if isinstance(wanted, TextQuoteSelector) and wanted.matched_by is not None:
            raise InvalidError(f"{_MATCHED_BY}: the snapshot has no text to look into", field=at)
        return None
    digest, text = extracted
    if citation.extraction not in (None, digest):
        # A position counts in one text and means nothing in another.
        raise UnknownError("extraction", str(citation.extraction), field=f"{field}/extraction")
    if isinstance(wanted, TextPositionSelector):
        return _Found(extraction=digest, text=text, match=_within(text, wanted, at))
    match = find_quotation(
        text,
        exact=wanted.exact,
        prefix=wanted.prefix,
        suffix=wanted.suffix,
        start=None if position is None else position.start,
        end=None if position is None else position.end,
        field=at,
        folding=_FOLDED.of,
    )
    return _Found(extraction=digest, text=text, match=match)


def _within(text: str, position: TextPositionSelector, field: str) -> Match:
    if position.end > len(text):
        raise QuotationError(
            f"the text has {len(text)} characters; the position ends at {position.end}", field=field
        )
    return Match(start=position.start, end=position.end)


def _noted(selectors: tuple[Selector, ...], match: Match, at: str) -> tuple[Selector, ...]:
    """The selectors, the words with the normalisation by which they stand in the text."""
    noted: list[Selector] = []
    for index, one in enumerate(selectors):
        if isinstance(one, TextQuoteSelector):
            if one.matched_by is not None:
                how = "character for character" if match.matched_by is None else f"by {match.matched_by}"
                raise InvalidError(
                    f"{_MATCHED_BY}: the words were found {how}", field=f"{at}/{index}/matched_by"
                )
            noted.append(replace(one, matched_by=match.matched_by))
        else:
            noted.append(one)
    return tuple(noted)


def _check_fragments(
    selectors: tuple[Selector, ...], extent: Measured | None, found: _Found | None, at: str
) -> None:
    """Hold pages, times and parts of pictures against what is known of the snapshot. Their form was judged before."""
    for index, one in enumerate(selectors):
        if extent is None or not isinstance(one, FragmentSelector):
            continue
        field = f"{at}/{index}/value"
        for fragment in read_fragment(one.value, one.conformsTo, field=field):
            check_extent(fragment, extent, field=field)
            if isinstance(fragment, Page) and found is not None:
                check_on_page(fragment, extent, found.text, found.match.start, found.match.end, field=field)


def _all(citations: tuple[C, ...], look: _Look) -> tuple[C, ...]:
    return tuple([_pinned(one, look, f"/citations/{index}") for index, one in enumerate(citations)])


def citations_in(command: Command) -> Iterator[Citation]:
    """Every citation that a command carries."""
    yield from getattr(command, "citations", ())
    for one in (getattr(command, "citation", None), getattr(command, "attestation", None)):
        if isinstance(one, Citation):
            yield one


def pin(command: Command, texts: Texts, measured: Measures | None = None) -> Command:
    """The command with every citation pinned.

    Raises QuotationError, naming the nearest passages, for words that do not stand in the snapshot, and for a page, time or part
    of a picture beyond what `measured` knows of it; InvalidError and UnknownError for what a caller cannot say of them.
    """
    look = _Look(texts=texts, measured=measured or _unmeasured)
    match command:
        case ReportFact() | CorrectFact():
            return replace(command, citations=_all(command.citations, look))
        case (
            AmendIncident()
            | WithdrawAttestation()
            | AmendFact()
            | RetractFact()
            | ReinstateFact()
            | DisputeFact()
        ):
            return replace(command, citations=_all(command.citations, look))
        case AttestFact():
            return replace(command, attestation=_pinned(command.attestation, look, "/attestation"))
        case RecordNotice():
            return replace(command, citation=_pinned(command.citation, look, "/citation"))
        case DeclareLineage():
            citation = command.citation
            return (
                command
                if citation is None
                else replace(command, citation=_pinned(citation, look, "/citation"))
            )
        case OpenIncident() | RegisterSource() | AmendSource() | CaptureSnapshot() | RecordSnapshot():
            return command
        case RevokeLineage() | Redact() | RegisterKind() | ResolveDispute():
            return command
        case _:
            assert_never(command)
