"""Which period is in force: on the local clock, exact across the nights when clocks change.

A period has days (1 Monday … 7 Sunday, or the holidays), and hours from (inclusive) to (exclusive); hours that wrap
midnight are in force on both ends of each of their days. The highest weight wins; among equals the first. A local day
is cut once into stretches of one period and remembered, so a call only looks up.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from antiphon.billing.domain.instants import at

DAY = 86_400
NO_PERIOD = -1
REMEMBERED = 2_000
"""Days that are remembered; then it begins anew."""


@dataclass(frozen=True, slots=True)
class Period:
    """When something is in force. Seconds of the local day; `end` may be 86400."""

    days: frozenset[int]
    """ISO weekdays; empty when it is about holidays."""
    holidays: bool
    start: int
    end: int
    weight: int

    def covers(self, day: date, second: int, is_holiday: bool) -> bool:
        """Is it in force at this local time?"""
        if not (is_holiday if self.holidays else day.isoweekday() in self.days):
            return False
        if self.start <= self.end:
            return self.start <= second < self.end
        return second >= self.start or second < self.end

    @property
    def always(self) -> bool:
        return len(self.days) == 7 and self.start == 0 and self.end == DAY


@dataclass(frozen=True, slots=True)
class _Day:
    starts: list[int]
    periods: list[int]


@dataclass(frozen=True, slots=True)
class Hours:
    """Periods on a clock."""

    zone: ZoneInfo
    holidays: frozenset[date]
    periods: tuple[Period, ...]
    _edges: list[int] = field(init=False, repr=False, compare=False)
    _days: dict[int, _Day] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        edges = {second for period in self.periods for second in (period.start, period.end)}
        object.__setattr__(self, "_edges", sorted((edges | {DAY}) - {0}))

    def stretch(self, second: int) -> tuple[int, int]:
        """(index of the period in force or NO_PERIOD, the UTC second until which this holds)."""
        number = second // DAY
        day = self._days.get(number)
        if day is None:
            if len(self._days) >= REMEMBERED:
                self._days.clear()
            day = self._days[number] = self._cut(number * DAY)
        place = bisect_right(day.starts, second)
        until = day.starts[place] if place < len(day.starts) else (number + 1) * DAY
        return day.periods[place - 1], until

    def _cut(self, start: int) -> _Day:
        starts, periods, second = [], [], start
        while second < start + DAY:
            local = at(second, self.zone)
            starts.append(second)
            periods.append(self._in_force(local))
            second = self._next_edge(second, local)
        return _Day(starts, periods)

    def _in_force(self, local: datetime) -> int:
        day, second = local.date(), _of_day(local)
        is_holiday = day in self.holidays
        best = NO_PERIOD
        for number, period in enumerate(self.periods):
            heavier = best == NO_PERIOD or period.weight > self.periods[best].weight
            if heavier and period.covers(day, second, is_holiday):
                best = number
        return best

    def _next_edge(self, second: int, local: datetime) -> int:
        """The next instant at which another period may be in force: an edge on the clock, or the clock's own change."""
        of_day = _of_day(local)
        edge = second + self._edges[bisect_right(self._edges, of_day)] - of_day
        offset = local.utcoffset()
        if at(edge - 1, self.zone).utcoffset() == offset:
            return edge
        before, after = second, edge - 1
        while after - before > 1:
            middle = (before + after) // 2
            if at(middle, self.zone).utcoffset() == offset:
                before = middle
            else:
                after = middle
        return after


def _of_day(local: datetime) -> int:
    return local.hour * 3600 + local.minute * 60 + local.second
