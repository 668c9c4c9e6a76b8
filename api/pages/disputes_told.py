"""What is contested of a fact, where it occurs: the passages side by side, what follows, and who disputes it on which grounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.in_words import clipped
from api.pages.links import anchor_of
from api.pages.passages_told import title_of
from api.pages.told_values import path_in_words
from ledger.values import Absent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.pages.links import Links
    from ledger.fact import Content
    from projections.conflicts import FactConflicts
    from projections.side_by_side import ComparedValue, Side
    from projections.source_account import SourceAccount
    from projections.timeline import TimelineEntry

__all__ = ["Contested", "OneSide", "Opposed", "contested_of"]

_STANCES = {"supports": "Support it", "contradicts": "Speak against it", "denies": "Deny it"}
_STANDING = {
    "open": "open",
    "upheld": "upheld",
    "rejected": "rejected",
    "withdrawn": "withdrawn",
    "left-open": "left open: both accounts stand",
}
LONGEST_QUOTE = 300
MOST_SIDES = 8
MOST_PASSAGES = 5
"""More are told by the API; a page shows that there is a conflict, and its words."""

_FOLLOWS = {
    "settled": "settled by the desk",
    "superseded": "one of the sources has taken its words back",
    "withdrawn": "one of the passages was withdrawn",
    "shown": "both can be right",
    "conflict": "both cannot be right",
}


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """A passage on one side. `struck`: it does not count any more."""

    title: str | Absent
    href: str
    quote: str | None
    struck: bool


class OneSide(msgspec.Struct, frozen=True, kw_only=True):
    """One value, or one stance, and the passages that have it."""

    says: str
    passages: tuple[Quoted, ...]


class Opposed(msgspec.Struct, frozen=True, kw_only=True):
    """One value that passages put differently. `is_conflict`: it makes the fact disputed."""

    of_what: str
    is_conflict: bool
    follows: str
    sides: tuple[OneSide, ...]
    sentences: tuple[str, ...]


class Disputed(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute that somebody raised, and how it stands."""

    by: str | Absent
    grounds: str | Absent
    stands: str
    is_open: bool
    reason: str | Absent | None


class Contested(msgspec.Struct, frozen=True, kw_only=True):
    """All that is contested of a fact; `opposed` are the conflicts first, then what differs and can all be right."""

    opposed: tuple[Opposed, ...] = ()
    disputes: tuple[Disputed, ...] = ()
    order: tuple[str, ...] = ()

    @property
    def conflicts(self) -> tuple[Opposed, ...]:
        """What makes the fact disputed."""
        return tuple(one for one in self.opposed if one.is_conflict)

    @property
    def compatible(self) -> tuple[Opposed, ...]:
        """What is put differently and does not."""
        return tuple(one for one in self.opposed if not one.is_conflict)


def _side(
    path: str, side: Side, where: tuple[str, str], sources: Mapping[str, SourceAccount], links: Links
) -> OneSide:
    says = _STANCES.get(side.in_words, side.in_words) if path == "existence" else side.in_words
    return OneSide(
        says=clipped(says, LONGEST_QUOTE),
        passages=tuple(
            Quoted(
                title=title_of(one.source, sources),
                href=links.source(
                    one.source, anchor_of("passage", *where, one.attestation), {"snapshot": one.snapshot}
                ),
                quote=None if one.quote is None else clipped(one.quote, LONGEST_QUOTE),
                struck=not one.counts and one.why in ("withdrawn", "superseded", "settled"),
            )
            for one in side.passages[:MOST_PASSAGES]
        ),
    )


def _opposed(
    value: ComparedValue,
    content: Content,
    where: tuple[str, str],
    sources: Mapping[str, SourceAccount],
    links: Links,
) -> Opposed:
    conflict = value.standing == "conflict"
    told = [one for one in value.comparisons if one.standing == "conflict"] if conflict else value.comparisons
    return Opposed(
        of_what=path_in_words(value.path, content),
        is_conflict=conflict,
        follows=_FOLLOWS[value.standing],
        sides=tuple(_side(value.path, one, where, sources, links) for one in value.sides[:MOST_SIDES]),
        sentences=tuple(one.sentence for one in told[:MOST_SIDES]),
    )


def contested_of(
    conflicts: FactConflicts | None,
    content: Content,
    incident: str,
    *,
    sources: Mapping[str, SourceAccount],
    links: Links,
    entry: TimelineEntry,
) -> Contested:
    """What is contested of a fact; nothing where `conflicts` is None."""
    if conflicts is None:
        return Contested(order=entry.trouble)
    where = (incident, conflicts.fact)
    opposed = [_opposed(one, content, where, sources, links) for one in conflicts.compared]
    return Contested(
        opposed=tuple(sorted(opposed, key=lambda one: not one.is_conflict)),
        disputes=tuple(
            Disputed(
                by=one.by,
                grounds=one.grounds,
                stands=_STANDING.get(one.stands, one.stands),
                is_open=one.stands in ("open", "left-open"),
                reason=one.reason,
            )
            for one in conflicts.disputes
        ),
        order=entry.trouble,
    )
