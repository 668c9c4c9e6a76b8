"""Quantities: which shapes are refused, how stated numbers compare, and how they are rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from ledger.errors import InvalidError
from ledger.quantity import (
    MAX_DIGITS,
    Quantity,
    check_decimal,
    check_quantity,
    compare,
    render,
    within,
)

if TYPE_CHECKING:
    from ledger.quantity import Outcome

ABOUT_15_FT = Quantity(id="distance", unit="[ft_i]", value="15", approximate=True)
FIFTEEN_TO_20_FT = Quantity(id="distance", unit="[ft_i]", min="15", max="20", approximate=True)
SEVERAL_FEET = Quantity(id="distance", unit="[ft_i]", as_stated="several feet")


def _q(text: str) -> Quantity:
    """`15 [ft_i]`, `~15 [ft_i]`, `15..20 [ft_i]`, `3.. {shots}`, `..5 {shots}`, or `several [ft_i]`."""
    number, _, unit = text.partition(" ")
    if number == "several":
        return Quantity(id="q", as_stated=number, unit=unit or None)
    approximate = number.startswith("~")
    low, dots, high = number.lstrip("~").partition("..")
    if not dots:
        return Quantity(id="q", unit=unit, value=low, approximate=approximate)
    return Quantity(id="q", unit=unit, min=low or None, max=high or None, approximate=approximate)


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"value": "15", "unit": "[ft_i]"}, id="a value"),
        pytest.param({"min": "15", "max": "20", "unit": "[ft_i]"}, id="a range"),
        pytest.param({"min": "15", "max": "15.0", "unit": "m"}, id="a range of one number"),
        pytest.param({"min": "3", "unit": "{shots}"}, id="at least"),
        pytest.param({"max": "-3", "unit": "Cel"}, id="at most, below zero"),
        pytest.param({"as_stated": "several feet"}, id="a vague word"),
        pytest.param({"as_stated": "several feet", "unit": "[ft_i]"}, id="a vague word with a unit"),
        pytest.param({"as_stated": "several", "approximate": True}, id="a vague word, approximate"),
        pytest.param({"absent": "not-stated"}, id="absent"),
        pytest.param({"absent": "undisclosed"}, id="removed from the record"),
        pytest.param({"absent": "none", "unit": "{shots}", "as_stated": "no figure"}, id="absent in words"),
        pytest.param({"value": "3", "unit": "no such unit"}, id="a unit that a later table may know"),
        pytest.param({"value": "9" * MAX_DIGITS, "unit": "1"}, id="as many digits as allowed"),
    ],
)
def test_a_quantity_keeps_what_was_stated_to_the_letter(members: dict[str, Any]) -> None:
    document = {"id": "distance", **members}
    quantity = msgspec.convert(document, Quantity)
    assert msgspec.to_builtins(quantity) == document
    assert msgspec.json.decode(msgspec.json.encode(quantity), type=Quantity) == quantity


@pytest.mark.parametrize(
    ("members", "field"),
    [
        pytest.param({"id": "Distance", "absent": "none"}, "/id", id="capital in the id"),
        pytest.param({}, "", id="says nothing"),
        pytest.param({"unit": "m"}, "", id="a unit alone"),
        pytest.param({"value": "15"}, "/unit", id="a value without a unit"),
        pytest.param({"min": "15"}, "/unit", id="a range without a unit"),
        pytest.param({"value": "15", "min": "10", "unit": "m"}, "/value", id="value and min"),
        pytest.param({"value": "15", "max": "20", "unit": "m"}, "/value", id="value and max"),
        pytest.param({"min": "20", "max": "15", "unit": "m"}, "/min", id="a range upside down"),
        pytest.param({"min": "10", "max": "9.99", "unit": "m"}, "/min", id="a range ordered as text only"),
        pytest.param({"value": "15", "unit": "m", "absent": "none"}, "/absent", id="absent with a value"),
        pytest.param({"max": "15", "unit": "m", "absent": "none"}, "/absent", id="absent with an end"),
        pytest.param({"absent": "none", "approximate": True}, "/approximate", id="approximately absent"),
        pytest.param({"as_stated": ""}, "/as_stated", id="an empty word"),
        pytest.param({"as_stated": "x" * 4_097}, "/as_stated", id="too long a word"),
        pytest.param({"value": "1", "unit": ""}, "/unit", id="an empty unit"),
        pytest.param({"value": "1", "unit": "m" * 129}, "/unit", id="too long a unit"),
        pytest.param({"value": "15 ", "unit": "m"}, "/value", id="a malformed value"),
        pytest.param({"min": "+15", "unit": "m"}, "/min", id="a malformed min"),
        pytest.param({"max": "1e3", "unit": "m"}, "/max", id="a malformed max"),
    ],
)
def test_a_malformed_quantity_is_refused_at_its_field(members: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        Quantity(**{"id": "distance", **members})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "document", ['{"id":"d","value":15,"unit":"m"}', '{"id":"d","value":"1","unit":"m","about":true}']
)
def test_numbers_that_are_no_strings_and_unknown_members_are_refused(document: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(document, type=Quantity)


@pytest.mark.parametrize("text", ["0", "-0", "15", "-15", "0.5", "4.50", "-0.001", "1" * 29 + ".1"])
def test_plain_decimal_strings_are_numbers(text: str) -> None:
    assert check_decimal(text, field="/value") == text


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1\n", "+1", "01", "1.", ".5", "-", "--1", "1e3", "1,000", "1_000", "1/2", "0x1", "١"),
        *("NaN", "Infinity", "1" * (MAX_DIGITS + 1), "-0." + "1" * MAX_DIGITS),
    ],
)
def test_anything_else_is_not_a_number(text: str) -> None:
    with pytest.raises(InvalidError) as refused:
        check_decimal(text, field="/value")
    assert refused.value.field == "/value"


def test_a_command_with_an_unknown_unit_is_refused_with_what_may_be_meant() -> None:
    with pytest.raises(InvalidError, match=r"did you mean \[ft_i\]\?") as refused:
        check_quantity(Quantity(id="d", value="15", unit="ft"), field="/content/quantities/0")
    assert refused.value.field == "/content/quantities/0/unit"


def test_a_command_that_counts_without_braces_is_shown_the_annotation() -> None:
    with pytest.raises(InvalidError, match=r"did you mean \{shots\}\?"):
        check_quantity(Quantity(id="d", value="3", unit="shots"), field="")


def test_money_is_refused_with_the_place_where_it_belongs() -> None:
    with pytest.raises(InvalidError, match="in details"):
        check_quantity(Quantity(id="bail", value="5000", unit="USD"), field="")


def test_a_command_may_not_say_undisclosed() -> None:
    with pytest.raises(InvalidError, match="withheld") as refused:
        check_quantity(Quantity(id="d", absent="undisclosed"), field="/quantities/1")
    assert refused.value.field == "/quantities/1/absent"


@pytest.mark.parametrize(
    "quantity", [ABOUT_15_FT, FIFTEEN_TO_20_FT, SEVERAL_FEET, Quantity(id="d", absent="withheld")]
)
def test_a_command_with_a_known_unit_or_none_passes(quantity: Quantity) -> None:
    before = msgspec.json.encode(quantity)
    check_quantity(quantity, field="")
    assert msgspec.json.encode(quantity) == before


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("15 [ft_i]", "15 [ft_i]", "equal", id="the same number"),
        pytest.param("15 [ft_i]", "15.0 [ft_i]", "equal", id="the same number, printed more exactly"),
        pytest.param("15 [ft_i]", "4.572 m", "equal", id="an exact conversion"),
        pytest.param("15 [ft_i]", "~15 [ft_i]", "equal", id="equal, one approximate"),
        pytest.param("15..21 [ft_i]", "5..7 [yd_i]", "equal", id="a range converted exactly"),
        pytest.param("3.. {shots}", "3.. {shots}", "equal", id="the same open range"),
        pytest.param("32 [degF]", "0 Cel", "equal", id="freezing in two scales"),
        pytest.param("1 a", "12 mo", "equal", id="a year and twelve months"),
        pytest.param("50 %", "0.5 1", "equal", id="per cent and a fraction"),
        pytest.param("3 {shots}", "3 1", "equal", id="a count and a bare number"),
        pytest.param("1 [yd_i]", "2..4 [ft_i]", "equal", id="one printed stretch in two ways"),
        pytest.param("15 [ft_i]", "4.5 m", "contains", id="a source's own rounded conversion"),
        pytest.param("15 [ft_i]", "15..20 [ft_i]", "contains", id="a value in a range"),
        pytest.param("5 {shots}", "3.. {shots}", "contains", id="a count in an open range"),
        pytest.param("4 {shots}", "3..5 {shots}", "contains", id="a count in a range"),
        pytest.param("2 m", "2.4 m", "contains", id="a finer number that rounds to the coarser"),
        pytest.param("15..20 [ft_i]", "5..6.6666 [yd_i]", "overlaps", id="a range converted nearly"),
        pytest.param("1..3 m", "2..5 m", "overlaps", id="ranges that overlap"),
        pytest.param("15 [ft_i]", "16 [ft_i]", "overlaps", id="printed numbers that touch"),
        pytest.param("2.5 1", "3 1", "overlaps", id="a mean is no count"),
        pytest.param(
            "3 {shots}/{officers}", "4 {shots}/{officers}", "overlaps", id="a ratio of counts is no count"
        ),
        pytest.param("3 10*3", "4 10*3", "overlaps", id="thousands are rounded"),
        pytest.param("..5 m", "3.. m", "overlaps", id="two open ranges"),
        pytest.param("15 [ft_i]", "several [ft_i]", "vague-compatible", id="several feet"),
        pytest.param("4.5 m", "several [ft_i]", "vague-compatible", id="several feet against metres"),
        pytest.param("3 {shots}", "several", "vague-compatible", id="a vague word without a unit"),
        pytest.param("several m", "several", "vague-compatible", id="two vague words"),
        pytest.param("~15 [ft_i]", "18 [ft_i]", "vague-compatible", id="one that widens is enough"),
        pytest.param("~15 [ft_i]", "~20 [ft_i]", "vague-compatible", id="both must widen"),
        pytest.param("~200 {people}", "240 {people}", "vague-compatible", id="the widened end itself"),
        pytest.param("~-10 Cel", "-12.2 Cel", "vague-compatible", id="widening below zero goes both ways"),
        pytest.param("~3 {shots}", "4 {shots}", "overlaps", id="about three is a rounded count"),
        pytest.param("15 [ft_i]", "17 [ft_i]", "disjoint", id="different numbers"),
        pytest.param("15 [ft_i]", "20 [ft_i]", "disjoint", id="exact numbers do not widen"),
        pytest.param("~15 [ft_i]", "25 [ft_i]", "disjoint", id="beyond the widening"),
        pytest.param("~200 {people}", "242 {people}", "disjoint", id="beyond the widened end and its half"),
        pytest.param("3 {shots}", "4 {shots}", "disjoint", id="counts are not rounded"),
        pytest.param("3..5 {shots}", "6 {shots}", "disjoint", id="a count beside a range of counts"),
        pytest.param("..3 {shots}", "4.. {shots}", "disjoint", id="open ranges apart"),
        pytest.param("3 {shots}", "3 {officers}", "incomparable", id="different things"),
        pytest.param("3 m", "3 s", "incomparable", id="different dimensions"),
        pytest.param("3 m", "several s", "incomparable", id="a vague word of another dimension"),
        pytest.param("3 blocks", "3 blocks", "incomparable", id="a unit that nobody knows"),
        pytest.param("several", "3 blocks", "incomparable", id="a vague word and a unit that nobody knows"),
        pytest.param("15 {USD}", "15 {USD}", "incomparable", id="money"),
    ],
)
def test_two_quantities_stand_to_each_other_as_the_field_would_say(
    one: str, other: str, expected: Outcome
) -> None:
    assert compare(_q(one), _q(other)) == expected
    assert compare(_q(other), _q(one)) == expected


def test_absence_is_compared_with_nothing() -> None:
    absent = Quantity(id="q", absent="not-stated", unit="[ft_i]")
    assert compare(absent, ABOUT_15_FT) == "incomparable"
    assert compare(absent, absent) == "incomparable"
    assert not within(absent, ABOUT_15_FT)


def test_the_seed_reports_of_the_drag_do_not_contradict_each_other() -> None:
    assert compare(ABOUT_15_FT, FIFTEEN_TO_20_FT) == "contains"
    assert compare(SEVERAL_FEET, ABOUT_15_FT) == "vague-compatible"
    assert compare(SEVERAL_FEET, FIFTEEN_TO_20_FT) == "vague-compatible"
    assert within(ABOUT_15_FT, FIFTEEN_TO_20_FT)
    assert not within(FIFTEEN_TO_20_FT, ABOUT_15_FT)


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        pytest.param("15 [ft_i]", "15 [ft_i]", True, id="itself"),
        pytest.param("4.5 m", "15 [ft_i]", True, id="finer within coarser"),
        pytest.param("15 [ft_i]", "4.5 m", False, id="coarser within finer"),
        pytest.param("5.. m", "3.. m", True, id="open within open"),
        pytest.param("5.. m", "3..9 m", False, id="open within closed"),
        pytest.param("..3 m", "..5 m", True, id="open below"),
        pytest.param("16 m", "15 m", False, id="a touch is not within"),
        pytest.param("5 {shots}", "3..5 {shots}", True, id="a count at the end of a range"),
        pytest.param("several m", "1..9 m", False, id="a vague word is within nothing"),
        pytest.param("3 m", "1..9 s", False, id="another dimension"),
    ],
)
def test_one_lies_within_the_other_or_does_not(inner: str, outer: str, expected: bool) -> None:  # noqa: FBT001 - a column
    assert within(_q(inner), _q(outer)) is expected


@pytest.mark.parametrize(
    ("stated", "unit", "digits", "shown"),
    [
        pytest.param("15 [ft_i]", "m", 1, "4.6 m", id="feet to metres"),
        pytest.param("15 [ft_i]", "m", 3, "4.572 m", id="exactly"),
        pytest.param("15 [ft_i]", "m", 5, "4.57200 m", id="with as many decimals as asked for"),
        pytest.param("~15..20 [ft_i]", "m", 1, "~4.6..6.1 m", id="a range, still approximate"),
        pytest.param("3.. km", "m", 0, "3000.. m", id="an open range"),
        pytest.param("2.5 m", "m", 0, "2 m", id="a half goes to the even number below"),
        pytest.param("3.5 m", "m", 0, "4 m", id="a half goes to the even number above"),
        pytest.param("-2.5 m", "m", 0, "-2 m", id="a half below zero"),
        pytest.param("-0.4 m", "m", 0, "0 m", id="no negative zero"),
        pytest.param("-0.26 m", "m", 1, "-0.3 m", id="a sign before a zero"),
        pytest.param("98.6 [degF]", "Cel", 1, "37.0 Cel", id="body heat"),
        pytest.param("1 [acr_us]", "m2", 4, "4046.8726 m2", id="an acre"),
        pytest.param("180 deg", "rad", 10, "3.1415926536 rad", id="half a turn"),
        pytest.param("1200 {shots}", "10*3", 1, "1.2 10*3", id="thousands"),
    ],
)
def test_a_rendering_is_rounded_half_to_even_from_the_exact_figure(
    stated: str, unit: str, digits: int, shown: str
) -> None:
    assert render(_q(stated), unit, digits) == _q(shown)


def test_a_rendering_keeps_the_id_and_not_the_words() -> None:
    stated = Quantity(id="distance", as_stated="15 feet", unit="[ft_i]", value="15")
    assert render(stated, "m", 1) == Quantity(id="distance", unit="m", value="4.6")


@pytest.mark.parametrize(
    ("quantity", "unit", "digits"),
    [
        pytest.param(SEVERAL_FEET, "m", 1, id="no number"),
        pytest.param(Quantity(id="d", absent="none"), "m", 1, id="absent"),
        pytest.param(ABOUT_15_FT, "s", 1, id="another dimension"),
        pytest.param(ABOUT_15_FT, "metres", 1, id="an unknown unit"),
        pytest.param(ABOUT_15_FT, "m", -1, id="fewer than no decimals"),
        pytest.param(ABOUT_15_FT, "m", MAX_DIGITS, id="too many decimals"),
        pytest.param(Quantity(id="d", unit="Ym99", value="1"), "ym99", 0, id="too many digits"),
    ],
)
def test_what_cannot_be_rendered_is_refused(quantity: Quantity, unit: str, digits: int) -> None:
    with pytest.raises(InvalidError):
        render(quantity, unit, digits)
