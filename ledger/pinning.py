"""Pinning citations to the words: each quotation is looked up in its snapshot before the act is decided.

A snapshot never changes, so this needs no lock. What was found is written into the citation, the extraction and the
position of the words, so that they mean something for ever (model §4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, assert_never

from msgspec.structs import replace

from ledger.citation import Citation, TextPositionSelector, position_of, quote_of
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
from ledger.errors import InvalidError, QuotationError
from ledger.quotation import find_quotation
from ledger.values import Absent

if TYPE_CHECKING:
    from ledger.commands import Command

__all__ = ["Texts", "pin"]

Texts = Callable[[Citation], tuple[str, str] | None]
"""The digest and the text of the extraction of a citation's snapshot; None where there is no text to look into."""

C = TypeVar("C", bound=Citation)


def _pinned(citation: C, texts: Texts, field: str) -> C:
    if citation.snapshot is None or isinstance(citation.selector, Absent):
        return citation
    quote, position = quote_of(citation), position_of(citation)
    if quote is None and position is None:
        return citation
    extracted = texts(citation)
    if extracted is None:
        return citation
    digest, text = extracted
    at = f"{field}/selector"
    if quote is None:
        if position is not None and position.end > len(text):
            raise QuotationError(
                f"the text has {len(text)} characters; the position ends at {position.end}", field=at
            )
        return replace(citation, extraction=citation.extraction or digest)
    match = find_quotation(
        text,
        exact=quote.exact,
        prefix=quote.prefix,
        suffix=quote.suffix,
        start=None if position is None else position.start,
        end=None if position is None else position.end,
        field=at,
    )
    selector = citation.selector
    if position is None:
        selector = (*selector, TextPositionSelector(start=match.start, end=match.end))
    try:
        return replace(citation, selector=selector, extraction=citation.extraction or digest)
    except InvalidError as error:
        # The position that is added may be one selector too many.
        raise error.under(field) from error


def _all(citations: tuple[C, ...], texts: Texts) -> tuple[C, ...]:
    return tuple(_pinned(one, texts, f"/citations/{index}") for index, one in enumerate(citations))


def pin(command: Command, texts: Texts) -> Command:
    """The command with every citation pinned. Raises QuotationError, naming the nearest passages."""
    match command:
        case ReportFact() | CorrectFact():
            return replace(command, citations=_all(command.citations, texts))
        case (
            AmendIncident()
            | WithdrawAttestation()
            | AmendFact()
            | RetractFact()
            | ReinstateFact()
            | DisputeFact()
        ):
            return replace(command, citations=_all(command.citations, texts))
        case AttestFact():
            return replace(command, attestation=_pinned(command.attestation, texts, "/attestation"))
        case RecordNotice():
            return replace(command, citation=_pinned(command.citation, texts, "/citation"))
        case DeclareLineage():
            citation = command.citation
            return (
                command
                if citation is None
                else replace(command, citation=_pinned(citation, texts, "/citation"))
            )
        case OpenIncident() | RegisterSource() | AmendSource() | CaptureSnapshot() | RecordSnapshot():
            return command
        case RevokeLineage() | Redact() | RegisterKind() | ResolveDispute():
            return command
        case _:
            assert_never(command)
