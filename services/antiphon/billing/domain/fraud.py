"""Is this call like an honest one? Counted at the attempt; a refused call does not fill any window.

The verdict is the first that speaks: blocked direction, calls at once, calls a minute, dear calls an hour, cost a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

MINUTE, HOUR, DAY = 60, 3600, 86_400


class Verdict(Enum):
    ALLOW = "allow"
    DIRECTION = "block:direction"
    CONCURRENT = "block:concurrent"
    PER_MINUTE = "block:cpm"
    HIGH_COST = "block:high_cost"
    DAILY_COST = "block:daily_cost"


class Class(Enum):
    """What sort of direction it is."""

    NORMAL = "n"
    HIGH_COST = "high"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call at second `t`. `seconds` and `cost`: what it will last and cost at most."""

    t: Fraction
    seconds: Fraction
    cls: Class
    cost: Fraction


@dataclass(frozen=True, slots=True)
class Limits:
    """None: not set."""

    concurrent: int | None = None
    cpm: int | None = None
    high_per_hour: int | None = None
    cost_per_day: Fraction | None = None


def judge(limits: Limits, attempts: Iterable[Attempt]) -> Iterator[Verdict]:
    """A verdict for each attempt, in the order they come."""
    allowed: list[Attempt] = []
    for attempt in attempts:
        verdict = next(_objections(limits, allowed, attempt), Verdict.ALLOW)
        if verdict is Verdict.ALLOW:
            allowed.append(attempt)
        yield verdict


def _objections(limits: Limits, allowed: list[Attempt], attempt: Attempt) -> Iterator[Verdict]:
    t = attempt.t
    if attempt.cls is Class.BLOCKED:
        yield Verdict.DIRECTION
    if _reached(sum(call.t + call.seconds > t for call in allowed), limits.concurrent):
        yield Verdict.CONCURRENT
    if _reached(sum(t - MINUTE < call.t <= t for call in allowed), limits.cpm):
        yield Verdict.PER_MINUTE
    dear = [call for call in allowed if call.cls is Class.HIGH_COST and t - HOUR < call.t <= t]
    if attempt.cls is Class.HIGH_COST and _reached(len(dear), limits.high_per_hour):
        yield Verdict.HIGH_COST
    spent = sum((call.cost for call in allowed if call.t // DAY == t // DAY), Fraction(0))
    if limits.cost_per_day is not None and spent >= limits.cost_per_day:
        yield Verdict.DAILY_COST


def _reached(count: int, limit: int | None) -> bool:
    return limit is not None and count >= limit
