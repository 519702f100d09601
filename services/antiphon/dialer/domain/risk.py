"""The chance that so many things happen, when each has a chance of its own (Poisson-binomial).

Up to `EXACT` things it is exact, by the discrete Fourier transform of the generating function (Hong 2013); beyond, the
normal approximation with a correction for continuity, and the variance that comes from not knowing the answer rate.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from antiphon.dialer.domain.floor import Floats

Complexes: TypeAlias = "NDArray[np.complex128]"
EXACT = 64


def at_least(chances: Floats, threshold: int, each: Floats, most: int) -> Floats:
    """P(at least `threshold` happen), exactly: [d, h] with d more things of chance `each[h]`, for d = 0..most.

    `chances`: [thing, h]. Shape of the answer: (most + 1, h).
    """
    things, horizons = chances.shape
    if threshold <= 0:
        return np.ones((most + 1, horizons))
    total = things + most
    if threshold > total:
        return np.zeros((most + 1, horizons))
    turns, tail = _transform(total + 1, threshold)
    spectrum = (1.0 + chances[:, :, None] * turns).prod(axis=0)
    more = 1.0 + each[:, None] * turns
    found = np.empty((most + 1, horizons))
    for count in range(most + 1):
        found[count] = (spectrum @ tail).real
        spectrum = spectrum * more
    return np.clip(found, 0.0, 1.0)


def about_at_least(mean: Floats, variance: Floats, threshold: int) -> Floats:
    """The same by the normal distribution."""
    if threshold <= 0:
        return np.ones_like(mean)
    below: Floats = ndtr((mean - threshold + 0.5) / np.sqrt(variance + 1e-9))
    return below


@cache
def _transform(size: int, threshold: int) -> tuple[Complexes, Complexes]:
    """Half of the unit roots less one, and the weights that sum the distribution from the threshold on."""
    steps = np.arange(size // 2 + 1)
    turns = np.exp(2j * np.pi * steps / size) - 1
    over = np.arange(threshold, size)
    tail = np.exp(-2j * np.pi * np.outer(steps, over) / size).sum(axis=1) / size
    tail[1:] *= 2  # the other half is conjugate
    if size % 2 == 0:
        tail[-1] /= 2
    return turns, tail
