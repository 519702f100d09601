"""How long the numbers of a suspended account stay its own: the country's days, and those that the operator added."""

from __future__ import annotations

from datetime import date, timedelta

from antiphon.billing.app.profiles import profile
from antiphon.billing.domain.records import AccountRecord


def reserve_of(record: AccountRecord) -> int:
    """Days."""
    return profile(record.customer.country).reserve_days + record.reserve_days


def reserved_until(record: AccountRecord) -> date | None:
    """The last day; None for who is not suspended."""
    return None if record.suspended_on is None else record.suspended_on + timedelta(days=reserve_of(record))
