"""Quarters, hours, days, weeks and months in a time zone, as the clock on the wall shows them.

A day is from midnight to midnight of the wall: 23, 24 or 25 hours. An hour that comes twice in autumn is two rows, one
that is left out in spring is none. Weeks begin on Monday.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from antiphon.insight.domain.millis import Millis

_QUARTER: Millis = 15 * 60_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Step(IntEnum):
    """With the numbers of the proto."""

    NONE = 0
    QUARTER = 1
    HOUR = 2
    DAY = 3
    WEEK = 4
    MONTH = 5


class Intervals:
    """Where moments lie. Remembers the last interval, because moments mostly come in order."""

    def __init__(self, step: Step, zone: ZoneInfo, since: Millis, until: Millis) -> None:
        self.step, self.zone, self.since, self.until = step, zone, since, until
        self._start, self._end = 0, 0

    def start_of(self, at: Millis) -> Millis:
        """The beginning of the interval that holds the moment; without a step that is the beginning of the span."""
        if self.step is Step.NONE:
            return self.since
        if not self._start <= at < self._end:
            self._start = self._floor(at)
            self._end = self._next(self._start)
        return self._start

    def end_of(self, start: Millis) -> Millis:
        """The end of the interval that begins then."""
        return self.until if self.step is Step.NONE else self._next(start)

    def every(self) -> Iterator[Millis]:
        """The beginnings of all intervals that the span touches."""
        start = self.start_of(self.since)
        while start < self.until:
            yield start
            start = self.end_of(start)

    def local(self, at: Millis) -> datetime:
        return (_EPOCH + at * _MILLISECOND).astimezone(self.zone)

    def _floor(self, at: Millis) -> Millis:
        if self.step in (Step.QUARTER, Step.HOUR):
            length = _QUARTER if self.step is Step.QUARTER else 4 * _QUARTER
            offset = self.local(at).utcoffset() or timedelta()
            shift = offset // _MILLISECOND
            return (at + shift) // length * length - shift
        day = self.local(at).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        if self.step is Step.WEEK:
            day -= timedelta(days=day.weekday())
        elif self.step is Step.MONTH:
            day = day.replace(day=1)
        return self._midnight(day)

    def _next(self, start: Millis) -> Millis:
        if self.step is Step.QUARTER:
            return start + _QUARTER
        if self.step is Step.HOUR:
            return start + 4 * _QUARTER
        day = self.local(start).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        if self.step is Step.MONTH:
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            day += timedelta(days=7 if self.step is Step.WEEK else 1)
        return self._midnight(day)

    def _midnight(self, day: datetime) -> Millis:
        """The first moment of a day: where midnight itself is left out, one o'clock on the wall."""
        return (day.replace(tzinfo=self.zone).astimezone(UTC) - _EPOCH) // _MILLISECOND
