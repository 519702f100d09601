"""Lines, sums and turnovers of documents."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.accounting import month_of, service_lines, settle, turnover, without_basis
from antiphon.billing.domain.chart import Code, customer
from antiphon.billing.domain.ledger import Entry, Op, Operation, Result

pytestmark = pytest.mark.domain
MINE = customer("ac")
CODES = (Code.VOICE, Code.SUBSCRIPTION, Code.CONTENT, Code.LONG_DISTANCE, Code.OTHER)


def charge(amount: int, code: Code = Code.VOICE, ref: str = "call") -> Entry:
    return Entry(Operation("x", Op.CHARGE, amount, code=code, ref=ref), Result.OK, amount, MINE, code.value, 1, 0)


def payment(amount: int) -> Entry:
    return Entry(Operation("p", Op.TOPUP, amount, ref="p"), Result.OK, amount, Code.BANK.value, MINE, 1, 0)


charges = st.lists(st.builds(charge, st.integers(1, 10**9), st.sampled_from(CODES)), max_size=12)


@given(st.lists(charges, max_size=5))
@pytest.mark.clause("J01")
def test_acts_and_carry_are_the_ledger(months: list[list[Entry]]) -> None:
    carry, documents = Fraction(0), Fraction(0)
    for month in months:
        sums = settle(service_lines(month, "ac"), carry, Fraction(20))
        assert sums.net + sums.vat == sums.total
        carry, documents = sums.carry, documents + sums.total
    assert documents + carry == Fraction(sum(entry.amount for month in months for entry in month), 10**6)


@given(st.integers(-(10**9), 10**9), charges, st.integers(1, 10**9))
@pytest.mark.clause("J04")
def test_opening_and_payments_less_charges_is_closing(opening: int, found: list[Entry], paid: int) -> None:
    turned = turnover(opening, [*found, payment(paid)], "ac")
    assert turned.closing == opening + paid - sum(entry.amount for entry in found)


@pytest.mark.clause("K04")
@pytest.mark.clause("I16")
def test_what_rests_on_nothing_is_named_and_content_has_its_own_line() -> None:
    assert without_basis([charge(5, ref=""), charge(5), charge(0, ref="")]) == ["x"]
    lines = service_lines([charge(5), charge(7, Code.CONTENT), payment(9)], "ac")
    assert [(line.kind, line.count) for line in lines] == [("voice", 1), ("content", 1)]


@pytest.mark.clause("J02")
@pytest.mark.parametrize(
    ("day", "last"), [("2024-02-10", "2024-02-29"), ("2026-02-01", "2026-02-28"), ("2026-12-31", "2026-12-31")]
)
def test_a_month_ends_on_its_last_day(day: str, last: str) -> None:
    assert month_of(date.fromisoformat(day))[1].isoformat() == last
