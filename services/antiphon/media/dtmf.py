"""Keys that callers press, as rtpengine tells them: one JSON datagram a key to one address (`dtmf-log-dest`).

Every replica of media may hear of calls that are not its own; the callback looks them up. Legs without RFC 4733 send
tones: `audio.tones.DtmfDetector` finds them in sound that a monitor subscription brings to a `ToneEar`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

from antiphon.media.anchor import sdp as descriptions
from antiphon.media.audio import g711
from antiphon.media.audio.g711 import PCMA
from antiphon.media.audio.tones import DtmfDetector

KEYS = "0123456789*#ABCD"
"""By RFC 4733 event number."""
_NOT_TOLD = 0


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key of a leg. The length is 0 when it is not known."""

    call_id: str
    tag: str
    key: str
    length_ms: int


Told = Callable[[Pressed], None]


def parse(data: bytes) -> Pressed | None:
    """What a datagram of rtpengine says; None when it is not about a key."""
    try:
        said = json.loads(data)
        key = KEYS[said["event"]] if 0 <= said["event"] < len(KEYS) else ""
        pressed = Pressed(str(said["callid"]), str(said["source_tag"]), key, int(said.get("duration", 0)))
    except (ValueError, KeyError, TypeError):
        return None
    return pressed if said.get("type") == "DTMF" and key else None


class KeyListener(asyncio.DatagramProtocol):
    """Listens for the engine; what is no key is left out."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def open(cls, host: str, port: int, told: Told) -> KeyListener:
        listener = cls(told)
        loop = asyncio.get_running_loop()
        listener._transport, _ = await loop.create_datagram_endpoint(lambda: listener, local_addr=(host, port))
        return listener

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        if (pressed := parse(data)) is not None:
            self._told(pressed)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class ToneEar(asyncio.DatagramProtocol):
    """Hears one leg's sound and finds keys that are tones. It is a monitor of the leg:

    ear = await ToneEar.open(host, call_id, tag, told)
    await anchor.monitor(f"{tag}.ear", [tag], LegKind.SIP)
    await anchor.monitor_answered(f"{tag}.ear", ear.sdp())
    """

    def __init__(self, call_id: str, tag: str, told: Told) -> None:
        self._call_id = call_id
        self._tag = tag
        self._told = told
        self._detector = DtmfDetector()
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def open(cls, host: str, call_id: str, tag: str, told: Told) -> ToneEar:
        ear = cls(call_id, tag, told)
        loop = asyncio.get_running_loop()
        ear._transport, _ = await loop.create_datagram_endpoint(lambda: ear, local_addr=(host, 0))
        return ear

    def sdp(self) -> bytes:
        """What the ear says about itself: A-law only, so every leg is understood."""
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")[:2]
        return descriptions.directed(descriptions.synthetic(descriptions.ALONE, None, host, port), "recvonly")

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        if len(data) > 12 and data[1] & 0x7F == PCMA:
            for key in self._detector.feed(g711.decode(data[12 + 4 * (data[0] & 0x0F) :], PCMA)):
                self._told(Pressed(self._call_id, self._tag, key, _NOT_TOLD))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
