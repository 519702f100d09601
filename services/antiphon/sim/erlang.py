"""Erlang's formulas, exact and stable up to tens of thousands of agents. Pure functions, no tables, no factorials.

Sources: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
telephone exchanges" (1917), for B and C; C. Palm, "Methods of judging the annoyance caused by congestion" (1957), for
A; the forms of A used here: S. Zeltyn & A. Mandelbaum, "Call centers with impatient customers: many-server asymptotics
of the M/M/n+G queue", Queueing Systems 51 (2005), section 4.

Units: `arrivals` and `service` are rates per any one unit of time, `wait` is in that unit, `load` = arrivals ÷ service
in erlangs, `impatience` = 1 ÷ mean patience.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_PANELS = 24
_NEGLIGIBLE = 46.0
"""exp(−46) ≈ 1e−20: what is smaller than that beside the peak adds nothing to a double."""


def blocking(agents: int, load: float) -> float:
    """Erlang B: the share of calls lost when `agents` lines carry `load` and nobody waits.

    By the recursion 1/B(n) = 1 + (n/A)·1/B(n−1) on 1/B, which only adds positive numbers, so it loses no digits."""
    if load <= 0:
        return 0.0 if agents else 1.0
    return 1.0 / _inverse_blocking(agents, load)


def _inverse_blocking(agents: int, load: float) -> float:
    inverse = 1.0
    for n in range(1, agents + 1):
        inverse = 1.0 + inverse * n / load
    return inverse


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a formula promises in the steady state. `wait` is over all customers, those who gave up included."""

    waits: float  # share of customers who have to wait
    abandons: float
    wait: float
    service_level: float  # answered within the target ÷ offered
    occupancy: float


def erlang_c(agents: int, arrivals: float, service: float, within: float = 0.0) -> Waiting:
    """Erlang C, M/M/N: everybody waits as long as it takes. Unstable (ρ ≥ 1): waits for ever.

    C = B ÷ (1 − ρ(1 − B)); P(wait > t) = C·e^−(Nμ−λ)t; mean wait = C ÷ (Nμ − λ)."""
    load = arrivals / service
    spare = agents * service - arrivals
    if spare <= 0:
        return Waiting(1.0, 0.0, math.inf, 0.0, 1.0)
    lost = blocking(agents, load)
    waits = lost / (1 - load / agents * (1 - lost))
    return Waiting(waits, 0.0, waits / spare, 1 - waits * math.exp(-spare * within), load / agents)


def erlang_a(agents: int, arrivals: float, service: float, impatience: float, within: float = 0.0) -> Waiting:
    """Erlang A, M/M/N+M: everybody gives up after an exponential patience with rate `impatience`.

    With g(x) = λH(x) − Nμx, H(x) = (1 − e^−θx) ÷ θ, E = 1 ÷ B(N−1, λ/μ) and J = ∫₀^∞ e^g(x) dx:
    P(wait) = λJ ÷ (E + λJ), mean wait = λ∫H e^g ÷ (E + λJ), P(abandon) = θ·mean wait,
    P(answered ≤ T) = (E + λ∫₀^T e^(g−θx)) ÷ (E + λJ). Everything is scaled by e^−max g: no overflow, however
    overloaded. P(abandon) through the wait, not as (1 + (λ−Nμ)J) ÷ …, for that cancels."""
    if impatience <= 0:
        return erlang_c(agents, arrivals, service, within)
    drain = agents * service
    inverse = _inverse_blocking(agents - 1, arrivals / service)
    if math.isinf(inverse):  # so many agents that nobody ever waits
        return Waiting(0.0, 0.0, 0.0, 1.0, arrivals / drain)

    def shrinking(x: Floats) -> Floats:
        return -np.expm1(-impatience * x) / impatience

    def exponent(x: Floats) -> Floats:
        return arrivals * shrinking(x) - drain * x

    at_peak = math.log(arrivals / drain) / impatience if arrivals > drain else 0.0
    peak = float(exponent(np.array(at_peak)))
    low, high = _support(lambda x: float(exponent(np.array(x))) - peak, at_peak)
    area = _integral(lambda x: np.exp(exponent(x) - peak), low, high)
    weighted = _integral(lambda x: shrinking(x) * np.exp(exponent(x) - peak), low, high)
    served = _integral(lambda x: np.exp(exponent(x) - peak - impatience * x), low, min(high, max(low, within)))
    idle = math.exp(math.log(inverse) - peak)
    total = idle + arrivals * area
    wait = arrivals * weighted / total
    abandons = impatience * wait
    occupancy = (1 - abandons) * arrivals / drain
    return Waiting(arrivals * area / total, abandons, wait, (idle + arrivals * served) / total, occupancy)


def _support(depth: Callable[[float], float], at_peak: float) -> tuple[float, float]:
    """Where a concave exponent is within `_NEGLIGIBLE` of its peak, 0 at `at_peak` ≥ 0."""
    step = 1e-9 + at_peak * 1e-6
    while depth(at_peak + step) > -_NEGLIGIBLE:
        step *= 2
    high = at_peak + step
    if at_peak == 0.0 or depth(0.0) > -_NEGLIGIBLE:
        return 0.0, high
    below, above = 0.0, at_peak
    for _ in range(60):
        middle = (below + above) / 2
        below, above = (below, middle) if depth(middle) > -_NEGLIGIBLE else (middle, above)
    return below, high


def _integral(f: Callable[[Floats], Floats], low: float, high: float) -> float:
    """Gauss–Legendre in panels: exact to rounding for these smooth, log-concave functions."""
    if high <= low:
        return 0.0
    edges = np.linspace(low, high, _PANELS + 1)
    half = (edges[1:] - edges[:-1])[:, None] / 2
    x = edges[:-1, None] + half * (1 + _NODES[None, :])
    return float(np.sum(half * _WEIGHTS[None, :] * f(x)))
