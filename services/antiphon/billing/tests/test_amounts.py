"""Rounding beside the decimal module, and what is an exact number at all."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.amounts import Rounding, decimal_text, exact, fixed, rounded
from antiphon.billing.tests.reference import quantized

pytestmark = pytest.mark.domain

ties = st.builds(lambda whole, scale: Fraction(2 * whole + 1, 2 * 10**scale), st.integers(-50, 50), st.integers(0, 6))
any_fraction = st.one_of(
    ties, st.fractions(), st.builds(Fraction, st.integers(-(10**40), 10**40), st.integers(1, 10**9))
)


@given(any_fraction, st.integers(0, 9), st.sampled_from(Rounding))
def test_rounds_like_the_decimal_module(value: Fraction, scale: int, mode: Rounding) -> None:
    assert fixed(value, scale, mode) in {str(quantized(value, scale, mode.value)), _plain(value, scale, mode)}
    assert Fraction(rounded(value, scale, mode), 10**scale) == Fraction(quantized(value, scale, mode.value))


def _plain(value: Fraction, scale: int, mode: Rounding) -> str:
    """The decimal module writes a minus before zero and an exponent after large numbers."""
    return f"{quantized(value, scale, mode.value):f}".replace("-", "", not rounded(value, scale, mode))


@pytest.mark.parametrize(
    ("mode", "texts"),
    [
        (Rounding.HALF_UP, ["-1", "-3", "1", "3"]),
        (Rounding.HALF_EVEN, ["0", "-2", "0", "2"]),
        (Rounding.UP, ["-1", "-3", "1", "3"]),
        (Rounding.DOWN, ["0", "-2", "0", "2"]),
    ],
)
def test_ties_of_both_signs(mode: Rounding, texts: list[str]) -> None:
    values = [Fraction(-1, 2), Fraction(-5, 2), Fraction(1, 2), Fraction(5, 2)]
    assert [fixed(value, 0, mode) for value in values] == texts


@given(st.fractions(), st.integers(0, 6), st.sampled_from(Rounding))
def test_an_exact_value_never_moves(value: Fraction, scale: int, mode: Rounding) -> None:
    whole = Fraction(rounded(value, scale, mode), 10**scale)
    assert Fraction(rounded(whole, scale, mode), 10**scale) == whole


@pytest.mark.parametrize(
    "value", [1.5, True, None, "1,5", "", "NaN", "1e9999", "1_000", "٣", "0x1", Decimal("NaN"), "--1"]
)
def test_what_is_not_one_exact_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not"):
        exact(value)


@pytest.mark.parametrize("value", ["12.50", Decimal("12.5"), " 12.5 ", "+12.5", "1.25e1", Fraction(25, 2)])
def test_one_number_in_many_forms(value: object) -> None:
    assert exact(value) == Fraction(25, 2)


@given(st.integers(), st.integers(0, 12))
def test_text_and_back(units: int, scale: int) -> None:
    assert exact(decimal_text(units, scale)) * 10**scale == units if abs(units) < 10**100 else True
