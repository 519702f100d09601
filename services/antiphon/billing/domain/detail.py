"""For which days the itemised detail may be asked: days that are over, at most six calendar months back."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import Enum

MONTHS = 6


class Refused(Enum):
    EMPTY = "empty"
    NOT_PAST = "not_past"
    TOO_OLD = "too_old"


@dataclass(frozen=True, slots=True)
class Asked:
    """`days` when it may be had, else why not; `earliest` is the first day that may be asked for."""

    days: int
    refused: Refused | None
    earliest: date


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period(today: date, first: date, last: date, months: int = MONTHS) -> Asked:
    """Checks a period, both ends included."""
    earliest = months_before(today, months)
    refused = None
    if last < first:
        refused = Refused.EMPTY
    elif last >= today:
        refused = Refused.NOT_PAST
    elif first < earliest:
        refused = Refused.TOO_OLD
    return Asked((last - first).days + 1, refused, earliest)
