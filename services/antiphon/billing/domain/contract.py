"""Days of a contract: business days, the notice that an end or a change needs, and what follows from an answer.

A business day is Monday to Friday and no public holiday of the customer's country. Counting begins on the day after the
one something happened on, so the hour of the day does not matter; a deadline is the end of its local day, however long
that day is when clocks change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from antiphon.billing.domain.instants import midnight

Holiday = Callable[[date], bool]
_WEEKEND = 6


class Answer(Enum):
    """What a customer's paper about a change says."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Notice:
    """How many days a country's offer gives; data of its profile."""

    change_days: int
    """Calendar days between publication and the day a change is in force."""
    answer_days: int
    """Business days in which it can be refused."""
    end_days: int
    """Calendar days between a request to end the contract and its end."""
    start_days: int
    """Business days between payment and the start of a service."""
    signed_days: int
    """Calendar days in which a signed act should be there."""


def is_business(day: date, holiday: Holiday) -> bool:
    return day.isoweekday() < _WEEKEND and not holiday(day)


def business_day_after(day: date, count: int, holiday: Holiday) -> date:
    """The `count`-th business day after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_business(day, holiday)
    return day


def ends(day: date, zone: ZoneInfo) -> int:
    """The instant a local day is over."""
    return midnight(day + timedelta(days=1), zone)


def earliest_change(published: date, notice: Notice) -> date:
    """The first day a change may be in force."""
    return published + timedelta(days=notice.change_days)


def earliest_end(asked: date, notice: Notice) -> date:
    """The first day a contract may be terminated on."""
    return asked + timedelta(days=notice.end_days)


def end_after_refusal(refused: date, effective: date) -> date:
    """The day a contract is terminated on because changed terms were refused: its last day is the one before they are
    in force. What is in force already ends tomorrow, because today's fee was taken."""
    return max(effective, refused + timedelta(days=1))


def refund_due(asked: date, ends_on: date, days: int) -> date:
    """Counted from the request; but nothing can be given back before the contract is over."""
    return max(asked + timedelta(days=days), ends_on)


def start_by(paid: date, asked: date | None, notice: Notice, holiday: Holiday) -> date:
    """The last day on which a service that was paid for may be started."""
    return asked or business_day_after(paid, notice.start_days, holiday)
