"""When each fact of an incident occurred, by its own bounds and by what relations to other facts leave of them (model §3).

What came after a fact cannot have begun before it. Order, filters and stored rows all use these bounds, so they are worked out here and
nowhere else. A retracted fact stands by its own bounds and moves no other; relations that cannot be are put aside (order.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ledger.bounds import Interval
from projections.order import FAR, PAST, Bounds, Link, circular, excluded, tightened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ledger.when import When
    from projections.axes import Window
    from projections.fact_fold import FactView

__all__ = [
    "Dated",
    "Derived",
    "Relating",
    "Tight",
    "dated",
    "occurring",
    "own_bounds",
    "relating",
    "tight_bounds",
    "tight_of",
]

Derived: TypeAlias = tuple[Literal["earliest", "latest"], ...]
"""The bounds that come from relations."""


class Dated(NamedTuple):
    """What is asked of a fact: its id, when it occurred as the record has it, and whether it was retracted."""

    fact: str
    occurred: When | None
    retracted: bool


class Tight(NamedTuple):
    """Bounds as tightened, and which of them relations moved. Two equal ends are an instant."""

    interval: Interval
    derived: Derived = ()

    @property
    def undated(self) -> bool:
        """Whether there is no bound at all."""
        return self.interval.earliest is None and self.interval.latest is None


class Relating(NamedTuple):
    """Facts and how they relate. `recorded` is all that the record relates, `links` what of it can be, which tightened `bounds`.

    `circle` and `unfit` are what was put aside: what runs in a circle, and what bounds do not allow.
    """

    own: list[Interval]
    recorded: dict[Link, None]
    circle: set[Link]
    unfit: set[Link]
    links: list[Link]
    bounds: Bounds


def dated(view: FactView) -> Dated:
    """A fact as folded."""
    return Dated(view.fact, view.content.occurred, "retracted" in view.decided)


def own_bounds(occurred: When | None) -> Interval:
    """The bounds that a fact has by itself."""
    return Interval() if occurred is None else occurred.bounds()


def relating(facts: Sequence[Dated]) -> Relating:
    """How facts relate; they are numbered from 0 in the order given, that of their reports."""
    number = {fact.fact: index for index, fact in enumerate(facts)}
    recorded = dict.fromkeys(_recorded(facts, number))
    circle = circular(recorded, len(facts))
    own = [own_bounds(fact.occurred) for fact in facts]
    sound = [link for link in recorded if link not in circle]
    unfit = excluded(sound, tightened(own, sound))
    links = [link for link in sound if link not in unfit]
    return Relating(own, recorded, circle, unfit, links, tightened(own, links))


def _recorded(facts: Sequence[Dated], number: Mapping[str, int]) -> Iterator[Link]:
    """What the record relates. A relation that a retracted fact has a part in moves nothing, and is left out."""
    for fact in facts:
        for relation in () if fact.occurred is None or fact.retracted else fact.occurred.relations:
            other = number.get(relation.fact)
            if other is not None and not facts[other].retracted:
                yield Link(number[fact.fact], relation.rel, other)


def tight_of(index: int, found: Relating) -> Tight:
    """The bounds of the fact with a number."""
    own = found.own[index]
    lower, upper = found.bounds.lower[2 * index], found.bounds.upper[2 * index + 1][0]
    moved: dict[Literal["earliest", "latest"], bool] = {
        "earliest": lower != (own.earliest or PAST),
        "latest": upper != (own.latest or FAR),
    }
    earliest, latest = None if lower == PAST else lower, None if upper == FAR else upper
    derived = tuple(name for name, has in moved.items() if has)
    if not derived:
        return Tight(own)
    is_instant = earliest is not None and earliest == latest
    return Tight(Interval(earliest=earliest, latest=latest, closed=is_instant), derived)


def tight_bounds(facts: Iterable[Dated]) -> dict[str, Tight]:
    """By id, the bounds of the facts of an incident, or of some of it that relate to no others; in the order of their reports."""
    given = list(facts)
    if not any(fact.occurred is not None and fact.occurred.relations for fact in given):
        return {fact.fact: Tight(own_bounds(fact.occurred)) for fact in given}
    found = relating(given)
    return {fact.fact: tight_of(index, found) for index, fact in enumerate(given)}


def occurring(facts: Iterable[FactView], window: Window | None) -> frozenset[str]:
    """The facts of an incident that occurred in a window, by bounds as tightened; all of them where none is asked about."""
    given = list(facts)
    if window is None:
        return frozenset(fact.fact for fact in given)
    bounds = tight_bounds(map(dated, given))
    return frozenset(fact for fact, tight in bounds.items() if window.holds(tight.interval))
