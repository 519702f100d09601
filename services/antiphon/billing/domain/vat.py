"""Value added tax: one rounding of the tax, the other amount is the difference. Rates are dated data, never code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from antiphon.billing.domain.amounts import settled

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Taxed:
    net: Fraction
    vat: Fraction
    gross: Fraction


def included(gross: Fraction, percent: Fraction) -> Taxed:
    """The tax inside a gross price."""
    vat = settled(gross * percent / (100 + percent))
    return Taxed(gross - vat, vat, gross)


def on_top(net: Fraction, percent: Fraction) -> Taxed:
    """The tax on a net price."""
    vat = settled(net * percent / 100)
    return Taxed(net, vat, net + vat)


def in_force(table: Iterable[tuple[date, T]], day: date) -> T | None:
    """The value of the last row that begins on or before the day; of two that begin on one day the later written."""
    rows = sorted((row for row in table if row[0] <= day), key=lambda row: row[0])
    return rows[-1][1] if rows else None
