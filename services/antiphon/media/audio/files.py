"""Sound files: WAV to play and keep, Opus in Ogg to keep small, and what the engine plays at little cost.

A file appears whole or not at all: it is written beside its place and moved. Reading and writing block; call them in a
thread.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from antiphon.kit.errors import DomainError
from antiphon.media.audio.g711 import Pcm
from antiphon.media.audio.resample import resample
from antiphon.media.ng.reasons import Reason

_SECONDS_AT_ONCE = 60


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sound as the engine likes it: 8 kHz WAV already in each law. Starting one costs the engine 0.4 ms of a core;
    the same as linear PCM cost 8.9 ms, for its reader looks for other formats in there first."""

    a_law: Path
    mu_law: Path

    def of(self, codec: str) -> Path:
        """The file for a leg with this codec."""
        return self.mu_law if codec == "PCMU" else self.a_law


def prepare(source: Path, folder: Path) -> Prompt:
    """Makes the prompt of a sound file in `folder`, unless it is there and not older. Raises DomainError:
    PROMPT_MISSING, NOT_WRITTEN."""
    prompt = Prompt(folder / f"{source.stem}.alaw.wav", folder / f"{source.stem}.ulaw.wav")
    try:
        made = source.stat().st_mtime
        if all(each.exists() and each.stat().st_mtime >= made for each in (prompt.a_law, prompt.mu_law)):
            return prompt
        samples, rate = read(source)
        samples = mono(samples, rate, 8000)
    except (OSError, soundfile.LibsndfileError) as error:
        raise DomainError(Reason.PROMPT_MISSING, source=source.name) from error
    folder.mkdir(parents=True, exist_ok=True)
    write(prompt.a_law, samples, 8000, subtype="ALAW")
    write(prompt.mu_law, samples, 8000, subtype="ULAW")
    return prompt


def read(source: Path) -> tuple[NDArray[np.int16], int]:
    """The samples, (n,) or (n, channels), and their rate."""
    samples, rate = soundfile.read(source, dtype="int16")
    return samples, int(rate)


def mono(samples: NDArray[np.int16], source: int, target: int) -> Pcm:
    """One channel at one of our rates. A rate that is none of ours (44.1 kHz) is bent to the nearest by interpolation
    first: enough for prompts and music on hold on a telephone."""
    single: Pcm = samples if samples.ndim == 1 else np.mean(samples, axis=1).astype(np.int16)
    if source not in (8000, 16000, 48000):
        nearest = 16000 if source < 32000 else 48000
        positions = np.arange(round(single.size * nearest / source)) * (source / nearest)
        single = np.interp(positions, np.arange(single.size), single).astype(np.int16)
        source = nearest
    return resample(single, source, target)


def write(target: Path, samples: NDArray[np.int16], rate: int, *, subtype: str = "") -> None:
    """Writes `.wav` (PCM unless a subtype is given) or `.opus`. Raises DomainError(NOT_WRITTEN), leaving nothing
    behind."""
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")  # two may need the same sound at once
    kind, sub = ("OGG", "OPUS") if target.suffix == ".opus" else ("WAV", subtype or "PCM_16")
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    try:
        with soundfile.SoundFile(part, "w", samplerate=rate, channels=channels, format=kind, subtype=sub) as file:
            for start in range(0, samples.shape[0], rate * _SECONDS_AT_ONCE):
                file.write(samples[start : start + rate * _SECONDS_AT_ONCE])
        os.replace(part, target)
    except (OSError, soundfile.LibsndfileError) as error:
        part.unlink(missing_ok=True)
        raise DomainError(Reason.NOT_WRITTEN, name=target.name) from error
