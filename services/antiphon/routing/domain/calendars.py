"""Working hours as an author writes them: a time zone, a week, and the days that differ.

    zone Europe/Kyiv
    mon-fri 09:00-20:00
    sat 10:00-13:00, 14:00-16:00
    fri 22:00-06:00                    over midnight, belongs to Friday
    12-25 closed Christmas             every year
    2026-12-31 10:00-15:00 Short day

A day that differs replaces the hours that *begin* on it: the Friday night shift above ends at 06:00 on
Saturday even if Saturday is a holiday. `00:00-24:00` and any span whose end equals its start last until the
same time of the next day. Whether it is open at some moment is answered by `hours`.
"""

import re
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from antiphon.routing.domain.reasons import Reason, Refused

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Wall-clock times; an end that is not after the start lies on the next day."""

    start: time
    end: time

    @property
    def over_midnight(self) -> bool:
        return self.end <= self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A day unlike the week: a holiday when it has no spans. Without `year` it comes back every year."""

    month: int
    day: int
    year: int | None = None
    name: str
    spans: tuple[Span, ...] = ()

    def falls_on(self, day: date) -> bool:
        return (self.month, self.day) == (day.month, day.day) and self.year in (None, day.year)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """`week` has seven entries, Monday first."""

    id: str
    zone: str
    week: tuple[tuple[Span, ...], ...]
    special_days: tuple[SpecialDay, ...] = ()

    def __post_init__(self) -> None:
        if len(self.week) != len(WEEKDAYS):
            raise Refused(Reason.INVALID_CALENDAR, "a week has seven days", calendar=self.id)
        try:
            ZoneInfo(self.zone)
        except (OSError, LookupError, ValueError) as error:
            message = f"there is no time zone {self.zone!r}"
            raise Refused(Reason.INVALID_CALENDAR, message, calendar=self.id) from error

    @property
    def time_zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def special(self, day: date) -> SpecialDay | None:
        """What is special about a day; a dated entry wins over a yearly one."""
        falling = [special for special in self.special_days if special.falls_on(day)]
        return max(falling, key=lambda special: special.year is not None, default=None)

    def spans(self, day: date) -> tuple[Span, ...]:
        special = self.special(day)
        return tuple(sorted(self.week[day.weekday()] if special is None else special.spans))


def parse(calendar_id: str, text: str) -> Calendar:
    """Reads the form shown above; `#` begins a comment. Refused names the line that cannot be read."""
    zone = ""
    week: list[tuple[Span, ...]] = [()] * len(WEEKDAYS)
    special: list[SpecialDay] = []
    for number, line in enumerate(text.splitlines(), start=1):
        head, _, rest = line.partition("#")[0].strip().partition(" ")
        try:
            if head == "zone":
                zone = rest.strip()
            elif head[:1].isdigit():
                special.append(_special_day(head, rest.strip()))
            elif head:
                for weekday in _weekdays(head):
                    week[weekday] += _spans(rest)
        except ValueError as error:
            message = f"line {number}: {error}"
            raise Refused(Reason.INVALID_CALENDAR, message, calendar=calendar_id, line=number) from error
    return Calendar(id=calendar_id, zone=zone, week=tuple(week), special_days=tuple(special))


def _weekdays(text: str) -> range:
    first, _, last = text.partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        raise ValueError(f"{text!r} is not a weekday such as mon or mon-fri")
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    if end < start:
        raise ValueError(f"{text!r} runs backwards, write two lines")
    return range(start, end + 1)


def _spans(text: str) -> tuple[Span, ...]:
    return tuple(_span(part.strip()) for part in text.split(","))


def _span(text: str) -> Span:
    found = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", text, re.ASCII)
    if found is None:
        raise ValueError(f"{text!r} is not a span such as 09:00-18:00")
    return Span(_time(found[1]), _time("00:00" if found[2] == "24:00" else found[2]))


def _time(text: str) -> time:
    return time(int(text[:2]), int(text[3:]))


def _special_day(head: str, rest: str) -> SpecialDay:
    found = re.fullmatch(r"(?:(\d{4})-)?(\d\d)-(\d\d)", head, re.ASCII)
    if found is None:
        raise ValueError(f"{head!r} is not a day such as 2026-12-31 or 12-25")
    year, month, day = (int(part) if part else None for part in found.groups())
    date(year or 2000, month or 0, day or 0)  # refuses the thirtieth of February
    hours = re.match(r"closed\b|\d\d:\d\d-\d\d:\d\d(?:\s*,\s*\d\d:\d\d-\d\d:\d\d)*", rest, re.ASCII)
    if hours is None:
        raise ValueError(f"{rest!r} must begin with closed or with spans")
    spans = () if hours[0] == "closed" else _spans(hours[0])
    name = rest[hours.end() :].strip() or head
    return SpecialDay(month=month or 0, day=day or 0, year=year, name=name, spans=spans)
