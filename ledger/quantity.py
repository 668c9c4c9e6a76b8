"""Quantities: what a source stated of how far, how long or how many, and how two such statements compare.

A quantity is kept as it was printed: decimal strings, never floats, nothing normalised. Comparing is
arithmetic upon rational numbers, made anew whenever it is asked for. It refuses to know which fact or source
a quantity belongs to, and what follows from an outcome: whether two values are in dispute is decided by the
views (model §4).
"""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

from ledger.errors import InvalidError
from ledger.ids import check_id
from ledger.units import MAX_CODE, known, parse_unit, suggest
from ledger.values import Absence, CheckedValue, check_text

__all__ = [
    "MAX_DIGITS",
    "Outcome",
    "Quantity",
    "check_decimal",
    "check_quantity",
    "compare",
    "render",
    "within",
]

Outcome: TypeAlias = Literal["equal", "contains", "overlaps", "vague-compatible", "disjoint", "incomparable"]
"""How two quantities stand to each other (model §3). Only `disjoint` is a conflict."""

MAX_DIGITS = 30
_AS_STATED_LIMIT = 4_096
_WIDENING = Fraction(1, 5)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)


class Quantity(CheckedValue, frozen=True, kw_only=True):
    """A number with a unit, a range, a vague word, or the absence of one, as stated.

    `value`, or `min` and `max` (one alone leaves the other end open: "at least 3"), are decimal strings of
    `unit`, a UCUM code. `as_stated` is verbatim, and enough by itself where only a vague word is given
    ("several feet").
    """

    id: str
    as_stated: str | None = None
    unit: str | None = None
    value: str | None = None
    min: str | None = None
    max: str | None = None
    approximate: bool = False
    absent: Absence | None = None

    def check(self) -> None:
        """Refuse a malformed shape; whether the unit is known is asked of commands only (check_quantity)."""
        check_id(self.id, field="/id")
        if self.as_stated is not None:
            check_text(self.as_stated, field="/as_stated", limit=_AS_STATED_LIMIT)
        if self.unit is not None:
            check_text(self.unit, field="/unit", limit=MAX_CODE)
        if self.value is not None:
            check_decimal(self.value, field="/value")
        if self.min is not None:
            check_decimal(self.min, field="/min")
        if self.max is not None:
            check_decimal(self.max, field="/max")
        self._check_numbers()

    def _check_numbers(self) -> None:
        """Refuse numbers that contradict each other, have no unit, or are missing without a word for it."""
        if not self.has_number:
            if self.absent is None and self.as_stated is None:
                raise InvalidError("give a value, a min or a max; or a vague word in as_stated; or absent")
            if self.absent is not None and self.approximate:
                raise InvalidError("what is absent is not approximate", field="/approximate")
            return
        if self.absent is not None:
            raise InvalidError("what is absent has no number; leave out one of the two", field="/absent")
        if self.value is not None and (self.min is not None or self.max is not None):
            raise InvalidError("give either a value or a range of min and max, not both", field="/value")
        if self.unit is None:
            rule = "a number needs a unit: a UCUM code such as [ft_i], or {shots} where things are counted"
            raise InvalidError(rule, field="/unit")
        if self.min is not None and self.max is not None and Decimal(self.min) > Decimal(self.max):
            raise InvalidError("min must not be greater than max", field="/min")

    @property
    def has_number(self) -> bool:
        """Whether a value or at least one end of a range is stated."""
        return self.value is not None or self.min is not None or self.max is not None


def check_decimal(text: str, *, field: str) -> str:
    """`text`, if it is a plain decimal number of at most MAX_DIGITS digits, such as 15, -0.5 or 4.50.

    No exponent, no plus sign, no leading zeros, no grouping: how it is printed tells how precise it is meant.
    Raises InvalidError naming `field`.
    """
    if _DECIMAL.fullmatch(text) is None:
        raise InvalidError("a number is a decimal string such as 15, 4.50 or -0.5", field=field)
    digits = len(text.lstrip("-").replace(".", ""))
    if digits > MAX_DIGITS:
        raise InvalidError(f"the number has {digits} digits; at most {MAX_DIGITS} are allowed", field=field)
    return text


def check_quantity(q: Quantity, *, field: str) -> None:
    """Refuse what a command may not say, though a stored event may.

    That is a unit outside the UCUM table, and the absence `undisclosed`.
    Raises InvalidError with a pointer below `field` and with the codes that may have been meant.
    """
    if q.absent == "undisclosed":
        rule = "undisclosed is put by the reader where words were removed; a command says withheld"
        raise InvalidError(rule, field=f"{field}/absent")
    if q.unit is None:
        return
    try:
        parse_unit(q.unit)
    except InvalidError as error:
        hints = " or ".join(suggest(q.unit))
        rule = f"{error.rule}; did you mean {hints}?" if hints else error.rule
        raise InvalidError(rule, field=f"{field}/unit") from error


def compare(a: Quantity, b: Quantity) -> Outcome:
    """How two quantities stand to each other; the order of the two does not matter.

    A printed number stands for itself and half its last digit to either side, ends included, taken in its own
    unit and then converted exactly. Two whole counts are the exception: nobody rounds 3 shots, so 3 and 4 are
    disjoint. `approximate` widens by a fifth of the magnitude, and is asked only where the printed numbers do
    not meet.
    """
    if not _comparable(a, b):
        return "incomparable"
    if not (a.has_number and b.has_number):
        return "vague-compatible"
    rounded = not (_counted(a) and _counted(b))
    printed_a, printed_b = _span(a, rounded=rounded), _span(b, rounded=rounded)
    if _span(a) == _span(b) or printed_a == printed_b:
        return "equal"
    if printed_a.lies_in(printed_b) or printed_b.lies_in(printed_a):
        return "contains"
    if printed_a.meets(printed_b):
        return "overlaps"
    wide_a = _span(a, rounded=rounded, widened=a.approximate)
    wide_b = _span(b, rounded=rounded, widened=b.approximate)
    return "vague-compatible" if wide_a.meets(wide_b) else "disjoint"


def within(a: Quantity, b: Quantity) -> bool:
    """Whether all that `a` may stand for lies in what `b` may stand for; never where one has no number."""
    if not _comparable(a, b) or not (a.has_number and b.has_number):
        return False
    rounded = not (_counted(a) and _counted(b))
    return _span(a, rounded=rounded).lies_in(_span(b, rounded=rounded))


def render(q: Quantity, unit: str, digits: int) -> Quantity:
    """`q` in another unit, rounded half to even to `digits` decimals (0 to MAX_DIGITS - 1), for display.

    A rendering is the ledger's own arithmetic, not evidence, so `as_stated` is left out; it is never disjoint
    from what it renders. Raises InvalidError where there is no number, where the units do not convert, and
    where more than MAX_DIGITS digits would result.
    """
    if not q.has_number or q.unit is None:
        raise InvalidError("there is no number to convert", field="/value")
    if not 0 <= digits < MAX_DIGITS:
        raise InvalidError(f"a rendering has 0 to {MAX_DIGITS - 1} decimals")
    source, target = parse_unit(q.unit), parse_unit(unit)
    if not source.commensurable(target):
        raise InvalidError(f"{q.unit} does not convert to {unit}", field="/unit")

    def converted(number: str | None) -> str | None:
        if number is None:
            return None
        return _round_half_even(target.from_base(source.to_base(Fraction(number))), digits)

    return Quantity(
        id=q.id,
        unit=unit,
        value=converted(q.value),
        min=converted(q.min),
        max=converted(q.max),
        approximate=q.approximate,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Span:
    """A closed stretch of base units; None is an open end."""

    low: Fraction | None
    high: Fraction | None

    def lies_in(self, other: _Span) -> bool:
        """Whether no part of it is outside `other`."""
        below = other.low is not None and (self.low is None or self.low < other.low)
        above = other.high is not None and (self.high is None or self.high > other.high)
        return not below and not above

    def meets(self, other: _Span) -> bool:
        """Whether they share a point; a touch is enough."""
        left = self.high is not None and other.low is not None and self.high < other.low
        right = other.high is not None and self.low is not None and other.high < self.low
        return not left and not right


def _span(q: Quantity, *, rounded: bool = False, widened: bool = False) -> _Span:
    """What the numbers of `q` cover, in base units.

    `rounded` adds half of the last printed digit, `widened` a fifth of the magnitude, each in the unit as
    stated.
    """
    return _covered(q.unit or "1", q.value or q.min, q.value or q.max, rounded, widened)


@lru_cache(maxsize=4_096)
def _covered(code: str, low: str | None, high: str | None, rounded: bool, widened: bool) -> _Span:  # noqa: FBT001  the key of a cache
    """What two numbers in a unit cover. Remembered: the passages of a fact state the same few numbers again and again."""
    unit = parse_unit(code)

    def end(number: str | None, side: int) -> Fraction | None:
        if number is None:
            return None
        stated = Fraction(number)
        slack = Fraction(1, 2 * 10 ** len(number.partition(".")[2])) if rounded else Fraction(0)
        if widened:
            slack += abs(stated) * _WIDENING
        return unit.to_base(stated + side * slack)

    return _Span(end(low, -1), end(high, 1))


def _comparable(a: Quantity, b: Quantity) -> bool:
    """Whether both say something, in units that convert; a vague word without a unit converts to anything."""
    if a.absent is not None or b.absent is not None:
        return False
    units = [unit for unit in (a.unit, b.unit) if unit is not None]
    if not all(map(known, units)):
        return False
    parsed = [parse_unit(unit) for unit in units]
    return all(unit.commensurable(parsed[0]) for unit in parsed)


def _counted(q: Quantity) -> bool:
    """Whether `q` states whole things counted one by one, which nobody rounds unless he says about."""
    whole = all("." not in number for number in (q.value, q.min, q.max) if number is not None)
    return whole and not q.approximate and q.unit is not None and parse_unit(q.unit).is_count


def _round_half_even(number: Fraction, digits: int) -> str:
    """`number` as a decimal string of `digits` decimals, never a negative zero. Raises InvalidError."""
    scaled = round(number * 10**digits)
    if abs(scaled) >= 10**MAX_DIGITS:
        raise InvalidError(f"more than {MAX_DIGITS} digits result; choose a larger unit or fewer decimals")
    whole, part = divmod(abs(scaled), 10**digits)
    return f"{'-' if scaled < 0 else ''}{whole}" + (f".{part:0{digits}d}" if digits else "")
