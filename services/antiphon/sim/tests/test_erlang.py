"""Erlang's formulas against published values, against plain sums over states, and where they are hard to compute."""

import math

import pytest

from antiphon.sim.erlang import erlang_a, erlang_c

pytestmark = pytest.mark.domain


def test_fourteen_agents_for_a_hundred_calls_in_half_an_hour() -> None:
    """100 calls in 30 minutes, 3 minutes each, 80 % within 20 seconds: thirteen just fail."""
    level = {agents: erlang_c(agents, 100 / 1800, 1 / 180, 20).service_level for agents in (13, 14)}
    assert level[13] == pytest.approx(0.79559, abs=1e-5)
    assert level[14] == pytest.approx(0.88835, abs=1e-5)


def test_481_agents_for_three_thousand_calls() -> None:
    levels = [erlang_c(agents, 3000 / 1800, 1 / 280, 20).service_level for agents in (480, 481)]
    assert levels[0] < 0.85 <= levels[1]


def test_too_few_agents_wait_for_ever() -> None:
    assert erlang_c(10, 10.0, 1.0, 5.0).wait == math.inf
    assert erlang_c(10, 12.0, 1.0, 5.0).service_level == 0


@pytest.mark.parametrize(
    ("agents", "arrivals", "impatience"),
    [(1, 0.3, 1.0), (10, 12.0, 0.5), (10, 8.0, 3.0), (100, 110.0, 0.2), (100, 90.0, 0.01), (30, 60.0, 1.0)],
)
def test_erlang_a_equals_the_sum_over_states(agents: int, arrivals: float, impatience: float) -> None:
    weights = [1.0]
    for here in range(1, 6_000):
        leave = min(here, agents) + max(0, here - agents) * impatience
        weights.append(weights[-1] * arrivals / leave)
    total = math.fsum(weights)
    waits = math.fsum(weights[agents:]) / total
    queue = math.fsum((here - agents) * weights[here] for here in range(agents, len(weights))) / total
    found = erlang_a(agents, arrivals, 1.0, impatience)
    assert found.waits == pytest.approx(waits, rel=1e-10)
    assert found.abandons == pytest.approx(impatience * queue / arrivals, rel=1e-9)
    assert found.wait == pytest.approx(queue / arrivals, rel=1e-9)
    assert found.service_level == pytest.approx(1 - waits, rel=1e-9)  # within no time at all: those who did not wait


def test_patience_without_end_makes_erlang_a_into_c() -> None:
    patient, endless = erlang_a(12, 10.0, 1.0, 1e-9, 0.1), erlang_c(12, 10.0, 1.0, 0.1)
    assert patient.wait == pytest.approx(endless.wait, rel=1e-6)
    assert patient.service_level == pytest.approx(endless.service_level, rel=1e-6)
    assert erlang_a(12, 10.0, 1.0, 0.0, 0.1) == endless


@pytest.mark.parametrize("load", [1.0, 9_000.0, 9_990.0, 10_000.0, 10_400.0, 20_000.0])
@pytest.mark.parametrize("impatience", [0.001, 1.0, 50.0])
def test_ten_thousand_agents_are_no_trouble(load: float, impatience: float) -> None:
    found = erlang_a(10_000, load, 1.0, impatience, 0.01)
    assert 0 <= found.waits <= 1
    assert 0 <= found.service_level <= 1 + 1e-12
    assert 0 <= found.occupancy <= 1 + 1e-9
    fluid = max(0.0, 1 - 10_000 / load)  # who comes in vain when nothing is left to chance
    assert fluid - 1e-9 <= found.abandons <= fluid + 0.01
    if load < 10_000:
        assert math.isfinite(erlang_c(10_000, load, 1.0, 0.01).wait)
