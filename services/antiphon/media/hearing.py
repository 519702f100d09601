"""An ear: a port that hears one leg as a monitor of it does; its detector says whether a person or a machine answered.

A silent party may send nothing at all, so the clock of the loop counts as silence what did not come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from antiphon.media.anchor import sdp as descriptions
from antiphon.media.audio import g711, tones
from antiphon.media.audio.g711 import PCMA, Pcm
from antiphon.media.domain.answering import Detector, Heard

_LOOK = 0.1
_LATE = 0.25
"""Seconds of sound that may be on their way."""
Told = Callable[[Heard, str], None]


class Ear(asyncio.DatagramProtocol):
    """Open it, let it be a monitor of the leg, close it."""

    def __init__(self, detector: Detector, wanted: Callable[[], bool], told: Told) -> None:
        self._detector = detector
        self._wanted = wanted
        self._told = told
        self._transport: asyncio.DatagramTransport | None = None
        self._began = 0.0
        self._fed = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    async def open(cls, host: str, detector: Detector, wanted: Callable[[], bool], told: Told) -> Ear:
        """It closes itself when it is not wanted any more: the call may end at any moment."""
        ear = cls(detector, wanted, told)
        loop = asyncio.get_running_loop()
        ear._transport, _ = await loop.create_datagram_endpoint(lambda: ear, local_addr=(host, 0))
        return ear

    def sdp(self) -> bytes:
        """What the ear says about itself: A-law only, so every leg is understood."""
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")[:2]
        return descriptions.directed(descriptions.synthetic(descriptions.ALONE, None, host, port), "recvonly")

    def listen(self) -> None:
        """Time runs from now on."""
        self._began = asyncio.get_running_loop().time()
        self._look()

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        if len(data) > 12 and data[0] >> 6 == 2 and data[1] & 0x7F == PCMA:
            self._feed(g711.decode(data[12 + 4 * (data[0] & 0x0F) :], PCMA))

    def close(self) -> None:
        """Twice is harmless."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def _feed(self, sound: Pcm) -> None:
        self._fed += sound.size / 8000
        for heard in self._detector.feed(sound):
            self._told(heard, self._detector.why)

    def _look(self) -> None:
        if self._transport is None or not self._wanted():
            self.close()
            return
        loop = asyncio.get_running_loop()
        missing = loop.time() - self._began - self._fed - _LATE
        self._timer = loop.call_later(_LOOK, self._look)
        if missing > 0:
            self._feed(tones.silence(missing))
