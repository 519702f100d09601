"""A small jitter buffer: packets come when they come, sound leaves in steps of 20 ms. Pure."""

from __future__ import annotations

import numpy as np

from antiphon.media.audio.g711 import Pcm

FRAME = 160
_PRIME, _DEEPEST, _JUMP = 2, 6, 50


class JitterBuffer:
    """Holds back two packets, puts late ones in their place, fills a lost one with silence, and when more than six are
    waiting catches up by leaving one out. Packets may be of any length."""

    def __init__(self) -> None:
        self._waiting: dict[int, Pcm] = {}
        self._next: int | None = None
        self._flowing = False
        self._rest: Pcm = np.zeros(0, dtype=np.int16)
        self._length = FRAME

    def push(self, sequence: int, samples: Pcm) -> None:
        """A packet arrived."""
        if self._next is None:
            self._next = sequence
        ahead = (sequence - self._next) & 0xFFFF
        if ahead >= 0x8000 and self._flowing and 0x10000 - ahead <= _JUMP:
            return  # too late: its place has been played
        if _JUMP < ahead < 0x10000 - _PRIME or (ahead >= 0x8000 and not self._flowing):
            self._waiting.clear()  # another stream, or a long pause
            self._next = sequence
        self._waiting[sequence] = samples
        self._length = samples.size

    def pop(self) -> Pcm | None:
        """The next 20 ms; None while nothing is there."""
        if self._next is None or not (self._flowing or len(self._waiting) >= _PRIME):
            return None
        self._flowing = True
        if len(self._waiting) > _DEEPEST:
            self._waiting.pop(self._next, None)
            self._next = (self._next + 1) & 0xFFFF
        while self._rest.size < FRAME:
            if not self._waiting:
                self._flowing = False
                self._next = None
                break
            packet = self._waiting.pop(self._next, None)
            self._rest = np.concatenate([self._rest, _silence(self._length) if packet is None else packet])
            self._next = (self._next + 1) & 0xFFFF
        if self._rest.size == 0:
            return None
        frame, self._rest = self._rest[:FRAME], self._rest[FRAME:]
        return np.concatenate([frame, _silence(FRAME - frame.size)]) if frame.size < FRAME else frame


def _silence(length: int) -> Pcm:
    return np.zeros(length, dtype=np.int16)
