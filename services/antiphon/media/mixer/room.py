"""A room: a port for each party, a matrix, and every 20 ms a mix for each ear.

rtpengine stands before every port, so a port speaks only A-law, to one known address. The mixer ticks only while there
is a room; the cost of a tick is measured (`Mixer.cost_ms`).
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Iterable

import numpy as np

from antiphon.media.anchor import sdp as descriptions
from antiphon.media.audio import g711
from antiphon.media.audio.g711 import PCMA, Pcm
from antiphon.media.mixer.jitter import FRAME, JitterBuffer
from antiphon.media.mixer.matrix import Matrix, conference, gains, mixed

TICK = 0.02
_BEHIND = 0.2
"""When the loop was held up for longer than this, what was missed is left out instead of sent in a burst."""


class Port(asyncio.DatagramProtocol):
    """One party's end of the mixer."""

    def __init__(self) -> None:
        self.address = ("", 0)
        self.target: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._buffer = JitterBuffer()
        self._sequence = secrets.randbelow(1 << 15)
        self._time = secrets.randbelow(1 << 31)
        self._source = secrets.randbits(32)

    @classmethod
    async def open(cls, host: str) -> Port:
        """A port on a free number at this address."""
        port = cls()
        loop = asyncio.get_running_loop()
        port._transport, _ = await loop.create_datagram_endpoint(lambda: port, local_addr=(host, 0))
        port.address = port._transport.get_extra_info("sockname")[:2]
        return port

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        stranger = self.target is not None and addr[1] != self.target[1]  # hosts may be advertised differently
        if stranger or len(data) <= 12 or data[0] >> 6 != 2 or data[1] & 0x7F != PCMA:
            return
        start = 12 + 4 * (data[0] & 0x0F)
        self._buffer.push(struct.unpack_from("!H", data, 2)[0], g711.decode(data[start:], PCMA))

    def heard(self) -> Pcm | None:
        """The next 20 ms of this party."""
        return self._buffer.pop()

    def say(self, samples: Pcm) -> None:
        """Sends 20 ms to this party."""
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._time = (self._time + FRAME) & 0xFFFFFFFF
        if self.target is not None and self._transport is not None:
            header = struct.pack("!BBHII", 0x80, PCMA, self._sequence, self._time, self._source)
            self._transport.sendto(header + g711.encode(samples, PCMA), self.target)

    def sdp(self) -> bytes:
        """What the port says about itself."""
        return descriptions.synthetic(descriptions.ALONE, None, *self.address)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None


class Room:
    """One conversation in the mixer. Made by `Mixer.room`."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._ports: dict[str, Port] = {}
        self._matrix: Matrix | None = None
        self._gains = gains({}, ())

    @property
    def parties(self) -> tuple[str, ...]:
        return tuple(self._ports)

    async def open(self, tag: str) -> Port:
        """The port of this party; the same one when asked again. Until a matrix is set, everybody hears everybody."""
        if tag not in self._ports:
            self._ports[tag] = await Port.open(self._host)
            self._arrange()
        return self._ports[tag]

    def leave(self, tag: str) -> None:
        """Twice is harmless."""
        if tag in self._ports:
            self._ports.pop(tag).close()
            self._arrange()

    def hear(self, matrix: Matrix) -> None:
        """Who hears whom from the next tick on. Tags that have no port yet may be named."""
        self._matrix = matrix
        self._arrange()

    def _arrange(self) -> None:
        self._gains = gains(self._matrix or conference(self._ports), self.parties)

    def tick(self) -> None:
        """20 ms for everybody."""
        frames = np.zeros((len(self._ports), FRAME), dtype=np.int16)
        for row, port in enumerate(self._ports.values()):
            if (frame := port.heard()) is not None:
                frames[row] = frame
        for port, samples in zip(self._ports.values(), mixed(self._gains, frames), strict=True):
            port.say(samples)

    def close(self) -> None:
        for tag in self.parties:
            self.leave(tag)


class Mixer:
    """All rooms of this process. `host` is the address that the rtpengine nodes reach us at."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._rooms: dict[str, Room] = {}
        self._wanted = asyncio.Event()
        self._busy = 0.0
        self._ticks = 0

    def room(self, call_id: str) -> Room:
        """The room of this conversation, opened when there is none."""
        room = self._rooms.setdefault(call_id, Room(self.host))
        self._wanted.set()
        return room

    def close(self, call_id: str) -> None:
        """Twice is harmless."""
        if (room := self._rooms.pop(call_id, None)) is not None:
            room.close()

    @property
    def rooms(self) -> Iterable[str]:
        return tuple(self._rooms)

    @property
    def cost_ms(self) -> float:
        """Mean time of a tick of all rooms, of the 20 ms there are."""
        return 1000 * self._busy / self._ticks if self._ticks else 0.0

    async def run(self) -> None:
        """Ticks for ever; sleeps while there is no room."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wanted.wait()
            due = loop.time()
            while self._rooms:
                began = loop.time()
                for room in self._rooms.values():
                    room.tick()
                self._ticks += 1
                self._busy += loop.time() - began
                due = due + TICK if loop.time() - due < _BEHIND else loop.time() + TICK
                await asyncio.sleep(max(0.0, due - loop.time()))
            self._wanted.clear()
