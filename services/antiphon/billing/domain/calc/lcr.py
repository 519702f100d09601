"""What-if routing of worked cases: least cost or best quality, never below the floor, never at a loss. (A call on its
way is given to a carrier by `choosing.py`.)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction


class Strategy(Enum):
    LEAST_COST = "lcr"
    """By (cost, quality, id)."""
    BEST_QUALITY = "bqr"
    """By (quality, cost, id)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a route asks for this call. `asr`: answered calls in a hundred attempts."""

    id: str
    asr: Fraction
    cost: Fraction


@dataclass(frozen=True, slots=True)
class Limits:
    """None: not set."""

    min_asr: Fraction | None = None
    sell: Fraction | None = None
    """What the customer pays: a dearer route would lose money."""
    max_cost: Fraction | None = None


def order(strategy: Strategy, offers: Iterable[Offer], limits: Limits) -> list[Offer]:
    """The routes to try, best first."""
    usable = [offer for offer in offers if _usable(offer, limits)]
    if strategy is Strategy.LEAST_COST:
        return sorted(usable, key=lambda offer: (offer.cost, -offer.asr, offer.id))
    return sorted(usable, key=lambda offer: (-offer.asr, offer.cost, offer.id))


def _usable(offer: Offer, limits: Limits) -> bool:
    if limits.min_asr is not None and offer.asr < limits.min_asr:
        return False
    return all(most is None or offer.cost <= most for most in (limits.sell, limits.max_cost))
