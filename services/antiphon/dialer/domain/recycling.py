"""What becomes of a contact after an attempt: done, or dialled again, and when.

Whoever was busy is tried soon, whoever did not answer in another part of the day, a machine a day later, whoever was
abandoned after three days and then only with an agent at hand. A trunk that failed was no attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Result(StrEnum):
    """How an attempt ended: the classes of dispositions."""

    SUCCESS = "success"
    REFUSAL = "refusal"
    CALLBACK = "callback"
    DNC = "dnc"
    INVALID = "invalid"
    NO_ANSWER = "noanswer"
    BUSY = "busy"
    MACHINE = "machine"
    ABANDONED = "abandoned"
    SYSTEM = "system"
    """Ours: no trunk, no agent's phone, a lost process."""


OF_THE_SYSTEM = frozenset(
    {Result.INVALID, Result.NO_ANSWER, Result.BUSY, Result.MACHINE, Result.ABANDONED, Result.SYSTEM}
)
"""What only the dialler itself may say; an agent chooses among the others."""


@dataclass(frozen=True, slots=True)
class Disposition:
    """A result as this campaign names it."""

    code: str
    title: str
    result: Result
    final: bool = True
    retry_after: timedelta | None = None
    counts_as_contact: bool = True
    adds_to_dnc: bool = False
    with_amount: bool = False
    parent: str = ""
    """The code of the disposition that this one refines."""

    @property
    def chosen_by_agents(self) -> bool:
        return self.result not in OF_THE_SYSTEM


@dataclass(frozen=True, slots=True)
class Rule:
    """How often and when a result is tried again."""

    tries: int
    soonest: timedelta
    latest: timedelta
    other_day_part: bool = False


RULES: dict[Result, Rule] = {
    Result.BUSY: Rule(3, timedelta(minutes=5), timedelta(minutes=15)),
    Result.NO_ANSWER: Rule(4, timedelta(hours=2), timedelta(hours=4), other_day_part=True),
    Result.MACHINE: Rule(3, timedelta(hours=24), timedelta(hours=30)),
    Result.ABANDONED: Rule(1, timedelta(hours=72), timedelta(hours=74)),
    Result.SYSTEM: Rule(1000, timedelta(minutes=1), timedelta(minutes=3)),
}


@dataclass(frozen=True, slots=True)
class After:
    """What to do with the contact."""

    final: bool
    at: datetime | None = None
    """When it may be dialled again."""
    counts: bool = True
    """Whether it was an attempt at all."""
    why: str = ""


def after(result: Result, times: int, now: datetime, spread: float, most_attempts: int = 6) -> After:
    """What follows `result`, which this contact now had `times` times. `spread` 0..1 spreads the retries.

    `now` is in the contact's zone where that is known: the other part of the day is theirs.
    """
    rule = RULES.get(result)
    if rule is None:
        return After(True, why=result.value)
    if result is not Result.SYSTEM and (times >= most_attempts or times > rule.tries):
        return After(True, why=f"{result.value}: tried {times} times")
    at = _later(now, rule.soonest + (rule.latest - rule.soonest) * spread)
    if rule.other_day_part and _part(at) == _part(now):
        at = _later(at, timedelta(hours=4))
    return After(False, at, counts=result is not Result.SYSTEM, why=f"{result.value}: again later")


def _later(now: datetime, by: timedelta) -> datetime:
    """So much later in truth, also over a night in which the clocks change."""
    return (now.astimezone(UTC) + by).astimezone(now.tzinfo)


def _part(at: datetime) -> int:
    """Morning, afternoon or evening."""
    return 0 if at.hour < 12 else 1 if at.hour < 17 else 2
