"""Person or machine: sounds made by chance, the figures of the detector, and every rule by itself."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.media.audio import g711, tones
from antiphon.media.domain.answering import FRAME, RATE, Detector, Heard, Pcm, Rhythm
from antiphon.media.tests.waveforms import Studio

pytestmark = pytest.mark.domain
CALLS = 40
"""Of each kind, here; `python -m antiphon.media.tests.test_answering 500` prints the figures of more."""


def judged(sound: Pcm, rhythm: Rhythm | None = None) -> tuple[Heard | None, str, float]:
    """The verdict, its reason, and after how many seconds."""
    detector = Detector(rhythm)
    for at in range(0, sound.size, FRAME):
        for found in detector.feed(sound[at : at + FRAME]):
            return found, detector.why, detector.seconds
    return None, "", detector.seconds


def ready(sound: Pcm) -> tuple[str, float]:
    """Why a message may be left, and when."""
    detector = Detector()
    for at in range(0, sound.size, FRAME):
        list(detector.feed(sound[at : at + FRAME]))
        if detector.may_leave_a_message:
            return detector.why, detector.seconds
    return "", detector.seconds


def figures(calls: int) -> dict[str, Counter[str]]:
    """Kind of who answers → what it was taken for, why."""
    found: dict[str, Counter[str]] = {}
    for kind in ("person", "talkative", "machine", "terse", "mailbox"):
        found[kind] = Counter()
        for seed in range(calls):
            verdict, why, _ = judged(through_the_phone(getattr(Studio(seed), kind)()))
            found[kind][f"{verdict.value if verdict else 'none'}: {why}"] += 1
    return found


def through_the_phone(sound: Pcm) -> Pcm:
    return g711.decode(g711.encode(sound))


@pytest.mark.clause("E03")
def test_people_are_hardly_ever_taken_for_machines_and_machines_are_found() -> None:
    found = figures(CALLS)
    taken = {kind: sum(n for why, n in counts.items() if why.startswith("machine")) for kind, counts in found.items()}
    assert taken["person"] <= CALLS * 0.03, found
    assert taken["machine"] >= CALLS * 0.95, found
    assert taken["mailbox"] >= CALLS * 0.95, found


def test_a_message_is_left_after_the_beep_and_not_before() -> None:
    for seed in range(15):
        studio = Studio(seed)
        parts = [studio.silence(0.4), studio.speech(4.0), studio.silence(0.4), studio.beep()]
        sound = through_the_phone(studio.line(np.concatenate([*parts, studio.silence(3)]), 8000, 40))
        beeped = sum(part.size for part in parts) / RATE
        why, at = ready(sound)
        assert why == "beep", seed
        assert beeped - 0.05 <= at <= beeped + 0.2


def test_without_a_beep_a_message_is_left_after_a_pause() -> None:
    studio = Studio(3)
    parts = [studio.silence(0.4), studio.speech(4.0)]
    why, at = ready(studio.line(np.concatenate([*parts, studio.silence(6)]), 8000, 20))
    assert why == "pause"
    assert at == pytest.approx(sum(part.size for part in parts) / RATE + 2.0, abs=0.1)


def test_the_first_beep_in_silence_is_a_machine_that_is_ready() -> None:
    sound = np.concatenate((tones.silence(0.5), tones.tone(1000, seconds=0.4), tones.silence(1.0)))
    detector = Detector()
    assert list(detector.feed(sound)) == [Heard.MACHINE]
    assert (detector.why, detector.may_leave_a_message) == ("beep", True)


def test_silence_is_a_machine_and_clicks_are_silence() -> None:
    assert judged(tones.silence(4.0))[:2] == (Heard.MACHINE, "silence")
    click = np.concatenate((tones.silence(0.6), tones.tone(300, 900, seconds=0.04)))
    assert judged(np.concatenate((click, click, tones.silence(4.0))))[:2] == (Heard.MACHINE, "silence")


def test_tones_of_the_network_are_no_voice_and_no_beep() -> None:
    for ringing in (tones.tone(425, seconds=1.0), tones.tone(440, 480, seconds=1.0)):
        verdict, why, _ = judged(np.concatenate((ringing, tones.silence(4.0))))
        assert (verdict, why) == (Heard.MACHINE, "silence")


def test_somebody_who_talks_into_noise_is_a_person() -> None:
    studio = Studio(5)
    sound = np.concatenate((studio.silence(1.9), studio.speech(0.6), studio.silence(3)))
    assert judged(studio.line(sound, 9000, 350))[0] is Heard.PERSON


def test_who_is_not_told_apart_is_a_person() -> None:
    """Halting words: never a silence of 0.8 s, and `greeting` is set long."""
    studio = Studio(6)
    sound = np.concatenate([part for _ in range(12) for part in (studio.speech(0.3), studio.silence(0.4))])
    found = judged(studio.line(sound, 9000, 10), Rhythm(greeting=9.0))
    assert found[:2] == (Heard.PERSON, "unsure")
    assert found[2] == pytest.approx(5.0, abs=0.1)


def test_the_settings_are_what_decides() -> None:
    studio = Studio(8)
    sound = studio.line(np.concatenate((studio.silence(0.3), studio.speech(2.0), studio.silence(3))), 9000, 10)
    assert judged(sound)[0] is Heard.MACHINE
    assert judged(sound, Rhythm(greeting=2.6))[0] is Heard.PERSON


@given(st.lists(st.integers(1, 3000), max_size=30), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_it_does_not_matter_in_which_pieces_the_sound_comes(sizes: list[int], seed: int) -> None:
    sound = Studio(seed).machine()[: RATE * 6]
    whole, pieces = Detector(), Detector()
    wanted = list(whole.feed(sound))
    got, at = list[Heard](), 0
    for size in [*sizes, sound.size]:
        got += pieces.feed(sound[at : at + size])
        at += size
    assert (got, pieces.why) == (wanted, whole.why)


@given(st.binary(max_size=20_000))
@settings(max_examples=40, deadline=None)
def test_whatever_is_heard_there_is_at_most_one_verdict(data: bytes) -> None:
    sound = np.frombuffer(data[: len(data) // 2 * 2], np.int16)
    found = list(Detector().feed(np.concatenate((sound, tones.silence(6.0)))))
    assert found[0] in (Heard.PERSON, Heard.MACHINE)
    assert found[1:] in ([], [Heard.READY])


if __name__ == "__main__":
    import sys

    of = int(sys.argv[1])
    for kind, counts in figures(of).items():
        print(f"{kind:10}", ", ".join(f"{why} {100 * n / of:.1f} %" for why, n in counts.most_common()))
