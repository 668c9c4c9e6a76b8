"""UCUM codes: what can be read, what exactly it means, and what is refused with which advice."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings

from ledger.errors import InvalidError
from ledger.units import (
    BASE_UNITS,
    BASES,
    EVERYDAY_WORDS,
    MAX_CODE,
    METRIC_UNITS,
    OTHER_UNITS,
    PREFIXES,
    Unit,
    known,
    parse_unit,
    suggest,
)
from tests import strategies_quantity as strategies

PI = Fraction("3.1415926535897932384626433832795028841971693993751058209749445923")


def _dimension(**exponents: int) -> tuple[int, ...]:
    return tuple(exponents.get(base, 0) for base in BASES)


@pytest.mark.parametrize(
    ("code", "number", "same_as"),
    [
        pytest.param("[in_i]", "0.0254", "m", id="an inch is 2.54 cm"),
        pytest.param("[ft_i]", "0.3048", "m", id="a foot is 0.3048 m"),
        pytest.param("[yd_i]", "0.9144", "m", id="a yard is 0.9144 m"),
        pytest.param("[mi_i]", "1609.344", "m", id="a mile is 1609.344 m"),
        pytest.param("[nmi_i]", "1852", "m", id="a nautical mile is 1852 m"),
        pytest.param("[ft_us]", "1200/3937", "m", id="a survey foot is 1200/3937 m"),
        pytest.param("[mi_i]", "5280", "[ft_i]", id="a mile is 5280 feet"),
        pytest.param("[mi_i]/h", "0.44704", "m/s", id="a mile an hour is 0.44704 m/s"),
        pytest.param("[kn_i]", "1.852", "km/h", id="a knot is 1.852 km/h"),
        pytest.param("[acr_us]", "43560", "[ft_us]2", id="an acre is 43560 square survey feet"),
        pytest.param("[acr_us]", "62726400000/15499969", "m2", id="an acre in square metres, as a fraction"),
        pytest.param("har", "10000", "m2", id="a hectare is 10000 square metres"),
        pytest.param("[lb_av]", "453.59237", "g", id="a pound is 453.59237 g"),
        pytest.param("[gr]", "64.79891", "mg", id="a grain is 64.79891 mg"),
        pytest.param("[oz_tr]", "31.1034768", "g", id="a troy ounce is 31.1034768 g"),
        pytest.param("[car_m]", "200", "mg", id="a carat is 200 mg"),
        pytest.param("[ston_av]", "907.18474", "kg", id="a short ton is 907.18474 kg"),
        pytest.param("t", "1", "Mg", id="a tonne is a megagram"),
        pytest.param("[gal_us]", "3.785411784", "L", id="a gallon is 3.785411784 l"),
        pytest.param("[pt_us]", "473.176473", "mL", id="a pint is 473.176473 ml"),
        pytest.param("[foz_us]", "29.5735295625", "ml", id="a fluid ounce is 29.5735295625 ml"),
        pytest.param("[gal_br]", "4.54609", "l", id="a British gallon is 4.54609 l"),
        pytest.param("d", "86400", "s", id="a day is 86400 s"),
        pytest.param("a", "365.25", "d", id="a year is the mean Julian one"),
        pytest.param("mo", "30.4375", "d", id="a month is a twelfth of it"),
        pytest.param("a", "12", "mo", id="a year is twelve months"),
        pytest.param("N", "1000", "g.m/s2", id="a newton"),
        pytest.param("J", "1", "N.m", id="a joule is a newton metre"),
        pytest.param("W", "1", "V.A", id="a watt is a volt ampere"),
        pytest.param("kW.h", "3600000", "J", id="a kilowatt hour"),
        pytest.param("C", "1", "A.s", id="a coulomb"),
        pytest.param("Ohm", "1", "V/A", id="an ohm"),
        pytest.param("eV", "1.60217733e-19", "J", id="an electronvolt by UCUM's figure"),
        pytest.param("cal", "4.184", "J", id="a calorie is the thermochemical one"),
        pytest.param("[lbf_av]", "4.4482216152605", "N", id="a pound-force"),
        pytest.param("[psi]", "8896443230521/1290320000", "Pa", id="a pound per square inch"),
        pytest.param("mm[Hg]", "133.322", "Pa", id="a millimetre of mercury"),
        pytest.param("bar", "100", "kPa", id="a bar is 100 kPa"),
        pytest.param("Hz", "60", "/min", id="a hertz is 60 a minute"),
        pytest.param("%", "0.01", "1", id="per cent"),
        pytest.param("[ppm]", "0.0001", "%", id="parts per million"),
        pytest.param("g%", "10", "g/L", id="gram per cent is 10 g/L"),
        pytest.param("10*3", "1000", "1", id="the power of ten with a star"),
        pytest.param("10^-2", "0.01", "1", id="the power of ten with a caret"),
        pytest.param("mol", "602213670000000000000000", "1", id="a mole by UCUM's figure"),
        pytest.param("[car_Au]", "1/24", "1", id="a carat of gold"),
        pytest.param("dB", "0.1", "B", id="a decibel is a tenth of a bel"),
    ],
)
def test_a_unit_is_exactly_the_figure_that_ucum_gives(code: str, number: str, same_as: str) -> None:
    one, other = parse_unit(code), parse_unit(same_as)
    assert one.dimension == other.dimension
    assert one.factor == Fraction(number) * other.factor


def test_half_a_turn_is_pi_by_the_65_digits_of_ucum() -> None:
    assert parse_unit("deg").factor * 180 == PI
    assert parse_unit("'").factor * 60 == parse_unit("deg").factor
    assert parse_unit("''").factor * 3600 == parse_unit("deg").factor
    assert parse_unit("deg").dimension == _dimension(rad=1)


@pytest.mark.parametrize(
    ("code", "degrees", "kelvin"),
    [
        pytest.param("Cel", "0", "273.15", id="water freezes"),
        pytest.param("Cel", "-273.15", "0", id="absolute zero in Celsius"),
        pytest.param("[degF]", "32", "273.15", id="water freezes in Fahrenheit"),
        pytest.param("[degF]", "212", "373.15", id="water boils in Fahrenheit"),
        pytest.param("[degF]", "-459.67", "0", id="absolute zero in Fahrenheit"),
        pytest.param("[degF]", "-40", "233.15", id="where the two scales cross"),
        pytest.param("mCel", "1000", "274.15", id="a thousand millidegrees"),
    ],
)
def test_temperatures_convert_exactly_both_ways(code: str, degrees: str, kelvin: str) -> None:
    unit = parse_unit(code)
    assert unit.to_base(Fraction(degrees)) == Fraction(kelvin)
    assert unit.from_base(Fraction(kelvin)) == Fraction(degrees)


@pytest.mark.parametrize(
    ("code", "dimension"),
    [
        pytest.param("kg.m2/s2", _dimension(kg=1, m=2, s=-2), id="product and quotient"),
        pytest.param("m/s/s", _dimension(m=1, s=-2), id="quotients bind from the left"),
        pytest.param("m/s.h", _dimension(m=1), id="a product after a quotient is above the line"),
        pytest.param("m/(s.h)", _dimension(m=1, s=-2), id="parentheses keep together"),
        pytest.param("/m.s", _dimension(m=-1, s=1), id="a leading solidus takes one component"),
        pytest.param("m-2", _dimension(m=-2), id="negative exponent"),
        pytest.param("m+2", _dimension(m=2), id="signed exponent"),
        pytest.param("((m))", _dimension(m=1), id="nested parentheses"),
        pytest.param("cd", _dimension(cd=1), id="cd is the candela, not a centi-day"),
        pytest.param("Pa", _dimension(kg=1, m=-1, s=-2), id="Pa is the pascal, not a peta-year"),
        pytest.param("dar", _dimension(m=2), id="a prefix of one letter where da is no prefix"),
        pytest.param("dag", _dimension(kg=1), id="a prefix of two letters"),
        pytest.param("min", _dimension(s=1), id="min is the minute, not a milli-inch"),
        pytest.param("60.s{driving}", _dimension(s=1), id="a number and an annotation"),
    ],
)
def test_a_term_has_the_dimension_of_its_components(code: str, dimension: tuple[int, ...]) -> None:
    assert parse_unit(code).dimension == dimension


def test_every_unit_and_every_everyday_word_of_the_tables_can_be_read() -> None:
    for code in (*METRIC_UNITS, *OTHER_UNITS, *EVERYDAY_WORDS.values()):
        assert known(code), code


def test_no_code_can_be_split_into_prefix_and_unit_in_two_ways() -> None:
    roots = {*METRIC_UNITS, *BASE_UNITS}
    spellings = [prefix + root for prefix in PREFIXES for root in roots]
    assert len(spellings) == len(set(spellings))
    assert not roots.union(OTHER_UNITS).intersection(spellings)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("{shots}", "{officers}", False, id="different things"),
        pytest.param("{shots}", "{shots}", True, id="the same thing"),
        pytest.param("1", "{shots}", True, id="unit 1 agrees with all"),
        pytest.param("{shots}/{shots}", "{officers}", True, id="annotations that cancel"),
        pytest.param("{shots}/{officers}", "{officers}/{shots}", False, id="the other way up"),
        pytest.param("{shots}/min", "{shots}/h", True, id="one rate in two units"),
        pytest.param("{shots}/min", "{rounds}/min", False, id="rates of different things"),
        pytest.param("/min", "{shots}/min", True, id="a rate of what is not said"),
        pytest.param("kg{wet}", "kg{dry}", False, id="annotated masses"),
        pytest.param("%", "{shots}", False, id="per cent is no count"),
        pytest.param("%", "1", True, id="per cent of one"),
        pytest.param("%{vol}", "%", True, id="annotated per cent"),
        pytest.param("m", "s", False, id="length and time"),
        pytest.param("deg", "1", False, id="an angle is not a number"),
        pytest.param("dB", "1", False, id="a level is not a ratio"),
        pytest.param("dB", "dB[SPL]", False, id="levels of different kinds"),
        pytest.param("Cel", "[degF]", True, id="temperatures"),
    ],
)
def test_units_go_on_one_scale_or_do_not(one: str, other: str, expected: bool) -> None:  # noqa: FBT001 - a column
    assert parse_unit(one).commensurable(parse_unit(other)) is expected
    assert parse_unit(other).commensurable(parse_unit(one)) is expected


@pytest.mark.parametrize("code", ["1", "{shots}", "{shots}/1", "({shots})"])
def test_things_are_counted_one_by_one(code: str) -> None:
    assert parse_unit(code).is_count


@pytest.mark.parametrize(
    "code", ["10*3", "%", "/{shots}", "{shots}/{officers}", "{a}.{b}", "{shots}/min", "m", "12"]
)
def test_thousands_ratios_and_rates_are_no_counts(code: str) -> None:
    assert not parse_unit(code).is_count


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        pytest.param("", "1 to 128", id="empty"),
        pytest.param("m" * (MAX_CODE + 1), "1 to 128", id="too long"),
        pytest.param("m s", "no blanks", id="blank"),
        pytest.param("µm", "ASCII", id="the Greek letter"),
        pytest.param("{struck officers}", "no blanks", id="blank in an annotation"),
        pytest.param("M", "'M' is not in", id="case matters"),
        pytest.param("k[ft_i]", "is not in", id="a prefix on a foot"),
        pytest.param("kmin", "is not in", id="a prefix on a minute"),
        pytest.param("kkg", "is not in", id="two prefixes"),
        pytest.param("ft", "'ft' is not in", id="the femtotonne"),
        pytest.param("pt", "'pt' is not in", id="the picotonne"),
        pytest.param("F", "'F' is not in", id="the farad, so that nobody's Fahrenheit is one"),
        pytest.param("m//s", "character 3", id="two solidi"),
        pytest.param("m/", "ends where", id="nothing after the solidus"),
        pytest.param("/", "ends where", id="a solidus alone"),
        pytest.param("(m", "ends where", id="an open parenthesis"),
        pytest.param("m)", "character 2", id="a closing parenthesis"),
        pytest.param("()", "character 2", id="empty parentheses"),
        pytest.param("{}", "character 1", id="an empty annotation"),
        pytest.param("{a{b}}", "character 1", id="nested annotations"),
        pytest.param("m{a}2", "character 5", id="an exponent after an annotation"),
        pytest.param("(m)2", "character 4", id="an exponent after parentheses"),
        pytest.param("0", "character 1", id="zero"),
        pytest.param("m/0", "character 3", id="division by zero"),
        pytest.param("-1", "character 1", id="a negative number"),
        pytest.param("m^2", "character 2", id="a caret"),
        pytest.param("m100", "exponent 100", id="an exponent of three digits"),
        pytest.param("Cel/h", "write K", id="a temperature in a quotient"),
        pytest.param("Cel2", "write K", id="a temperature with an exponent"),
        pytest.param("/[degF]", "write K", id="a temperature below the line"),
        pytest.param("m.Cel", "write K", id="a temperature in a product"),
        pytest.param("USD", "money", id="a currency by its code"),
        pytest.param("{dollars}", "money", id="a currency as an annotation"),
        pytest.param("$", "money", id="a currency by its sign"),
        pytest.param("{EUR}/h", "money", id="an hourly wage"),
    ],
)
def test_what_ucum_or_the_table_does_not_hold_is_refused_with_a_reason(code: str, complaint: str) -> None:
    with pytest.raises(InvalidError) as refused:
        parse_unit(code)
    assert complaint in refused.value.rule
    assert refused.value.field == ""
    assert not known(code)


def test_a_point_between_digits_is_a_product_not_a_decimal_point() -> None:
    assert parse_unit("1.5").factor == 5


def test_limits_hold_at_their_edges() -> None:
    assert parse_unit("m99").dimension == _dimension(m=99)
    assert parse_unit("m-99").dimension == _dimension(m=-99)
    assert known("{" + "x" * (MAX_CODE - 2) + "}")
    assert known("(" * 60 + "m" + ")" * 60)


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("ft", "[ft_i]"),
        ("feet", "[ft_i]"),
        ("Foot", "[ft_i]"),
        ("[ft]", "[ft_i]"),
        ("ft_i", "[ft_i]"),
        ("FT_I", "[ft_i]"),
        ("inches", "[in_i]"),
        ("mph", "[mi_i]/h"),
        ("feet per second", "[ft_i]/s"),
        ("ft/sec", "[ft_i]/s"),
        ("lb/ft3", "[lb_av]/[ft_i]3"),
        ("lbs", "[lb_av]"),
        ("°F", "[degF]"),
        ("F", "[degF]"),
        ("KM", "km"),
        ("µg/mL", "ug/mL"),
        ("kilogramms", "kg"),
        ("shots", "{shots}"),
        ("officers struck", "{officers_struck}"),
    ],
)
def test_near_codes_are_suggested_for_what_people_write(code: str, first: str) -> None:
    assert not known(code)
    assert suggest(code)[0] == first


@pytest.mark.parametrize("code", ["USD", "dollars", "", "???", "x" * 1000])
def test_nothing_is_suggested_for_money_and_noise(code: str) -> None:
    assert suggest(code) == ()


@settings(max_examples=150, deadline=None)
@given(strategies.terms(), strategies.terms())
def test_products_and_quotients_of_codes_are_products_and_quotients_of_units(one: str, other: str) -> None:
    left, right = parse_unit(one), parse_unit(other)
    assert parse_unit(f"{one}.({other})") == left.times(right)
    assert parse_unit(f"{one}/({other})") == left.times(right, -1)
    assert parse_unit(f"/({other})") == Unit().times(right, -1)
    assert left.times(right) == right.times(left)
    assert left.times(right).factor == left.factor * right.factor
    exponents = [mine - theirs for mine, theirs in zip(left.dimension, right.dimension, strict=True)]
    assert list(left.times(right, -1).dimension) == exponents


@settings(max_examples=100, deadline=None)
@given(strategies.terms(), strategies.decimals())
def test_to_base_units_and_back_is_the_number_itself(code: str, number: str) -> None:
    unit = parse_unit(code)
    assert unit.from_base(unit.to_base(Fraction(number))) == Fraction(number)
