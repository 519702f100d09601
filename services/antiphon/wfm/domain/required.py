"""How many agents: the least whole number that reaches a target, for thousands of intervals at once.

The search begins a little below the square-root rule N ≈ A + β√A and goes up by the recursion
1/B(n) = 1 + (n/A)/B(n−1): one incomplete gamma function an interval, then a few multiplications.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from antiphon.wfm.domain.queueing import Floats, Queue, erlang_a, erlang_c, log_inverse_b
from antiphon.wfm.domain.reasons import Reason, Refusal, refuse

Whole = npt.NDArray[np.int64]
_SURE = 1e300


@dataclass(frozen=True, slots=True)
class Target:
    """What is promised. `max_occupancy` caps how busy agents may be; 1 means no cap."""

    service_level: float = 0.8
    within_s: float = 20.0
    max_occupancy: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.service_level <= 1:
            raise refuse("service_level", "a share between 0 and 1")
        if self.service_level == 1:
            raise Refusal(
                Reason.IMPOSSIBLE_TARGET, "service_level: somebody always waits a little; ask for less than 1"
            )
        if not self.within_s >= 0:
            raise refuse("target_s", "not negative")
        if not 0 < self.max_occupancy <= 1:
            raise refuse("max_occupancy", "above 0, at most 1")


def required_agents(load: npt.ArrayLike, aht_s: npt.ArrayLike, level: npt.ArrayLike, within_s: npt.ArrayLike) -> Whole:
    """By Erlang C. No load needs nobody; any load needs more agents than erlangs, whatever the target."""
    given = (np.asarray(x, dtype=np.float64) for x in (load, aht_s, level, within_s))
    a, h, want, t = (np.atleast_1d(x) for x in np.broadcast_arrays(*given))
    if np.any(want >= 1):
        raise Refusal(Reason.IMPOSSIBLE_TARGET, "service_level: somebody always waits a little; ask for less than 1")
    found = np.zeros(a.shape, dtype=np.int64)
    todo = np.flatnonzero(a > 0)
    back = 1.0
    while todo.size:
        agents, sure = _upwards(a[todo], t[todo] / h[todo], want[todo], back)
        found[todo[sure]] = agents[sure]
        todo, back = todo[~sure], back * 4
    return found


def _upwards(a: Floats, patience: Floats, want: Floats, back: float) -> tuple[Whole, npt.NDArray[np.bool_]]:
    """Climbs from `back` below the guess. Sure is the answer whose predecessor was seen to miss the target."""
    least = np.floor(a) + 1
    start = np.maximum(least, np.floor(_guess(a, patience, want)) - back)
    n = start.copy()
    inverse = np.exp(np.minimum(log_inverse_b(n, a), 690.0))
    answer = np.zeros(a.shape)
    open_ = np.arange(a.size)
    while open_.size:
        on, load = n[open_], a[open_]
        spare = on - load
        waits = on / (spare * inverse[open_] + load)
        reached = 1 - waits * np.exp(-spare * patience[open_]) >= want[open_]
        done = open_[reached]
        answer[done] = n[done]
        open_ = open_[~reached]
        n[open_] += 1
        inverse[open_] = np.minimum(1 + inverse[open_] * n[open_] / a[open_], _SURE)
    return answer.astype(np.int64), (answer > start) | (start == least)


def _guess(a: Floats, patience: Floats, want: Floats) -> Floats:
    """A + β√A with β from P(wait)·e^(−β√A·T/h) = 1 − level, P(wait) after Halfin & Whitt: a fixed point."""
    root = np.sqrt(a)
    beta = np.full_like(a, 0.5)
    for _ in range(3):
        allowed = np.minimum(0.999, (1 - want) * np.exp(np.minimum(50.0, beta * root * patience)))
        beta = np.clip(0.5 * beta + 0.5 * np.sqrt(np.maximum(0.0, -1.4 * np.log(allowed))), 0.0, 9.0)
    return np.asarray(a + np.maximum(beta - 0.3, 0) * root, dtype=np.float64)


def at_occupancy(load: npt.ArrayLike, max_occupancy: float) -> Whole:
    """The least number of agents no busier than that on average."""
    return np.ceil(np.asarray(load, dtype=np.float64) / max_occupancy - 1e-9).astype(np.int64)


def scheduled(agents: npt.ArrayLike, shrinkage: npt.ArrayLike) -> Whole:
    """⌈N ÷ (1 − s)⌉: how many to put on the plan so that N are there when the share s is away."""
    lost = np.asarray(shrinkage, dtype=np.float64)
    if np.any((lost < 0) | (lost >= 1)) or np.any(np.isnan(lost)):
        raise refuse("shrinkage", "a share from 0 to below 1")
    return np.ceil(np.asarray(agents, dtype=np.float64) / (1 - lost) - 1e-9).astype(np.int64)


def least(reaches: Callable[[int], bool], start: int, most: int = 10_000_000) -> int:
    """The least number that reaches the target where more never harms: doubling, then halving."""
    low, step = max(0, start) - 1, 1
    while not reaches(low + step):
        low, step = low + step, step * 2
        if low > most:
            raise Refusal(Reason.IMPOSSIBLE_TARGET)
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def with_patience(load: float, aht_s: float, patience_s: float, target: Target) -> int:
    """By Erlang A: impatient customers need fewer agents, for those who leave do not wait."""
    if load <= 0:
        return 0
    return least(
        lambda n: bool(erlang_a(n, load, aht_s, patience_s, target.within_s).service_level >= target.service_level), 0
    )


def outlook(
    agents: npt.ArrayLike, load: npt.ArrayLike, aht_s: npt.ArrayLike, target: Target, patience_s: float
) -> Queue:
    """What so many agents will reach: with patience by Erlang A, without by C."""
    if np.isfinite(patience_s):
        return erlang_a(agents, load, aht_s, patience_s, target.within_s)
    return erlang_c(agents, load, aht_s, target.within_s)


def exact_agents(load: npt.ArrayLike, aht_s: npt.ArrayLike, target: Target, patience_s: float = np.inf) -> Floats:
    """How many agents reach the target exactly, as a fraction."""
    a, h = (np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in np.broadcast_arrays(load, aht_s))
    low, high = np.zeros(a.shape), np.maximum(1.0, required_agents(a, h, target.service_level, target.within_s))
    for _ in range(40):
        middle = (low + high) / 2
        enough = outlook(middle, a, h, target, patience_s).service_level >= target.service_level
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(a > 0, high, 0.0)
