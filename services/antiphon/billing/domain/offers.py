"""A package of seconds as a tariff or a product offers it; what an account has of it, `packages.py` knows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Offer:
    """So many seconds of calls to these prefixes, anew each month or once."""

    id: str
    name: str
    seconds: int
    prefixes: tuple[str, ...] = ()
    """Empty: every direction."""
    draw_inc: int = 1
    """Seconds are drawn in whole steps of so many."""
    weight: int = 0
    """The heaviest is drawn first."""
    connect_fee: Fraction = Fraction(0)
    """Asked instead of the rate's when the package takes part."""
