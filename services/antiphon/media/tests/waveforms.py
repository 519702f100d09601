"""Sounds of people and machines who answer, made by chance: voiced syllables with pauses, line noise, beeps.

A voice is a pulse train at 90 to 250 Hz with its harmonics under three formants, loud and soft in syllables of 120 to
320 ms; so it has the rhythm of speech, which is all that the detector goes by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 8000
Wave = NDArray[np.float64]


@dataclass
class Studio:
    """A source of sounds; the same seed gives the same."""

    seed: int

    def __post_init__(self) -> None:
        self.chance = np.random.default_rng(self.seed)

    def silence(self, seconds: float) -> Wave:
        return np.zeros(round(seconds * RATE))

    def syllable(self, seconds: float, pitch: float) -> Wave:
        time = np.arange(round(seconds * RATE)) / RATE
        glide = pitch * (1 + 0.1 * np.sin(2 * np.pi * time / max(seconds, 0.1)) * self.chance.uniform(-1, 1))
        phase = 2 * np.pi * np.cumsum(glide) / RATE
        formants = self.chance.uniform((300, 900, 2100), (800, 1800, 2900))
        wave = np.zeros(time.size)
        for harmonic in range(1, int(3400 / pitch)):
            hertz = harmonic * pitch
            loud = sum(np.exp(-(((hertz - one) / 180) ** 2)) for one in formants) + 0.15 / harmonic
            wave += loud * np.sin(harmonic * phase + self.chance.uniform(0, 6.28))
        wave += 0.05 * self.chance.standard_normal(time.size)
        envelope: Wave = np.sin(np.pi * (time + 0.01) / (seconds + 0.02)) ** 0.5
        loud_wave: Wave = wave / np.abs(wave).max()
        return loud_wave * envelope

    def speech(self, seconds: float) -> Wave:
        """Words for about so long, as one talks: pauses of 30 to 120 ms between some syllables, breaths between
        sentences."""
        pitch = float(self.chance.uniform(90, 250))
        parts, length, since = list[Wave](), 0.0, 0.0
        while length < seconds:
            one = float(min(self.chance.uniform(0.12, 0.32), max(0.12, seconds - length)))
            parts.append(self.syllable(one, pitch))
            pause = float(self.chance.uniform(0.03, 0.12)) if self.chance.random() < 0.4 else 0.0
            since += one
            if since > 2.2:
                pause, since = float(self.chance.uniform(0.2, 0.5)), 0.0
            if length + one < seconds:
                parts.append(self.silence(pause))
            length += one + pause
        return np.concatenate(parts)

    def beep(self) -> Wave:
        seconds, hertz = self.chance.uniform(0.2, 1.0), self.chance.choice([850.0, 1000.0, 1400.0])
        found: Wave = np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE) * 0.6
        return found

    def line(self, wave: Wave, loud: float, noise: float) -> NDArray[np.int16]:
        """As it arrives: peaks of `loud`, hiss of `noise` (both of 32,767)."""
        hiss = self.chance.standard_normal(wave.size) * noise
        return np.clip(wave * loud + hiss, -32768, 32767).astype(np.int16)

    # --- who answers

    def person(self) -> NDArray[np.int16]:
        """ "Hello?", "Yes?", "Smith, good morning": 0.3 to 1.4 s of voice after 0.1 to 1.2 s, then he waits."""
        before, said = self.chance.uniform(0.1, 1.2), self.chance.uniform(0.3, 1.4)
        return self._call(self.silence(before), self.speech(said), self.silence(3.0))

    def talkative(self) -> NDArray[np.int16]:
        """A person who says more than one usually does: "Smith and Sons, good morning, my name is …"."""
        return self._call(self.silence(self.chance.uniform(0.1, 1.0)), self.speech(self.chance.uniform(1.6, 3.0)),
                          self.silence(3.0))  # fmt: skip

    def machine(self) -> NDArray[np.int16]:
        """A greeting of 3 to 12 s and a beep."""
        greeting = self.speech(self.chance.uniform(3, 12))
        parts = self.silence(self.chance.uniform(0.1, 1.5)), greeting, self.silence(self.chance.uniform(0.1, 0.8))
        return self._call(*parts, self.beep(), self.silence(3.0))

    def terse(self) -> NDArray[np.int16]:
        """A machine with a short greeting: told by its beep, or not at all."""
        parts = self.silence(0.3), self.speech(self.chance.uniform(0.6, 1.3)), self.silence(0.3), self.beep()
        return self._call(*parts, self.silence(3.0))

    def mailbox(self) -> NDArray[np.int16]:
        """A greeting without a beep."""
        return self._call(self.silence(0.5), self.speech(self.chance.uniform(3, 8)), self.silence(6.0))

    def _call(self, *parts: Wave) -> NDArray[np.int16]:
        loud, noise = self.chance.uniform(3000, 14000), self.chance.choice([0.0, 20.0, 60.0, 120.0])
        return self.line(np.concatenate(parts), float(loud), float(noise))
