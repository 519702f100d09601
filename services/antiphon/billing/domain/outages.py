"""Credit for outages: a part of the monthly fee for each started hour that was the operator's fault.

Announced maintenance is free for four hours a month; what goes beyond counts like an outage. The credit never exceeds
the fee, nor, where the stricter reading was agreed, the fee's share of the time that was really lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from antiphon.billing.domain.amounts import ceil_ratio, settled

HOUR = 3600
FREE_MAINTENANCE_S = 4 * HOUR
HOURS_OF_A_MONTH = 720
OPERATOR = "operator"


class Cap(Enum):
    """How much the credit may be at most."""

    MONTH = "month"
    PRORATA = "clause_20_2_prorata"


@dataclass(frozen=True, slots=True)
class Outage:
    seconds: int
    fault: str


def credit(
    monthly: Fraction, outages: Iterable[Outage], planned_s: int = 0, cap: Cap = Cap.MONTH, days: int = 30
) -> tuple[int, Fraction]:
    """(started hours, credit)."""
    lost = [outage.seconds for outage in outages if outage.fault == OPERATOR]
    lost.append(max(0, planned_s - FREE_MAINTENANCE_S))
    hours = sum(ceil_ratio(seconds, HOUR) for seconds in lost)
    most = monthly if cap is Cap.MONTH else min(monthly, monthly * sum(lost) / (days * 24 * HOUR))
    return hours, settled(min(monthly * hours / HOURS_OF_A_MONTH, most))
