"""Sources cited to the words: selectors, citations and attestations (model §4).

A *citation* says where in which source the words stand; an *attestation* is a citation that speaks to a fact, with a stance and the
value as the passage states it. Selectors are those of the W3C Web Annotation Data Model §4.2; positions count Unicode code points
of the named text extraction, half-open, from 0. This file does not look the words up: that is quotation.py, with the snapshot.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from ledger.errors import InvalidError
from ledger.fact import AsStated
from ledger.fragment import read_fragment
from ledger.ids import check_id, check_slug
from ledger.values import Absence, Absent, CheckedValue, check_text
from ledger.when import Published

__all__ = [
    "MAX_CITATIONS",
    "Attestation",
    "Citation",
    "FragmentSelector",
    "Selector",
    "Speaker",
    "Stance",
    "TextPositionSelector",
    "TextQuoteSelector",
    "check_digest",
    "check_language",
    "check_unique",
    "is_looked_up",
    "position_of",
    "quote_of",
]

Stance: TypeAlias = Literal["supports", "contradicts", "mentions", "denies", "declines"]
"""What a passage does to a fact. `mentions` neither supports nor establishes; `declines` is a refusal to comment."""

MAX_CITATIONS = 100
MAX_SELECTORS = 8
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
_MAX_LANGUAGE = 35
_MAX_MATCHED_BY = 255


def check_digest(text: str, *, field: str) -> str:
    """`text`, if it is `sha256:` and 64 lower-case hexadecimal digits. Raises InvalidError naming `field`."""
    if _DIGEST.fullmatch(text) is None:
        raise InvalidError("a digest is written sha256: and 64 lower-case hexadecimal digits", field=field)
    return text


def check_language(tag: str, *, field: str) -> str:
    """`tag`, if it has the form of a BCP 47 language tag. Raises InvalidError naming `field`."""
    if len(tag) > _MAX_LANGUAGE or _LANGUAGE.fullmatch(tag) is None:
        raise InvalidError("a language is a BCP 47 tag such as en or es-MX", field=field)
    return tag


class TextQuoteSelector(CheckedValue, frozen=True, kw_only=True, tag_field="type", tag="TextQuoteSelector"):
    """The words themselves, and what stands right before and after them (Web Annotation §4.2.4).

    The words stand as they were received. `matched_by` names the normalisation by which they were found in the snapshot, where they
    do not stand there character for character; it is ours, not the specification's, and says nothing where it is missing.
    """

    exact: str
    prefix: str | None = None
    suffix: str | None = None
    matched_by: str | None = None

    def check(self) -> None:
        """Refuse empty words and hostile text."""
        check_text(self.exact, field="/exact")
        if self.matched_by is not None:
            check_text(self.matched_by, field="/matched_by", limit=_MAX_MATCHED_BY)
        for name, text in (("/prefix", self.prefix), ("/suffix", self.suffix)):
            if text:
                check_text(text if not text.isspace() else "-", field=name)


class TextPositionSelector(
    CheckedValue, frozen=True, kw_only=True, tag_field="type", tag="TextPositionSelector"
):
    """Where the words stand: code points `[start, end)` of the extraction (Web Annotation §4.2.5)."""

    start: int
    end: int

    def check(self) -> None:
        """Refuse an empty or backward range."""
        if not 0 <= self.start < self.end:
            raise InvalidError("start must be at least 0 and less than end", field="/start")


class FragmentSelector(CheckedValue, frozen=True, kw_only=True, tag_field="type", tag="FragmentSelector"):
    """A fragment of a page, recording or image, by the specification that `conformsTo` names (Web Annotation §4.2.1).

    Where that is one we know (fragment.py), the value has to have its form; by any other, or none, it is kept as text.
    """

    value: str
    conformsTo: str | None = None  # noqa: N815  the name is the specification's

    def check(self) -> None:
        """Refuse empty text, and what breaks the grammar of the specification that is named."""
        check_text(self.value, field="/value", limit=2_048)
        if self.conformsTo is not None:
            check_text(self.conformsTo, field="/conformsTo", limit=2_048)
            read_fragment(self.value, self.conformsTo, field="/value")


Selector: TypeAlias = TextQuoteSelector | TextPositionSelector | FragmentSelector


class Speaker(CheckedValue, frozen=True, kw_only=True):
    """Whose words the source passes on. Two passages with one `id` share their origin (model §4, Origins)."""

    id: str | None = None
    name: str | Absent | None = None
    capacity: str | None = None
    speech_act: str | None = None
    absent: Absence | None = None

    def check(self) -> None:
        """Refuse a speaker of whom nothing is said."""
        if self.id is not None:
            check_id(self.id, field="/id")
        if isinstance(self.name, str):
            check_text(self.name, field="/name", limit=1_024)
        if self.capacity is not None:
            check_text(self.capacity, field="/capacity", limit=1_024)
        if self.speech_act is not None:
            check_slug(self.speech_act, field="/speech_act")
        if self.absent is None and self.id is None and self.name is None and self.capacity is None:
            raise InvalidError("a speaker has an id, a name or a capacity, or is absent with a reason")


class Citation(CheckedValue, frozen=True, kw_only=True):
    """Where in which source: the source, the captured copy, the passage, the speaker, and when the passage was published.

    `snapshot` and `extraction` are digests; without a snapshot the citation is accepted and shown as not pinned. `relays` names the
    source that this passage passes on: the passage shares that source's origin.
    """

    id: str
    source: str
    snapshot: str | None = None
    extraction: str | None = None
    selector: tuple[Selector, ...] | Absent = ()
    speaker: Speaker | None = None
    relays: str | None = None
    language: str | Absent | None = None
    published: Published | None = None

    def check(self) -> None:
        """Refuse malformed ids and digests, and selectors that name one thing twice."""
        check_id(self.id, field="/id")
        check_id(self.source, field="/source")
        if self.snapshot is not None:
            check_digest(self.snapshot, field="/snapshot")
        if self.extraction is not None:
            check_digest(self.extraction, field="/extraction")
            if self.snapshot is None:
                raise InvalidError("an extraction needs the snapshot it was taken from", field="/extraction")
        if not isinstance(self.selector, Absent):
            if len(self.selector) > MAX_SELECTORS:
                raise InvalidError(f"at most {MAX_SELECTORS} selectors are allowed", field="/selector")
            if len(self.selector) > 1:
                self._check_single(self.selector)
            if self.snapshot is None:
                self._check_not_matched(self.selector)
        if self.relays is not None:
            check_id(self.relays, field="/relays")
            if self.relays == self.source:
                raise InvalidError("a source does not relay itself", field="/relays")
        if isinstance(self.language, str):
            check_language(self.language, field="/language")

    def _check_single(self, selectors: tuple[Selector, ...]) -> None:
        for sort in (TextQuoteSelector, TextPositionSelector):
            if sum(isinstance(one, sort) for one in selectors) > 1:
                raise InvalidError(
                    f"at most one {sort.__name__}; cite a second passage on its own", field="/selector"
                )

    def _check_not_matched(self, selectors: tuple[Selector, ...]) -> None:
        for index, one in enumerate(selectors):
            if isinstance(one, TextQuoteSelector) and one.matched_by is not None:
                raise InvalidError(
                    "says how the words were found in a snapshot, and none is cited; leave it out",
                    field=f"/selector/{index}/matched_by",
                )


class Attestation(Citation, frozen=True, kw_only=True):
    """A citation that speaks to a fact.

    Without `as_stated` it states the content of the fact version it was recorded with, for ever (model §4); with it, what it lists
    and nothing else.
    """

    stance: Stance
    as_stated: AsStated | None = None


def quote_of(citation: Citation) -> TextQuoteSelector | None:
    """The words that a citation quotes, if it quotes any and they are disclosed."""
    if isinstance(citation.selector, Absent):
        return None
    return next((one for one in citation.selector if isinstance(one, TextQuoteSelector)), None)


def is_looked_up(citation: Citation) -> bool:
    """Whether the quoted words were found in the text of the snapshot. Of an image or a scan there is none to look into."""
    return citation.extraction is not None


def position_of(citation: Citation) -> TextPositionSelector | None:
    """Where a citation's words stand, if it says so and it is disclosed."""
    if isinstance(citation.selector, Absent):
        return None
    return next((one for one in citation.selector if isinstance(one, TextPositionSelector)), None)


def check_unique(citations: tuple[Citation, ...], *, field: str) -> None:
    """Refuse more than MAX_CITATIONS citations, or two with one id. Raises InvalidError naming the second."""
    if len(citations) > MAX_CITATIONS:
        raise InvalidError(f"at most {MAX_CITATIONS} citations are allowed in one act", field=field)
    seen: set[str] = set()
    for index, citation in enumerate(citations):
        if citation.id in seen:
            raise InvalidError("this id stands twice in the act", field=f"{field}/{index}/id")
        seen.add(citation.id)
