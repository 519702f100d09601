"""What a call that goes on costs by now."""

from __future__ import annotations

import pytest

from antiphon.billing.domain.charging import Version, micros
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.rating import rate_call
from antiphon.billing.domain.reading import Form
from antiphon.billing.domain.records import Session
from antiphon.billing.domain.running import AHEAD_S, Running, costs
from antiphon.billing.domain.tariff import compile_tariff

pytestmark = pytest.mark.domain

BEGAN = 1_790_000_000 * SECOND
PER_MINUTE = {"prefix": "380", "groups": [{"start": 0, "rate": "0.60", "per": 60, "inc": 60}]}
FIRST_SECONDS_FREE = {
    "prefix": "49", "free_initial_s": 5, "connect_fee": "0.10",
    "groups": [{"start": 0, "rate": "0.60", "per": 60, "inc": 1}],
}  # fmt: skip
TARIFF = compile_tariff(Form({"scale": 2, "emergency": ["112"], "rates": [PER_MINUTE, FIRST_SECONDS_FREE]}))


def version() -> Version:
    return Version("t:1", "UAH", 0, TARIFF)


def talking(called: str, seconds: float | None) -> Running:
    session = Session("s", called, BEGAN, "t:1", 60, False)
    return Running(session, 600_000, None if seconds is None else BEGAN - int(seconds * SECOND))


def at(steps: tuple[tuple[int, int], ...], second: int) -> int:
    return [cost for begins, cost in steps if begins <= second][-1]


@pytest.mark.clause("I06")
def test_each_second_costs_what_the_record_would() -> None:
    for called, prefix in (("380671112233", "380"), ("4930123456", "49")):
        found = costs(talking(called, 30.5), version(), BEGAN)
        assert found.prefix == prefix
        assert found.steps[0][0] == 31  # the second that goes on is paid whole
        for second in range(31, 31 + AHEAD_S):
            rated = rate_call(TARIFF, called, BEGAN - 30 * SECOND, second)
            assert at(found.steps, second) == micros(TARIFF, rated.cost)


def test_what_rings_costs_nothing_yet() -> None:
    found = costs(talking("380671112233", None), version(), BEGAN)
    assert (found.steps[0], found.steps[1]) == ((0, 0), (1, 600_000))


def test_a_direction_without_price_has_no_steps() -> None:
    assert costs(talking("79001112233", 3), version(), BEGAN).steps == ()
