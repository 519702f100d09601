"""Small percentages with one rounding each: surcharge on calls on credit, late penalty, discount."""

from __future__ import annotations

from fractions import Fraction

from antiphon.billing.domain.amounts import Rounding, settled


def credit_surcharge(on_credit: Fraction, advance: Fraction, percent: Fraction) -> tuple[Fraction, Fraction]:
    """(base, surcharge) on the long-distance calls of a period that no advance covers."""
    base = max(Fraction(0), on_credit - advance)
    return base, settled(base * percent / 100)


def late_penalty(debt: Fraction, days: int, annual_percent: Fraction, year_days: int = 365) -> Fraction:
    """Interest of a number of days."""
    return settled(debt * days * annual_percent / 100 / year_days)


def discount(gross: Fraction, percent: Fraction, scale: int = 4, mode: Rounding = Rounding.HALF_UP) -> Fraction:
    """The discount, which is a line of its own; net is gross less this."""
    return settled(gross * percent / 100, scale, mode)
