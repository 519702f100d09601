"""When something is due: hours are exact time, days are counted on the local calendar."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from antiphon.billing.domain.instants import SECOND, at


def after_hours(event: int, hours: Fraction) -> int:
    """The instant, in nanoseconds; a fraction of a nanosecond is cut."""
    return event + int(hours * 3600 * SECOND)


def after_days(event: int, days: int, zone: ZoneInfo) -> date:
    """The local date `days` after the local date of the event."""
    return at(event // SECOND, zone).date() + timedelta(days=days)
