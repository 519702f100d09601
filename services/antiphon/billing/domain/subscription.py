"""The monthly fee, day by day, so that no kopeck of a month is lost.

Day k of a month of n days is round(M*k/n) - round(M*(k-1)/n): the days of a whole month add up to M exactly.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from antiphon.billing.domain.amounts import settled


def fee_of(monthly: Fraction, day: date, scale: int = 2) -> Fraction:
    """The fee of one calendar day."""
    days = monthrange(day.year, day.month)[1]
    return settled(monthly * day.day / days, scale) - settled(monthly * (day.day - 1) / days, scale)


def days_from(first: date, last: date) -> Iterator[date]:
    """Every day, both ends included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
