"""How sure we are: intervals over independent replications, by Student's t.

The distribution function for whole degrees of freedom is a finite trigonometric sum (Abramowitz & Stegun, 26.7.3 and
26.7.4), its quantile a bisection: no tables, no dependency.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """mean ± half. `half` is NaN when one replication tells nothing of chance."""

    mean: float
    half: float

    @property
    def low(self) -> float:
        return self.mean - self.half

    @property
    def high(self) -> float:
        return self.mean + self.half

    def covers(self, value: float) -> bool:
        return self.low <= value <= self.high


def interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """The mean of independent observations and its confidence interval."""
    n = len(values)
    if not n:
        return Interval(math.nan, math.nan)
    mean = math.fsum(values) / n
    if n == 1:
        return Interval(mean, math.nan)
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    return Interval(mean, t_quantile((1 + level) / 2, n - 1) * math.sqrt(variance / n))


@cache
def t_quantile(p: float, freedom: int) -> float:
    """The value below which Student's t with so many degrees of freedom lies with probability p ≥ 0.5."""
    low, high = 0.0, 1.0
    while _below(high, freedom) < p:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _below(middle, freedom) < p else (low, middle)
    return (low + high) / 2


def _below(t: float, freedom: int) -> float:
    """P(T ≤ t) for t ≥ 0."""
    angle = math.atan(t / math.sqrt(freedom))
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for k in range(3 if odd else 2, freedom - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    central = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return 0.5 + central / 2
