"""Companding, tones, digits, rates, levels: on arrays only."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.media.audio import g711, levels, tones
from antiphon.media.audio.g711 import PCMA, PCMU
from antiphon.media.audio.resample import UnknownRate, resample

pytestmark = pytest.mark.domain


@pytest.mark.parametrize("law", [PCMA, PCMU])
def test_every_code_survives_decoding_and_encoding(law: int) -> None:
    codes = bytes(range(256))
    heard = g711.decode(codes, law)
    assert np.array_equal(g711.decode(g711.encode(heard, law), law), heard)


def test_known_values() -> None:
    assert g711.decode(b"\xd5\x55\xaa\x2a", PCMA).tolist() == [8, -8, 32256, -32256]
    assert g711.decode(b"\xff\x7f\x80\x00", PCMU).tolist() == [0, 0, 32124, -32124]


@pytest.mark.parametrize("law", [PCMA, PCMU])
@settings(deadline=None)
@given(samples=st.lists(st.integers(-32768, 32767), min_size=1, max_size=200))
def test_the_error_of_companding_is_a_small_share(law: int, samples: list[int]) -> None:
    sound = np.array(samples, dtype=np.int16)
    back = g711.decode(g711.encode(sound, law), law)
    error = np.abs(back.astype(int) - sound.astype(int))
    assert np.all(error <= np.maximum(16, np.abs(sound.astype(int)) // 16))


def test_purity_tells_tones_apart() -> None:
    sound = tones.tone(440, seconds=1)
    assert tones.purity(sound, 440) > 0.99
    assert tones.purity(sound, 880) < 0.01
    assert tones.purity(tones.silence(1), 440) == 0.0
    assert tones.purity(tones.silence(0.01), 440) == 0.0
    assert tones.purity(tones.tone(440, seconds=0.444), 440) > 0.99
    assert tones.purity(tones.tone(440, 880, seconds=1, amplitude=4000), 440) == pytest.approx(0.5, abs=0.02)
    noise = np.random.default_rng(1).integers(-8000, 8000, 8000).astype(np.int16)
    assert tones.purity(noise, 440) < 0.05


@pytest.mark.parametrize("size", [1, 7, 160, 1000])
def test_all_digits_are_found_however_the_sound_is_cut(size: int) -> None:
    digits = "".join(tones.DTMF) + "1122##"
    sound = tones.dtmf_tones(digits)
    detector = tones.DtmfDetector()
    assert "".join(detector.feed(sound[i : i + size]) for i in range(0, sound.size, size)) == digits


def test_digits_survive_a_law_and_some_noise() -> None:
    sound = tones.dtmf_tones("90*1", amplitude=3000)
    noise = np.random.default_rng(2).normal(0, 300, sound.size)
    heard = g711.decode(g711.encode((sound + noise).astype(np.int16), PCMA), PCMA)
    assert tones.DtmfDetector().feed(heard) == "90*1"


def test_other_sounds_are_no_digits() -> None:
    random = np.random.default_rng(3)
    sounds = [
        tones.tone(440, seconds=2),
        tones.tone(697, seconds=1),
        tones.tone(697, 770, seconds=1),
        random.normal(0, 4000, 16000).clip(-32768, 32767).astype(np.int16),
        tones.tone(697, 1209, 300, 500, 2000, seconds=1, amplitude=3000),
    ]
    assert [tones.DtmfDetector().feed(sound) for sound in sounds] == [""] * len(sounds)


RATES = [(8000, 16000), (8000, 48000), (16000, 8000), (48000, 8000), (48000, 16000)]


@pytest.mark.parametrize(("source", "target"), RATES)
def test_a_tone_stays_a_tone_at_another_rate(source: int, target: int) -> None:
    sound = resample(tones.tone(1000, seconds=0.5, rate=source), source, target)
    assert sound.size == target // 2
    assert tones.purity(sound, 1000, target) > 0.98
    assert levels.dbfs(sound) == pytest.approx(levels.dbfs(tones.tone(1000, seconds=0.5)), abs=0.3)


def test_what_the_lower_rate_cannot_hold_is_left_out() -> None:
    assert levels.dbfs(resample(tones.tone(6000, seconds=0.5, rate=48000), 48000, 8000)) < -50
    with pytest.raises(UnknownRate):
        resample(tones.silence(1), 8000, 44100)


def test_levels() -> None:
    assert levels.dbfs(np.full(100, -32768, dtype=np.int16)) == pytest.approx(0)
    assert levels.dbfs(tones.silence(1)) == -math.inf
    assert levels.dbfs(np.zeros(0, dtype=np.int16)) == -math.inf
    assert levels.is_clipped(np.full(100, 32767, dtype=np.int16))
    assert not levels.is_clipped(tones.tone(440, seconds=1))


def test_the_outline_for_a_player() -> None:
    left = np.concatenate([tones.silence(1), tones.tone(440, seconds=1, amplitude=16384)])
    stereo = np.stack([left, -left], axis=1)
    outline = levels.peaks(stereo, 10)
    assert [len(channel) for channel in outline] == [10, 10]
    assert outline[0][:5] == [0] * 5
    assert outline[0][5:] == pytest.approx([0.5] * 5, abs=0.01)
    assert levels.peaks(np.zeros(0, dtype=np.int16)) == [[]]
    assert levels.peaks(np.array([-32768, 5], dtype=np.int16), 400) == [[1.0, 0.0]]
