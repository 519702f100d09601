"""Does somebody do what the plan says, when it says so? Pure: stretches in, stretches out.

Adherence = minutes in plan ÷ planned minutes (breaks are planned too). Conformance = minutes worked ÷ minutes planned
for work, whenever they were. Being late by less than the grace is not held against anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WORK, PAUSE, AWAY = "work", "pause", "away"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something from one moment to another: of the plan `what` is "work" or a break's name, of the actual a state."""

    start: datetime
    end: datetime
    what: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Deviation:
    """The plan and what was done differed for longer than the grace."""

    start: datetime
    end: datetime
    planned: str
    actual: str
    reason: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one person over one span."""

    planned: timedelta = timedelta()
    in_plan: timedelta = timedelta()
    planned_work: timedelta = timedelta()
    worked: timedelta = timedelta()
    deviations: tuple[Deviation, ...] = field(default=())

    @property
    def adherence(self) -> float:
        return self.in_plan / self.planned if self.planned else -1.0

    @property
    def conformance(self) -> float:
        return self.worked / self.planned_work if self.planned_work else -1.0


def agree(planned: str, actual: str) -> bool:
    """Work is work; on a break one is paused or away."""
    return actual == WORK if planned == WORK else actual in (PAUSE, AWAY)


def measure(
    plan: Sequence[Stretch], actual: Sequence[Stretch], span: tuple[datetime, datetime], grace: timedelta
) -> Measured:
    """Both sequences in order and without overlaps. Where nothing is known somebody is away."""
    planned = [part for one in plan if (part := _within(one, span)) is not None]
    done = [part for one in actual if (part := _within(one, span)) is not None]
    deviations: list[Deviation] = []
    missed = timedelta()
    for stretch in planned:
        for off in _merged(_differing(stretch, done)):
            if off.end - off.start > grace:
                deviations.append(off)
                missed += off.end - off.start
    total = sum(((one.end - one.start) for one in planned), timedelta())
    return Measured(
        total,
        total - missed,
        sum(((one.end - one.start) for one in planned if one.what == WORK), timedelta()),
        sum(((one.end - one.start) for one in done if one.what == WORK), timedelta()),
        tuple(deviations),
    )


def at(stretches: Sequence[Stretch], moment: datetime) -> Stretch | None:
    """The stretch in which a moment lies."""
    return next((one for one in stretches if one.start <= moment < one.end), None)


def _within(one: Stretch, span: tuple[datetime, datetime]) -> Stretch | None:
    start, end = max(one.start, span[0]), min(one.end, span[1])
    return Stretch(start, end, one.what, one.reason) if start < end else None


def _differing(planned: Stretch, done: Sequence[Stretch]) -> list[Deviation]:
    found, reached = [], planned.start
    for one in done:
        start, end = max(one.start, planned.start), min(one.end, planned.end)
        if start >= end:
            continue
        if start > reached and not agree(planned.what, AWAY):
            found.append(Deviation(reached, start, planned.what, AWAY, ""))
        if not agree(planned.what, one.what):
            found.append(Deviation(start, end, planned.what, one.what, one.reason))
        reached = end
    if reached < planned.end and not agree(planned.what, AWAY):
        found.append(Deviation(reached, planned.end, planned.what, AWAY, ""))
    return found


def lost(planned: Stretch, done: Sequence[Stretch]) -> list[Deviation]:
    """Every stretch of planned work in which somebody was not at work, however short."""
    return _differing(planned, done)


def _merged(deviations: Sequence[Deviation]) -> list[Deviation]:
    """Stretches that touch are one: three short absences in a row are one long one."""
    found: list[Deviation] = []
    for one in deviations:
        if found and found[-1].end == one.start:
            last = found.pop()
            found.append(Deviation(last.start, one.end, last.planned, one.actual, one.reason or last.reason))
        else:
            found.append(one)
    return found
