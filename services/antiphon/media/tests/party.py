"""A party of a call for the tests: says a tone, hears what comes, keeps it; G.711 over RTP and digits by RFC 4733."""

from __future__ import annotations

import asyncio
import itertools
import struct
from collections.abc import Awaitable, Callable

import numpy as np

from antiphon.kit.testing import eventually
from antiphon.media.anchor.sdp import port_of
from antiphon.media.audio import g711, tones
from antiphon.media.audio.g711 import PCMA, PCMU, Pcm

_SSRCS = itertools.count(0x1000)
_NAMES = {PCMA: "PCMA", PCMU: "PCMU"}
EVENT = 101
MUSIC = 350
FRAME = 160


class Party(asyncio.DatagramProtocol):
    """Open with `Party.open`, name the SDP you got with `talks_to`, close with `close`."""

    def __init__(self, hertz: int, codec: int) -> None:
        self.hertz = hertz
        self.codec = codec
        self.heard: list[Pcm] = []
        self.payload_types: set[int] = set()
        self.digits: list[int] = []
        self.sources: set[int] = set()
        self.loses: set[int] = set()
        self._ssrc = next(_SSRCS)
        self._target: tuple[str, int] | None = None
        self._host = ""
        self._port = 0
        self._sequence = 0
        self._time = 0
        self._keys: list[int] = []
        self._saying: Pcm | None = None
        self._event_time = b""
        self._transport: asyncio.DatagramTransport | None = None
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, host: str, hertz: int, codec: int = PCMA) -> Party:
        party = cls(hertz, codec)
        loop = asyncio.get_running_loop()
        party._transport, _ = await loop.create_datagram_endpoint(lambda: party, local_addr=(host, 0))
        party._host, party._port = party._transport.get_extra_info("sockname")
        party._task = loop.create_task(party._speak())
        return party

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._transport is not None:
            self._transport.close()

    def sdp(self, direction: str = "sendrecv", codecs: tuple[int, ...] = ()) -> bytes:
        spoken = codecs or (self.codec,)
        maps = "".join(f"a=rtpmap:{codec} {_NAMES[codec]}/8000\r\n" for codec in spoken)
        return (
            f"v=0\r\no=- {self._ssrc} 1 IN IP4 {self._host}\r\ns=-\r\nc=IN IP4 {self._host}\r\nt=0 0\r\n"
            f"m=audio {self._port} RTP/AVP {' '.join(map(str, spoken))} {EVENT}\r\n{maps}"
            f"a=rtpmap:{EVENT} telephone-event/8000\r\na=fmtp:{EVENT} 0-16\r\na={direction}\r\na=ptime:20\r\n"
        ).encode()

    def talks_to(self, host: str, sdp: bytes) -> int:
        """Sends to the port in this description from now on, and returns it."""
        self._target = (host, port_of(sdp))
        return self._target[1]

    def says(self, sound: Pcm) -> None:
        """Says this once instead of the tone, then is silent."""
        self._saying = sound

    def press(self, key: int) -> None:
        self._keys.append(key)

    def forget(self) -> None:
        """Hears afresh."""
        self.heard.clear()

    @property
    def sound(self) -> Pcm:
        return np.concatenate(self.heard) if self.heard else np.zeros(0, dtype=np.int16)

    def purity(self, hertz: int, seconds: float = 0.3) -> float:
        """How much of the last part of what was heard is this tone; 0 until there is enough."""
        sound = self.sound
        need = int(seconds * 8000)
        return tones.purity(sound[-need:], hertz) if sound.size >= need else 0.0

    async def hears(self, hertz: int, seconds: float = 0.3) -> None:
        """Waits until what was heard last is this tone and nothing else."""
        await eventually(lambda: self.purity(hertz, seconds) >= 0.9)

    async def hears_all(self, *frequencies: int) -> None:
        """Waits for a mixture of these tones: each has its share, together they are all there is."""

        def mixed() -> bool:
            shares = [self.purity(hertz) for hertz in frequencies]
            return sum(shares) >= 0.9 and min(shares) >= 0.5 / len(shares)

        await eventually(mixed)

    def datagram_received(self, data: bytes, addr: object) -> None:
        if len(data) < 12 or 200 <= data[1] <= 207:
            return
        kind = data[1] & 0x7F
        self.payload_types.add(kind)
        self.sources.add(struct.unpack_from("!I", data, 8)[0])
        if kind in _NAMES:
            self.heard.append(g711.decode(data[12:], kind))
        elif kind == EVENT and data[13] & 0x80 and self._event_time != data[4:8]:
            self._event_time = data[4:8]
            self.digits.append(data[12])

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        next_at = loop.time()
        wave = tones.tone(self.hertz, seconds=1.0)  # whole periods: it can be repeated
        while True:
            if self._keys:
                next_at = await self._say_key(self._keys.pop(0), next_at)
            at = self._time % 8000
            frame = wave[at : at + FRAME] if self._saying is None else self._next_said()
            self._send(self.codec, g711.encode(frame, self.codec), self._time)
            self._time += FRAME
            next_at += 0.02
            await asyncio.sleep(max(0.0, next_at - loop.time()))

    def _next_said(self) -> Pcm:
        assert self._saying is not None
        frame, self._saying = self._saying[:FRAME], self._saying[FRAME:]
        return np.pad(frame, (0, FRAME - frame.size))

    async def _say_key(self, key: int, next_at: float) -> float:
        loop = asyncio.get_running_loop()
        start = self._time
        for step in range(1, 9):
            end = 0x80 if step >= 6 else 0
            self._send(EVENT, struct.pack("!BBH", key, end | 10, min(FRAME * step, 960)), start, marker=step == 1)
            self._time += FRAME
            next_at += 0.02
            await asyncio.sleep(max(0.0, next_at - loop.time()))
        return next_at

    def _send(self, kind: int, payload: bytes, time: int, *, marker: bool = False) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        if self._target is None or self._transport is None or self._sequence in self.loses:
            return
        first, second = 0x80, kind | (0x80 if marker else 0)
        header = struct.pack("!BBHII", first, second, self._sequence, time & 0xFFFFFFFF, self._ssrc)
        self._transport.sendto(header + payload, self._target)


Parties = Callable[..., Awaitable[Party]]
"""Opens a party of this tone, and by choice codec; closed at the end of the test."""
