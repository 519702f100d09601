"""Days of a contract: business days over holidays, year ends and nights when clocks change."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.app.contracts import begin
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.workdays import holidays_of
from antiphon.billing.app.writer import Page
from antiphon.billing.domain import contract
from antiphon.billing.domain.contract import business_day_after, is_business
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.ledger import Book
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain
DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 1))
COUNTRIES = st.sampled_from(["UA", "RU"])
ZONES = st.sampled_from(["Europe/Kyiv", "Europe/Moscow", "America/New_York", "Asia/Kolkata", "UTC"])


@pytest.mark.clause("H04", "H11")
@given(DAYS, st.integers(1, 15), COUNTRIES)
def test_exactly_so_many_business_days_lie_in_between(day: date, count: int, country: str) -> None:
    holiday = holidays_of(country)
    last = business_day_after(day, count, holiday)
    between = [day + timedelta(days=number) for number in range(1, (last - day).days + 1)]
    assert sum(is_business(one, holiday) for one in between) == count
    assert is_business(last, holiday), "a deadline is a day on which somebody works"


@given(DAYS, ZONES)
def test_a_deadline_is_the_end_of_its_local_day_also_when_clocks_change(day: date, zone: str) -> None:
    where = ZoneInfo(zone)
    over = contract.ends(day, where)
    assert at(over // SECOND, where).date() == day + timedelta(days=1)
    assert at(over // SECOND - 1, where).date() == day
    hours = (over - contract.ends(day - timedelta(days=1), where)) // SECOND // 3600
    assert hours in {23, 24, 25}


@pytest.mark.parametrize(
    ("country", "day", "count", "last"),
    [
        ("UA", date(2026, 5, 29), 3, date(2026, 6, 3)),  # a Friday
        ("UA", date(2026, 5, 30), 3, date(2026, 6, 3)),  # the Saturday after it
        ("RU", date(2026, 12, 30), 3, date(2027, 1, 13)),  # the holidays of the new year
        ("RU", date(2026, 2, 20), 1, date(2026, 2, 24)),  # 23 February is a Monday
    ],
)
def test_holidays_of_the_country_do_not_count(country: str, day: date, count: int, last: date) -> None:
    assert business_day_after(day, count, holidays_of(country)) == last


@pytest.mark.clause("H06", "H11")
@given(DAYS)
def test_what_is_told_ahead(day: date) -> None:
    notice = profile("UA").notice
    assert contract.earliest_change(day, notice) - day == timedelta(days=10)
    assert contract.earliest_end(day, notice) - day == timedelta(days=30)


@pytest.mark.clause("H07", "H11")
@given(DAYS, st.integers(-20, 60))
def test_a_refusal_ends_before_the_change_but_not_before_tomorrow(day: date, ahead: int) -> None:
    effective = day + timedelta(days=ahead)
    ends_on = contract.end_after_refusal(day, effective)
    assert ends_on == (effective if ahead > 0 else day + timedelta(days=1))
    assert contract.refund_due(day, ends_on, 30) == max(day + timedelta(days=30), ends_on)


@pytest.mark.clause("H04")
def test_nothing_starts_while_earlier_days_wait_for_their_fee() -> None:
    """Else the days before the start would cost what begins today."""
    now = contract.ends(date(2026, 5, 2), ZoneInfo("UTC"))
    page = Page("ac", "tn", AccountRecord("ac", "tn", 1, "UAH", "tf", accrued_on=date(2026, 5, 2)), Book("ac"))
    data = {"product": "line", "name": "Line", "one_time": 0, "monthly": 30, "currency": "UAH", "quantity": 1}
    order = Paper("order", "o1", "waiting", now, "person:olena", 1, data)
    with pytest.raises(DomainError) as refused:
        begin(page, order, "person:petro", now)
    assert (refused.value.reason.name, page.new_papers) == ("UNAVAILABLE", {})
    page.account = AccountRecord("ac", "tn", 1, "UAH", "tf", accrued_on=date(2026, 5, 3))
    assert begin(page, order, "person:petro", now).state == "active"
    assert page.account.monthly == 30
