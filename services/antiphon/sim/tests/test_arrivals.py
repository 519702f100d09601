"""Arrivals: the profile is kept, the variance is what was asked for, and a seed is a day."""

from dataclasses import replace
from statistics import mean, pvariance

import pytest

from antiphon.sim.arrivals import arrivals
from antiphon.sim.chance import Duration, Shape, lot, stream
from antiphon.sim.scenario import HOUR, MINUTE, Bursts, Channel, Demand

pytestmark = pytest.mark.domain

HANDLING = Duration(Shape.EXPONENTIAL, 180_000)
STEADY = Demand("calls", "q", Channel.VOICE, (120.0, 0.0, 60.0), HOUR, HANDLING)


def days(demand: Demand, count: int) -> list[list[int]]:
    return [list(arrivals(demand, 3 * HOUR, stream(n, "a"), stream(n, "c"))) for n in range(count)]


def in_hours(day: list[int]) -> list[int]:
    return [sum(hour * HOUR <= at < (hour + 1) * HOUR for at in day) for hour in range(3)]


def test_each_interval_is_poisson_with_its_own_rate() -> None:
    counts = [in_hours(day) for day in days(STEADY, 400)]
    first, second, third = zip(*counts, strict=True)
    assert mean(first) == pytest.approx(120, abs=2)
    assert pvariance(first) / mean(first) == pytest.approx(1, abs=0.25)
    assert set(second) == {0}
    assert mean(third) == pytest.approx(60, abs=1.5)


def test_arrivals_are_in_order_and_end_in_time() -> None:
    for day in days(STEADY, 20):
        assert day == sorted(day)
        assert day[-1] < 3 * HOUR


def test_variation_makes_whole_days_busier_or_calmer() -> None:
    totals = [len(day) for day in days(replace(STEADY, variation=0.3), 600)]
    assert mean(totals) == pytest.approx(180, rel=0.04)
    expected = 180 + (0.3 * 180) ** 2  # Poisson, and the day's own factor
    assert pvariance(totals) == pytest.approx(expected, rel=0.2)


def test_bursts_keep_the_mean_and_add_variance() -> None:
    bursty = replace(STEADY, profile=(180.0,), interval_ms=3 * HOUR, bursts=Bursts(4, 0.2, 5 * MINUTE))
    totals = [len(day) for day in days(bursty, 600)]
    assert mean(totals) == pytest.approx(180, rel=0.04)
    assert pvariance(totals) > 3 * mean(totals)


@pytest.mark.parametrize("shape", [Shape.EXPONENTIAL, Shape.LOGNORMAL, Shape.GAMMA, Shape.DETERMINISTIC])
def test_durations_have_the_mean_and_the_deviation_asked_for(shape: Shape) -> None:
    draw = Duration(shape, 60_000, 0.5).sampler(stream(1, shape))
    drawn = [draw() for _ in range(20_000)]
    cv = {Shape.EXPONENTIAL: 1.0, Shape.DETERMINISTIC: 0.0}.get(shape, 0.5)
    assert mean(drawn) == pytest.approx(60_000, rel=0.03)
    assert pvariance(drawn) ** 0.5 / mean(drawn) == pytest.approx(cv, abs=0.03)


def test_streams_are_the_same_on_every_machine() -> None:
    assert stream(7, "calls", "arrivals").random() == stream(7, "calls", "arrivals").random()
    assert stream(7, "calls", "arrivals").random() != stream(7, "calls", "patience").random()
    assert lot(1, 2, 3) == 0.6819669694752335


def test_lots_are_even_and_independent_of_order() -> None:
    drawn = [lot(1, number, 1) for number in range(20_000)]
    assert mean(drawn) == pytest.approx(0.5, abs=0.01)
    assert pvariance(drawn) == pytest.approx(1 / 12, rel=0.03)
    others = [lot(1, number, 2) for number in range(20_000)]
    assert mean(a * b for a, b in zip(drawn, others, strict=True)) == pytest.approx(0.25, abs=0.01)
