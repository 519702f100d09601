"""Money is exact, keeps its currency, and refuses to be rounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.kit.money import CurrencyMismatch, Money

pytestmark = pytest.mark.domain

AMOUNTS = st.integers(-(10**15), 10**15).map(lambda micros: Money("UAH", micros))


@given(AMOUNTS)
def test_what_is_printed_is_read_again(amount: Money) -> None:
    assert Money.parse(str(amount)) == amount


@given(AMOUNTS, AMOUNTS)
def test_sums_are_exact(first: Money, second: Money) -> None:
    assert (first + second - second) == first
    assert (first < second) == (first.micros < second.micros)
    assert (-first) + first == Money("UAH", 0)


@pytest.mark.parametrize(
    ("text", "micros"), [("1.20 UAH", 1_200_000), ("-0.000001 UAH", -1), ("12293.95 UAH", 12_293_950_000)]
)
def test_amounts_are_read(text: str, micros: int) -> None:
    assert Money.parse(text) == Money("UAH", micros)


def test_nothing_is_rounded_and_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="six decimals"):
        Money.parse("0.0000001 UAH")
    with pytest.raises(ValueError, match="ISO 4217"):
        Money("hryvnia", 1)
    with pytest.raises(CurrencyMismatch):
        Money("UAH", 1) + Money("RUB", 1)
