"""Where and when, as numbers that an index can be asked about: the bounds of a time, and the box around a place (ADR 12)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from ledger.instants import microseconds_of
from ledger.place import EARTH_RADIUS_M, SPHERE_ERROR

if TYPE_CHECKING:
    from ledger.bounds import Interval

__all__ = ["DERIVED", "INSTANT", "STRETCH", "UNDATED", "box_around", "span_of"]

UNDATED, STRETCH, INSTANT = 0, 1, 2
DERIVED: dict[Literal["earliest", "latest"], int] = {"earliest": 1, "latest": 2}
"""Which bounds come from relations, as a number: the sum of those that do."""

_POLE = 90.0
_HALF_TURN = 180.0
_ROUNDING = 1e-6


def span_of(bounds: Interval) -> tuple[int | None, int | None, int]:
    """Earliest and latest in microseconds, None where that end is endless, and whether it is undated, a stretch or an instant."""
    if bounds.earliest is None and bounds.latest is None:
        return None, None, UNDATED
    earliest, latest = (
        None if end is None else microseconds_of(end) for end in (bounds.earliest, bounds.latest)
    )
    return earliest, latest, INSTANT if bounds.closed else STRETCH


def box_around(lon: float, lat: float, radius_m: float) -> tuple[float, float, float, float]:
    """South, north, west and east of everything within a radius of a point.

    It is all the way round near a pole, and where it would reach across the 180th meridian.
    """
    turn = math.degrees(radius_m / (1 - SPHERE_ERROR) / EARTH_RADIUS_M) + _ROUNDING
    south, north = lat - turn, lat + turn
    if south <= -_POLE or north >= _POLE:
        return south, north, -_HALF_TURN, _HALF_TURN
    aside = math.degrees(
        math.asin(min(1.0, math.sin(math.radians(min(turn, _POLE))) / math.cos(math.radians(lat))))
    )
    west, east = lon - aside - _ROUNDING, lon + aside + _ROUNDING
    if west <= -_HALF_TURN or east >= _HALF_TURN:
        return south, north, -_HALF_TURN, _HALF_TURN
    return south, north, west, east
