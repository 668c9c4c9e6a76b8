"""An incident at a glance: how its facts stand, what is contested, and what was corrected, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.values import Absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api.pages.links import Links
    from projections.audit_trail import AuditEntry
    from projections.fact_fold import FactView

__all__ = ["Glance", "glanced"]

_ORDER = (
    ("corroborated", "corroborated", "told by two or more independent origins"),
    ("reported", "reported", "told by one origin"),
    ("disputed", "disputed", "sources exclude each other, or somebody contests it"),
    ("unsupported", "no longer supported", "every source that told it took it back"),
    ("retracted", "retracted", "withdrawn by the desk, and kept"),
)
_MOST_NAMED = 6


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many facts stand so."""

    sort: str
    words: str
    meaning: str
    number: int


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that is pointed out."""

    statement: str | Absent | None
    kind: str
    href: str


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of it. `summaries` are facts of the kind `summary`: an incident has no prose of its own."""

    facts: int
    counts: tuple[Count, ...]
    sources: int
    acts: int
    corrections: int
    retractions: int
    contested: tuple[Named, ...]
    more_contested: int
    conflicts: str
    summaries: tuple[Named, ...]


def _sort(fact: FactView) -> str:
    return "retracted" if "retracted" in fact.decided else fact.status


def glanced(
    facts: Sequence[FactView], trail: Iterable[AuditEntry], kinds: dict[str, str], links: Links, incident: str
) -> Glance:
    """What is to be said of the facts as they stand. Links lead to the facts on the same page."""

    def named(fact: FactView) -> Named:
        content = fact.content
        return Named(
            statement=content.statement,
            kind=kinds.get(content.kind, content.slug),
            href=links.fact(incident, fact.fact),
        )

    entries = list(trail)
    contested = [named(fact) for fact in facts if _sort(fact) == "disputed"]
    sorts = [_sort(fact) for fact in facts]
    standing = [fact for fact in facts if _sort(fact) != "retracted"]
    return Glance(
        facts=len(facts),
        counts=tuple(
            Count(sort=sort, words=words, meaning=meaning, number=sorts.count(sort))
            for sort, words, meaning in _ORDER
            if sort in sorts
        ),
        sources=len({one.attestation.source for fact in facts for one in fact.attestations}),
        acts=len(entries),
        corrections=sum(one.type == "FactCorrected" for one in entries),
        retractions=sum(one.type == "FactRetracted" for one in entries),
        contested=tuple(contested[:_MOST_NAMED]),
        more_contested=max(0, len(contested) - _MOST_NAMED),
        conflicts=links.data(incident, "/conflicts"),
        summaries=tuple(named(fact) for fact in standing if fact.content.slug == "summary"),
    )
