"""Limits of an account, the chain of its decisions, and when a fee will suspend."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.lifecycle import Account, State, Terms, midnight, suspends_on
from antiphon.billing.domain.traffic import MINUTE, Limit, Limits, Traffic, reached
from antiphon.billing.domain.trail import FIRST, Line, Said, breaks, follow

pytestmark = pytest.mark.domain
MONDAY, TUESDAY = date(2026, 5, 4), date(2026, 5, 5)


def test_no_limit_refuses_nothing() -> None:
    traffic = Traffic(MONDAY, 10**12, tuple(range(500)))
    assert reached(Limits(), traffic, MONDAY, 1_000, 0) is None


def test_each_limit_speaks_at_its_edge() -> None:
    limits = Limits(cost_a_day=100, concurrent=2, attempts_a_minute=3)
    assert reached(limits, Traffic(), MONDAY, 1, 0) is None
    assert reached(limits, Traffic(), MONDAY, 2, 0) is Limit.CONCURRENT
    busy = Traffic().attempted(0).attempted(SECOND).attempted(2 * SECOND)
    assert reached(limits, busy, MONDAY, 0, 3 * SECOND) is Limit.ATTEMPTS
    assert reached(limits, busy, MONDAY, 0, MINUTE) is None
    spent = Traffic().spending(MONDAY, 60).spending(MONDAY, 40)
    assert reached(limits, spent, MONDAY, 0, 0) is Limit.COST
    assert reached(limits, spent, TUESDAY, 0, 0) is None
    assert spent.spending(TUESDAY, 1).spent_on(TUESDAY) == 1


def chain(count: int) -> list[Line]:
    lines: list[Line] = []
    for number in range(count):
        head = lines[-1].hash if lines else FIRST
        lines.append(follow(number, head, Said(number, "person:1", "order", f"or_{number}")))
    return lines


@given(st.integers(1, 6), st.data())
@pytest.mark.clause("K08")
def test_a_chain_tells_what_was_changed_or_lost(count: int, data: st.DataObject) -> None:
    lines = chain(count)
    assert not list(breaks(lines, count, lines[-1].hash))
    place = data.draw(st.integers(0, count - 1))
    altered = list(lines)
    altered[place] = replace(lines[place], said=replace(lines[place].said, by="person:2"))
    assert list(breaks(altered, count, lines[-1].hash))
    assert list(breaks(lines[:place] + lines[place + 1 :], count, lines[-1].hash))
    assert list(breaks(lines, count + 1, lines[-1].hash))


@given(st.integers(0, 300), st.integers(1, 500), st.integers(0, 50))
def test_the_forecast_is_what_the_days_do(balance: int, monthly: int, threshold: int) -> None:
    terms = Terms(Fraction(monthly), Fraction(threshold))
    day = suspends_on(Account(Fraction(balance)), terms, MONDAY)
    account, today = Account(Fraction(balance)), MONDAY
    for _ in range(366):
        account, _log = midnight(account, terms, today)
        if account.state is State.SUSPENDED:
            break
        today = date.fromordinal(today.toordinal() + 1)
    assert day == (today if account.state is State.SUSPENDED else None)


def test_no_fee_never_suspends() -> None:
    assert suspends_on(Account(Fraction(1)), Terms(Fraction(0), Fraction(0)), MONDAY) is None
