"""Two statements of one fact, value by value: how they stand to each other (model §3, §4).

Only what a computer can tell is judged: quantities by outcome, times by bounds and relations, places by coordinates, the value of an
`attribute`. Only `disjoint` is a conflict. Two names, two descriptions or two details that differ are for the desk, which attests with
the stance `contradicts`. A value that was redacted, or was not copied along, says nothing.
"""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ledger.fact import AsStated, Content
from ledger.place import Place, compare_places
from ledger.quantity import Quantity, compare, within
from ledger.values import Absent, Json
from ledger.when import When, compare_when

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "ATTRIBUTE_VALUE",
    "Outcome",
    "StatedValue",
    "compared",
    "disagreeing_paths",
    "disjoint_paths",
    "key_of",
    "lies_in",
    "stated_values",
]

Outcome: TypeAlias = Literal[
    "equal", "contains", "overlaps", "compatible", "vague-compatible", "differs", "incomparable", "disjoint"
]
"""How two values stand to each other: those of quantities, times and places, and `differs` of what a computer cannot judge."""

StatedValue: TypeAlias = When | Place | Quantity | Absent | Json
"""One value of a statement: a time, a place, a quantity, a text or its absence, or a member of `details`."""

ATTRIBUTE_VALUE = "details/value"
_ATTRIBUTE = "attribute"
_GROUP = {"before": "before", "after": "after", "during": "during", "same-time": "during"}
_UNDISCLOSED = "undisclosed"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def stated_values(slug: str, stated: Content | AsStated) -> dict[str, StatedValue]:
    """The values of a statement about a fact of kind `slug`, by path, without those that are undisclosed.

    Of an attribute only the value counts: its name says which field it is, and its words are how the value was written.
    """
    found: dict[str, StatedValue] = {}
    if isinstance(stated, Content):
        found["kind"] = stated.kind
    if stated.occurred is not None:
        found["occurred"] = stated.occurred
    found.update((f"places/{one.id}", one) for one in stated.places)
    for participant in stated.participants:
        for member in ("role", "name", "as_described"):
            value = getattr(participant, member)
            if value is not None:
                found[f"participants/{participant.id}/{member}"] = value
    found.update((f"quantities/{one.id}", one) for one in stated.quantities)
    for name, value in stated.details.items():
        if slug != _ATTRIBUTE or f"details/{name}" == ATTRIBUTE_VALUE:
            found[f"details/{name}"] = value
    return {path: value for path, value in found.items() if _reason(value) != _UNDISCLOSED}


def _reason(value: StatedValue) -> str | None:
    """Why a value is not there; None where it is."""
    if isinstance(value, dict):
        reason = value.get("absent") if len(value) == 1 else None
        return reason if isinstance(reason, str) else None
    return getattr(value, "absent", None)


def key_of(value: StatedValue) -> str:
    """The same text for values that say the same, however they were worded."""
    if isinstance(value, Quantity) and value.has_number:
        said: Json = {"unit": value.unit, "value": value.value, "min": value.min, "max": value.max}
        return _text({**said, "approximate": value.approximate})
    if isinstance(value, When) and value.absent is None:
        bounds = value.bounds()
        ends = ["" if one is None else str(one - _EPOCH) for one in (bounds.earliest, bounds.latest)]
        endless = [one == "open" for one in (value.earliest, value.latest)]
        relations = sorted(f"{one.rel} {one.fact}" for one in value.relations)
        return _text([*ends, *endless, value.approximate, *relations])
    if isinstance(value, Place):
        said = msgspec.to_builtins(value)
        return _text({name: one for name, one in said.items() if name not in ("id", "role")})
    return _text(msgspec.to_builtins(value))


def _text(value: Json) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def compared(slug: str, path: str, one: StatedValue, other: StatedValue) -> Outcome:
    """How two values at one path stand to each other; which comes first does not matter."""
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return compare(one, other)
    if isinstance(one, Place) and isinstance(other, Place):
        return compare_places(one, other)
    if isinstance(one, When) and isinstance(other, When):
        return _times(one, other)
    if key_of(one) == key_of(other):
        return "equal"
    if slug == _ATTRIBUTE and path == ATTRIBUTE_VALUE:
        return "disjoint"
    return "incomparable" if _reason(one) or _reason(other) else "differs"


def lies_in(one: StatedValue, other: StatedValue) -> bool:
    """Whether all that `one` may stand for lies in what `other` may stand for, of quantities and times."""
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return within(one, other)
    if isinstance(one, When) and isinstance(other, When):
        return not one.undated and not other.undated and one.bounds().within(other.bounds())
    return False


def _times(one: When, other: When) -> Outcome:
    outcome: Outcome = compare_when(one, other)
    said = {relation.fact: _GROUP[relation.rel] for relation in one.relations}
    shared = [relation for relation in other.relations if relation.fact in said]
    if outcome == "disjoint" or any(said[each.fact] != _GROUP[each.rel] for each in shared):
        return "disjoint"
    return "compatible" if outcome == "incomparable" and shared else outcome


def _attribute_values(
    one: Content | AsStated, other: Content | AsStated
) -> Iterator[tuple[str, StatedValue, StatedValue]]:
    values = [each.details.get("value") for each in (one, other)]
    if None not in values and all(_reason(value) != _UNDISCLOSED for value in values):
        yield ATTRIBUTE_VALUE, values[0], values[1]


def _judged(
    slug: str, one: Content | AsStated, other: Content | AsStated
) -> Iterator[tuple[str, StatedValue, StatedValue]]:
    """What both state of the values that a computer can judge."""
    if slug == _ATTRIBUTE:
        yield from _attribute_values(one, other)
    if one.occurred is not None and other.occurred is not None:
        yield "occurred", one.occurred, other.occurred
    places: Mapping[str, Place] = {place.id: place for place in other.places}
    for place in one.places:
        if place.id in places:
            yield f"places/{place.id}", place, places[place.id]
    quantities: Mapping[str, Quantity] = {quantity.id: quantity for quantity in other.quantities}
    for quantity in one.quantities:
        if quantity.id in quantities:
            yield f"quantities/{quantity.id}", quantity, quantities[quantity.id]


def disagreeing_paths(slug: str, statements: Iterable[Content | AsStated]) -> tuple[str, ...]:
    """The paths at which any two of several statements of a fact of kind `slug` exclude each other, in order.

    The same as `disjoint_paths` of every pair. Values that say the same are compared once, since many passages state few values; what is
    stated in one way alone is not looked at.
    """
    several = {id(statement): statement for statement in statements}
    if len(several) <= 1:
        return ()
    stated: dict[str, dict[str, StatedValue]] = {}
    for statement in several.values():
        # Against itself a statement has all that can be judged in it.
        for path, value, _ in _judged(slug, statement, statement):
            stated.setdefault(path, {})[key_of(value)] = value
    return tuple(sorted(path for path, values in stated.items() if _excluding(slug, path, values.values())))


def _excluding(slug: str, path: str, values: Iterable[StatedValue]) -> bool:
    return any(compared(slug, path, one, other) == "disjoint" for one, other in combinations(values, 2))


def disjoint_paths(slug: str, one: Content | AsStated, other: Content | AsStated) -> tuple[str, ...]:
    """The paths at which two statements of a fact of kind `slug` exclude each other, in order."""
    return tuple(
        path
        for path, value, against in _judged(slug, one, other)
        if compared(slug, path, value, against) == "disjoint"
    )
