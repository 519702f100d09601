"""Prompts say what the table says, music repeats without a seam."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from antiphon.edge import music, sounds

pytestmark = pytest.mark.service


def test_every_prompt_has_a_text_in_every_language() -> None:
    prompts = sounds.table()
    assert {"digit-0", "digit-9", "position-1", "position-20", "closed", "goodbye"} <= set(prompts)
    for name, texts in prompts.items():
        assert set(texts) == set(sounds.VOICES), name
        assert all(text.strip() and "{" not in text for text in texts.values()), name


def test_prompts_are_made_once(tmp_path: Path) -> None:
    few = {name: sounds.table()[name] for name in ("goodbye", "position-3")}
    assert sounds.make(tmp_path, few) == 2 * 3 + len(music.TONES) + 1
    assert sounds.make(tmp_path, few) == 0
    for language in sounds.VOICES:
        samples, rate = soundfile.read(tmp_path / language / "position-3.wav")
        assert rate == 8000
        assert 0.5 < len(samples) / rate < 6
        assert np.sqrt(np.mean(samples**2)) > 0.03
        assert np.max(np.abs(samples)) < 0.95
    few["goodbye"] = {**few["goodbye"], "en": "So long."}
    assert sounds.make(tmp_path, few) == 1


def test_music_repeats_without_a_seam() -> None:
    piece = music.on_hold()
    assert 30 <= len(piece) / music.RATE <= 60
    assert np.max(np.abs(piece)) < 0.9
    steps = np.abs(np.diff(np.concatenate([piece, piece[:1]])))
    assert steps[-1] <= np.max(steps[:-1])
    seconds = np.sqrt(np.mean(piece.reshape(-1, music.RATE) ** 2, axis=1))
    assert np.min(seconds) > 0.2 * np.max(seconds)
    assert np.array_equal(piece, music.on_hold())
