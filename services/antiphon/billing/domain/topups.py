"""Topping up by card: whole amounts, up to a limit, from the countries of a list."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from fractions import Fraction


class Declined(Enum):
    """In the order in which they are looked for."""

    AMOUNT = "amount"
    FRACTION = "fraction"
    LIMIT = "limit"
    COUNTRY = "country"


def declined(
    amount: Fraction, country: str, limit: Fraction | None, allowed: Collection[str] | None
) -> Declined | None:
    """Why a payment is not taken, or None. A limit or list that is None is not set."""
    if amount <= 0:
        return Declined.AMOUNT
    if amount.denominator != 1:
        return Declined.FRACTION
    if limit is not None and amount > limit:
        return Declined.LIMIT
    if allowed is not None and country not in allowed:
        return Declined.COUNTRY
    return None
