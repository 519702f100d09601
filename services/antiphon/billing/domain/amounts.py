"""Exact amounts: rationals while something is computed, one rounding when it becomes a charge, decimal text outside.

    rounded(Fraction(1, 60), 4, Rounding.HALF_UP)      # 167, in units of 10**-4
    decimal_text(167, 4)                               # "0.0167"

No float comes in: a JSON number arrives as int or Decimal, and a float is refused.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from fractions import Fraction

_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
LONGEST = 200
"""Characters of an amount: more is an attack or a mistake."""
LARGEST_EXPONENT = 200


class Rounding(Enum):
    """How a fraction of the smallest unit is settled. An exact value never moves."""

    HALF_UP = "half_up"
    """Nearest; ties away from zero."""
    HALF_EVEN = "half_even"
    """Nearest; ties to the even unit."""
    UP = "up"
    """Away from zero."""
    DOWN = "down"
    """Towards zero."""


def exact(value: object) -> Fraction:
    """Reads "12.50", 12, Decimal("12.5"). Raises ValueError for anything that is not one exact finite number."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | Fraction):
        raise ValueError("not an exact number")
    if isinstance(value, str):
        value = value.strip()
        if len(value) > LONGEST or not _DECIMAL.fullmatch(value):
            raise ValueError("not a decimal number")
        value = Decimal(value)
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > LARGEST_EXPONENT):
        raise ValueError("not a finite number of reasonable size")
    return Fraction(value)


def rounded(value: Fraction, scale: int, mode: Rounding) -> int:
    """The amount in whole units of 10**-scale."""
    return rounded_ratio(value.numerator * 10**scale, value.denominator, mode)


def rounded_ratio(numerator: int, denominator: int, mode: Rounding) -> int:
    """numerator / denominator as a whole number; the denominator is positive."""
    whole, rest = divmod(abs(numerator), denominator)
    if rest and _moves(whole, rest, denominator, mode):
        whole += 1
    return -whole if numerator < 0 else whole


def _moves(whole: int, rest: int, denominator: int, mode: Rounding) -> bool:
    """Does the magnitude grow? `rest` is not zero."""
    if mode is Rounding.HALF_UP:
        return 2 * rest >= denominator
    if mode is Rounding.HALF_EVEN:
        return 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1)
    return mode is Rounding.UP


def decimal_text(units: int, scale: int) -> str:
    """units * 10**-scale with exactly `scale` decimals."""
    sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"


def fixed(value: Fraction, scale: int = 2, mode: Rounding = Rounding.HALF_UP) -> str:
    """Rounded once and written with `scale` decimals."""
    return decimal_text(rounded(value, scale, mode), scale)


def settled(value: Fraction, scale: int = 2, mode: Rounding = Rounding.HALF_UP) -> Fraction:
    """Rounded once, still an exact number to compute with."""
    return Fraction(rounded(value, scale, mode), 10**scale)


def ceil_ratio(numerator: int, denominator: int) -> int:
    """The smallest whole number that is not below numerator / denominator."""
    return -(-numerator // denominator)
