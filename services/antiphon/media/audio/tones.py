"""Tones: make them, and say how much of a sound they are.

Purity is the share of the energy that lies at one frequency: 1.0 for a clean sine, about 0 when it is absent. Tests of
the media path send one tone a party and ask every ear what it heard.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from antiphon.media.audio.g711 import Pcm

DTMF = {
    digit: (low, high)
    for low, row in ((697, "123A"), (770, "456B"), (852, "789C"), (941, "*0#D"))
    for digit, high in zip(row, (1209, 1336, 1477, 1633), strict=True)
}
"""The two frequencies of each digit, Hz (ITU-T Q.23)."""

_LOWS = sorted({low for low, _ in DTMF.values()})
_HIGHS = sorted({high for _, high in DTMF.values()})
_DIGITS = {pair: digit for digit, pair in DTMF.items()}
_BLOCK_S = 0.0255
"""The usual DTMF window: short enough for 40 ms digits, long enough to tell 697 from 770 Hz."""
_TWIST = 10.0
"""One of the two tones may be at most this many times stronger in energy (Q.24: 8 dB, some margin)."""
_TONAL = 0.6
"""Share of the block's energy that must lie in the two tones; speech stays below."""


def tone(*hertz: float, seconds: float, rate: int = 8000, amplitude: int = 8000) -> Pcm:
    """The sum of sines, each of this amplitude."""
    time = np.arange(round(seconds * rate)) / rate
    wave = sum((np.sin(2 * np.pi * f * time) for f in hertz), np.zeros(time.size))
    return np.clip(amplitude * wave, -32768, 32767).astype(np.int16)


def silence(seconds: float, rate: int = 8000) -> Pcm:
    return np.zeros(round(seconds * rate), dtype=np.int16)


def goertzel(samples: Pcm, hertz: float, rate: int = 8000) -> float:
    """The energy at one frequency, in the same unit as the sum of squares of the samples."""
    if samples.size == 0:
        return 0.0
    phase = 2j * np.pi * hertz / rate * np.arange(samples.size)
    return float(2 * np.abs(np.dot(samples.astype(np.float64), np.exp(-phase))) ** 2 / samples.size)


def purity(samples: Pcm, hertz: float, rate: int = 8000) -> float:
    """Share of the energy at one frequency, 0–1, measured over windows of 50 ms, so that a phase jump (a lost packet,
    a re-bridging) costs its window only. Silence has purity 0."""
    block = rate // 20
    whole = samples[: samples.size // block * block]
    total = float(np.sum(whole.astype(np.float64) ** 2))
    if total <= whole.size:  # nothing, or less than one step of the least significant bit
        return 0.0
    there = sum(goertzel(whole[at : at + block], hertz, rate) for at in range(0, whole.size, block))
    return min(1.0, there / total)


def dtmf_tones(digits: str, *, on: float = 0.08, off: float = 0.08, rate: int = 8000, amplitude: int = 6000) -> Pcm:
    """Digits as in-band tones, each followed by a pause."""
    parts = [
        part
        for digit in digits
        for part in (tone(*DTMF[digit], seconds=on, rate=rate, amplitude=amplitude), silence(off, rate))
    ]
    return np.concatenate(parts) if parts else silence(0, rate)


class DtmfDetector:
    """Finds digits in a running sound. `feed` takes samples of any length and returns the digits that began in them.

    A digit counts when two windows in a row agree, and again only after a window without it.
    """

    def __init__(self, rate: int = 8000) -> None:
        self._rate = rate
        self._block = round(rate * _BLOCK_S)
        self._rest: Pcm = np.zeros(0, dtype=np.int16)
        self._last = ""
        self._told = ""

    def feed(self, samples: Pcm) -> str:
        """The digits that were recognised now, in order."""
        sound = np.concatenate([self._rest, samples])
        blocks = sound.size // self._block
        self._rest = sound[blocks * self._block :]
        found = ""
        for number in range(blocks):
            digit = _digit(sound[number * self._block : (number + 1) * self._block], self._rate)
            if digit and digit == self._last and digit != self._told:
                found += digit
                self._told = digit
            if digit != self._last and digit != self._told:
                self._told = ""
            self._last = digit
        return found


def _digit(block: Pcm, rate: int) -> str:
    """The digit of one window, or nothing."""
    total = float(np.sum(block.astype(np.float64) ** 2))
    if total < block.size * 200.0**2 / 2:  # quieter than a tone of amplitude 200
        return ""
    low, low_energy = _strongest(block, _LOWS, rate)
    high, high_energy = _strongest(block, _HIGHS, rate)
    if low_energy + high_energy < _TONAL * total:
        return ""
    if max(low_energy, high_energy) > _TWIST * min(low_energy, high_energy):
        return ""
    return _DIGITS[low, high]


def _strongest(block: Pcm, frequencies: Sequence[int], rate: int) -> tuple[int, float]:
    energies = {f: goertzel(block, f, rate) for f in frequencies}
    best = max(energies, key=lambda f: energies[f])
    return best, energies[best]
