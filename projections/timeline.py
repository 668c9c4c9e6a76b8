"""Facts in the order in which they occurred: a partial order, from bounds and relations (model §3).

The relations of the facts as they stand tighten bounds: what came after a fact cannot have begun before it. Bounds that come from
relations are marked derived. What a passage alone says of the order moves no bound; it places the fact among those whose order the
record leaves open, unless another passage has it otherwise. A retracted fact stands by its own bounds and moves no other. Where
relations run in a circle, or the bounds do not allow them, they are put aside and the trouble is reported with each fact concerned and
the passages that say so (impossible_order.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from projections.impossible_order import Impossible, impossible_by_fact
from projections.order import FAR, PAST, Link, circular, in_order
from projections.tight_bounds import Derived, Tight, dated, relating, tight_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from projections.fact_fold import FactView
from projections.order import Bounds, Key

__all__ = ["TimelineEntry", "timeline"]


_MEMBER = {"after": "after", "before": "before", "during": "during", "same-time": "same_time"}
_CONVERSE = {"after": "before", "before": "after", "same-time": "same_time"}


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact on the line. `earliest` and `latest` are the bounds as tightened; None is an end that nobody gives.

    `derived` names the bounds that come from relations. `approximate`: somebody gives the time so, or a bound that comes from relations
    is one that is only given so. `undated`: there are no bounds at all. `after`, `before`, `during` and
    `same_time` are facts, as the record relates them. `placed_by` are the attestations whose words decide its place, where the
    record leaves it open. `impossible` are the relations that cannot be, with their passages, and `trouble` says them in short.
    """

    fact: str
    earliest: str | None = None
    latest: str | None = None
    derived: Derived = ()
    undated: bool = False
    approximate: bool = False
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    during: tuple[str, ...] = ()
    same_time: tuple[str, ...] = ()
    placed_by: tuple[str, ...] = ()
    impossible: tuple[Impossible, ...] = ()
    trouble: tuple[str, ...] = ()


def timeline(facts: Sequence[FactView]) -> tuple[TimelineEntry, ...]:
    """The facts in an order of occurrence that no bound and no relation speaks against; each stands in it once.

    Facts whose order nobody gives stand by their earliest bound, or by the latest where nobody gives the earliest, then as recorded;
    undated ones last.
    """
    number = {fact.fact: index for index, fact in enumerate(facts)}
    found = relating([dated(fact) for fact in facts])
    links, bounds = found.links, found.bounds
    told = _told(facts, number, links, bounds)
    keys = [_place(bounds, index) for index in range(len(facts))]
    impossible = impossible_by_fact(facts, found.circle, found.unfit)
    named = _named(facts, found.recorded)
    about = _given_only_about(facts)
    placed_by: dict[int, list[str]] = {}
    for link, attestation in told.items():
        placed_by.setdefault(link.subject, []).append(attestation)
    entries = []
    for index in in_order(keys, [*links, *told]):
        occurred = facts[index].content.occurred
        tight = tight_of(index, found)
        entry = TimelineEntry(
            fact=facts[index].fact,
            approximate=(occurred is not None and occurred.approximate)
            or any(getattr(tight.interval, name) in about for name in tight.derived),
            placed_by=tuple(dict.fromkeys(placed_by.get(index, ()))),
            impossible=impossible.get(index, ()),
            trouble=tuple(one.in_short for one in impossible.get(index, ())),
        )
        members = {member: tuple(sorted(others)) for member, others in named[index].items()}
        entries.append(msgspec.structs.replace(entry, **_bounds_of(tight), **members))
    return tuple(entries)


def _given_only_about(facts: Sequence[FactView]) -> set[dt.datetime]:
    """The bounds that the record gives of approximate times alone."""
    given: dict[bool, set[dt.datetime]] = {False: set(), True: set()}
    for fact in facts:
        occurred = fact.content.occurred
        if occurred is not None and not _retracted(fact):
            own = occurred.bounds()
            given[occurred.approximate] |= {end for end in (own.earliest, own.latest) if end is not None}
    return given[True] - given[False]


def _retracted(fact: FactView) -> bool:
    return "retracted" in fact.decided


def _told(
    facts: Sequence[FactView], number: Mapping[str, int], links: Sequence[Link], bounds: Bounds
) -> dict[Link, str]:
    """What passages alone say of the order, by the first that says it: only where nothing that is recorded or told speaks against it."""
    said: dict[Link, str] = {}
    for fact in facts:
        for view in fact.attestations:
            own = view.attestation.as_stated
            if (
                not view.counts
                or view.attestation.stance != "supports"
                or own is None
                or own.occurred is None
            ):
                continue
            for relation in own.occurred.relations:
                other = number.get(relation.fact)
                if other is not None and not _retracted(fact) and not _retracted(facts[other]):
                    said.setdefault(Link(number[fact.fact], relation.rel, other), view.attestation.id)
    senses: dict[frozenset[int], set[object]] = {}
    for link in (*links, *said):
        senses.setdefault(frozenset((link.subject, link.other)), set()).add(_sense(link))
    fit = {
        link: attestation
        for link, attestation in said.items()
        if link not in links
        and len(senses[frozenset((link.subject, link.other))]) == 1
        and all(bounds.lower[one] <= bounds.lower[other] for one, other in link.arrows())
    }
    if not circular([*links, *fit], len(facts)):
        return fit
    kept: dict[Link, str] = {}
    for link, attestation in fit.items():
        if not circular([*links, *kept, link], len(facts)):
            kept[link] = attestation
    return kept


def _sense(link: Link) -> object:
    """What a link says of its two facts, whichever of them it is told of: which comes first, or that they go together."""
    match link.rel:
        case "after":
            return (link.other, link.subject)
        case "before":
            return (link.subject, link.other)
        case "during" | "same-time":
            return "together"


def _place(bounds: Bounds, index: int) -> Key:
    earliest, latest = bounds.lower[2 * index], bounds.upper[2 * index + 1][0]
    begun = earliest != PAST
    return (not begun and latest == FAR, earliest if begun else latest, latest, begun, index)


def _named(facts: Sequence[FactView], links: Mapping[Link, None]) -> list[dict[str, set[str]]]:
    """By fact, the facts that the record relates it to, under the member of the entry that lists them."""
    named: list[dict[str, set[str]]] = [{} for _ in facts]
    for link in links:
        for member, one, other in (
            (_MEMBER[link.rel], link.subject, link.other),
            (_CONVERSE.get(link.rel), link.other, link.subject),
        ):
            if member is not None:
                named[one].setdefault(member, set()).add(facts[other].fact)
    return named


def _bounds_of(tight: Tight) -> dict[str, Any]:
    """The members of an entry that tell its bounds."""
    earliest, latest = tight.interval.earliest, tight.interval.latest
    return {
        "earliest": None if earliest is None else earliest.isoformat(),
        "latest": None if latest is None else latest.isoformat(),
        "derived": tight.derived,
        "undated": tight.undated,
    }
