"""Prompts in three languages, tones and music on hold, made on the spot: `python -m antiphon.edge.sounds DIRECTORY`.

Speech comes from espeak-ng by the table `pbx/sounds/prompts.tsv`, everything else from a few sines (`music.py`), so no
recording and no licence is needed. A file is made again only when its text or this program changed.
"""

from __future__ import annotations

import csv
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile

from antiphon.edge import music, render
from antiphon.edge.music import RATE, Sound
from antiphon.edge.servers import find

VOICES = {"en": "en-us", "ru": "ru", "uk": "uk"}
_SPEED, _VERSION = 145, "1"
_LOUDNESS, _PEAK = 0.11, 0.89
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def table(file: Path | None = None) -> dict[str, dict[str, str]]:
    """Name → language → text, with ranges spelt out."""
    with (file or render.templates() / "sounds/prompts.tsv").open(newline="", encoding="utf-8") as lines:
        return dict(_spelt_out(csv.DictReader(lines, delimiter="\t")))


def _spelt_out(rows: csv.DictReader[str]) -> Iterator[tuple[str, dict[str, str]]]:
    for row in rows:
        name = row.pop("name")
        found = _RANGE.search(name)
        if found is None:
            yield name, dict(row)
            continue
        for number in range(int(found[1]), int(found[2]) + 1):
            texts = {language: text.replace("{n}", str(number)) for language, text in row.items()}
            yield _RANGE.sub(str(number), name), texts


Prompts = Mapping[str, Mapping[str, str]]


def make(directory: Path, prompts: Prompts | None = None, workers: int = 2) -> int:
    """Makes what is missing or stale under `directory`; returns how many files were made. Raises ServerMissing when
    espeak-ng is not installed and something has to be said."""
    made = 0
    for path, sound in (
        *_tones(directory),
        (directory / "music/default.wav", music.on_hold),
    ):  # soon made
        if not _is_fresh(path, _mark("sound", path.stem)):
            _store(path, sound(), _mark("sound", path.stem))
            made += 1
    wanted: list[tuple[Path, str, str]] = []
    for name, texts in (table() if prompts is None else prompts).items():
        wanted += [(directory / language / f"{name}.wav", language, text) for language, text in texts.items()]
    stale = [each for each in wanted if not _is_fresh(each[0], _mark(each[1], each[2]))]
    if stale:
        program = find("espeak-ng")
        with ThreadPoolExecutor(workers) as pool:
            list(
                pool.map(lambda each: _store(each[0], speak(program, each[1], each[2]), _mark(each[1], each[2])), stale)
            )
    return made + len(stale)


def _tones(directory: Path) -> Iterator[tuple[Path, music.Maker]]:
    for name, maker in music.TONES.items():
        yield directory / f"tones/{name}.wav", maker


def speak(program: str, language: str, text: str) -> Sound:
    """A sentence at 8 kHz, without silence around it, as loud as every other."""
    command = [program, "-v", VOICES[language], "-s", str(_SPEED), "--stdin", "--stdout"]
    spoken = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    samples, rate = soundfile.read(BytesIO(_with_length(spoken)), dtype="float64")
    return _levelled(_resampled(_trimmed(samples, int(rate)), int(rate)))


def _with_length(wav: bytes) -> bytes:
    """espeak-ng writes to a pipe before it knows the length; the two lengths of the header are put right."""
    size = len(wav)
    return wav[:4] + (size - 8).to_bytes(4, "little") + wav[8:40] + (size - 44).to_bytes(4, "little") + wav[44:]


def _trimmed(samples: Sound, rate: int) -> Sound:
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    if not loud.size:
        return samples
    margin = rate // 20
    return samples[max(0, loud[0] - margin) : loud[-1] + margin]


def _resampled(samples: Sound, rate: int) -> Sound:
    """To 8 kHz, cutting off what 8 kHz cannot hold: the spectrum is truncated."""
    length = round(len(samples) * RATE / rate)
    spectrum = np.fft.rfft(samples)[: length // 2 + 1]
    return np.fft.irfft(spectrum, length) * (length / len(samples))


def _levelled(samples: Sound) -> Sound:
    loudness = float(np.sqrt(np.mean(samples**2))) or 1.0
    scaled = samples * (_LOUDNESS / loudness)
    peak = float(np.max(np.abs(scaled))) or 1.0
    return scaled * min(1.0, _PEAK / peak)


def _mark(*parts: str) -> str:
    return hashlib.sha256("\0".join((_VERSION, *parts)).encode()).hexdigest()


def _is_fresh(path: Path, mark: str) -> bool:
    kept = path.with_suffix(".made")
    return path.exists() and kept.exists() and kept.read_text() == mark


def _store(path: Path, samples: Sound, mark: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    soundfile.write(fresh, samples, RATE, subtype="PCM_16", format="WAV")
    fresh.replace(path)
    path.with_suffix(".made").write_text(mark)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    sys.stdout.write(f"{make(target)} files made in {target}\n")
