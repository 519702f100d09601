"""Sums in words."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.in_words import in_words

pytestmark = pytest.mark.domain
NINES = "дев’яносто дев’ять"


@pytest.mark.parametrize(
    ("amount", "currency", "language", "words"),
    [
        ("0", "UAH", "uk", "Нуль гривень 00 копійок"),
        ("1.01", "UAH", "uk", "Одна гривня 01 копійка"),
        ("2.02", "UAH", "ru", "Две гривны 02 копейки"),
        ("11.11", "RUB", "ru", "Одиннадцать рублей 11 копеек"),
        ("21.21", "RUB", "ru", "Двадцать один рубль 21 копейка"),
        ("1234.50", "UAH", "uk", "Одна тисяча двісті тридцять чотири гривні 50 копійок"),
        ("2002.05", "RUB", "ru", "Две тысячи два рубля 05 копеек"),
        ("1000000", "RUB", "ru", "Один миллион рублей 00 копеек"),
        ("-40", "UAH", "uk", "Мінус сорок гривень 00 копійок"),
        ("0.005", "UAH", "uk", "Нуль гривень 01 копійка"),
        (
            "999999999999.99",
            "UAH",
            "uk",
            " ".join(f"дев’ятсот {NINES} {of}" for of in ("мільярдів", "мільйонів", "тисяч", "гривень")).capitalize()
            + " 99 копійок",
        ),
        ("112000.30", "USD", "ru", "Сто двенадцать тысяч долларов США 30 центов"),
        ("5", "PLN", "uk", "П’ять PLN 00"),
        (str(10**15), "UAH", "ru", "1 000 000 000 000 000 гривен 00 копеек"),
    ],
)
def test_words_agree_with_their_numbers(amount: str, currency: str, language: str, words: str) -> None:
    assert in_words(Fraction(amount), currency, language).replace("\u00a0", " ") == words


@given(st.integers(0, 10**17 - 1), st.sampled_from(["uk", "ru"]), st.sampled_from(["UAH", "RUB", "EUR"]))
def test_every_sum_has_words(hundredths: int, language: str, currency: str) -> None:
    text = in_words(Fraction(hundredths, 100), currency, language)
    assert "  " not in text
    assert f" {hundredths % 100:02}\u00a0" in text
