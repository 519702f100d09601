"""Arithmetic over working hours: when a norm ends, and how much working time has passed.

The wall clock is turned into moments once per span. Where the clock jumps forward a time that does not exist means the
moment of the jump; where it goes back a time that comes twice means the first. So spans never overlap or turn around,
and `between(a, after(a, x)) == x` holds over every change of the clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

HORIZON = timedelta(days=400)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
Span = tuple[time, time]
"""Wall-clock times; an end that is not after the start lies on the next day."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Working hours of a week, Monday first, and the days that differ: "2026-12-31", or "--12-31" for every year."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    special: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)

    def spans(self, day: date) -> tuple[Span, ...]:
        """A dated entry wins over a yearly one, and that over the week."""
        dated, yearly = day.isoformat(), f"--{day:%m-%d}"
        found = self.special.get(dated, self.special.get(yearly))
        return self.week[day.weekday()] if found is None else found


def after(hours: Hours | None, start: datetime, length: timedelta) -> datetime | None:
    """The moment at which so much working time has passed since `start`; None when there is none within the horizon.
    Without hours the clock never stops. No length, or a negative one, has passed already."""
    if hours is None or length <= timedelta(0):
        return start + max(length, timedelta(0))
    left = length
    for opens, closes in openings(hours, start):
        here = closes - opens
        if here >= left:
            return opens + left
        left -= here
    return None


def between(hours: Hours | None, start: datetime, end: datetime) -> timedelta:
    """Working time from one moment to another; nothing when the second is not later."""
    if end <= start:
        return timedelta(0)
    if hours is None:
        return end - start
    passed = timedelta(0)
    for opens, closes in openings(hours, start):
        if opens >= end:
            break
        passed += min(closes, end) - opens
    return passed


def openings(hours: Hours, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Working spans as UTC moments from `start` on: in order, not touching the past, without overlap."""
    today = start.astimezone(hours.zone).date()
    reached = start.astimezone(UTC)
    for ahead in range(-1, HORIZON.days):
        day = today + ahead * _DAY
        spans = ((_moment(day, a, hours.zone), _moment(day + _DAY if b <= a else day, b, hours.zone))
                 for a, b in hours.spans(day))  # fmt: skip
        for opens, closes in sorted(spans):
            if max(opens, reached) < closes:
                yield max(opens, reached), closes
                reached = closes


@lru_cache(maxsize=4096)
def _moment(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The first moment at which the wall clock of `zone` shows this time or, in a jump, has passed it."""
    local = datetime.combine(day, wall, tzinfo=zone)
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return first
    before, behind = second, first
    old = before.astimezone(zone).utcoffset()
    while behind - before > _SECOND:
        middle = before + (behind - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            behind = middle
    return behind
