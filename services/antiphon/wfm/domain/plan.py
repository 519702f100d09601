"""What is to be scheduled: days, how many are needed when, who may work which shifts.

Time is minutes since the first day's midnight as they really pass, so a night on which clocks change is an hour longer
or shorter and rests are still rests. Intervals count from the same moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from antiphon.wfm.domain.labour import Labour
from antiphon.wfm.domain.queueing import Floats

DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Break:
    """A pause within a shift. It begins between `earliest` and `latest` minutes after the shift did."""

    name: str
    minutes: int
    earliest: int
    latest: int
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A kind of shift: when it may begin (minutes of the local day), how long it is, its breaks in order."""

    name: str
    starts: tuple[int, ...]
    minutes: int
    breaks: tuple[Break, ...] = ()

    @property
    def paid_minutes(self) -> int:
        return self.minutes - sum(one.minutes for one in self.breaks if not one.paid)


@dataclass(frozen=True, slots=True)
class Locked:
    """What must stay: this shift on that day, or, without a pattern, any shift that covers [start, end)."""

    day: int
    start: int
    end: int
    pattern: str | None = None
    why: str = "locked"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works. `early` is the preferred start (minutes of the day), `weekends` those worked lately."""

    id: str
    days: tuple[int, int] = (5, 5)  # least and most a week
    max_week_minutes: int | None = None
    patterns: frozenset[str] = frozenset()  # empty: all
    away: frozenset[int] = frozenset()  # days of the plan on which he is not there
    wants_free: frozenset[int] = frozenset()
    prefers_start: int | None = None
    earliest: int = 0
    latest_end: int = 3 * DAY_MINUTES  # of the local day on which the shift begins
    weekends: int = 0
    locked: tuple[Locked, ...] = ()
    free_since: int = -10 * DAY_MINUTES  # when his last shift before the plan ended
    days_running: int = 0  # worked without a free day before the plan
    cost_per_hour: int = 0  # minor units


@dataclass(frozen=True, slots=True)
class Shift:
    """One possible shift on one day. `start` and `end` as minutes pass; `begins` is the time of the local day."""

    day: int
    pattern: Pattern
    begins: int
    start: int
    end: int


@dataclass(frozen=True)
class Plan:
    """Everything a schedule is made from. `midnights[d]` is when local day d begins; one more than there are days."""

    dates: tuple[date, ...]
    midnights: tuple[int, ...]
    interval: int
    required: Floats
    patterns: tuple[Pattern, ...]
    people: tuple[Person, ...]
    rules: Labour
    under: float = 1.0
    over: float = 0.15
    holidays: Mapping[date, str] = field(default_factory=dict)
    jumps: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Days on which clocks change: (from which minute of the local day, by how many minutes it comes later)."""

    @cached_property
    def shifts(self) -> tuple[tuple[Shift, ...], ...]:
        """Of each day, by start and then by end; those the rules forbid for everybody are left out."""
        return tuple(tuple(self._shifts(day)) for day in range(len(self.dates)))

    def _shifts(self, day: int) -> list[Shift]:
        found = [
            Shift(day, pattern, begins, self.moment(day, begins), self.moment(day, begins) + pattern.minutes)
            for pattern in self.patterns
            for begins in pattern.starts
            if pattern.paid_minutes <= self.rules.max_day_h * 60
        ]
        return sorted(found, key=lambda shift: (shift.start, shift.end, shift.pattern.name))

    def moment(self, day: int, clock: int) -> int:
        """When the clocks show so many minutes of that day."""
        change, later = self.jumps.get(day, (0, 0))
        return self.midnights[day] + clock + (later if clock >= change else 0)

    @property
    def weeks(self) -> list[list[int]]:
        """Days of the plan by calendar week, Monday first."""
        found: dict[tuple[int, int], list[int]] = {}
        for number, day in enumerate(self.dates):
            found.setdefault(day.isocalendar()[:2], []).append(number)
        return list(found.values())

    def may_work(self, person: Person, shift: Shift) -> bool:
        """Whether the person himself could take this shift, the rest of the schedule aside."""
        return (
            shift.day not in person.away
            and (not person.patterns or shift.pattern.name in person.patterns)
            and shift.begins >= person.earliest
            and shift.begins + shift.pattern.minutes <= person.latest_end
        )
