"""Places: where a source put a thing, and whether two such statements can both be right.

A place is words, a point with its uncertainty, or the absence of both, kept as stated. It refuses to know
maps, addresses and geocoding: that two differently worded corners are the same corner is for a person to find
out.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from ledger.errors import InvalidError
from ledger.ids import check_id, check_slug
from ledger.quantity import check_decimal
from ledger.values import Absence, CheckedValue, check_text

__all__ = [
    "MAX_UNCERTAINTY_M",
    "Place",
    "PlaceOutcome",
    "Precision",
    "check_place",
    "compare_places",
    "great_circle_m",
]

Precision: TypeAlias = Literal[
    "exact",
    "address",
    "block",
    "intersection",
    "street",
    "neighbourhood",
    "city",
    "county",
    "state",
    "country",
]
"""What a point or the words stand for: the spot itself, or the middle of something larger."""

PlaceOutcome: TypeAlias = Literal["equal", "compatible", "disjoint", "incomparable"]
"""How two places stand to each other. Only `disjoint` is a conflict."""

MAX_UNCERTAINTY_M = 20_040_000
"""Metres: half of the way round the earth, beyond which nothing is more uncertain."""

EARTH_RADIUS_M: Final = 6_371_008.8
"""The mean radius of the WGS 84 ellipsoid (IUGG's R1), in metres."""

SPHERE_ERROR: Final = 0.0056
"""By how much, at most, the way along the sphere differs from the way along the ellipsoid (0.56 %)."""

UNSTATED_M: Final = 100.0
"""How good, at best, a point is taken to be that comes without an uncertainty: geocoders print seven decimals
for the middle of a building site, and two of them must not make a dispute."""

_AS_STATED_LIMIT = 4_096
_MAX_LON = 180
_MAX_LAT = 90
_SPOTS = frozenset({None, "exact", "address"})


class Place(CheckedValue, frozen=True, kw_only=True):
    """Where, as stated: words, a point, both, or why neither.

    `lon` and `lat` are decimal strings, WGS 84 degrees (-180 to 180, -90 to 90), both or none.
    `uncertainty_m` is the radius in metres (0 to MAX_UNCERTAINTY_M) of the circle that holds the place.
    `role` is what the place was in the fact ("scene") and stands in the clear, so it must name nobody.
    """

    id: str
    role: str | None = None
    as_stated: str | None = None
    lon: str | None = None
    lat: str | None = None
    uncertainty_m: int | None = None
    precision: Precision | None = None
    absent: Absence | None = None

    def check(self) -> None:
        """Refuse malformed ids, roles and coordinates, half a point, and a place that says nothing."""
        check_id(self.id, field="/id")
        if self.role is not None:
            check_slug(self.role, field="/role")
        if self.as_stated is not None:
            check_text(self.as_stated, field="/as_stated", limit=_AS_STATED_LIMIT)
        if self.lon is not None:
            _check_degrees(self.lon, _MAX_LON, field="/lon")
        if self.lat is not None:
            _check_degrees(self.lat, _MAX_LAT, field="/lat")
        self._check_whole()

    def _check_whole(self) -> None:
        """Refuse members that do not go together."""
        if (self.lon is None) != (self.lat is None):
            missing = "/lon" if self.lon is None else "/lat"
            raise InvalidError("a point has both lon and lat; give the other one, or neither", field=missing)
        if self.uncertainty_m is not None:
            if self.lon is None:
                rule = "an uncertainty is the radius around a point; give lon and lat, or leave it out"
                raise InvalidError(rule, field="/uncertainty_m")
            if not 0 <= self.uncertainty_m <= MAX_UNCERTAINTY_M:
                raise InvalidError(f"must be 0 to {MAX_UNCERTAINTY_M} metres", field="/uncertainty_m")
        if self.absent is not None and self.lon is not None:
            raise InvalidError("what is absent has no point; leave out one of the two", field="/absent")
        if self.as_stated is None and self.lon is None and self.absent is None:
            raise InvalidError("give words in as_stated, a point of lon and lat, or absent")


def check_place(place: Place, *, field: str) -> None:
    """Refuse what a command may not say, though a stored event may: `undisclosed`.

    Raises InvalidError with a pointer below `field`.
    """
    if place.absent == "undisclosed":
        rule = "undisclosed is put by the reader where words were removed; a command says withheld"
        raise InvalidError(rule, field=f"{field}/absent")


def great_circle_m(a: Place, b: Place) -> float | None:
    """The way between two points along a sphere, in metres (haversine); None where one of them has no point.

    Within SPHERE_ERROR of the way along the ellipsoid. Good for comparing and showing; it is never stored.
    """
    point_a, point_b = _radians(a), _radians(b)
    if point_a is None or point_b is None:
        return None
    (lon_a, lat_a), (lon_b, lat_b) = point_a, point_b
    across = math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    chord = math.sin((lat_b - lat_a) / 2) ** 2 + across
    # For antipodes rounding may overstep 1, of which asin knows nothing.
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


def compare_places(a: Place, b: Place) -> PlaceOutcome:
    """How two places stand to each other; the order of the two does not matter.

    Points are compatible when their circles touch, allowing for the error of the sphere, and disjoint when
    they cannot. A point for something larger than an address, without an uncertainty, may lie anywhere in it:
    it is in conflict with nothing. Words say the same place only where they are the same words; of other
    words no computer can tell.
    """
    if a.absent is not None or b.absent is not None:
        return "incomparable"
    distance_m = great_circle_m(a, b)
    if distance_m is None:
        return "equal" if a.as_stated == b.as_stated else "incomparable"
    if _point(a) == _point(b):
        alike = (a.uncertainty_m, a.precision) == (b.uncertainty_m, b.precision)
        return "equal" if alike else "compatible"
    radius_a, radius_b = _radius_m(a), _radius_m(b)
    if radius_a is None or radius_b is None:
        return "incomparable"
    return "disjoint" if distance_m * (1 - SPHERE_ERROR) > radius_a + radius_b else "compatible"


def _check_degrees(text: str, bound: int, *, field: str) -> None:
    """Refuse anything but a decimal string of degrees from -bound to bound. Raises InvalidError."""
    if abs(Decimal(check_decimal(text, field=field))) > bound:
        raise InvalidError(f"must be -{bound} to {bound} degrees", field=field)


def _point(place: Place) -> tuple[Decimal, Decimal] | None:
    """Longitude and latitude with one name for each spot: 180 is -180, and a pole has no longitude."""
    if place.lon is None or place.lat is None:
        return None
    lon, lat = Decimal(place.lon), Decimal(place.lat)
    if abs(lat) == _MAX_LAT:
        return Decimal(0), lat
    return (-lon if lon == _MAX_LON else lon), lat


def _radians(place: Place) -> tuple[float, float] | None:
    """Longitude and latitude in radians."""
    point = _point(place)
    return None if point is None else (math.radians(point[0]), math.radians(point[1]))


def _radius_m(place: Place) -> float | None:
    """The radius of the circle that holds the place, in metres; None where it is not known.

    Where no uncertainty is stated, a spot is as good as its coordinates are printed (half the last digit, in
    whichever of the two is coarser), and at best UNSTATED_M.
    """
    if place.uncertainty_m is not None:
        return float(place.uncertainty_m)
    if place.precision not in _SPOTS or place.lon is None or place.lat is None:
        return None
    decimals = min(len(text.partition(".")[2]) for text in (place.lon, place.lat))
    half_digit_m = EARTH_RADIUS_M * math.radians(0.5 * 10.0**-decimals)
    return max(UNSTATED_M, math.sqrt(2) * half_digit_m)
