"""Whether a calendar is open at a moment, until when, or when it opens next.

The wall clock is turned into moments once per span, so no minutes are scanned. When the clock jumps
forward, a time that does not exist means the moment of the jump; when it goes back, a time that comes twice
means the first. The mapping never turns backwards, therefore two spans that touch on the wall touch in
reality: nobody is unattended for the lost hour, and no hour has two teams.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from antiphon.routing.domain.calendars import Calendar

OPENING_HORIZON = timedelta(days=400)  # further than any yearly opening
CLOSING_HORIZON = timedelta(days=15)  # open without a break for longer counts as always open

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Open:
    """`until` is the first closed moment; None when no closing is in sight."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Closed:
    """`opens_at` is None when no opening is in sight; `holiday` is its name when the local day is one."""

    opens_at: datetime | None
    holiday: str | None


def is_open(calendar: Calendar, at: datetime) -> Open | Closed:
    """`at` is aware; answers are in UTC. The start of a span is open, its end is closed."""
    end: datetime | None = None
    for start, stop in _openings(calendar, at):
        if end is None and start <= at < stop:
            end = stop
        elif end is None and start > at:
            return Closed(start, _holiday(calendar, at))
        elif end is not None and start > end:
            return Open(end)
        elif end is not None:
            end = max(end, stop)
        if end is not None and end - at > CLOSING_HORIZON:
            return Open(None)
    return Closed(None, _holiday(calendar, at)) if end is None else Open(end)


def _openings(calendar: Calendar, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Spans as moments, in order of their start, from those that may still cover `at`."""
    zone = calendar.time_zone
    today = at.astimezone(zone).date()
    for ahead in range(-1, OPENING_HORIZON.days):
        day = today + ahead * _DAY
        for span in calendar.spans(day):
            start = moment(day, span.start, zone)
            stop = moment(day + _DAY if span.over_midnight else day, span.end, zone)
            if start < stop:
                yield start, stop


@lru_cache(maxsize=4096)
def moment(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The first UTC moment at which the wall clock of `zone` shows this time or, in a jump, has passed it."""
    local = datetime.combine(day, wall.replace(microsecond=0), tzinfo=zone)
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first <= second else _jump(second, first, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment between two at which the clock is put forward, to the second."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def _holiday(calendar: Calendar, at: datetime) -> str | None:
    special = calendar.special(at.astimezone(calendar.time_zone).date())
    return special.name if special is not None and not special.spans else None
