"""The passages of one fact held side by side: who says what, and how every two sides stand to each other (model §3, §4).

Sides are values, and what is compared are sides; of existence the sides are stances. What we misread ourselves is left out: its source
never said it.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ledger.citation import Selector, Speaker, Stance, quote_of
from ledger.values import Absent, Json
from projections.comparison import Outcome, compared, key_of, lies_in, stated_values
from projections.passages import Why
from projections.plain_sentences import (
    against,
    existence_outcome_in_words,
    existence_sentence,
    outcome_in_words,
    read_in_words,
    value_in_words,
    value_sentence,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from projections.comparison import StatedValue
    from projections.fact_fold import AttestationView, FactFold, FactView
    from projections.passages import Passage
    from projections.source_view import SourceAt

__all__ = ["EXISTENCE", "CitedPassage", "ComparedValue", "Comparison", "Side", "Standing", "compared_values"]

EXISTENCE = "existence"
"""The path at which passages are compared by stance: whether it happened, as the fact has it."""

Standing: TypeAlias = Literal["conflict", "settled", "superseded", "withdrawn", "shown"]
"""What follows from a comparison. `conflict` makes the fact disputed. `settled`, `superseded` and `withdrawn` say why two values that
exclude each other do not. `shown`: nothing follows, either since both can be right or since one passage does not speak in support."""

_GRAVITY: tuple[Standing, ...] = ("conflict", "settled", "superseded", "withdrawn", "shown")
_Against: TypeAlias = Literal["contradicts", "denies"]
_AGAINST: tuple[_Against, ...] = ("contradicts", "denies")


class CitedPassage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One passage on a side of a comparison, down to its words.

    `says` is the value as this passage put it. `own_words`: it states that itself; else it states the content of the fact at `version`,
    with which it was recorded. The other members are those of the attestation and of its view.
    """

    attestation: str
    source: str
    title: str = ""
    stance: Stance
    says: str
    own_words: bool
    version: int
    counts: bool
    why: Why
    origin: str | None = None
    taken_back_by: tuple[str, ...] = ()
    published_by: str | None = None
    quote: str | None = None
    selector: tuple[Selector, ...] | Absent = ()
    snapshot: str | None = None
    extraction: str | None = None
    pinned: bool
    relays: str | None = None
    speaker: Speaker | None = None


class Side(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value and the passages that state it. Of existence the value is the stance."""

    value: Json
    in_words: str
    passages: tuple[CitedPassage, ...]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two sides held against each other: `one` and `other` count the sides of the path from 0.

    `in_words` is the outcome and what follows from it; `sentence` says it all, with who says what.
    """

    one: int
    other: int
    outcome: Outcome | _Against
    standing: Standing
    in_words: str
    sentence: str


class ComparedValue(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a fact that passages put differently: its sides in the order recorded, and every two of them compared."""

    path: str
    standing: Standing
    sides: tuple[Side, ...]
    comparisons: tuple[Comparison, ...]


class _Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A passage that is out, with its view and its source's label."""

    passage: Passage
    view: AttestationView
    title: str

    @property
    def stance(self) -> Stance:
        return self.view.attestation.stance

    def cited(self, says: str) -> CitedPassage:
        attestation, view = self.view.attestation, self.view
        quote = quote_of(attestation)
        return CitedPassage(
            attestation=attestation.id,
            source=attestation.source,
            title=self.title,
            stance=attestation.stance,
            says=says,
            own_words=attestation.as_stated is not None,
            version=view.version,
            counts=view.counts,
            why=view.why,
            origin=view.origin,
            taken_back_by=view.taken_back_by,
            published_by=view.published_by,
            quote=None if quote is None else quote.exact,
            selector=attestation.selector,
            snapshot=attestation.snapshot,
            extraction=attestation.extraction,
            pinned=view.pinned,
            relays=attestation.relays,
            speaker=attestation.speaker,
        )


def compared_values(
    fold: FactFold, view: FactView, sources: Mapping[str, SourceAt]
) -> tuple[ComparedValue, ...]:
    """What passages say differently of a fact: whether it happened first, then value by value."""
    listed = []
    for one in view.attestations:
        passage = fold.passages[one.attestation.id]
        if not passage.misread:
            source = sources.get(one.attestation.source)
            listed.append(_Listed(passage=passage, view=one, title="" if source is None else source.title))
    existence = _existence(listed, view.content.slug)
    return (*([existence] if existence else []), *_values(listed, view.content.slug))


def _values(listed: Iterable[_Listed], slug: str) -> list[ComparedValue]:
    """The values that passages put differently, path by path."""
    stated: dict[str, dict[str, list[tuple[_Listed, StatedValue]]]] = {}
    for one in listed:
        if one.stance == "supports" or one.view.attestation.as_stated is not None:
            for path, value in stated_values(slug, one.passage.stated).items():
                stated.setdefault(path, {}).setdefault(key_of(value), []).append((one, value))
    return [
        _compared_value(slug, path, list(sides.values())) for path, sides in stated.items() if len(sides) > 1
    ]


def _compared_value(slug: str, path: str, told: list[list[tuple[_Listed, StatedValue]]]) -> ComparedValue:
    sides = tuple(
        Side(
            value=msgspec.to_builtins(same[0][1]),
            in_words=read_in_words(same[0][1]),
            passages=tuple(one.cited(value_in_words(value)) for one, value in same),
        )
        for same in told
    )
    comparisons = []
    for one, other in combinations(range(len(sides)), 2):
        values = told[one][0][1], told[other][0][1]
        outcome = compared(slug, path, *values)
        standing = _gravest(
            _standing(a, b) if outcome == "disjoint" else "shown"
            for a, _ in told[one]
            for b, _ in told[other]
        )
        inner = next((at for at in (0, 1) if lies_in(values[at], values[1 - at])), None)
        words = outcome_in_words(path, outcome, standing, inner)
        comparisons.append(
            Comparison(
                one=one,
                other=other,
                outcome=outcome,
                standing=standing,
                in_words=words,
                sentence=value_sentence(sides[one], sides[other], words),
            )
        )
    return ComparedValue(
        path=path,
        standing=_gravest(one.standing for one in comparisons),
        sides=sides,
        comparisons=tuple(comparisons),
    )


def _existence(listed: Sequence[_Listed], slug: str) -> ComparedValue | None:
    """Those who support the fact, held against those who contradict or deny it; None where nobody does."""
    stances = [stance for stance in _AGAINST if any(one.stance == stance for one in listed)]
    if not stances:
        return None
    told = {stance: [one for one in listed if one.stance == stance] for stance in ("supports", *stances)}
    sides = [
        Side(
            value=stance,
            in_words=stance,
            passages=tuple(one.cited(against(slug, one.view.attestation)) for one in ones),
        )
        for stance, ones in told.items()
    ]
    comparisons = []
    for at, stance in enumerate(stances, start=1):
        standing = _gravest(_against_standing(one) for one in told[stance])
        comparisons.append(
            Comparison(
                one=0,
                other=at,
                outcome=stance,
                standing=standing,
                in_words=existence_outcome_in_words(standing),
                sentence=existence_sentence(sides[0], sides[at], stance),
            )
        )
    return ComparedValue(
        path=EXISTENCE,
        standing=_gravest(one.standing for one in comparisons),
        sides=tuple(sides),
        comparisons=tuple(comparisons),
    )


def _against_standing(one: _Listed) -> Standing:
    """What follows from a passage against the fact: whatever else is struck, it contests the fact as long as it counts."""
    return "conflict" if one.view.counts else _struck(one) or "shown"


def _standing(one: _Listed, other: _Listed) -> Standing:
    """What follows where the values of two passages exclude each other."""
    both = (one, other)
    if all(each.view.counts and each.stance == "supports" for each in both):
        return "conflict"
    struck = [_struck(each) for each in both]
    return _gravest(why for why in struck if why) if any(struck) else "shown"


def _struck(one: _Listed) -> Standing | None:
    why = one.view.why
    return why if why in ("settled", "superseded", "withdrawn") else None


def _gravest(standings: Iterable[Standing]) -> Standing:
    return min(standings, key=_GRAVITY.index)
