"""Outages and planned works: what may be planned, and what a month of them is worth.

Only the operator's own fault is credited, and only what was documented. Started hours: each outage's hours are rounded
up, 1/720 of the monthly fee each, at most the fee. Pro rata: the fee's share of the time that was lost.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from antiphon.billing.domain.amounts import settled
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.outages import FREE_MAINTENANCE_S, HOUR, OPERATOR, Outage, credit

FAULTS = (OPERATOR, "subscriber", "other_operator", "third_party", "power", "access_link", "force_majeure")
POLICIES = ("started_hours", "pro_rata")
NOTICE_S = 7 * 86_400
SEVERITIES = ("critical", "major", "minor")
USUAL = "major"


@dataclass(frozen=True, slots=True)
class Incident:
    """Instants in nanoseconds; `ended` None: it goes on."""

    started: int
    ended: int | None
    fault: str
    planned: bool
    policy: str = POLICIES[0]
    severity: str = USUAL
    due: int | None = None
    """When its repair is due; None for planned works."""

    @property
    def seconds(self) -> int:
        return 0 if self.ended is None else -((self.started - self.ended) // SECOND)


def told_in_time(told: int, starts: int) -> bool:
    """Planned works are told a week before."""
    return starts - told >= NOTICE_S * SECOND


def planned_seconds(incidents: Sequence[Incident]) -> int:
    """What was planned for a month."""
    return sum(one.seconds for one in incidents if one.planned)


def fits_the_month(incidents: Sequence[Incident]) -> bool:
    return planned_seconds(incidents) <= FREE_MAINTENANCE_S


def outside_works(outages: Sequence[Incident], everything: Sequence[Incident]) -> list[Incident]:
    """What was lost outside announced windows: the minutes of an outage within one earn nothing. What is left of an
    outage stays one outage."""
    windows = sorted((one.started, one.ended) for one in everything if one.planned and one.ended is not None)
    return [one if one.planned or one.ended is None else _without(one, windows) for one in outages]


def _without(outage: Incident, windows: Sequence[tuple[int, int]]) -> Incident:
    assert outage.ended is not None
    covered, reached = 0, outage.started
    for first, last in windows:
        until = min(last, outage.ended)
        covered += max(0, until - max(first, reached))
        reached = max(reached, until)
    return replace(outage, ended=outage.ended - covered)


def worth(monthly: Fraction, incidents: Sequence[Incident], month: date) -> tuple[int, Fraction]:
    """(started hours, credit) of a month; each outage by the policy in force when it was opened."""
    ended = [one for one in incidents if one.ended is not None and not one.planned]
    by_hours = [Outage(one.seconds, one.fault) for one in ended if one.policy == POLICIES[0]]
    hours, sum_of_hours = credit(monthly, by_hours)
    lost = sum(one.seconds for one in ended if one.policy == POLICIES[1] and one.fault == OPERATOR)
    days = monthrange(month.year, month.month)[1]
    share = settled(monthly * lost / (days * 24 * HOUR))
    return hours, min(monthly, sum_of_hours + share)
