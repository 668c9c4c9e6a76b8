"""Beginnings and ends as a graph: what relations say of the order of facts, and what follows from it (model §3).

Every fact is two nodes, its beginning and its end, and every relation is one or two arrows "not later than". From the arrows follow
the bounds as tightened, what cannot be, and an order. It knows instants and arrows, and nothing of facts, sources or words.
"""

from __future__ import annotations

import datetime as dt
import heapq
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ledger.bounds import Interval, Rel

__all__ = ["FAR", "PAST", "Bounds", "Key", "Link", "circular", "excluded", "in_order", "tightened"]

PAST = dt.datetime.min.replace(tzinfo=dt.UTC)
"""Stands for an earliest bound that nobody gives."""
FAR = dt.datetime.max.replace(tzinfo=dt.UTC)
"""Stands for a latest bound that nobody gives."""

_Arrow: TypeAlias = tuple[int, int]
_Upper: TypeAlias = tuple[dt.datetime, bool]
Key: TypeAlias = tuple[bool, dt.datetime, dt.datetime, bool, int]
"""Where a fact stands if nothing else is said: undated, the bound it stands by, the latest, whether the earliest is known, its number."""
_NO_KEY: Key = (True, FAR, FAR, True, 2**62)


class Link(NamedTuple):
    """That one fact happened `rel` another. Facts are numbered from 0 in the order in which they were recorded."""

    subject: int
    rel: Rel
    other: int

    def arrows(self) -> tuple[_Arrow, ...]:
        """Pairs of nodes, the first not later than the second. Node 2n is the beginning of fact n, node 2n+1 its end."""
        one, other = 2 * self.subject, 2 * self.other
        match self.rel:
            case "after":
                return ((other + 1, one),)
            case "before":
                return ((one + 1, other),)
            case "during":
                return ((other, one), (one + 1, other + 1))
            case "same-time":
                return ((other, one), (one, other), (one + 1, other + 1), (other + 1, one + 1))


class Bounds(NamedTuple):
    """By node, the earliest and the latest it can have been. An upper bound with False is not reached itself."""

    lower: list[dt.datetime]
    upper: list[_Upper]


def _arrows(links: Iterable[Link], count: int) -> list[_Arrow]:
    lengths = [(2 * fact, 2 * fact + 1) for fact in range(count)]
    return lengths + [arrow for link in links for arrow in link.arrows()]


def _depth_first(start: int, ahead: list[list[int]], seen: list[bool]) -> list[int]:
    """The nodes first reached from `start`, each after all those that it leads to."""
    finished: list[int] = []
    stack = [(start, iter(ahead[start]))]
    seen[start] = True
    while stack:
        node, left = stack[-1]
        for following in left:
            if not seen[following]:
                seen[following] = True
                stack.append((following, iter(ahead[following])))
                break
        else:
            stack.pop()
            finished.append(node)
    return finished


def _components(arrows: Collection[_Arrow], count: int) -> list[int]:
    """For each node the number of its strongly connected component; no arrow leads to a lower number (Kosaraju's algorithm)."""
    ahead: list[list[int]] = [[] for _ in range(2 * count)]
    behind: list[list[int]] = [[] for _ in range(2 * count)]
    for one, other in arrows:
        ahead[one].append(other)
        behind[other].append(one)
    seen = [False] * (2 * count)
    finished = [
        node for start in range(2 * count) if not seen[start] for node in _depth_first(start, ahead, seen)
    ]
    component = [0] * (2 * count)
    seen = [False] * (2 * count)
    number = 0
    for start in reversed(finished):
        if not seen[start]:
            for node in _depth_first(start, behind, seen):
                component[node] = number
            number += 1
    return component


def circular(links: Collection[Link], count: int) -> set[Link]:
    """The links that run in a circle, so that something would have come after itself.

    Facts that happened at the same time, or each during the other, are no such circle: an end before a beginning belongs to it.
    """
    component = _components(_arrows(links, count), count)
    impossible = {
        component[one]
        for link in links
        for one, other in link.arrows()
        if one % 2 == 1 and other % 2 == 0 and component[one] == component[other]
    }
    return {
        link
        for link in links
        for one, other in link.arrows()
        if component[one] == component[other] and component[one] in impossible
    }


def tightened(own: Sequence[Interval], links: Collection[Link]) -> Bounds:
    """The bounds of every beginning and end, as the links tighten them. The links run in no circle."""
    count = len(own)
    arrows = _arrows(links, count)
    component = _components(arrows, count)
    size = max(component, default=-1) + 1
    lower = [PAST] * size
    upper: list[_Upper] = [(FAR, True)] * size
    for fact, interval in enumerate(own):
        for node in (2 * fact, 2 * fact + 1):
            at = component[node]
            if interval.earliest is not None:
                lower[at] = max(lower[at], interval.earliest)
            if interval.latest is not None:
                upper[at] = min(upper[at], (interval.latest, node % 2 == 1 or interval.closed))
    for one, other in sorted((component[one], component[other]) for one, other in arrows):
        lower[other] = max(lower[other], lower[one])
    for other, one in sorted(((component[other], component[one]) for one, other in arrows), reverse=True):
        upper[one] = min(upper[one], upper[other])
    return Bounds([lower[at] for at in component], [upper[at] for at in component])


def excluded(links: Iterable[Link], bounds: Bounds) -> set[Link]:
    """The links that the bounds of the facts they join, at one or many removes, do not allow."""
    return {
        link
        for link in links
        for one, other in link.arrows()
        if (bounds.lower[one], True) > bounds.upper[other]
    }


def in_order(keys: Sequence[Key], links: Iterable[Link]) -> list[int]:
    """The facts in an order of their beginnings that no link speaks against, else by key. The links run in no circle.

    A fact that has to wait lends its place to those that it waits for. So, where no link leads back in time, whatever surely ended
    before something else began also stands before it.
    """
    count = len(keys)
    arrows = _arrows(links, count)
    component = _components(arrows, count)
    size = max(component, default=-1) + 1
    facts: list[list[int]] = [[] for _ in range(size)]
    for fact in sorted(range(count), key=keys.__getitem__):
        facts[component[2 * fact]].append(fact)
    own = [keys[here[0]] if here else _NO_KEY for here in facts]
    lent = list(own)
    ahead: list[set[int]] = [set() for _ in range(size)]
    waits = [0] * size
    for one, other in sorted(((component[one], component[other]) for one, other in arrows), reverse=True):
        lent[one] = min(lent[one], lent[other])
        if one != other and other not in ahead[one]:
            ahead[one].add(other)
            waits[other] += 1
    free = [(lent[at], own[at], at) for at in range(size) if waits[at] == 0]
    heapq.heapify(free)
    order: list[int] = []
    while free:
        *_, at = heapq.heappop(free)
        order += facts[at]
        for other in ahead[at]:
            waits[other] -= 1
            if waits[other] == 0:
                heapq.heappush(free, (lent[other], own[other], other))
    return order
