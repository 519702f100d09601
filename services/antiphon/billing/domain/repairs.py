"""Repairs: when an outage is due to be over, whether it took too long, and what a month of them looks like.

How long a repair may take is data (`profiles.json`), by severity, counted from the beginning of the outage. Planned
works are due at no time. An outage that ends in the very instant it is due is in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from antiphon.billing.domain.due import after_hours
from antiphon.billing.domain.incidents import SEVERITIES, Incident
from antiphon.billing.domain.outages import HOUR, OPERATOR


@dataclass(frozen=True, slots=True)
class Repairs:
    """Outages of one severity. Seconds; zero where none is over."""

    severity: str
    target: int
    outages: int
    in_time: int
    overrun: int
    open: int
    mean: int
    longest: int


def due(incident: Incident, targets: Mapping[str, int]) -> int | None:
    """The instant, in nanoseconds; None for planned works."""
    return None if incident.planned else after_hours(incident.started, Fraction(targets[incident.severity]))


def is_overrun(incident: Incident, now: int) -> bool:
    """It lasted longer than it should have, or does so now."""
    return incident.due is not None and _end(incident, now) > incident.due


def of_month(incidents: Iterable[Incident], targets: Mapping[str, int], now: int) -> list[Repairs]:
    """By severity, the most severe first; the incidents are those of the month."""
    found = [one for one in incidents if not one.planned]
    return [
        _of((severity, targets[severity] * HOUR), [one for one in found if one.severity == severity], now)
        for severity in SEVERITIES
    ]


def lost(incidents: Iterable[Incident], between: tuple[int, int]) -> int:
    """Nanoseconds of [first, last) without service by the operator's fault; what overlaps counts once."""
    first, last = between
    spans = sorted((one.started, _end(one, last)) for one in incidents if not one.planned and one.fault == OPERATOR)
    total, reached = 0, first
    for started, ended in spans:
        total += max(0, ended - max(started, reached))
        reached = max(reached, ended)
    return total


def _of(named: tuple[str, int], outages: Sequence[Incident], now: int) -> Repairs:
    severity, target = named
    over = [one for one in outages if one.ended is not None and one.ended <= now]
    took = [one.seconds for one in over]
    return Repairs(
        severity, target,
        outages=len(outages),
        in_time=sum(not is_overrun(one, now) for one in over),
        overrun=sum(is_overrun(one, now) for one in outages),
        open=len(outages) - len(over),
        mean=sum(took) // len(took) if took else 0,
        longest=max(took, default=0),
    )  # fmt: skip


def _end(incident: Incident, now: int) -> int:
    """Of what goes on: now."""
    return now if incident.ended is None else min(incident.ended, now)
