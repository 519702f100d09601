"""Exact money: an integer count of micro-units of one currency. Never a float.

Kit only carries and prints amounts; arithmetic on tariffs is billing's alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

MICROS = 1_000_000
_CURRENCY = re.compile(r"^[A-Z]{3}$")


class CurrencyMismatch(ValueError):
    """Two currencies met in one sum."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount: `Money("UAH", 1_200_000)` is 1.20 ₴."""

    currency: str
    micros: int

    def __post_init__(self) -> None:
        if not _CURRENCY.match(self.currency):
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    @classmethod
    def parse(cls, text: str) -> Money:
        """Reads "1.20 UAH". At most six decimals; more raise ValueError, nothing is rounded."""
        amount, _, currency = text.strip().partition(" ")
        scaled = Decimal(amount) * MICROS
        if scaled != scaled.to_integral_value():
            raise ValueError(f"more than six decimals: {text!r}")
        return cls(currency, int(scaled))

    def __add__(self, other: Money) -> Money:
        return Money(self.currency, self.micros + self._same(other).micros)

    def __sub__(self, other: Money) -> Money:
        return Money(self.currency, self.micros - self._same(other).micros)

    def __neg__(self) -> Money:
        return Money(self.currency, -self.micros)

    def __lt__(self, other: Money) -> bool:
        return self.micros < self._same(other).micros

    def __le__(self, other: Money) -> bool:
        return self.micros <= self._same(other).micros

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add up")
        return other

    def __str__(self) -> str:
        sign, micros = ("-", -self.micros) if self.micros < 0 else ("", self.micros)
        units, rest = divmod(micros, MICROS)
        decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
        return f"{sign}{units}.{decimals} {self.currency}"
