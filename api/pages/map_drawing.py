"""Places as a drawing: points with the circle in which each lies, and a bar for the scale. No map of anybody else is asked for.

The drawing is flat: around the middle of the points a degree of longitude is as long as it is there. That is good for a city and for a
county; what is wider is drawn all the same, and the bar says how wide.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from ledger.place import EARTH_RADIUS_M, UNSTATED_M

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.place import Place
    from projections.fact_fold import FactView

__all__ = ["Map", "mapped"]

_WIDTH, _HEIGHT, _MARGIN = 640.0, 360.0, 40.0
_LEAST_M = 200.0
_METRES_A_DEGREE = math.pi * EARTH_RADIUS_M / 180
_MOST_POINTS = 60


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """One place: where it is drawn, the radius of its circle, and what it is. `stated`: whether the radius was given by anybody."""

    x: str
    y: str
    radius: str
    number: int
    name: str
    fact: str
    words: str
    uncertainty: str
    stated: bool


class Map(msgspec.Struct, frozen=True, kw_only=True):
    """The drawing, `width` by `height`; `bar` is as long as `bar_name` says."""

    width: int
    height: int
    spots: tuple[Spot, ...]
    bar: str
    bar_name: str
    left_out: int


def _metres(length: float) -> str:
    return f"{length / 1000:,.0f} km" if length >= 1000 else f"{length:,.0f} m"  # noqa: PLR2004  metres in a kilometre


def _round_length(most: float) -> float:
    """The longest of 1, 2 or 5 times a power of ten that is not longer."""
    power = math.pow(10, math.floor(math.log10(most)))
    return next(step * power for step in (5, 2, 1) if step * power <= most)


def mapped(facts: Iterable[FactView]) -> Map | None:
    """The places of some facts that have a point; None where none has."""
    found: list[tuple[str, Place]] = [
        (fact.fact, place)
        for fact in facts
        if "retracted" not in fact.decided
        for place in fact.content.places
        if place.lon is not None and place.lat is not None
    ]
    if not found:
        return None
    shown = found[:_MOST_POINTS]
    lons = [float(Decimal(place.lon or "0")) for _, place in shown]
    lats = [float(Decimal(place.lat or "0")) for _, place in shown]
    middle = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    shrink = max(0.01, math.cos(math.radians(middle[1])))
    points = [
        ((lon - middle[0]) * _METRES_A_DEGREE * shrink, (middle[1] - lat) * _METRES_A_DEGREE)
        for lon, lat in zip(lons, lats, strict=True)
    ]
    radii = [UNSTATED_M if one.uncertainty_m is None else float(one.uncertainty_m) for _, one in shown]
    across = max(_LEAST_M, *(abs(x) + radius for (x, _), radius in zip(points, radii, strict=True)))
    down = max(_LEAST_M, *(abs(y) + radius for (_, y), radius in zip(points, radii, strict=True)))
    scale = min((_WIDTH / 2 - _MARGIN) / across, (_HEIGHT / 2 - _MARGIN) / down)
    length = _round_length(_WIDTH / 4 / scale)
    return Map(
        width=int(_WIDTH),
        height=int(_HEIGHT),
        spots=tuple(
            Spot(
                x=f"{_WIDTH / 2 + x * scale:.1f}",
                y=f"{_HEIGHT / 2 + y * scale:.1f}",
                radius=f"{max(3.0, radius * scale):.1f}",
                number=number,
                name=place.role or place.id,
                fact=fact,
                words=place.as_stated or "",
                uncertainty=_metres(radius),
                stated=place.uncertainty_m is not None,
            )
            for number, ((fact, place), (x, y), radius) in enumerate(
                zip(shown, points, radii, strict=True), 1
            )
        ),
        bar=f"{length * scale:.1f}",
        bar_name=_metres(length),
        left_out=len(found) - len(shown),
    )
