"""What was reported, as linked data in the words of schema.org: an Event, its Claims, the works that they cite, and their corrections.

A claim says *reported*, not true: it is a `Claim`, its standing is `creativeWorkStatus`, and each correction or retraction is a
`CorrectionComment` under `correction`, with the sentence for the reader where there is one, else the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ledger.values import Absent
from projections.exports.told import cell, corrections_of, quoted_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.bounds import When
    from ledger.citation import Speaker
    from ledger.place import Place
    from ledger.values import Json
    from projections.audit_trail import AuditEntry
    from projections.citing.described import Described
    from projections.exports.named import Names
    from projections.exports.told import Told
    from projections.fact_fold import AttestationView, FactView

__all__ = ["BEGIN", "BETWEEN", "END", "SOURCE_TYPES", "nodes", "source_node"]

BEGIN = b'{"@context":"https://schema.org","@graph":[\n'
BETWEEN, END = b",\n", b"\n]}\n"

_ENCODER = msgspec.json.Encoder(order="sorted")
_OTHER = "CreativeWork"
SOURCE_TYPES: Final = {
    "article": "NewsArticle",
    "video": "VideoObject",
    "audio": "AudioObject",
    "image": "ImageObject",
    "filing": "DigitalDocument",
    "dataset": "Dataset",
    "interview": "Conversation",
    "post": "SocialMediaPosting",
    "report": "Report",
}
"""The type of schema.org for a kind of source; others are a CreativeWork."""


def nodes(told: Told, names: Names) -> Iterator[bytes]:
    """The nodes of one incident: the event, and each fact. The sources are nodes of their own (source_node)."""
    yield _ENCODER.encode(_event(told, names))
    for fact in told.view.facts:
        yield _ENCODER.encode(_told_fact(told, fact, names))


def _some(**members: Json) -> dict[str, Json]:
    """Members that say something; `id_` and `type_` stand for `@id` and `@type`."""
    return {
        (f"@{name[:-1]}" if name.endswith("_") else name): value
        for name, value in members.items()
        if value not in (None, "", [], {})
    }


def _event(told: Told, names: Names) -> dict[str, Json]:
    return _some(
        id_=names.full("incident", told.incident),
        type_="Event",
        identifier=told.incident,
        name=cell(told.view.title),
        subjectOf=[
            {"@id": names.full("incident", told.incident, "fact", one.fact)} for one in told.view.facts
        ],
    )


def _told_fact(told: Told, fact: FactView, names: Names) -> dict[str, Json]:
    content = fact.content
    own = names.full("incident", told.incident, "fact", fact.fact)
    acts = [entry for entry in told.entries if entry.fact == fact.fact]
    return _some(
        id_=own,
        type_="Claim",
        identifier=fact.fact,
        version=str(fact.version),
        additionalType=names.full("kind", content.kind),
        text=cell(content.statement),
        about={"@id": names.full("incident", told.incident)},
        creativeWorkStatus=[*fact.decided, fact.status],
        dateCreated=acts[0].recorded_at if acts else None,
        dateModified=acts[-1].recorded_at if acts else None,
        temporalCoverage=_interval(content.occurred),
        contentLocation=[_place(own, place) for place in content.places],
        citation=[_citation(own, one, names) for one in fact.attestations],
        correction=[
            _correction(entry, own, names, told) for entry in corrections_of(told.entries, fact.fact)
        ],
    )


def _interval(when: When | None) -> str | None:
    """Bounds as an interval of ISO 8601, an open or unknown end as `..`; None where nothing bounds it."""
    if when is None:
        return None
    ends = [".." if end in (None, "open", "unknown") else str(end) for end in (when.earliest, when.latest)]
    return None if ends == ["..", ".."] else "/".join(dict.fromkeys(ends))


def _place(own: str, place: Place) -> dict[str, Json]:
    geo = None
    if place.lon is not None and place.lat is not None:
        point = _some(type_="GeoCoordinates", longitude=place.lon, latitude=place.lat)
        radius = None if place.uncertainty_m is None else str(place.uncertainty_m)
        geo = point if radius is None else _some(type_="GeoCircle", geoMidpoint=point, geoRadius=radius)
    name = place.as_stated or (None if place.absent is None else f"[{place.absent}]")
    return _some(id_=f"{own}/place/{place.id}", type_="Place", name=name, geo=geo)


def _citation(own: str, passage: AttestationView, names: Names) -> dict[str, Json]:
    """A passage as a Quotation, part of its source; how it stands to the claim is its additionalType."""
    one = passage.attestation
    speaker = one.speaker
    name = None if speaker is None else _speaker(speaker)
    return _some(
        id_=f"{own}/citation/{one.id}",
        type_="Quotation",
        additionalType=names.full("stance", one.stance),
        text=quoted_words(one),
        isPartOf={"@id": names.full("source", one.source)},
        spokenByCharacter=None if not name else _some(type_="Person", name=name),
        creativeWorkStatus=passage.why,
    )


def _speaker(speaker: Speaker) -> str:
    """The name of a speaker, else in what capacity, else the id, else why there is none."""
    known = speaker.name if isinstance(speaker.name, str) else None
    return known or speaker.capacity or speaker.id or cell(speaker.name)


def _correction(entry: AuditEntry, own: str, names: Names, told: Told) -> dict[str, Json]:
    words = entry.words
    return _some(
        id_=names.full("incident", told.incident, "act", entry.position),
        type_="CorrectionComment",
        text=cell(words.get("notice")) or cell(words.get("reason")),
        dateCreated=entry.recorded_at,
        about={"@id": own},
        keywords=[str(words[name]) for name in ("class", "cause") if name in words],
    )


def source_node(source: Described, names: Names) -> bytes:
    """The node of one source."""
    kind = "" if isinstance(source.kind, Absent) else source.kind
    published = source.published
    by = published.latest or published.earliest if published is not None and published != "never" else None
    authors = source.authors
    return _ENCODER.encode(
        _some(
            id_=names.full("source", source.id),
            type_=SOURCE_TYPES.get(kind, _OTHER),
            identifier=source.id,
            name=cell(source.title),
            publisher=None
            if source.publisher is None
            else _some(type_="Organization", name=cell(source.publisher)),
            author=cell(authors)
            if isinstance(authors, Absent)
            else [_some(type_="Person", name=author) for author in authors],
            url=None if isinstance(source.url, Absent) else source.url,
            datePublished=None if by in (None, "open", "unknown") else by,
            inLanguage=None if isinstance(source.language, Absent) else source.language,
        )
    )
