"""Laws of quantities and places: comparing is symmetric, converting exact, a rendering no conflict."""

from __future__ import annotations

from fractions import Fraction

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.place import Place, compare_places, great_circle_m
from ledger.quantity import Quantity, compare, render, within
from ledger.units import parse_unit
from tests import strategies_quantity as strategies

MEETING = {"equal", "contains", "overlaps"}


def _negative(number: str | None) -> str | None:
    if number is None:
        return None
    return number.removeprefix("-") if number.startswith("-") else f"-{number}"


def _mirrored(q: Quantity) -> Quantity:
    """The same quantity on the other side of zero."""
    return msgspec.structs.replace(q, value=_negative(q.value), min=_negative(q.max), max=_negative(q.min))


@settings(max_examples=200, deadline=None)
@given(strategies.pairs())
def test_comparing_does_not_depend_on_the_order(pair: tuple[Quantity, Quantity]) -> None:
    one, other = pair
    assert compare(one, other) == compare(other, one)


@settings(max_examples=100, deadline=None)
@given(strategies.scales().flatmap(lambda row: strategies.numbered(st.sampled_from(row))))
def test_a_quantity_with_a_number_equals_itself_and_lies_within_itself(q: Quantity) -> None:
    assert compare(q, q) == "equal"
    assert within(q, q)


@settings(max_examples=200, deadline=None)
@given(strategies.pairs())
def test_one_lies_within_the_other_only_where_both_meet(pair: tuple[Quantity, Quantity]) -> None:
    one, other = pair
    if within(one, other) or within(other, one):
        assert compare(one, other) in {"equal", "contains"}
    if compare(one, other) == "contains":
        assert within(one, other) or within(other, one)


@settings(max_examples=150, deadline=None)
@given(strategies.pairs())
def test_approximation_never_turns_a_pair_that_meets_into_a_conflict(pair: tuple[Quantity, Quantity]) -> None:
    assume(all(q.absent is None for q in pair))
    one, other = (msgspec.structs.replace(q, approximate=False) for q in pair)
    before = compare(one, other)
    for vague_one, vague_other in ((True, False), (False, True), (True, True)):
        after = compare(
            msgspec.structs.replace(one, approximate=vague_one),
            msgspec.structs.replace(other, approximate=vague_other),
        )
        if before in MEETING:
            assert after in MEETING
        if before == "vague-compatible":
            assert after == "vague-compatible"
        if before == "incomparable":
            assert after == "incomparable"


@settings(max_examples=150, deadline=None)
@given(strategies.pairs())
def test_the_other_side_of_zero_gives_the_same_outcome(pair: tuple[Quantity, Quantity]) -> None:
    one, other = pair
    assume(all(q.absent is None and q.unit not in {"Cel", "[degF]"} for q in pair))
    assert compare(_mirrored(one), _mirrored(other)) == compare(one, other)


@settings(max_examples=150, deadline=None)
@given(
    strategies.scales().flatmap(lambda row: st.tuples(st.sampled_from(row), st.sampled_from(row))),
    strategies.decimals(),
)
def test_a_conversion_there_and_back_is_the_number_itself(units: tuple[str, str], number: str) -> None:
    source, target = (parse_unit(unit) for unit in units)
    there = target.from_base(source.to_base(Fraction(number)))
    assert source.from_base(target.to_base(there)) == Fraction(number)


@settings(max_examples=200, deadline=None)
@given(
    strategies.scales().flatmap(
        lambda row: st.tuples(strategies.numbered(st.sampled_from(row)), st.sampled_from(row))
    ),
    st.integers(0, 12),
)
def test_a_rendering_is_never_in_conflict_with_its_original(case: tuple[Quantity, str], digits: int) -> None:
    original, unit = case
    assume(parse_unit(unit).commensurable(parse_unit(original.unit or "1")))
    shown = render(original, unit, digits)
    assert compare(original, shown) in MEETING
    assert (shown.unit, shown.approximate, shown.id) == (unit, original.approximate, original.id)


@settings(max_examples=100, deadline=None)
@given(strategies.decimals(), strategies.scales().flatmap(st.sampled_from))
def test_a_rendering_in_its_own_unit_and_digits_is_the_number_itself(number: str, unit: str) -> None:
    original = Quantity(id="q", unit=unit, value=number)
    shown = render(original, unit, len(number.partition(".")[2]))
    assert Fraction(shown.value or "") == Fraction(number)


@settings(max_examples=100, deadline=None)
@given(strategies.quantities())
def test_a_quantity_written_as_json_is_read_back_as_it_was(q: Quantity) -> None:
    assert msgspec.json.decode(msgspec.json.encode(q), type=Quantity) == q


@settings(max_examples=200, deadline=None)
@given(strategies.places(), strategies.places())
def test_comparing_places_does_not_depend_on_the_order(one: Place, other: Place) -> None:
    assert compare_places(one, other) == compare_places(other, one)
    assert great_circle_m(one, other) == great_circle_m(other, one)


@settings(max_examples=100, deadline=None)
@given(strategies.places())
def test_a_place_that_is_not_absent_equals_itself(place: Place) -> None:
    assert compare_places(place, place) == ("incomparable" if place.absent else "equal")


@settings(max_examples=200, deadline=None)
@given(strategies.places(), strategies.places(), st.integers(0, 20_000))
def test_a_wider_circle_never_makes_a_conflict(one: Place, other: Place, more_m: int) -> None:
    assume(one.uncertainty_m is not None)
    radius = min(20_040_000, (one.uncertainty_m or 0) + more_m)
    wider = msgspec.structs.replace(one, uncertainty_m=radius)
    if compare_places(one, other) != "disjoint":
        assert compare_places(wider, other) != "disjoint"


@settings(max_examples=100, deadline=None)
@given(strategies.points(), strategies.points(), strategies.points())
def test_a_way_round_is_never_shorter(one: Place, other: Place, third: Place) -> None:
    direct, first, second = (
        great_circle_m(one, third),
        great_circle_m(one, other),
        great_circle_m(other, third),
    )
    assert direct is not None
    assert first is not None
    assert second is not None
    assert direct <= first + second + 0.5
