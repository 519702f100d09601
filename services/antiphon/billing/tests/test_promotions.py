"""The end of a month: promotions by dates and volume, the surcharge on credit, late interest, the register."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from antiphon.billing.domain.promotions import Day, Promotion, given, interest, month_of_days, surcharge
from antiphon.billing.domain.register import Entered, ranges, series

pytestmark = pytest.mark.domain
FIRST, LAST = date(2026, 5, 1), date(2026, 5, 31)
TEN = Promotion("p1", "Травнева", "discount", Fraction(10), Fraction(100), date(2026, 5, 10), date(2026, 5, 20))


def month(**sums: Day) -> list[Day]:
    return month_of_days(FIRST, LAST, {one.day: one for one in sums.values()})


@pytest.mark.clause("I05")
@pytest.mark.parametrize(
    ("day", "charged", "worth"),
    [(9, 500, 0), (10, 100, 10), (20, 100, 10), (21, 500, 0), (15, "99.99", 0), (15, "100.05", "10.01")],
)
def test_a_promotion_has_its_days_and_its_volume(day: int, charged: object, worth: object) -> None:
    one = Day(date(2026, 5, day), charged=Fraction(str(charged)))
    assert given(TEN, month(one=one)) == Fraction(str(worth))


@pytest.mark.clause("I05")
def test_a_bonus_counts_payments_and_may_be_for_good() -> None:
    bonus = Promotion("p2", "За поповнення", "bonus", Fraction(5), Fraction(0), date(2020, 1, 1))
    days = month(one=Day(FIRST, charged=Fraction(900), paid=Fraction(200)))
    assert given(bonus, days) == 10
    assert given(bonus, month()) == 0


@pytest.mark.clause("I18")
@pytest.mark.parametrize(("advance", "worth"), [(0, "2"), (60, "0.80"), (100, 0), (500, 0)])
def test_only_calls_on_credit_are_surcharged(advance: int, worth: object) -> None:
    days = month(one=Day(FIRST, Fraction(100), Fraction(100), Fraction(0)))
    assert surcharge(Fraction(advance), days, Fraction(2)) == Fraction(str(worth))
    paid = month(one=Day(FIRST, Fraction(100), Fraction(100), Fraction(advance)))
    assert surcharge(Fraction(-50), paid, Fraction(2)) == Fraction(str(worth))


def test_interest_runs_until_the_debt_is_paid() -> None:
    rates = [(date(2026, 1, 1), Fraction(10)), (date(2026, 5, 11), Fraction(20))]
    whole = interest(Fraction(-3650), month(), rates)
    assert whole == 10 * 1 + 21 * 2  # a day is one, from the eleventh two
    paid = month(one=Day(date(2026, 5, 6), paid=Fraction(3650)))
    assert interest(Fraction(-3650), paid, rates) == 5
    assert interest(Fraction(100), month(), rates) == 0
    assert interest(Fraction(-100), month(), []) == 0


@pytest.mark.clause("K11")
@examples(st.sets(st.integers(1, 60), min_size=3), st.data())
def test_the_register_shows_what_was_lost(numbers: set[int], data: st.DataObject) -> None:
    whole = [Entered("payment", number, number, 100) for number in range(min(numbers), max(numbers) + 1)]
    (found,) = series(whole)
    assert (found.count, found.amount, found.missing, found.doubled) == (len(whole), 100 * len(whole), (), ())
    inner = data.draw(st.sampled_from(whole[1:-1]))
    (gap,) = series([one for one in whole if one is not inner])
    assert (gap.missing, gap.doubled) == ((inner.number,), ())
    (twice,) = series([*whole, inner])
    assert (twice.missing, twice.doubled) == ((), (inner.number,))


def test_numbers_are_written_as_ranges() -> None:
    assert ranges([1, 2, 3, 5, 7, 8]) == "1–3, 5, 7–8"
    assert ranges([]) == ""
    assert [day.day for day in month()][::30] == [FIRST, FIRST + timedelta(days=30)]
