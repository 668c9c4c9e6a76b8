"""Where two passages that speak to one fact cannot both be right, value by value (model §3, §4).

Only what a computer can tell is judged here: quantities by outcome, times by bounds and relations, places by coordinates, the value of
an `attribute`. Two names or two descriptions that differ are for the desk, which attests with the stance `contradicts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.place import compare_places
from ledger.quantity import compare
from ledger.strict_json import canonical
from ledger.when import compare_when

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.fact import AsStated, Content
    from ledger.values import Json
    from ledger.when import When

__all__ = ["disjoint_paths"]

_GROUP = {"before": "before", "after": "after", "during": "during", "same-time": "during"}


def _times_disagree(one: When, other: When) -> bool:
    if compare_when(one, other) == "disjoint":
        return True
    said = {relation.fact: _GROUP[relation.rel] for relation in one.relations}
    return any(
        said.get(relation.fact, _GROUP[relation.rel]) != _GROUP[relation.rel] for relation in other.relations
    )


def _values_differ(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    return "value" in one and "value" in other and canonical(one["value"]) != canonical(other["value"])


def disjoint_paths(slug: str, one: Content | AsStated, other: Content | AsStated) -> tuple[str, ...]:
    """The paths at which two statements of a fact of kind `slug` exclude each other, in order."""
    paths: list[str] = []
    if slug == "attribute" and _values_differ(one.details, other.details):
        paths.append("details/value")
    if (
        one.occurred is not None
        and other.occurred is not None
        and _times_disagree(one.occurred, other.occurred)
    ):
        paths.append("occurred")
    places = {place.id: place for place in other.places}
    paths.extend(
        f"places/{place.id}"
        for place in one.places
        if place.id in places and compare_places(place, places[place.id]) == "disjoint"
    )
    quantities = {quantity.id: quantity for quantity in other.quantities}
    paths.extend(
        f"quantities/{quantity.id}"
        for quantity in one.quantities
        if quantity.id in quantities and compare(quantity, quantities[quantity.id]) == "disjoint"
    )
    return tuple(paths)
