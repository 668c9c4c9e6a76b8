"""What cannot be in the order of facts: each relation that was put aside, why, with what it clashes, and the passages that say so.

Nothing is hidden and nothing decided: which passage is wrong is for the desk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from ledger.bounds import Rel
from ledger.citation import quote_of
from projections.order import Link
from projections.plain_sentences import relation_in_words

if TYPE_CHECKING:
    from ledger.when import When
    from projections.fact_fold import AttestationView, FactView

__all__ = ["Impossible", "OrderPassage", "impossible_by_fact"]

_WHY = {"circle": "its relations run in a circle", "bounds": "the bounds do not allow it"}
_LONGEST_QUOTE = 120
_MOST_QUOTED = 3


class OrderPassage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A passage on which a relation or a bound rests. `own_words`: it states it itself, and not the record for it."""

    fact: str
    says: Literal["order", "time"]
    attestation: str
    source: str
    counts: bool
    own_words: bool
    quote: str | None = None


class Impossible(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A relation that was put aside: `fact` happened `rel` the other.

    `clashes_with` are the other relations of the circle or, for bounds, those that are put aside with it; `passages` are what the
    relation rests on and, for bounds, what dates the two facts. `in_short` leaves out both, `sentence` neither.
    """

    fact: str
    rel: Rel
    other: str
    why: Literal["circle", "bounds"]
    clashes_with: tuple[str, ...] = ()
    passages: tuple[OrderPassage, ...] = ()
    in_short: str
    sentence: str


def impossible_by_fact(
    facts: Sequence[FactView], circle: Collection[Link], unfit: Collection[Link]
) -> dict[int, tuple[Impossible, ...]]:
    """By the number of each fact concerned, the relations that were put aside."""
    found: dict[int, list[Impossible]] = {}
    told: tuple[tuple[Literal["circle", "bounds"], Collection[Link]], ...] = (
        ("circle", circle),
        ("bounds", unfit),
    )
    for why, links in told:
        for link in sorted(links):
            one = _told(facts, link, why, _clashing(link, links))
            for index in {link.subject, link.other}:
                found.setdefault(index, []).append(one)
    return {index: tuple(each) for index, each in found.items()}


def _clashing(link: Link, links: Collection[Link]) -> list[Link]:
    """The other links that hang together with one, over the facts that they share."""
    near = {link.subject, link.other}
    grown = True
    while grown:
        more = {
            index for one in links if near & {one.subject, one.other} for index in (one.subject, one.other)
        }
        grown = not more <= near
        near |= more
    return [one for one in links if one != link and one.subject in near]


def _in_words(facts: Sequence[FactView], link: Link) -> str:
    return f"{facts[link.subject].fact} {relation_in_words(link.rel, facts[link.other].fact)}"


def _told(
    facts: Sequence[FactView], link: Link, why: Literal["circle", "bounds"], clashing: Sequence[Link]
) -> Impossible:
    passages = list(_relating(facts[link.subject], link.rel, facts[link.other].fact))
    if why == "bounds":
        for index in dict.fromkeys((link.subject, link.other)):
            passages += _dating(facts[index])
    clashes = tuple(sorted(_in_words(facts, one) for one in clashing))
    said = f"{_in_words(facts, link)} is put aside: {_WHY[why]}"
    beside = f", with {', '.join(clashes)}" if clashes else ""
    return Impossible(
        fact=facts[link.subject].fact,
        rel=link.rel,
        other=facts[link.other].fact,
        why=why,
        clashes_with=clashes,
        passages=tuple(passages),
        in_short=said,
        sentence=said + beside + _quoted(passages),
    )


def _relating(fact: FactView, rel: Rel, other: str) -> Iterator[OrderPassage]:
    """The passages that say in which order a fact stands to another; one without words of its own says what the record says."""
    for view in _telling(fact):
        own = view.attestation.as_stated
        relations = () if own is None or own.occurred is None else own.occurred.relations
        if own is None or any((one.rel, one.fact) == (rel, other) for one in relations):
            yield _passage(fact, view, "order")


def _dating(fact: FactView) -> Iterator[OrderPassage]:
    """The passages that give the bounds of a fact; none where the record has none."""
    if _undated(fact.content.occurred):
        return
    for view in _telling(fact):
        own = view.attestation.as_stated
        if own is None or not _undated(own.occurred):
            yield _passage(fact, view, "time")


def _undated(when: When | None) -> bool:
    return when is None or when.undated


def _telling(fact: FactView) -> list[AttestationView]:
    return [
        one for one in fact.attestations if one.attestation.stance == "supports" and one.why != "withdrawn"
    ]


def _passage(fact: FactView, view: AttestationView, says: Literal["order", "time"]) -> OrderPassage:
    quote = quote_of(view.attestation)
    return OrderPassage(
        fact=fact.fact,
        says=says,
        attestation=view.attestation.id,
        source=view.attestation.source,
        counts=view.counts,
        own_words=view.attestation.as_stated is not None,
        quote=None if quote is None else quote.exact,
    )


def _quoted(passages: Sequence[OrderPassage]) -> str:
    """`; …`: who says so, with the words."""
    said = list(
        dict.fromkeys(
            f"{one.source} on {one.fact}" + ("" if one.quote is None else f': "{_short(one.quote)}"')
            for one in passages
        )
    )
    more = len(said) - _MOST_QUOTED
    shown = said[:_MOST_QUOTED] + ([f"and {more} more passage{'' if more == 1 else 's'}"] if more > 0 else [])
    return f" ({'; '.join(shown)})" if shown else ""


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_QUOTE else flat[: _LONGEST_QUOTE - 1].rsplit(" ", 1)[0] + "…"
