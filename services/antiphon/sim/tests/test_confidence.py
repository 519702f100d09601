"""Student's t: the values of the tables, and what an interval promises."""

import math
from random import Random

import pytest

from antiphon.sim.confidence import interval, t_quantile

pytestmark = pytest.mark.domain


@pytest.mark.parametrize(
    ("freedom", "value"), [(1, 12.7062), (2, 4.30265), (3, 3.18245), (9, 2.26216), (10, 2.22814), (1000, 1.96234)]
)
def test_quantiles_are_those_of_the_tables(freedom: int, value: float) -> None:
    assert t_quantile(0.975, freedom) == pytest.approx(value, rel=1e-5)


def test_ninety_five_of_a_hundred_intervals_hold_the_truth() -> None:
    rng = Random(1)
    held = sum(interval([rng.gauss(7, 2) for _ in range(5)]).covers(7) for _ in range(2_000))
    assert 0.935 < held / 2_000 < 0.965


def test_one_day_tells_nothing_of_chance() -> None:
    assert interval([3.0]).mean == 3.0
    assert math.isnan(interval([3.0]).half)
    assert math.isnan(interval([]).mean)
