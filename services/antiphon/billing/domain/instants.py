"""Instants as integer nanoseconds since 1970 UTC, so that no fraction of a second is lost between two clocks.

A time without zone is refused: whose midnight it means would be a guess about money.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_OF_THE_CLOCK = 1_000_000_000
"""Seconds of a call whose price follows the clock (31 years)."""
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9})0*)?\s?(Z|z|[+-]\d{2}:?\d{2}(?::\d{2})?)",
    re.ASCII,
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class DurationMode(Enum):
    """What a fraction of a second becomes."""

    CEIL = "ceil"
    FLOOR = "floor"
    NEAREST = "nearest"


def instant(text: str) -> int:
    """Reads "2026-03-03T12:00:00.400Z". Raises ValueError without a zone or for a date there is not."""
    found = _INSTANT.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a time with a zone, such as 2026-03-03T12:00:00Z")
    day, clock, fraction, zone = found.groups()
    whole = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in 'Zz' else zone}")
    return seconds_of(whole) * SECOND + int((fraction or "").ljust(9, "0"))


def day_of(text: str) -> date:
    """Reads "2026-03-03"."""
    if not _DAY.fullmatch(text.strip()):
        raise ValueError("not a date, such as 2026-03-03")
    return date.fromisoformat(text.strip())


def midnight(day: date, zone: ZoneInfo) -> int:
    """The instant a local day begins."""
    return seconds_of(datetime(day.year, day.month, day.day, tzinfo=zone)) * SECOND


def seconds_of(moment: datetime) -> int:
    """Whole seconds since the epoch."""
    return (moment - EPOCH) // timedelta(seconds=1)


def at(second: int, zone: ZoneInfo) -> datetime:
    """What a local clock shows. Raises OverflowError outside the years 1 to 9999."""
    return (EPOCH + timedelta(seconds=second)).astimezone(zone)


def seconds_between(answer: int, end: int, mode: DurationMode) -> int:
    """The length of a call in whole seconds; both are exact instants."""
    if mode is DurationMode.CEIL:
        return -((answer - end) // SECOND)
    return (end - answer + (SECOND // 2 if mode is DurationMode.NEAREST else 0)) // SECOND
