"""Erlang X: a limited number of lines, impatient callers, and some of those who were lost call again.

An M/M/N/L+M queue whose arrival rate is a fixed point: λ = λ₀ + λ·(r_abandon·P(abandon) + r_block·P(block)). Redials
are taken as fresh arrivals, not as bursts after the loss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betainc, gammainc

from antiphon.wfm.domain.queueing import Floats
from antiphon.wfm.domain.reasons import Reason, Refusal, refuse

MOST_LINES = 2_000_000


@dataclass(frozen=True, slots=True)
class Lines:
    """`lines` counts callers in conversation and waiting. Rates are a second."""

    agents: int
    lines: int
    arrivals: float
    aht_s: float
    patience_s: float
    target_s: float
    after_abandon: float = 0.0
    after_block: float = 0.0

    def __post_init__(self) -> None:
        if self.agents < 0 or self.lines < 0:
            raise refuse("agents", "agents and lines are not negative")
        if self.lines > MOST_LINES:
            raise refuse("lines", f"at most {MOST_LINES:,}")
        if not (0 <= self.after_abandon <= 1 and 0 <= self.after_block <= 1):
            raise refuse("redial_after_abandon", "the shares that call again are between 0 and 1")


@dataclass(frozen=True, slots=True)
class Redialled:
    """`arrivals` a second with redials; the level is answered within the target ÷ all of them."""

    arrivals: float
    p_abandon: float
    p_block: float
    p_wait: float
    service_level: float


def erlang_x(lines: Lines) -> Redialled:
    """The steady state with redials. Raises NEVER_SETTLES where those who call again outrun what can be served."""
    if lines.arrivals <= 0:
        return Redialled(0.0, 0.0, 0.0, 0.0, 1.0)

    def surplus(log_rate: float) -> float:
        rate = float(np.exp(log_rate))
        found = _once(replace(lines, arrivals=rate))
        again = lines.after_abandon * found.p_abandon + lines.after_block * found.p_block
        return rate * (1 - again) - lines.arrivals

    low = float(np.log(lines.arrivals))
    if surplus(low) >= 0:
        return _once(lines)
    high = low
    while surplus(high) < 0:
        high += 0.7
        if high - low > 14:
            raise Refusal(Reason.NEVER_SETTLES)
    rate = float(np.exp(_root(surplus, low, high)))
    return _once(replace(lines, arrivals=rate))


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is 0, by halves, to the last bit: `scipy.optimize` would take a second to load."""
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return high


def _once(lines: Lines) -> Redialled:
    """Without redials: the birth–death chain over 0 … L callers."""
    agents = min(lines.agents, lines.lines)
    room = lines.lines - agents
    if agents == 0 and lines.lines and lines.patience_s > 0:
        return _nobody_serves(lines)
    theta = 1 / lines.patience_s if lines.patience_s > 0 else np.inf
    states = np.arange(1, lines.lines + 1)
    with np.errstate(invalid="ignore"):
        over = states - agents
        deaths = np.minimum(states, agents) / lines.aht_s + np.where(over > 0, over * theta, 0.0)
    logs = np.concatenate([[0.0], np.cumsum(np.log(lines.arrivals) - np.log(deaths))])
    shares = np.exp(logs - np.logaddexp.reduce(logs))
    queue = np.arange(1.0, room + 1)
    abandons = float(shares[agents + 1 :] @ (queue * theta)) / lines.arrivals if room and np.isfinite(theta) else 0.0
    if not np.isfinite(theta) and room:
        abandons, room = float(shares[agents]), 0
    waiting = shares[agents : agents + room]
    answered = float(shares[:agents].sum() + waiting @ _answered(queue[:room], agents / lines.aht_s, lines))
    blocked = float(shares[-1]) if np.isfinite(theta) or lines.lines == agents else 0.0
    return Redialled(lines.arrivals, abandons, blocked, float(waiting.sum()), min(1.0, answered))


def _answered(place: Floats, drain: float, lines: Lines) -> Floats:
    """P(answered within T) from the k-th place: the wait is a sum of exponentials with rates c, c+θ, …, c+(k−1)θ.

    So e^−θW is Beta(c/θ, k) distributed, and with one's own patience the share is E[e^−θW; W ≤ T]."""
    if lines.patience_s <= 0:
        return np.zeros(len(place))
    if np.isinf(lines.patience_s):
        return np.asarray(gammainc(place, drain * lines.target_s), dtype=np.float64)
    a = drain * lines.patience_s
    reached = betainc(place, a + 1, -np.expm1(-lines.target_s / lines.patience_s))
    return np.asarray(a / (a + place) * reached, dtype=np.float64)


def _nobody_serves(lines: Lines) -> Redialled:
    """No agents: all who find a line wait until they give up."""
    if np.isinf(lines.patience_s):
        return Redialled(lines.arrivals, 0.0, 1.0, 0.0, 0.0)
    states = np.arange(1, lines.lines + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(lines.arrivals * lines.patience_s) - np.log(states))])
    blocked = float(np.exp(logs[-1] - np.logaddexp.reduce(logs)))
    return Redialled(lines.arrivals, 1 - blocked, blocked, 1 - blocked, 0.0)
