"""A campaign's own hours, by the clock of the people who work in it: outside of them nothing is dialled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from antiphon.dialer.domain.policy import WEEKDAYS, Window

_LOOK_AHEAD_DAYS = 9


class BadHours(ValueError):
    """They make no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Hours:
    windows: tuple[Window, ...] = ()
    """Always open when there are none."""
    zone: str = "UTC"

    def opens_at(self, now: datetime) -> datetime | None:
        """None while it is open; else when it will be."""
        if not self.windows or self._open(now):
            return None
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        instants = (
            datetime.combine(today + timedelta(days=ahead), window.begins, zone).astimezone(UTC)
            for ahead in range(_LOOK_AHEAD_DAYS)
            for window in self.windows
        )
        return min((at for at in instants if at > now and self._open(at)), default=now + timedelta(days=1))

    def _open(self, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(self.zone))
        return any(WEEKDAYS[local.weekday()] in one.days and one.covers(local.time()) for one in self.windows)


def window(days: Sequence[str], begins: str, ends: str) -> Window:
    """Raises BadHours."""
    if not days or not set(days) <= set(WEEKDAYS):
        raise BadHours("days are mon … sun")
    try:
        first, last = time.fromisoformat(begins), time.fromisoformat(ends)
    except ValueError as error:
        raise BadHours("hours are written as 09:00") from error
    if last != time(0) and last <= first:
        raise BadHours("they end before they begin")
    return Window(frozenset(days), first, last)
