"""Places: which shapes are refused, how far apart points are, and when two places cannot both be right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from ledger.errors import InvalidError
from ledger.place import (
    EARTH_RADIUS_M,
    MAX_UNCERTAINTY_M,
    UNSTATED_M,
    Place,
    check_place,
    compare_places,
    great_circle_m,
)

if TYPE_CHECKING:
    from ledger.place import PlaceOutcome, Precision

SCENE = {"lon": "-92.3200000", "lat": "34.7400000"}


def _at(lon: str, lat: str, uncertainty_m: int | None = None, precision: Precision | None = None) -> Place:
    return Place(id="p", lon=lon, lat=lat, uncertainty_m=uncertainty_m, precision=precision)


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"as_stated": "a short distance away"}, id="words"),
        pytest.param({"lon": "-92.32", "lat": "34.74"}, id="a point"),
        pytest.param({"lon": "180", "lat": "-90", "uncertainty_m": 0}, id="the edges of the globe"),
        pytest.param(
            {"lon": "-180.000", "lat": "90.0", "uncertainty_m": MAX_UNCERTAINTY_M}, id="the other edges"
        ),
        pytest.param({"absent": "withheld"}, id="absent"),
        pytest.param({"absent": "undisclosed"}, id="removed from the record"),
        pytest.param({"absent": "not-stated", "as_stated": "an undisclosed location"}, id="absent in words"),
        pytest.param({"as_stated": "the 1400 block", "precision": "block"}, id="words with a precision"),
        pytest.param(
            {**SCENE, "as_stated": "the corner", "role": "scene", "precision": "street"}, id="all of it"
        ),
    ],
)
def test_a_place_keeps_what_was_stated_to_the_letter(members: dict[str, Any]) -> None:
    document = {"id": "scene", **members}
    place = msgspec.convert(document, Place)
    assert msgspec.to_builtins(place) == document
    assert msgspec.json.decode(msgspec.json.encode(place), type=Place) == place


@pytest.mark.parametrize(
    ("members", "field"),
    [
        pytest.param({"id": "Scene", "absent": "none"}, "/id", id="capital in the id"),
        pytest.param({}, "", id="says nothing"),
        pytest.param({"precision": "city", "role": "scene"}, "", id="a precision of nothing"),
        pytest.param({"as_stated": " "}, "/as_stated", id="blank words"),
        pytest.param({"as_stated": "x" * 4_097}, "/as_stated", id="too many words"),
        pytest.param({"as_stated": "here", "role": "Scene of crime"}, "/role", id="a role that is no slug"),
        pytest.param({"lon": "-92.32"}, "/lat", id="half a point, no latitude"),
        pytest.param({"lat": "34.74"}, "/lon", id="half a point, no longitude"),
        pytest.param({"lon": "180.0000001", "lat": "0"}, "/lon", id="beyond 180 degrees east"),
        pytest.param({"lon": "-180.0000001", "lat": "0"}, "/lon", id="beyond 180 degrees west"),
        pytest.param({"lon": "0", "lat": "90.01"}, "/lat", id="north of the pole"),
        pytest.param({"lon": "34.74", "lat": "-92.32"}, "/lat", id="the two swapped"),
        pytest.param({"lon": "92.32W", "lat": "34.74"}, "/lon", id="a letter for the direction"),
        pytest.param({"lon": "1e1", "lat": "0"}, "/lon", id="an exponent"),
        pytest.param({"lon": "0", "lat": "NaN"}, "/lat", id="not a number"),
        pytest.param(
            {"as_stated": "here", "uncertainty_m": 5}, "/uncertainty_m", id="uncertain without a point"
        ),
        pytest.param({**SCENE, "uncertainty_m": -1}, "/uncertainty_m", id="a negative radius"),
        pytest.param(
            {**SCENE, "uncertainty_m": MAX_UNCERTAINTY_M + 1}, "/uncertainty_m", id="beyond the globe"
        ),
        pytest.param({**SCENE, "absent": "none"}, "/absent", id="absent with a point"),
    ],
)
def test_a_malformed_place_is_refused_at_its_field(members: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        Place(**{"id": "scene", **members})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"lon": -92.32, "lat": 34.74}, id="floats"),
        pytest.param({**SCENE, "uncertainty_m": 1.5}, id="half a metre"),
        pytest.param({**SCENE, "precision": "rooftop"}, id="an unknown precision"),
        pytest.param({**SCENE, "altitude": "80"}, id="an unknown member"),
        pytest.param({"absent": None}, id="null"),
    ],
)
def test_members_of_another_type_are_refused(members: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"id": "scene", **members}, Place)


def test_a_command_may_not_say_undisclosed_and_may_say_withheld() -> None:
    check_place(Place(id="p", absent="withheld"), field="/places/0")
    with pytest.raises(InvalidError, match="withheld") as refused:
        check_place(Place(id="p", absent="undisclosed"), field="/places/0")
    assert refused.value.field == "/places/0/absent"


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        pytest.param(("0", "0"), ("0", "0"), 0, id="nowhere to go"),
        pytest.param(("0", "0"), ("1", "0"), 111_195.08, id="a degree of the equator"),
        pytest.param(
            ("0", "0"), ("0", "90"), EARTH_RADIUS_M * 1.5707963267948966, id="a quarter of a meridian"
        ),
        pytest.param(("0", "0"), ("180", "0"), 20_015_114.4, id="the other side of the earth"),
        pytest.param(
            ("137.2", "84.9"), ("-42.8", "-84.9"), 20_015_114.4, id="where rounding oversteps the sphere"
        ),
        pytest.param(("10", "90"), ("-170", "-90"), 20_015_114.4, id="from pole to pole"),
        pytest.param(("10", "90"), ("-120", "90"), 0, id="one pole, two longitudes"),
        pytest.param(("179.5", "0"), ("-179.5", "0"), 111_195.08, id="across the line of the date"),
        pytest.param(("180", "45"), ("-180", "45"), 0, id="one meridian by two names"),
        pytest.param(
            ("0", "60"), ("1", "60"), 55_597.01, id="a degree at sixty north is hardly half as long"
        ),
    ],
)
def test_the_way_between_two_points_is_along_the_sphere(
    one: tuple[str, str], other: tuple[str, str], metres: float
) -> None:
    assert great_circle_m(_at(*one), _at(*other)) == pytest.approx(metres, rel=1e-5, abs=1e-6)
    assert great_circle_m(_at(*other), _at(*one)) == great_circle_m(_at(*one), _at(*other))


def test_there_is_no_way_to_a_place_of_words() -> None:
    words = Place(id="p", as_stated="downtown")
    assert great_circle_m(words, _at("0", "0")) is None
    assert great_circle_m(_at("0", "0"), words) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(
            _at("-92.32", "34.74"), _at("-92.320", "34.7400"), "equal", id="one point printed twice"
        ),
        pytest.param(_at("180", "0", 5), _at("-180", "0", 5), "equal", id="one meridian by two names"),
        pytest.param(_at("10", "90"), _at("-120", "90.0"), "equal", id="a pole has no longitude"),
        pytest.param(_at("0", "0", 5), _at("0", "0", 50), "compatible", id="one point, two circles"),
        pytest.param(
            _at("0", "0", None, "city"),
            _at("0", "0", None, "exact"),
            "compatible",
            id="a city's middle and a spot",
        ),
        pytest.param(_at("0", "0", 60_000), _at("1", "0", 60_000), "compatible", id="circles that overlap"),
        pytest.param(_at("0", "0", 200_000), _at("1", "0", 0), "compatible", id="a point in a circle"),
        pytest.param(
            _at("0", "0", 55_300),
            _at("1", "0", 55_300),
            "compatible",
            id="apart by less than the sphere errs",
        ),
        pytest.param(
            _at("0", "0", 55_200), _at("1", "0", 55_200), "disjoint", id="apart by more than the sphere errs"
        ),
        pytest.param(
            _at("0.0000001", "0"), _at("0.0008", "0"), "compatible", id="two geocoders, one building"
        ),
        pytest.param(
            _at("0.0000000", "0.0000000"), _at("0.0030000", "0.0000000"), "disjoint", id="three blocks apart"
        ),
        pytest.param(_at("0.0", "0.0"), _at("0.1", "0.0"), "compatible", id="printed too coarsely to tell"),
        pytest.param(
            _at("0.000", "0.000"), _at("0.100", "0.000"), "disjoint", id="printed finely enough to tell"
        ),
        pytest.param(
            _at("0", "0", None, "city"),
            _at("0.3", "0", 50),
            "incomparable",
            id="a city's middle, nothing said of its size",
        ),
        pytest.param(
            _at("0", "0", 9_000, "city"), _at("0.3", "0", 50), "disjoint", id="a city's middle and its radius"
        ),
        pytest.param(
            _at("0", "0"), Place(id="p", as_stated="downtown"), "incomparable", id="a point and words"
        ),
        pytest.param(
            Place(id="a", as_stated="downtown"),
            Place(id="b", as_stated="downtown"),
            "equal",
            id="the same words",
        ),
        pytest.param(
            Place(id="a", as_stated="downtown"),
            Place(id="b", as_stated="Downtown"),
            "incomparable",
            id="other words: no computer can tell",
        ),
        pytest.param(
            Place(id="a", as_stated="downtown"),
            Place(id="b", absent="withheld"),
            "incomparable",
            id="words and absence",
        ),
        pytest.param(
            Place(id="a", absent="none"), Place(id="b", absent="none"), "incomparable", id="two absences"
        ),
        pytest.param(
            Place(id="a", as_stated="secret"),
            Place(id="b", as_stated="secret", absent="withheld"),
            "incomparable",
            id="an absence in the same words",
        ),
        pytest.param(
            Place(id="a", as_stated="secret", absent="withheld"),
            Place(id="b", as_stated="secret", absent="withheld"),
            "incomparable",
            id="two absences in the same words",
        ),
    ],
)
def test_two_places_stand_to_each_other_as_the_field_would_say(
    one: Place, other: Place, expected: PlaceOutcome
) -> None:
    assert compare_places(one, other) == expected
    assert compare_places(other, one) == expected


def test_a_point_without_an_uncertainty_is_never_taken_for_better_than_the_stated_floor() -> None:
    metres_of_a_degree = EARTH_RADIUS_M * 3.141592653589793 / 180
    inside = f"{2 * UNSTATED_M / metres_of_a_degree:.7f}"
    outside = f"{2.05 * UNSTATED_M / metres_of_a_degree:.7f}"
    assert compare_places(_at("0.0000000", "0.0000000"), _at(inside, "0.0000000")) == "compatible"
    assert compare_places(_at("0.0000000", "0.0000000"), _at(outside, "0.0000000")) == "disjoint"
