"""Units of measure: a reader for the case-sensitive codes of UCUM, exact in every figure.

It exists so that feet, metres and yards of different sources can be laid on one scale without a rounding
error that somebody would have to defend. Factors are rational numbers; pi is the decimal of 65 digits that
UCUM itself prints. It refuses to know which numbers are stated, how precisely they were printed, and money:
an exchange rate is a claim about a day and a market, not a unit.

Source: The Unified Code for Units of Measure, version 2.2 (2024-06-17): its grammar and, of its tables, the
units that records of police, courts, hospitals and protests use.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from fractions import Fraction
from functools import cache, lru_cache

from ledger.errors import InvalidError

__all__ = ["BASES", "MAX_CODE", "Unit", "known", "parse_unit", "suggest"]

BASES = ("m", "kg", "s", "K", "A", "cd", "rad", "B", "B[SPL]")
"""What the places of `Unit.dimension` count. The angle is a dimension, as in UCUM. Levels (bel) stand apart,
since the logarithm of a ratio is not a ratio: they compare with levels of their own kind only."""

MAX_CODE = 128
_MAX_POWER = 99
_PURE = (0,) * len(BASES)

PREFIXES = {
    prefix: Fraction(10) ** power
    for prefix, power in {
        "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
        "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
    }.items()
}  # fmt: skip


def _table(text: str) -> dict[str, str]:
    """`code = definition; …` as a mapping from code to definition."""
    rows = (row.partition("=") for row in text.replace("\n", " ").split(";") if row.strip())
    return {code.strip(): definition.strip() for code, _, definition in rows}


METRIC_UNITS = _table("""
    C = 1 A.s; sr = 1 rad2; Hz = 1 s-1; N = 1 kg.m/s2; Pa = 1 N/m2; J = 1 N.m; W = 1 J/s; V = 1 J/C;
    Ohm = 1 V/A; lm = 1 cd.sr; lx = 1 lm/m2; Bq = 1 s-1; Gy = 1 J/kg; Sv = 1 J/kg; mol = 6.0221367 10*23;
    g% = 1 g/dl; l = 1 dm3; L = 1 l; ar = 100 m2; t = 1e3 kg; [g] = 9.80665 m/s2; gf = 1 g.[g]; bar = 1e5 Pa;
    eV = 1.60217733e-19 J; cal_th = 4.184 J; cal = 1 cal_th; m[Hg] = 133.3220 kPa; m[H2O] = 9.80665 kPa
""")
OTHER_UNITS = _table("""
    [pi] = 3.1415926535897932384626433832795028841971693993751058209749445923 1; 10* = 10 1; 10^ = 10 1;
    % = 1 10*-2; [ppth] = 1 10*-3; [ppm] = 1 10*-6; [ppb] = 1 10*-9; [pptr] = 1 10*-12; [car_Au] = 1 /24;
    deg = 2 [pi].rad/360; ' = 1 deg/60; '' = 1 '/60; gon = 0.9 deg; circ = 2 [pi].rad;
    min = 60 s; h = 60 min; d = 24 h; wk = 7 d; a_j = 365.25 d; a_g = 365.2425 d; a = 1 a_j;
    mo_j = 1 a_j/12; mo_g = 1 a_g/12; mo = 1 mo_j;
    [in_i] = 2.54 cm; [ft_i] = 12 [in_i]; [yd_i] = 3 [ft_i]; [mi_i] = 5280 [ft_i]; [fth_i] = 6 [ft_i];
    [nmi_i] = 1852 m; [kn_i] = 1 [nmi_i]/h; [mil_i] = 1e-3 [in_i]; [hd_i] = 4 [in_i];
    [sin_i] = 1 [in_i]2; [sft_i] = 1 [ft_i]2; [syd_i] = 1 [yd_i]2; [cin_i] = 1 [in_i]3; [cft_i] = 1 [ft_i]3;
    [ft_us] = 1200 m/3937; [yd_us] = 3 [ft_us]; [in_us] = 1 [ft_us]/12; [rd_us] = 16.5 [ft_us];
    [ch_us] = 4 [rd_us]; [fur_us] = 40 [rd_us]; [mi_us] = 8 [fur_us]; [smi_us] = 1 [mi_us]2;
    [acr_us] = 160 [rd_us]2; [gal_us] = 231 [in_i]3; [bbl_us] = 42 [gal_us]; [qt_us] = 1 [gal_us]/4;
    [pt_us] = 1 [qt_us]/2; [gil_us] = 1 [pt_us]/4; [foz_us] = 1 [gil_us]/4; [tbs_us] = 1 [foz_us]/2;
    [tsp_us] = 1 [tbs_us]/3; [cup_us] = 16 [tbs_us]; [gal_br] = 4.54609 l; [qt_br] = 1 [gal_br]/4;
    [pt_br] = 1 [qt_br]/2; [gil_br] = 1 [pt_br]/4; [foz_br] = 1 [gil_br]/5;
    [gr] = 64.79891 mg; [lb_av] = 7000 [gr]; [oz_av] = 1 [lb_av]/16; [dr_av] = 1 [oz_av]/16;
    [stone_av] = 14 [lb_av]; [scwt_av] = 100 [lb_av]; [lcwt_av] = 112 [lb_av]; [ston_av] = 20 [scwt_av];
    [lton_av] = 20 [lcwt_av]; [pwt_tr] = 24 [gr]; [oz_tr] = 20 [pwt_tr]; [lb_tr] = 12 [oz_tr];
    [car_m] = 0.2 g; atm = 101325 Pa; [lbf_av] = 1 [lb_av].[g]; [psi] = 1 [lbf_av]/[in_i]2;
    [in_i'Hg] = 1 m[Hg].[in_i]/m; [Cal] = 1 kcal_th; [Btu_th] = 1.054350 kJ; [Btu] = 1 [Btu_th];
    [HP] = 550 [ft_i].[lbf_av]/s
""")
_RATIOS = frozenset({"%", "[ppth]", "[ppm]", "[ppb]", "[pptr]", "[car_Au]"})
EVERYDAY_WORDS = {
    word.strip(): code
    for code, words in _table("""
    m = meter, meters, metre, metres, mtr; cm = centimetre, centimeter;
    km = kilometer, kilometers, kilometre, kilometres, kms; [in_i] = in, inch, inches;
    [ft_i] = ft, foot, feet; [yd_i] = yd, yds, yard, yards;
    [mi_i] = mi, mile, miles; [nmi_i] = nmi, nautical mile, nautical miles;
    [sft_i] = sq ft, sqft, square feet; [cft_i] = cubic feet; [acr_us] = ac, acre, acres;
    har = ha, hectares; [mi_i]/h = mph; km/h = kmh, kph; [ft_i]/s = fps; [kn_i] = kn, kts, knot, knots;
    s = sec, secs, second, seconds; min = mins, minute, minutes; h = hr, hrs, hour, hours; d = day, days;
    wk = wks, week, weeks; mo = mos, mon, month, months; a = y, yr, yrs, year, years;
    g = gram, grams, gm; kg = kilo, kilos, kgs, kilogram, kilograms; ug = mcg, µg, μg; t = tonne, tonnes;
    [ston_av] = ton, tons, short ton, us ton; [lb_av] = lb, lbs, pound, pounds; [oz_av] = oz, ounce, ounces;
    [gr] = grain, grains; [stone_av] = stone, st; [car_m] = ct, carat, carats;
    l = liter, liters, litre, litres; mL = cc; [gal_us] = gal, gallon, gallons;
    [foz_us] = fl oz, fluid ounce, fluid ounces;
    [pt_us] = pt, pint, pints; [qt_us] = qt, quart, quarts; Cel = °c, ℃, celsius, centigrade, degc;
    [degF] = f, °f, ℉, fahrenheit, degf; K = °k, kelvin; deg = °, degree, degrees; rad = radian, radians;
    % = percent, pct; [ppm] = ppm; dB = db, decibel, decibels; [psi] = psi; mm[Hg] = mmhg;
    V = volt, volts; W = watt, watts; J = joule, joules; A = amp, amps, ampere, amperes; Hz = hertz;
    N = newton, newtons; [lbf_av] = lbf; [HP] = hp, horsepower
""").items()
    for word in words.split(",")
}
_MONEY = re.compile(
    r"[$€£¥₹₽]|(?<![a-z])(?:usd|eur|gbp|cad|aud|nzd|chf|jpy|cny|inr|mxn|brl|rub|zar|sek|nok|dkk|pln|ils|krw|"
    r"dollars?|cents?|euros?|yen|yuan|pesos?|rupees?|francs?|sterling|money)(?![a-z])",
    re.IGNORECASE,
)
_COMPONENT = re.compile(
    r"(?P<atom>10[*^]|(?:[A-Za-z%'_]|\[[A-Za-z0-9_']+\])+)(?P<power>[+-]?[0-9]+)?(?P<note>\{[!-z|~]+\})?"
    r"|(?P<number>[1-9][0-9]*)|(?P<alone>\{[!-z|~]+\})",
    re.ASCII,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What a code means: `number in base units = number in this unit * factor + offset`.

    `dimension` has one exponent for each of BASES; `factor` is positive; `offset` is 0 but for Cel, [degF].
    `of` holds the annotations with their exponents, sorted: what is counted. `ratio` marks per cent and kin.
    """

    dimension: tuple[int, ...] = _PURE
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    of: tuple[tuple[str, int], ...] = ()
    ratio: bool = False

    def to_base(self, number: Fraction) -> Fraction:
        """`number` of this unit in base units, exactly."""
        return number * self.factor + self.offset

    def from_base(self, number: Fraction) -> Fraction:
        """`number` of base units in this unit, exactly."""
        return (number - self.offset) / self.factor

    def times(self, other: Unit, power: int = 1) -> Unit:
        """The product with `other` to the `power`. Raises InvalidError where either has an offset."""
        if self.offset or other.offset:
            raise InvalidError("Cel and [degF] have a zero point of their own and stand alone; write K")
        of = dict(self.of)
        for note, exponent in other.of:
            of[note] = of.get(note, 0) + exponent * power
        pairs = zip(self.dimension, other.dimension, strict=True)
        return Unit(
            dimension=tuple(mine + power * theirs for mine, theirs in pairs),
            factor=self.factor * other.factor**power,
            of=tuple(sorted((note, exponent) for note, exponent in of.items() if exponent)),
            ratio=self.ratio or other.ratio,
        )

    def commensurable(self, other: Unit) -> bool:
        """Whether numbers of both can be laid on one scale.

        The dimension must be the same. Different annotations are different things, and a unit that has none
        agrees with all: 3 {shots} are not 3 {officers}, and may be 3 of unit 1. Per cent agrees with 1,
        but never with a count of something.
        """
        if self.dimension != other.dimension:
            return False
        if self.ratio != other.ratio:
            return not (other.of if self.ratio else self.of)
        return self.of == other.of or not self.of or not other.of

    @property
    def is_count(self) -> bool:
        """Whether whole numbers of it are counted one by one: unit 1, or one annotation alone."""
        plain = self.dimension == _PURE and self.factor == 1 and not self.ratio
        return plain and [exponent for _, exponent in self.of] in ([], [1])


_ONE = Unit()
BASE_UNITS = {base: Unit(dimension=tuple(int(base == other) for other in BASES)) for base in BASES}
BASE_UNITS["g"] = dataclasses.replace(BASE_UNITS.pop("kg"), factor=Fraction(1, 1000))
BASE_UNITS["Cel"] = dataclasses.replace(BASE_UNITS["K"], offset=Fraction("273.15"))
_FAHRENHEIT = dataclasses.replace(
    BASE_UNITS["K"], factor=Fraction(5, 9), offset=Fraction("459.67") * Fraction(5, 9)
)


@lru_cache(maxsize=4_096)
def parse_unit(code: str) -> Unit:
    """The meaning of a UCUM code such as `[ft_i]`, `km/h`, `{shots}` or `1`.

    A code has at most MAX_CODE characters and an exponent at most two digits, so none asks for endless work.
    Operators bind from left to right (UCUM §7): `m/s.h` is (m/s).h, and `/m.s` is (1/m).s.
    Raises InvalidError, without a field, for text outside the grammar, a unit outside the table, and money.
    """
    if _MONEY.search(code):
        raise InvalidError("money has no UCUM unit; state an amount of money in details, with its currency")
    if not 0 < len(code) <= MAX_CODE or not all("!" <= character <= "~" for character in code):
        raise InvalidError(f"a unit is a UCUM code: 1 to {MAX_CODE} printable ASCII characters, no blanks")
    unit, end = _product(code, 0)
    if end != len(code):
        raise _unreadable(code, end)
    return unit


def known(code: str) -> bool:
    """Whether `parse_unit` can read the code."""
    try:
        parse_unit(code)
    except InvalidError:
        return False
    return True


def suggest(code: str) -> tuple[str, ...]:
    """Up to three known codes that the writer of an unknown code may have meant, the likeliest first.

    Tried in turn: an everyday word (`ft`), words within a term (`feet per second`), near spellings, and for a
    plain word the annotation that counts it (`{shots}`). Nothing is suggested for money.
    """
    text = " ".join(code.casefold().split())
    if not text or len(code) > MAX_CODE or _MONEY.search(code):
        return ()
    word = EVERYDAY_WORDS.get(text.strip("[](){}."))
    pieces = re.split(r"(\s*[./]\s*|\sper\s)", code.strip())
    spellings = EVERYDAY_WORDS | {
        atom.casefold(): atom for atom in (*BASE_UNITS, *METRIC_UNITS, *OTHER_UNITS, "[degF]")
    }
    near = difflib.get_close_matches(text, spellings, n=3, cutoff=0.85)
    found = [word, "".join(map(_in_ucum, pieces)), spellings.get(f"[{text}]"), code.strip().lower()]
    found += [spellings[spelling] for spelling in near]
    if word is None and re.fullmatch(r"[a-z][a-z _-]{2,}", text):
        found.append("{" + re.sub(r"[ -]", "_", text) + "}")
    return tuple(dict.fromkeys(candidate for candidate in found if candidate and known(candidate)))[:3]


def _in_ucum(piece: str) -> str:
    """One piece of a term with its everyday word put in UCUM; operators and everything known stay."""
    bare = piece.strip()
    if bare in {"per", "/", "."}:
        return "." if bare == "." else "/"
    if known(bare):
        return bare
    word, power = re.fullmatch(r"(.*?)([+-]?[0-9]*)", bare, re.DOTALL).groups()  # type: ignore[union-attr]  # it matches any text
    return EVERYDAY_WORDS.get(word.casefold(), word) + power


def _product(code: str, at: int) -> tuple[Unit, int]:
    """The term that begins at `at`, and where it ends: at the end of the code, or at what is no operator."""
    unit, at = (_ONE, at) if at == 0 and code[0] == "/" else _component(code, at)
    while at < len(code) and code[at] in "./":
        factor, end = _component(code, at + 1)
        unit = unit.times(factor, 1 if code[at] == "." else -1)
        at = end
    return unit, at


def _component(code: str, at: int) -> tuple[Unit, int]:
    """The component that begins at `at`, and where it ends."""
    if code.startswith("(", at):
        unit, end = _product(code, at + 1)
        if not code.startswith(")", end):
            raise _unreadable(code, end)
        return unit, end + 1
    match = _COMPONENT.match(code, at)
    if match is None:
        raise _unreadable(code, at)
    if match["number"]:
        return Unit(factor=Fraction(int(match["number"]))), match.end()
    unit = _ONE
    if match["atom"]:
        unit = _atom(match["atom"])
        power = int(match["power"] or 1)
        if abs(power) > _MAX_POWER:
            raise InvalidError(f"the exponent {power} is out of bounds (-{_MAX_POWER} to {_MAX_POWER})")
        unit = _ONE.times(unit, power) if match["power"] else unit
    note = match["note"] or match["alone"]
    return dataclasses.replace(unit, of=((note[1:-1], 1),)) if note else unit, match.end()


@cache
def _atom(symbol: str) -> Unit:
    """The unit of one symbol, with or without a prefix; a whole symbol wins. Raises InvalidError."""
    if symbol in BASE_UNITS:
        return BASE_UNITS[symbol]
    if symbol == "[degF]":
        return _FAHRENHEIT
    definition = METRIC_UNITS.get(symbol) or OTHER_UNITS.get(symbol)
    if definition is not None:
        number, _, code = definition.partition(" ")
        unit = parse_unit(code)
        return dataclasses.replace(unit, factor=unit.factor * Fraction(number), ratio=symbol in _RATIOS)
    for prefix, factor in PREFIXES.items():
        root = symbol.removeprefix(prefix)
        if root == "t" and factor < 1:
            continue  # to UCUM `ft`, `pt`, `ct` are fractions of a tonne, which nobody means who writes them
        if root != symbol and (root in BASE_UNITS or root in METRIC_UNITS):
            unit = _atom(root)
            return dataclasses.replace(unit, factor=unit.factor * factor)
    raise InvalidError(f"{symbol!r} is not in this ledger's table of UCUM units; codes are case-sensitive")


def _unreadable(code: str, at: int) -> InvalidError:
    """The complaint about the character at `at`."""
    if at >= len(code):
        return InvalidError(f"the unit {code!r} ends where UCUM expects more")
    return InvalidError(f"character {at + 1} of the unit {code!r}, {code[at]!r}, has no place there in UCUM")
