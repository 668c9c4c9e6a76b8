"""Strategies for acts of every type, with every optional member there or not, and for the stamps they are recorded with."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.citation import (
    Attestation,
    Citation,
    FragmentSelector,
    Selector,
    Speaker,
    Stance,
    TextPositionSelector,
    TextQuoteSelector,
)
from ledger.clock import format_instant
from ledger.codec import Stamp
from ledger.events import (
    AttestationWithdrawn,
    DisputeResolved,
    Extractor,
    FactAmended,
    FactAttested,
    FactCorrected,
    FactDisputed,
    FactReinstated,
    FactReported,
    FactRetracted,
    IncidentAmended,
    IncidentOpened,
    KindRegistered,
    LedgerOpened,
    LineageDeclared,
    LineageRevoked,
    Measured,
    Passage,
    Redacted,
    RedactedEvent,
    RedactedFact,
    SnapshotCaptured,
    SourceAmended,
    SourceNoticeRecorded,
    SourceRegistered,
    VocabularyRef,
)
from ledger.fact import AsStated, Content, Participant
from ledger.snapshot import NoText
from ledger.strict_json import MAX_INTEGER
from ledger.terms import (
    CorrectionCause,
    CorrectionClass,
    DisputeOutcome,
    LineageRelation,
    NoticeScope,
    NoticeType,
    RetractionCause,
    SourceKind,
    WithdrawalCause,
)
from ledger.values import Absence, Absent, Json
from ledger.when import Published
from tests.strategies_json import json_values
from tests.strategies_quantity import places, quantities
from tests.strategies_when import OFFSETS, instants, whens

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from ledger.events import Act

__all__ = ["acts", "acts_of", "acts_with_content", "stamps"]

_T = TypeVar("_T")
_Keyed = TypeVar("_Keyed", Citation, Attestation, Passage, Participant)

_TEXTS = st.sampled_from(
    ["a", "two words", "Zoë 😀 עדן\n", '"quoted" \\u0000 \\', "\u2028 \u0301e \ufeff", "0.5 null"]
) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=20
).filter(lambda text: not text.isspace())
_IDS = st.sampled_from(["a", "p1", "drag", "a.b_c~d-e", "0" * 128]) | st.from_regex(
    r"[a-z0-9][a-z0-9._~-]{0,9}", fullmatch=True
)
_SLUGS = st.sampled_from(["driver", "injured", "shots.fired", "co-worker"])
_COUNTS = st.integers(1, MAX_INTEGER)
_SHA = st.binary(min_size=32, max_size=32).map(lambda sha: "sha256:" + sha.hex())
_ABSENT = st.builds(Absent, absent=st.sampled_from(get_args(Absence)))
_WORDS: SearchStrategy[str | Absent] = _TEXTS | _ABSENT
_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)


def _one_of(words: object) -> SearchStrategy[Json]:
    return st.sampled_from(get_args(words))


def _some(one: SearchStrategy[_T], most: int = 3) -> SearchStrategy[tuple[_T, ...]]:
    return st.lists(one, max_size=most).map(tuple)


def _keyed(one: SearchStrategy[_Keyed], least: int = 0) -> SearchStrategy[tuple[_Keyed, ...]]:
    return st.lists(one, min_size=least, max_size=3, unique_by=lambda item: item.id).map(tuple)


def _maybe(one: SearchStrategy[_T]) -> SearchStrategy[_T | None]:
    return st.none() | one


def _details() -> SearchStrategy[dict[str, Json]]:
    return st.dictionaries(_NAMES, json_values(), max_size=3)


@st.composite
def _published(draw: st.DrawFn) -> Published:
    (_, one), (_, other) = draw(instants()), draw(instants())
    first, last = (
        bound.astimezone(draw(st.sampled_from(OFFSETS))).isoformat() for bound in sorted((one, other))
    )
    ends = draw(
        st.sampled_from([(first, last), (None, last), (first, "unknown"), ("open", None), (None, None)])
    )
    return Published(earliest=ends[0], latest=ends[1], as_stated=draw(_maybe(_WORDS)))


@st.composite
def _selectors(draw: st.DrawFn) -> tuple[Selector, ...]:
    """At most one quotation and one position, and fragments, in any order."""
    start = draw(st.integers(0, MAX_INTEGER - 1))
    found: list[Selector] = [
        TextQuoteSelector(
            exact=draw(_TEXTS), prefix=draw(_maybe(_TEXTS)), suffix=draw(_maybe(st.just("") | _TEXTS))
        ),
        TextPositionSelector(start=start, end=draw(st.integers(start + 1, MAX_INTEGER))),
        FragmentSelector(value=draw(_TEXTS), conformsTo=draw(_maybe(_TEXTS))),
    ]
    return tuple(draw(st.lists(st.sampled_from(found), unique_by=type)))


def _speakers() -> SearchStrategy[Speaker]:
    said = st.builds(
        Speaker,
        id=_IDS,
        name=_maybe(_WORDS),
        capacity=_maybe(_TEXTS),
        speech_act=_maybe(st.sampled_from(["stated", "wrote"])),
    )
    return said | st.builds(Speaker, absent=_one_of(Absence))


def _participants() -> SearchStrategy[tuple[Participant, ...]]:
    return _keyed(
        st.builds(Participant, id=_IDS, role=_SLUGS, name=_maybe(_WORDS), as_described=_maybe(_WORDS))
    )


@st.composite
def _values(draw: st.DrawFn) -> dict[str, Json]:
    """The members that content and `as_stated` share."""
    idents = draw(st.lists(_IDS, max_size=3, unique=True))
    roles = st.none() | _SLUGS
    return {
        "statement": draw(_maybe(_TEXTS)),
        "occurred": draw(_maybe(whens())),
        "places": tuple(replace(draw(places()), id=ident, role=draw(roles)) for ident in idents),
        "participants": draw(_participants()),
        "quantities": tuple(replace(draw(quantities()), id=ident) for ident in idents),
        "details": draw(_details()),
    }


@st.composite
def _contents(draw: st.DrawFn) -> Content:
    values = draw(_values())
    return Content(
        **{**values, "statement": draw(_maybe(_WORDS))}, kind=draw(st.sampled_from(["drag@1", "desk.x@9999"]))
    )


@st.composite
def _citation_members(draw: st.DrawFn) -> dict[str, Json]:
    snapshot = draw(_maybe(_SHA))
    return {
        "id": draw(_IDS),
        "source": draw(st.sampled_from(["s1", "s2"])),
        "snapshot": snapshot,
        "extraction": None if snapshot is None else draw(_maybe(_SHA)),
        "selector": draw(_selectors() | _ABSENT),
        "speaker": draw(_maybe(_speakers())),
        "relays": draw(_maybe(st.just("s3"))),
        "language": draw(_maybe(st.sampled_from(["en", "es-MX"]) | _ABSENT)),
        "published": draw(_maybe(_published())),
    }


def _citations() -> SearchStrategy[tuple[Citation, ...]]:
    return _keyed(_citation_members().map(lambda members: Citation(**members)))


@st.composite
def _attestation(draw: st.DrawFn) -> Attestation:
    as_stated = st.builds(lambda values: AsStated(**values), _values()) | st.builds(
        AsStated, absent=_one_of(Absence)
    )
    return Attestation(
        **draw(_citation_members()), stance=draw(_one_of(Stance)), as_stated=draw(_maybe(as_stated))
    )


def _attestations(least: int = 0) -> SearchStrategy[tuple[Attestation, ...]]:
    return _keyed(_attestation(), least)


def _amended_texts() -> SearchStrategy[dict[str, str | Absent]]:
    paths = [
        "statement",
        "occurred/as_stated",
        "places/p1/as_stated",
        "participants/p1/as_described",
        "details/as_stated",
    ]
    return st.dictionaries(st.sampled_from(paths), _WORDS, min_size=1)


def _source_published() -> SearchStrategy[Published | Literal["never"] | None]:
    never: SearchStrategy[Literal["never"]] = st.just("never")
    return st.none() | never | _published()


_EXTRACTORS = st.builds(
    Extractor, name=_maybe(_TEXTS), version=_maybe(_TEXTS), no_text=_maybe(_one_of(NoText))
) | st.builds(Extractor, absent=_one_of(Absence))
_MEASURED = st.builds(
    Measured,
    pages=_maybe(_COUNTS),
    duration_s=_maybe(_TEXTS),
    width_px=_maybe(_COUNTS),
    height_px=_maybe(_COUNTS),
) | st.builds(Measured, absent=_one_of(Absence))
_REASONED = {"fact": _IDS, "reason": _WORDS, "citations": _citations()}
_DESCRIBED = {
    "publisher": _maybe(_WORDS),
    "url": _maybe(_WORDS),
    "published": _source_published(),
    "language": _maybe(_WORDS),
    "csl": _maybe(_details()),
}
_REDACTED_PATHS = _some(st.sampled_from(["statement", "participants/p1/name", "attestations/a1"]))

_ACTS: dict[type[Act], SearchStrategy[Act]] = {
    LedgerOpened: st.builds(
        LedgerOpened,
        ledger=_IDS,
        ledger_format=_TEXTS,
        vocabulary=st.builds(VocabularyRef, version=_COUNTS, digest=_SHA),
    ),
    KindRegistered: st.builds(
        KindRegistered,
        slug=_SLUGS,
        version=_COUNTS,
        label=_WORDS,
        definition=_WORDS,
        schema=_WORDS,
        roles=_some(_SLUGS),
    ),
    IncidentOpened: st.builds(IncidentOpened, title=_WORDS, zone=_WORDS),
    IncidentAmended: st.builds(
        IncidentAmended, title=_maybe(_WORDS), zone=_maybe(_WORDS), reason=_WORDS, citations=_citations()
    ),
    FactReported: st.builds(FactReported, fact=_IDS, content=_contents(), attestations=_attestations(1)),
    FactAttested: st.builds(FactAttested, fact=_IDS, attestation=_attestation()),
    AttestationWithdrawn: st.builds(
        AttestationWithdrawn, **_REASONED, attestation=_IDS, cause=_one_of(WithdrawalCause)
    ),
    FactCorrected: st.builds(
        FactCorrected,
        fact=_IDS,
        content=_contents(),
        class_=_one_of(CorrectionClass),
        cause=_one_of(CorrectionCause),
        reason=_WORDS,
        notice=_maybe(_WORDS),
        attestations=_attestations(),
        rests_on=_some(_IDS),
        withdraws=_some(_IDS),
    ),
    FactAmended: st.builds(FactAmended, **_REASONED, set=_amended_texts()),
    FactRetracted: st.builds(
        FactRetracted,
        **_REASONED,
        cause=_one_of(RetractionCause),
        notice=_maybe(_WORDS),
        in_favour_of=_maybe(_IDS),
    ),
    FactReinstated: st.builds(FactReinstated, **_REASONED, cause=_one_of(CorrectionCause)),
    FactDisputed: st.builds(
        FactDisputed, fact=_IDS, dispute=_COUNTS, by=_WORDS, grounds=_WORDS, citations=_citations()
    ),
    DisputeResolved: st.builds(
        DisputeResolved,
        fact=_IDS,
        dispute=_COUNTS,
        outcome=_one_of(DisputeOutcome),
        reason=_WORDS,
        settles=_some(_IDS),
    ),
    SourceRegistered: st.builds(
        SourceRegistered,
        **_DESCRIBED,
        kind=_one_of(SourceKind) | _ABSENT,
        title=_WORDS,
        authors=_some(_TEXTS) | _ABSENT,
    ),
    SourceAmended: st.builds(
        SourceAmended,
        **_DESCRIBED,
        kind=_maybe(_one_of(SourceKind) | _ABSENT),
        title=_maybe(_WORDS),
        authors=_maybe(_some(_TEXTS) | _ABSENT),
        reason=_WORDS,
    ),
    SnapshotCaptured: st.builds(
        SnapshotCaptured,
        snapshot=_SHA,
        size_bytes=_COUNTS | _ABSENT,
        media_type=_WORDS,
        captured_at=_WORDS,
        method=_maybe(_WORDS),
        url=_maybe(_WORDS),
        archive_urls=_some(_TEXTS) | _ABSENT,
        extraction=_maybe(_SHA),
        extractor=_maybe(_EXTRACTORS),
        measured=_maybe(_MEASURED),
    ),
    SourceNoticeRecorded: st.builds(
        SourceNoticeRecorded,
        notice=_COUNTS,
        type=_one_of(NoticeType) | _ABSENT,
        summary=_WORDS,
        scope=_one_of(NoticeScope),
        passages=_keyed(st.builds(Passage, id=_IDS, selector=_selectors() | _ABSENT)),
        published=_published(),
        citations=_citations(),
    ),
    LineageDeclared: st.builds(
        LineageDeclared,
        lineage=_COUNTS,
        relation=_one_of(LineageRelation) | _ABSENT,
        to=_IDS,
        citations=_citations(),
    ),
    LineageRevoked: st.builds(LineageRevoked, lineage=_COUNTS, reason=_WORDS),
    Redacted: st.builds(
        Redacted,
        facts=_some(st.builds(RedactedFact, fact=_IDS, paths=_REDACTED_PATHS)),
        events=_some(st.builds(RedactedEvent, version=_COUNTS, paths=_REDACTED_PATHS)),
        snapshots=_some(_SHA),
        legal_basis=_TEXTS,
        authority=_TEXTS,
        reason=_WORDS,
    ),
}


def acts_of(kind: type[Act]) -> SearchStrategy[Act]:
    """Acts of one type."""
    return _ACTS[kind]


def acts() -> SearchStrategy[Act]:
    """Acts of every type, those that carry content more often."""
    return st.one_of(*_ACTS.values(), acts_with_content(), _ACTS[FactAttested])


def acts_with_content() -> SearchStrategy[Act]:
    """Reports and corrections."""
    return _ACTS[FactReported] | _ACTS[FactCorrected]


def stamps() -> SearchStrategy[Stamp]:
    """Stamps with and without their optional members."""
    uuids = st.uuids().map(str)
    instants_utc = st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(9999, 12, 31), timezones=st.just(dt.UTC))  # noqa: DTZ001  Hypothesis wants naive limits
    return st.builds(
        Stamp,
        event_id=uuids,
        request=uuids,
        stream=st.sampled_from(["registry", "incident/little-rock", "source/lrpd-release"]),
        version=_COUNTS,
        recorded_at=instants_utc.map(format_instant),
        actor=_IDS,
        key=_maybe(_IDS),
        on_behalf_of=_maybe(_IDS),
        answers=_maybe(_COUNTS),
    )
