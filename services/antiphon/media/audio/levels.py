"""How loud a sound is, and its outline for a player. Pure."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FULL = 32768.0


def dbfs(samples: NDArray[np.int16]) -> float:
    """Level in dB below a full-scale square wave; -inf for silence and for nothing."""
    if samples.size == 0:
        return -math.inf
    rms = math.sqrt(float(np.mean(samples.astype(np.float64) ** 2)))
    return 20 * math.log10(rms / FULL) if rms else -math.inf


def is_clipped(samples: NDArray[np.int16], share: float = 0.001) -> bool:
    """True when more than this share of the samples lies at the end of the scale."""
    return bool(samples.size) and float(np.mean(np.abs(samples.astype(np.int32)) >= 32700)) > share


def peaks(samples: NDArray[np.int16], count: int = 400) -> list[list[float]]:
    """The outline for a player: for each channel at most `count` values 0–1, each the loudest sample of its part.
    `samples` is (n,) or (n, channels)."""
    columns = samples.reshape(-1, 1) if samples.ndim == 1 else samples
    if columns.shape[0] == 0 or count <= 0:
        return [[] for _ in range(columns.shape[1])]
    edges = np.linspace(0, columns.shape[0], min(count, columns.shape[0]) + 1).astype(int)[:-1]
    loud = np.maximum(
        np.maximum.reduceat(columns, edges, axis=0).astype(np.int32),
        -np.minimum.reduceat(columns, edges, axis=0).astype(np.int32),
    )
    return [[round(float(value), 3) for value in column] for column in (loud / FULL).T]
