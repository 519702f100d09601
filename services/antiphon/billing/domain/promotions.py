"""What the end of a month adds to an account: discounts and bonuses, the surcharge on calls on credit, late interest.

Each is one posting with its reason, rounded once to hundredths, from what the ledger says of the month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from antiphon.billing.domain.amounts import settled
from antiphon.billing.domain.surcharges import credit_surcharge
from antiphon.billing.domain.vat import in_force

YEAR = 365


@dataclass(frozen=True, slots=True)
class Day:
    """What a local day charged and what was paid on it, in whole units of money."""

    day: date
    charged: Fraction = Fraction(0)
    long_distance: Fraction = Fraction(0)
    paid: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Promotion:
    """A part of what was charged ("discount") or paid ("bonus") on its days, from a sum a month on."""

    id: str
    name: str
    kind: str
    percent: Fraction
    least: Fraction
    first: date
    last: date | None = None

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def given(promotion: Promotion, days: Iterable[Day]) -> Fraction:
    """What a promotion gives for a month; 0 outside its days and below its sum."""
    counted = [one for one in days if promotion.covers(one.day)]
    volume = sum((one.paid if promotion.kind == "bonus" else one.charged for one in counted), Fraction(0))
    return settled(volume * promotion.percent / 100) if volume and volume >= promotion.least else Fraction(0)


def surcharge(opening: Fraction, days: Sequence[Day], percent: Fraction) -> Fraction:
    """On the long-distance calls of a month that neither what was there nor what was paid covers."""
    calls = sum((one.long_distance for one in days), Fraction(0))
    advance = max(Fraction(0), opening) + sum((one.paid for one in days), Fraction(0))
    return credit_surcharge(calls, advance, percent)[1]


def interest(opening: Fraction, days: Iterable[Day], rates: Sequence[tuple[date, Fraction]]) -> Fraction:
    """For each day that a debt of earlier months was still there at its end; payments go to it first."""
    debt, total = max(Fraction(0), -opening), Fraction(0)
    for one in sorted(days, key=lambda each: each.day):
        debt = max(Fraction(0), debt - one.paid)
        total += debt * (in_force(rates, one.day) or Fraction(0)) / 100 / YEAR
    return settled(total)


def month_of_days(first: date, last: date, sums: Mapping[date, Day]) -> list[Day]:
    """Every day, those without money, too."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [sums.get(day, Day(day)) for day in days]
