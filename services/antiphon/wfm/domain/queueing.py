"""Erlang B, C and A for arrays, and for fractional numbers of agents. Exact to about 1e-12, however large the load.

Units: seconds. `load` is in erlangs (arrivals a second × handling time); numbers of agents may be fractional, which
makes them differentiable and lets shrinkage be taken off before rounding. Everything broadcasts like numpy.

Sources: A. K. Erlang 1917 (B, C); D. L. Jagerman, "Some properties of the Erlang loss function", BSTJ 53 (1974), for
real N: 1/B = e^A · A^−N · Γ(N+1, A); C. Palm 1957 and S. Zeltyn & A. Mandelbaum, "Call centers with impatient
customers", Queueing Systems 51 (2005), for A. Tested against reference values and against sums over states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincc, gammaln

Floats = npt.NDArray[np.float64]
Numbers = npt.ArrayLike

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_RISE = np.arange(12) / 12
_FALL = np.concatenate([[0.0], 2.0 ** np.arange(-17, 1)])
"""Panels: even on the way up to the peak, ever wider after it, for there two scales meet: 1/θ and 1/drain."""
_NEGLIGIBLE = 46.0
"""exp(−46) ≈ 1e−20: what is smaller than that beside the peak adds nothing to a double."""
_HALF_LOG_TAU = 0.5 * np.log(2 * np.pi)


class Queue(NamedTuple):
    """What a formula promises in the steady state. `asa_s` is the mean wait of all, those who gave up included."""

    p_wait: Floats
    p_abandon: Floats
    service_level: Floats
    asa_s: Floats


def erlang_b(agents: Numbers, load: Numbers) -> Floats:
    """The share of calls lost when `agents` lines carry `load` and nobody waits."""
    return np.asarray(np.exp(-log_inverse_b(agents, load)), dtype=np.float64)


def log_inverse_b(agents: Numbers, load: Numbers) -> Floats:
    """ln(1 ÷ B): does not overflow where B is too small for a double. Infinite where there is no load."""
    n, a = np.broadcast_arrays(np.asarray(agents, dtype=np.float64), np.asarray(load, dtype=np.float64))
    result = np.where(n > 0, np.inf, 0.0)
    loaded = (a > 0) & (n > 0)
    if loaded.any():
        result[loaded] = _log_inverse_b(n[loaded], a[loaded])
    return result


def _log_inverse_b(n: Floats, a: Floats) -> Floats:
    tail = gammaincc(n + 1, a)
    tiny = tail < 1e-290  # far more load than agents: the tail underflows, the continued fraction converges at once
    with np.errstate(divide="ignore"):
        result = np.log(tail) - log_poisson(n, a)
    if tiny.any():
        result[tiny] = np.log(a[tiny]) + _log_fraction(n[tiny] + 1, a[tiny])
    return np.asarray(np.maximum(result, 0.0), dtype=np.float64)


def log_poisson(n: Floats, mean: Floats) -> Floats:
    """ln(mean^n·e^−mean ÷ Γ(n+1)) without the cancellation of the textbook form (C. Loader 2000)."""
    n, mean = np.broadcast_arrays(n, mean)
    big = n > 15
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        excess = (n - mean) / mean
        deviance = mean * ((1 + excess) * np.log1p(excess) - excess)
        far = n * (np.log(n) - np.log(mean) - 1) + mean
        deviance = np.where(excess > 1e6, far, deviance)
        small_n = n * np.log(mean) - mean - gammaln(n + 1)
        series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / n**2) / n**2) / n**2) / n
        large_n = -_HALF_LOG_TAU - 0.5 * np.log(n) - series - deviance
    return np.asarray(np.where(big, large_n, small_n), dtype=np.float64)


def _log_fraction(s: Floats, x: Floats) -> Floats:
    """ln of Legendre's continued fraction for e^x·x^−s·Γ(s, x), by Lentz's method, for x far above s."""
    b = x + 1 - s
    c = np.full_like(b, 1e300)
    d = 1 / b
    h = d.copy()
    for i in range(1, 300):
        an = -i * (i - s)
        b = b + 2
        d = 1 / (an * d + b)
        c = b + an / c
        step = c * d
        h = h * step
        if np.all(np.abs(step - 1) < 1e-15):
            break
    return np.log(h)


def erlang_c(agents: Numbers, load: Numbers, aht_s: Numbers, target_s: Numbers = 0.0) -> Queue:
    """Everybody waits as long as it takes. Where N ≤ A the queue grows without end: P(wait) 1, level 0, ASA infinite.

    C = N·B ÷ (N − A·(1 − B)); level = 1 − C·e^(−(N−A)·T/h); ASA = C·h ÷ (N − A)."""
    n, a, h, t = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (agents, load, aht_s, target_s)))
    b = erlang_b(n, a)
    spare = n - a
    stable = spare > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        waits = np.where(stable, n * b / (spare + a * b), 1.0)
        waits = np.where(a > 0, waits, 0.0)
        level = np.where(stable, 1 - waits * np.exp(-np.where(stable, spare, 0) * t / h), 0.0)
        asa = np.where(stable, waits * h / spare, np.inf)
    nobody = a == 0
    return Queue(waits, np.zeros_like(waits), np.where(nobody, 1.0, level), np.where(nobody, 0.0, asa))


def erlang_a(agents: Numbers, load: Numbers, aht_s: Numbers, patience_s: Numbers, target_s: Numbers = 0.0) -> Queue:
    """Everybody gives up after an exponential patience; the level counts answered within T over all offered.

    Infinite patience is Erlang C; no patience at all is Erlang B."""
    given = (agents, load, aht_s, patience_s, target_s)
    n, a, h, p, t = (np.array(x) for x in np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in given)))
    waits, gone, level, asa = (np.zeros(n.shape) for _ in range(4))
    level[...] = 1.0
    alone = (a > 0) & (n <= 0)
    waits[alone], gone[alone], level[alone], asa[alone] = 1.0, 1.0, 0.0, p[alone]
    for chosen, formula in _by_patience(n, a, p):
        if chosen.any():
            found = formula(n[chosen], a[chosen], h[chosen], p[chosen], t[chosen])
            waits[chosen], gone[chosen], level[chosen], asa[chosen] = found
    return Queue(waits, gone, level, asa)


def _by_patience(n: Floats, a: Floats, p: Floats) -> list[tuple[npt.NDArray[np.bool_], _Formula]]:
    served = (a > 0) & (n > 0)
    endless = p > 1e15  # a hundred lives of the universe in seconds: 1/patience is lost beside any other rate
    return [
        (served & endless, lambda n, a, h, p, t: erlang_c(n, a, h, t)),
        (served & (p <= 0), lambda n, a, h, p, t: _loss(n, a)),
        (served & (p > 0) & ~endless, _impatient),
    ]


class _Formula(Protocol):
    """The signature of the three: (agents, load, aht, patience, target) → Queue."""

    def __call__(self, n: Floats, a: Floats, h: Floats, p: Floats, t: Floats, /) -> Queue: ...


def _loss(n: Floats, a: Floats) -> Queue:
    b = erlang_b(n, a)
    return Queue(b, b, 1 - b, np.zeros_like(b))


def _impatient(n: Floats, a: Floats, h: Floats, p: Floats, t: Floats) -> Queue:
    log_e = log_inverse_b(n - 1, a)
    part = n < 1
    if part.any():  # 1/B(N−1) for N below one, by the recursion backwards
        with np.errstate(divide="ignore"):
            backwards = np.log(np.expm1(log_inverse_b(n[part], a[part]))) + np.log(a[part] / n[part])
        log_e[part] = backwards
    return line(log_e, Line(a / h, n / h, 1 / p, t))


@dataclass(frozen=True, slots=True)
class Line:
    """Who waits once every place is taken: arrivals, completions of a full house, giving up (each a second), target."""

    arrivals: Floats
    drain: Floats
    impatience: Floats
    target_s: Floats


def line(log_below: Floats, queue: Line) -> Queue:
    """From the weight of all states with a free place, relative to the last of them, to the four figures.

    With g(x) = λ(1 − e^−θx)/θ − cx and J = ∫₀^∞ e^g: P(wait) = λJ ÷ (E + λJ), mean wait = λ∫ x-like H·e^g ÷ (E + λJ),
    P(abandon) = θ·mean wait, level = (E + λ∫₀^T e^(g−θx)) ÷ (E + λJ). All in logarithms: no overload overflows."""
    lam, theta = queue.arrivals, queue.impatience
    with np.errstate(divide="ignore"):
        log_lam = np.log(lam)
        log_waits = log_lam + _log_integral(queue, queue.drain, None, weighted=False)
        log_time = log_lam + _log_integral(queue, queue.drain, None, weighted=True)
        log_served = log_lam + _log_integral(queue, queue.drain + theta, queue.target_s, weighted=False)
    total = np.logaddexp(log_below, log_waits)
    endless = np.isposinf(log_below)  # so many places that nobody ever waits
    total = np.where(endless, 0.0, total)
    asa = np.where(endless, 0.0, np.exp(log_time - total))
    waits = np.where(endless, 0.0, np.exp(log_waits - total))
    level = np.where(endless, 1.0, np.exp(np.logaddexp(np.where(endless, 0, log_below), log_served) - total))
    return Queue(waits, np.minimum(1.0, theta * asa), np.minimum(1.0, level), asa)


def _log_integral(queue: Line, drain: Floats, upto: Floats | None, *, weighted: bool) -> Floats:
    """ln ∫₀^upto e^g(x)·(H(x) when weighted) dx by Gauss–Legendre in panels over where e^g is not negligible."""
    lam, theta = queue.arrivals[..., None], queue.impatience[..., None]
    fall = drain[..., None]

    def shrink(x: Floats) -> Floats:
        return np.where(theta > 0, -np.expm1(-theta * x) / np.where(theta > 0, theta, 1), x)

    def exponent(x: Floats) -> Floats:
        return lam * shrink(x) - fall * x

    with np.errstate(divide="ignore", invalid="ignore"):
        top = np.where(lam > fall, np.log(lam / fall) / theta, 0.0)
    if upto is not None:
        top = np.minimum(top, upto[..., None])
    peak = exponent(top)
    low, high = _support(lambda x: exponent(x) - peak, top, 1 / fall)
    if upto is not None:
        high = np.minimum(high, upto[..., None])
    edges = np.concatenate([low + (top - low) * _RISE, top + np.maximum(high - top, 0) * _FALL], axis=-1)
    width = np.diff(edges, axis=-1)[..., None]
    x = edges[..., :-1, None] + width * ((1 + _NODES) / 2)
    flat = x.reshape(*x.shape[:-2], -1)
    values = np.exp(exponent(flat) - peak) * (shrink(flat) if weighted else 1.0)
    weights = (width * (_WEIGHTS / 2)).reshape(flat.shape)
    with np.errstate(divide="ignore"):
        result: Floats = np.log((values * weights).sum(axis=-1)) + peak[..., 0]
    return result


def _support(depth: _Depth, top: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """Where a concave exponent is within `_NEGLIGIBLE` of its peak at `top`: doubling, then halving."""
    step = 1e-3 * scale + top * 1e-9
    for _ in range(200):
        inside = depth(top + step) > -_NEGLIGIBLE
        if not inside.any():
            break
        step = np.where(inside, step * 1.5, step)
    below, above = np.zeros_like(top), top.copy()
    if (top > 0).any():
        for _ in range(50):
            middle = (below + above) / 2
            deep = depth(middle) < -_NEGLIGIBLE
            below, above = np.where(deep, middle, below), np.where(deep, above, middle)
    return np.where(depth(np.zeros_like(top)) < -_NEGLIGIBLE, below, 0.0), top + step


class _Depth(Protocol):
    """A function of the point at which it is asked."""

    def __call__(self, x: Floats, /) -> Floats: ...
