"""Giving back an advance: what is neither held nor yet to be billed, within thirty days of the request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

WITHIN_DAYS = 30


@dataclass(frozen=True, slots=True)
class Refund:
    amount: Fraction
    due: date


def refund(
    balance: Fraction, holds: Fraction, unbilled: Fraction, requested_on: date, days: int = WITHIN_DAYS
) -> Refund | None:
    """None while calls hold money: what they will cost is not known yet."""
    if holds > 0:
        return None
    return Refund(max(Fraction(0), balance - unbilled), requested_on + timedelta(days=days))
