"""Strategies for units, quantities and places: what the properties of these three are asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from hypothesis import strategies as st
from msgspec import structs

from ledger.place import Place, Precision
from ledger.quantity import Quantity
from ledger.values import Absence

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

SCALES = (
    ("m", "cm", "km", "[in_i]", "[ft_i]", "[yd_i]", "[mi_i]", "[ft_us]"),
    ("g", "kg", "[lb_av]", "[oz_av]", "[gr]", "t"),
    ("s", "min", "h", "d", "wk", "mo", "a"),
    ("K", "Cel", "[degF]"),
    ("km/h", "[mi_i]/h", "m/s", "[kn_i]", "[ft_i]/s"),
    ("deg", "rad", "'"),
    ("1", "{shots}", "10*3", "%"),
    ("{shots}/min", "/s", "Hz"),
)
"""Units that convert to one another, a row for each scale."""

ATOMS = ("m", "km", "g", "[lb_av]", "s", "h", "[ft_i]", "A", "cd", "rad", "N", "kPa", "10*", "%", "mol", "L")


def decimals() -> SearchStrategy[str]:
    """Decimal strings of up to nine digits, printed with up to three decimals."""

    def printed(number: int, places: int) -> str:
        digits = f"{abs(number):0{places + 1}d}"
        sign = "-" if number < 0 else ""
        return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)

    small = st.builds(printed, st.integers(-40, 40), st.integers(0, 1))
    return small | st.builds(printed, st.integers(-(10**8), 10**8), st.integers(0, 3))


def scales() -> SearchStrategy[tuple[str, ...]]:
    """A row of units that convert to one another."""
    return st.sampled_from(SCALES)


@st.composite
def numbered(draw: st.DrawFn, units: SearchStrategy[str]) -> Quantity:
    """Quantities that state a value or a range of one or two ends."""
    unit = draw(units)
    approximate = draw(st.booleans())
    if draw(st.booleans()):
        return Quantity(id="q", unit=unit, value=draw(decimals()), approximate=approximate)
    low, high = sorted((draw(decimals()), draw(decimals())), key=float)
    ends = draw(st.sampled_from(((low, high), (low, None), (None, high))))
    return Quantity(id="q", unit=unit, min=ends[0], max=ends[1], approximate=approximate)


def quantities() -> SearchStrategy[Quantity]:
    """Quantities of every sort: with numbers, vague, absent, in units that nobody knows."""
    known = st.sampled_from([unit for row in SCALES for unit in row] + ["{officers}", "dB"])
    unknown = st.sampled_from(["ft", "blocks", "US$"])
    vague = st.builds(
        Quantity, id=st.just("q"), as_stated=st.just("several"), unit=st.none() | known | unknown
    )
    absent = st.builds(Quantity, id=st.just("q"), absent=st.sampled_from(get_args(Absence)))
    return numbered(known) | numbered(unknown) | vague | absent


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Quantity, Quantity]:
    """Two quantities, mostly of one scale and often near each other, so that every outcome turns up."""
    if draw(st.integers(0, 3)) == 0:
        return draw(quantities()), draw(quantities())
    units = st.sampled_from(draw(scales()))
    return draw(numbered(units)), draw(numbered(units))


def terms() -> SearchStrategy[str]:
    """UCUM codes: products and quotients of atoms with exponents, annotations, numbers and parentheses."""
    powers = st.sampled_from(("", "", "2", "-1", "+3"))
    notes = st.sampled_from(("", "", "{shots}", "{wet}"))
    simple = st.builds("{}{}{}".format, st.sampled_from(ATOMS), powers, notes)
    leaf = simple | st.sampled_from(("{shots}", "{officers}")) | st.integers(1, 60).map(str)

    def wider(inner: SearchStrategy[str]) -> SearchStrategy[str]:
        return st.builds("{}{}{}".format, inner, st.sampled_from((".", "/")), leaf | inner.map("({})".format))

    return st.recursive(leaf, wider, max_leaves=4)


def points() -> SearchStrategy[Place]:
    """Points near each other in one town, and those where a reckoning in degrees goes wrong."""

    def printed(low: int, high: int) -> SearchStrategy[str]:
        return st.integers(low, high).map(lambda thousandths: f"{thousandths / 1000:.3f}")

    return st.builds(
        Place,
        id=st.just("p"),
        lon=printed(-92_400, -92_300) | st.sampled_from(("180", "-180", "0", "179.9999999")),
        lat=printed(34_700, 34_800) | st.sampled_from(("90", "-90", "0")),
        uncertainty_m=st.none() | st.integers(0, 20_040_000) | st.integers(0, 5_000),
        precision=st.none() | st.sampled_from(get_args(Precision)),
    )


def places() -> SearchStrategy[Place]:
    """Places of every sort: words, points with and without words, absences."""
    words = st.sampled_from(("a few blocks away", "downtown"))
    stated = st.builds(Place, id=st.just("p"), as_stated=words)
    absent = st.builds(Place, id=st.just("p"), absent=st.sampled_from(get_args(Absence)))
    worded = st.builds(lambda point, text: structs.replace(point, as_stated=text), points(), words)
    return points() | worded | stated | absent
