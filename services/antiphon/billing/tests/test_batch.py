"""Columns and single calls give the same integers, whatever the tariff."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.billing.domain.batch import Columns
from antiphon.billing.domain.instants import instant
from antiphon.billing.domain.rating import NoPrice, Unratable, rate_call
from antiphon.billing.domain.reading import Form
from antiphon.billing.domain.tariff import Tariff, compile_tariff
from antiphon.billing.tests.chance import calls, tariffs

pytestmark = pytest.mark.domain


def singly(tariff: Tariff, number: str, answer: int, seconds: int) -> Unratable | tuple[int, int]:
    try:
        rated = rate_call(tariff, number, answer, seconds)
    except NoPrice as refusal:
        return refusal.why
    return rated.cost, rated.billed_s


@given(tariffs(), st.lists(calls, max_size=30))
@settings(max_examples=80, deadline=None)
def test_a_batch_is_its_calls(data: dict[str, Any], asked: list[dict[str, Any]]) -> None:
    tariff = compile_tariff(Form(data))
    answers = [instant(call["answer"]) for call in asked]
    numbers, seconds = [call["to"] for call in asked], [call["seconds"] for call in asked]
    columns = Columns(tariff)
    for _ in range(2):  # the second time from memory
        priced = columns.price(numbers, np.array(answers, np.int64), np.array(seconds, np.int64))
        for index, (number, answer, length) in enumerate(zip(numbers, answers, seconds, strict=True)):
            got = priced.refused.get(index) or (priced.cost[index], priced.billed_s[index])
            assert got == singly(tariff, number, answer, length)


@pytest.mark.parametrize("seconds", [10**9, 10**12, 4 * 10**12])
def test_amounts_that_columns_cannot_hold_are_rated_singly(seconds: int) -> None:
    groups = [{"start": 0, "rate": "99999.999999", "per": 7, "inc": 1}]
    tariff = compile_tariff(Form({"scale": 6, "rates": [{"prefix": "3", "groups": groups}]}))
    one = np.array([0], np.int64)
    if rate_call(tariff, "38", 0, seconds).cost >= 1 << 63:
        with pytest.raises(OverflowError):
            Columns(tariff).price(["38"], one, np.array([seconds]))
    else:
        priced = Columns(tariff).price(["38"], one, np.array([seconds]))
        assert int(priced.cost[0]) == rate_call(tariff, "38", 0, seconds).cost
