"""Between 8, 16 and 48 kHz, by a windowed-sinc low-pass: up by zero-stuffing, down by leaving samples out. Pure.

Telephone rates are whole multiples of each other, so no general resampler is needed.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from antiphon.media.audio.g711 import Pcm

RATES = (8000, 16000, 48000)
_TAPS_PER_STEP = 24
_CHUNK = 1 << 20


class UnknownRate(ValueError):
    """Not one of `RATES`, or no whole multiple."""


def resample(samples: Pcm, source: int, target: int) -> Pcm:
    """The same sound at another rate; its length is rounded up."""
    if source == target:
        return samples
    if source not in RATES or target not in RATES:
        raise UnknownRate(f"{source} → {target} Hz")
    if target > source:
        return _up(samples, target // source)
    return _down(samples, source // target)


def _up(samples: Pcm, factor: int) -> Pcm:
    stuffed = np.zeros(samples.size * factor, dtype=np.float32)
    stuffed[::factor] = samples
    return _clipped(_filtered(stuffed, factor) * factor)


def _down(samples: Pcm, factor: int) -> Pcm:
    return _clipped(_filtered(samples.astype(np.float32), factor)[::factor])


def _clipped(samples: NDArray[np.float32]) -> Pcm:
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def _filtered(samples: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Low-passed at the lower rate's half, by parts so that an hour does not need an hour's memory twice."""
    kernel = _kernel(factor)
    margin = kernel.size // 2
    padded = np.pad(samples, margin)
    out = np.empty_like(samples)
    for start in range(0, samples.size, _CHUNK):
        part = padded[start : start + _CHUNK + 2 * margin]
        filtered = np.convolve(part, kernel, mode="valid")
        out[start : start + filtered.size] = filtered
    return out


@lru_cache
def _kernel(factor: int) -> NDArray[np.float32]:
    half = _TAPS_PER_STEP * factor // 2
    positions = np.arange(-half, half + 1)
    cutoff = 0.46 / factor  # of the higher rate; 8 % below the half, for the slope
    kernel = np.sinc(2 * cutoff * positions) * np.hamming(positions.size)
    normal: NDArray[np.float32] = (kernel / kernel.sum()).astype(np.float32)
    return normal
