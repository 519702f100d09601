"""Who answered: a person or a machine, told by loudness and rhythm alone.

    heard = Detector()
    for sound in …:                  # int16, 8,000 a second, pieces of any length
        for what in heard.feed(sound): …
    PERSON  said little and waits        MACHINE  talks on, beeps, or is silent       READY  a message may be left now

A person says "hello?" and waits for an answer; a machine reads a greeting, then beeps. So (Asterisk's way and numbers):
voice for longer than `greeting` is a machine, `after_greeting` of silence after less is a person, `silence` from the
beginning is a machine, and whoever is still not told apart after `total` is taken for a person, for a person who is
hung up on is worse than an agent who hears a machine. A pure tone that is no tone of the network is a machine's beep.

After MACHINE the greeting is heard to its end: READY when the beep is over, when a machine without one has been silent
for a while, or when it talks for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Pcm: TypeAlias = "NDArray[np.int16]"
RATE, FRAME = 8000, 160
STEP = FRAME / RATE
QUIET = 200.0
"""Mean amplitude below which nobody talks."""
LONGEST_GREETING = 45.0
_OVER_NOISE, _NOISE_FRAMES, _LEAST_FRAMES = 2.0, 75, 25
"""A voice is so much louder than the softest of the last frames, once there are enough of them."""
_KEPT = 300
_LEAST_WORD, _PAUSE = 5, 3
"""Frames: shorter sounds are clicks; shorter gaps belong to the word."""
_BEEP, _PURE, _NETWORK = 0.16, 0.85, 0.9
_BEEPS = (470.0, 2600.0)
"""Hz. Below it, the network's own tones (425, 440 + 480)."""
_NO_BEEP = 2.0
"""Seconds of silence after a greeting in which no beep came."""
_BIN = RATE / (2 * FRAME)
_WINDOW = np.hanning(2 * FRAME)


class Heard(Enum):
    """What was found out."""

    PERSON = "person"
    MACHINE = "machine"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds that tell people from machines."""

    silence: float = 2.5
    """Nothing is said for so long: a machine."""
    greeting: float = 1.5
    """A person's first words are not longer."""
    after_greeting: float = 0.8
    """Then he waits so long."""
    total: float = 5.0


class Detector:
    """One answered call. `why` is the reason of the latest word: short_greeting or unsure, long_greeting or silence or
    beep, pause or endless."""

    def __init__(self, rhythm: Rhythm | None = None) -> None:
        self.rhythm = rhythm or Rhythm()
        self.why = ""
        self.verdict: Heard | None = None
        self.seconds = 0.0
        self._rest: Pcm = np.zeros(0, np.int16)
        self._before: Pcm = np.zeros(FRAME, np.int16)
        self._levels: list[float] = []
        """Of every frame, 0 where a tone was: nobody's voice."""
        self._tone = (0, 0.0)
        """The bin of the tone that goes on, and for how long."""
        self._ready = False

    def feed(self, sound: Pcm) -> Iterator[Heard]:
        """What is known after this piece: PERSON or MACHINE once, then, after MACHINE, READY once."""
        whole = np.concatenate((self._rest, sound))
        frames = whole.size // FRAME
        self._rest = whole[frames * FRAME :]
        for at in range(frames):
            if (found := self._frame(whole[at * FRAME : (at + 1) * FRAME])) is not None:
                yield found

    def _frame(self, frame: Pcm) -> Heard | None:
        if self.verdict is Heard.PERSON or self._ready:
            return None
        self.seconds += STEP
        beeped = self._listen(frame)
        began, gap = _words(self._levels)
        if self.verdict is None:
            return self._judge(beeped, began, gap)
        return self._wait(beeped, gap)

    def _listen(self, frame: Pcm) -> bool:
        """Whether a beep has just ended."""
        level = float(np.abs(frame.astype(np.int32)).mean())
        tone, network = _tone(np.concatenate((self._before, frame))) if level >= QUIET else (0, False)
        self._before = frame
        kept, lasted = self._tone
        goes_on = kept > 0 and abs(tone - kept) <= 1
        self._tone = (tone, lasted + STEP if goes_on else STEP) if tone else (0, 0.0)
        self._levels.append(0.0 if network or self._tone[1] >= _BEEP else level)
        del self._levels[:-_KEPT]
        return lasted >= _BEEP and not goes_on

    def _judge(self, beeped: bool, began: float | None, gap: float) -> Heard | None:
        rhythm = self.rhythm
        if beeped:
            self._ready = True
            return self._is(Heard.MACHINE, "beep")
        if began is None:
            return (
                self._is(Heard.MACHINE, "silence") if self.seconds >= rhythm.silence and gap >= _PAUSE * STEP else None
            )
        if self.seconds - gap - began > rhythm.greeting:
            return self._is(Heard.MACHINE, "long_greeting")
        if gap >= rhythm.after_greeting and not self._tone[0]:
            return self._is(Heard.PERSON, "short_greeting")
        return self._is(Heard.PERSON, "unsure") if self.seconds >= rhythm.total else None

    def _wait(self, beeped: bool, gap: float) -> Heard | None:
        if beeped:
            self.why = "beep"
        elif gap >= _NO_BEEP and not self._tone[0]:
            self.why = "pause"
        elif self.seconds >= LONGEST_GREETING:
            self.why = "endless"
        else:
            return None
        self._ready = True
        return Heard.READY

    def _is(self, verdict: Heard, why: str) -> Heard:
        self.verdict, self.why = verdict, why
        return verdict

    @property
    def may_leave_a_message(self) -> bool:
        """The beep was heard, or will not come."""
        return self._ready


def _words(levels: Sequence[float]) -> tuple[float | None, float]:
    """When the first word began, None before it; and for how long there has been no voice. All that was heard is looked
    at anew each time: how loud the line itself is gets known only with the first pause."""
    recent = levels[-_NOISE_FRAMES:]
    noise = min((level for level in recent if level), default=0.0) if len(recent) >= _LEAST_FRAMES else 0.0
    least = max(QUIET, _OVER_NOISE * noise)
    began, word, gap = None, 0, 0
    for at, level in enumerate(levels):
        if level >= least:
            word, gap = word + 1 + (gap if word else 0), 0
            if word >= _LEAST_WORD and began is None:
                began = (at + 1 - word) * STEP
        else:
            gap += 1
            word = word if gap < _PAUSE else 0
    return began, gap * STEP


def _tone(sound: Pcm) -> tuple[int, bool]:
    """The bin (25 Hz) of a single pure tone that may be a beep, 0 for none; and whether it is a tone of the network."""
    power = np.abs(np.fft.rfft(sound * _WINDOW)) ** 2
    total = float(power.sum())
    if total <= 0:
        return 0, False
    first, share = _peak(power, total)
    if share >= _PURE and _BEEPS[0] <= first * _BIN <= _BEEPS[1]:
        return first, False
    _, other = _peak(power, total)
    return 0, share + other >= _NETWORK and first * _BIN < 650


def _peak(power: NDArray[np.float64], total: float) -> tuple[int, float]:
    """The strongest bin, with its neighbours' share of the energy, which is taken away."""
    at = int(power.argmax())
    near = slice(max(0, at - 2), at + 3)
    share = float(power[near].sum()) / total
    power[near] = 0.0
    return at, share
