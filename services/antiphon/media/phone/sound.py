"""What a phone plays and what it makes of what it hears: tones, WAV files, G.711, the purity of a tone.

Sound is int16 at 8000 samples a second, in frames of 20 ms (160 samples).
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

RATE = 8000
FRAME = 160
Samples: TypeAlias = npt.NDArray[np.int16]
KEYS = {
    key: (row, column)
    for row, keys in ((697, "123A"), (770, "456B"), (852, "789C"), (941, "*0#D"))
    for key, column in zip(keys, (1209, 1336, 1477, 1633), strict=True)
}


class Sound(Protocol):
    """Something to play."""

    def frame(self) -> Samples:
        """The next 20 ms."""


class Silence:
    """Nothing, for ever."""

    def frame(self) -> Samples:
        return np.zeros(FRAME, np.int16)


class Tone:
    """One or more sine waves at once; `level` is the peak of each, 1.0 being full scale."""

    def __init__(self, *frequencies: float, level: float = 0.3) -> None:
        self._frequencies = frequencies
        self._level = level
        self._at = 0

    def frame(self) -> Samples:
        time = (np.arange(FRAME) + self._at) / RATE
        self._at += FRAME
        waves = sum(np.sin(2 * np.pi * one * time) for one in self._frequencies)
        return np.clip(np.asarray(waves) * self._level * 32767, -32768, 32767).astype(np.int16)


class Recording:
    """Samples once, or again and again; silence afterwards."""

    def __init__(self, samples: Samples, *, repeat: bool = False) -> None:
        self._samples = samples
        self._repeat = repeat
        self._at = 0

    @classmethod
    def wav(cls, path: Path, *, repeat: bool = False) -> Recording:
        """A WAV file: 16 bits, mono, 8000 Hz. Raises ValueError for another kind."""
        with wave.open(str(path), "rb") as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE):
                raise ValueError("a WAV file to play has 16 bits, one channel and 8000 Hz")
            return cls(np.frombuffer(file.readframes(file.getnframes()), np.int16), repeat=repeat)

    def frame(self) -> Samples:
        if self._repeat and self._at >= len(self._samples):
            self._at = 0
        piece = self._samples[self._at : self._at + FRAME]
        self._at += FRAME
        return np.pad(piece, (0, FRAME - len(piece)))


def save_wav(path: Path, samples: Samples) -> None:
    """Writes what was heard."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


# -- hearing


def dominant(samples: Samples) -> float:
    """The strongest frequency in Hz; 0.0 in silence."""
    power = _spectrum(samples)
    if not len(power) or power.max() <= 0:
        return 0.0
    return float(np.argmax(power)) * RATE / len(samples)


def purity(samples: Samples, *frequencies: float, width: float = 25.0) -> float:
    """The share of the energy that lies within `width` Hz of these frequencies: 1.0 is the pure tone, 0.0 silence."""
    power = _spectrum(samples)
    total = float(power.sum())
    if total <= 0:
        return 0.0
    bins = np.arange(len(power)) * RATE / len(samples)
    near = np.zeros(len(power), bool)
    for one in frequencies:
        near |= np.abs(bins - one) <= width
    return float(power[near].sum()) / total


def level(samples: Samples) -> float:
    """Root mean square, 1.0 being full scale."""
    return float(np.sqrt(np.mean((samples / 32768.0) ** 2))) if len(samples) else 0.0


def key_of(samples: Samples) -> str:
    """The key whose two tones these are; "" if it is none."""
    strength = {one: goertzel(samples, one) for pair in KEYS.values() for one in pair}
    total = float(np.sum((samples / 32768.0) ** 2)) * len(samples) / 2
    for key, pair in KEYS.items():
        if total > 1 and sum(strength[one] for one in pair) / total > 0.7 and min(strength[one] for one in pair) > 1:
            return key
    return ""


def goertzel(samples: Samples, frequency: float) -> float:
    """The energy of one frequency."""
    phase = np.exp(-2j * np.pi * frequency / RATE * np.arange(len(samples)))
    return float(abs(np.dot(samples / 32768.0, phase)) ** 2)


def _spectrum(samples: Samples) -> npt.NDArray[np.float64]:
    if len(samples) < FRAME:
        return np.zeros(0)
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    power[: max(1, int(30 * len(samples) / RATE))] = 0  # a constant offset is no sound
    return np.asarray(power, np.float64)


# -- G.711 (ITU-T), by tables


def _ulaw_table() -> Samples:
    code = ~np.arange(256) & 0xFF
    exponent, mantissa = (code >> 4) & 7, code & 15
    magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_table() -> Samples:
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    low = (mantissa << 4) + 8
    magnitude = np.where(exponent == 0, low, (low + 0x100) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _inverse(table: Samples) -> npt.NDArray[np.uint8]:
    """For every 16-bit value the nearest code."""
    order = np.argsort(table, kind="stable")
    values = table[order].astype(np.int32)
    middle = (values[1:] + values[:-1]) / 2
    return order[np.searchsorted(middle, np.arange(-32768, 32768))].astype(np.uint8)


_TABLES: dict[str, Samples] = {"PCMU": _ulaw_table(), "PCMA": _alaw_table()}
_INVERSES = {name: _inverse(table) for name, table in _TABLES.items()}


def encode(samples: Samples, codec: str) -> bytes:
    """PCMU or PCMA."""
    return bytes(_INVERSES[codec][samples.astype(np.int32) + 32768].tobytes())


def decode(payload: bytes, codec: str) -> Samples:
    """PCMU or PCMA."""
    return _TABLES[codec][np.frombuffer(payload, np.uint8)]


def joined(frames: Sequence[Samples]) -> Samples:
    """Frames one after the other."""
    return np.concatenate(frames) if frames else np.zeros(0, np.int16)
