"""How much an account may do in a moment, a minute and a day, counted at the attempt. Zero is no limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from antiphon.billing.domain.instants import SECOND

MINUTE = 60 * SECOND
MOST_REMEMBERED = 1_000


class Limit(Enum):
    CONCURRENT = "concurrent"
    ATTEMPTS = "attempts_a_minute"
    COST = "cost_a_day"


@dataclass(frozen=True, slots=True)
class Limits:
    """Costs in micro-units."""

    cost_a_day: int = 0
    concurrent: int = 0
    attempts_a_minute: int = 0


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was done lately: the local day with what it cost, and the instants of the last minute's attempts."""

    day: date | None = None
    spent: int = 0
    starts: tuple[int, ...] = ()

    def spent_on(self, day: date) -> int:
        return self.spent if self.day == day else 0

    def spending(self, day: date, amount: int) -> Traffic:
        """After a charge on a day."""
        return Traffic(day, self.spent_on(day) + amount, self.starts)

    def attempted(self, now: int, most: int = MOST_REMEMBERED) -> Traffic:
        """After an attempt that no limit refused; remembers so many as a limit has to count."""
        recent = [start for start in self.starts if start > now - MINUTE] if most else ()
        return Traffic(self.day, self.spent, (*recent, now)[-min(most, MOST_REMEMBERED) :] if most else ())


def reached(limits: Limits, traffic: Traffic, today: date, live: int, now: int) -> Limit | None:
    """The first limit that one more call would break."""
    if limits.concurrent and live >= limits.concurrent:
        return Limit.CONCURRENT
    recent = sum(start > now - MINUTE for start in traffic.starts)
    if limits.attempts_a_minute and recent >= limits.attempts_a_minute:
        return Limit.ATTEMPTS
    if limits.cost_a_day and traffic.spent_on(today) >= limits.cost_a_day:
        return Limit.COST
    return None
