"""To what a payment goes first: the order of the rules of service, and the rest is an advance."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

ORDER = ("penalty", "previous_debt", "subscription_local", "gsm_slot", "long_distance", "other")
ADVANCE = "advance"


def allocate(payment: Fraction, due: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """What each class of debt gets; the parts add up to the payment."""
    parts = {}
    for name in ORDER:
        parts[name] = min(payment, max(Fraction(0), due.get(name, Fraction(0))))
        payment -= parts[name]
    return parts | {ADVANCE: payment}
