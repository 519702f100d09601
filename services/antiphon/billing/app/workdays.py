"""Public holidays of a country: which of its days are no business days."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays

from antiphon.billing.domain.contract import Holiday


def holidays_of(country: str) -> Holiday:
    """Says whether a day is a public holiday there."""

    def is_holiday(day: date) -> bool:
        return day in _of_year(country, day.year)

    return is_holiday


@cache
def _of_year(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))
