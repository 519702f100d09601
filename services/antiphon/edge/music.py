"""Tones and music on hold from numpy alone, at 8 kHz.

The music is ours: four soft chords, a bass and a slow melody of bell-like notes from a scale in which nothing clashes.
Every note's tail is folded over the end of the piece onto its beginning, so that it repeats without a seam.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

RATE = 8000
Sound = npt.NDArray[np.float64]
Maker = Callable[[], Sound]

_BEAT = 0.75
_BARS, _BEATS = 16, 4
_CHORDS = ((48, 64, 67, 71), (45, 60, 64, 67), (41, 57, 60, 64), (43, 59, 62, 65))
"""C major seven, A minor seven, F major seven, G seven: bass first, as MIDI numbers."""
_SCALE = (72, 74, 76, 79, 81, 84)
_SEED = 20
_LOUDNESS = 0.08


def on_hold() -> Sound:
    """48 seconds of music that repeat."""
    total = int(_BARS * _BEATS * _BEAT * RATE)
    piece = np.zeros(total)
    choose = np.random.default_rng(_SEED)
    step = 2
    for bar in range(_BARS):
        bass, *voices = _CHORDS[bar % len(_CHORDS)]
        start = bar * _BEATS * _BEAT
        _add(piece, start, _pad(bass, _BEATS * _BEAT + 1.5) * 0.5)
        for voice in voices:
            _add(piece, start, _pad(voice, _BEATS * _BEAT + 1.5) * 0.22)
        for beat in range(_BEATS):
            _add(piece, start + beat * _BEAT, _bell(voices[beat % len(voices)]) * 0.16)
            if choose.random() < 0.55:
                step = int(np.clip(step + choose.integers(-2, 3), 0, len(_SCALE) - 1))
                late = 0.0 if choose.random() < 0.7 else _BEAT / 2
                _add(piece, start + beat * _BEAT + late, _bell(_SCALE[step]) * 0.3)
    return piece * (_LOUDNESS / float(np.sqrt(np.mean(piece**2))))


def _add(piece: Sound, at: float, note: Sound) -> None:
    """Adds a note; what hangs over the end sounds at the beginning."""
    places = (int(at * RATE) + np.arange(len(note))) % len(piece)
    np.add.at(piece, places, note)


def _pad(note: int, seconds: float) -> Sound:
    """A soft chord tone that swells and fades."""
    time = np.arange(int(seconds * RATE)) / RATE
    pitch = _pitch(note)
    tone = sum(np.sin(2 * np.pi * pitch * (1 + drift) * time) for drift in (-0.0015, 0.0, 0.0015)) / 3
    tone = tone + 0.25 * np.sin(4 * np.pi * pitch * time)
    return np.asarray(tone * np.minimum(1, time / 0.8) * np.minimum(1, (seconds - time) / 1.5))


def _bell(note: int, seconds: float = 2.4) -> Sound:
    """A plucked note: overtones fade faster than the root."""
    time = np.arange(int(seconds * RATE)) / RATE
    pitch = _pitch(note)
    tone = np.zeros(len(time))
    for overtone, strength in ((1, 1.0), (2, 0.4), (3, 0.15)):
        if pitch * overtone < 3400:
            tone += strength * np.sin(2 * np.pi * pitch * overtone * time) * np.exp(-time * (1.6 + overtone))
    return tone * np.minimum(1, time / 0.008) * np.minimum(1, (seconds - time) / 0.05)


def _pitch(note: int) -> float:
    return float(440.0 * 2 ** ((note - 69) / 12))


def _tone(frequency: float, sounds: float, silent: float = 0.0, level: float = 0.2) -> Sound:
    time = np.arange(int(sounds * RATE)) / RATE
    edge = np.minimum(1, np.minimum(time, sounds - time) / 0.01)
    return np.concatenate([level * np.sin(2 * np.pi * frequency * time) * edge, np.zeros(int(silent * RATE))])


TONES: dict[str, Maker] = {
    "beep": lambda: _tone(1000, 0.5),
    "ringback": lambda: _tone(425, 1.0, 4.0),
    "busy": lambda: _tone(425, 0.5, 0.5),
    "congestion": lambda: _tone(425, 0.25, 0.25),
    "silence": lambda: np.zeros(RATE),
}
"""Tones of the European plan; each repeats as it is."""
