"""Keys that callers press, as rtpengine tells them over NG on TCP (`dtmf-log-ng-tcp`): to everybody who is connected.

Every replica of media hears of the calls of all; the callback looks them up, so none has to live for another's digits.
Legs without RFC 4733 send tones: `audio.tones.DtmfDetector` finds them in sound that a monitor subscription brings to a
`ToneEar`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from antiphon.kit import logs
from antiphon.media.anchor import sdp as descriptions
from antiphon.media.audio import g711
from antiphon.media.audio.g711 import PCMA
from antiphon.media.audio.tones import DtmfDetector
from antiphon.media.ng import bencode
from antiphon.media.ng.bencode import Value
from antiphon.media.ng.node import Address

KEYS = "0123456789*#ABCD"
"""By RFC 4733 event number."""
_NOT_TOLD = 0
_AGAIN = 0.2
"""Seconds before a lost connection is opened again."""
_LONGEST = 65536
log = logs.get("media")


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key of a leg. The length is 0 when it is not known."""

    call_id: str
    tag: str
    key: str
    length_ms: int


Told = Callable[[Pressed], None]


def parse(said: Value) -> Pressed | None:
    """What a notification of rtpengine says; None when it is not about a key."""
    try:
        data: Any = said["data"]  # type: ignore[index, call-overload]
        key = KEYS[data["event"]] if 0 <= data["event"] < len(KEYS) else ""
        pressed = Pressed(str(data["callid"]), str(data["source_tag"]), key, int(data.get("duration", 0)))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return pressed if data.get("type") == "DTMF" and key else None


class Notifications:
    """Bytes of the connection → notifications: each is a cookie, a space and a bencoded dictionary, without an end."""

    def __init__(self) -> None:
        self._bytes = b""

    def feed(self, data: bytes) -> Iterator[Value]:
        """Whole ones. Raises bencode.Malformed for what can become none."""
        self._bytes += data
        while b" " in self._bytes:
            _, _, rest = self._bytes.partition(b" ")
            found = bencode.decode_first(rest)
            if found is None:
                break
            value, length = found
            self._bytes = rest[length:]
            yield value
        if len(self._bytes) > _LONGEST:
            raise bencode.Malformed("no end in sight")


class KeyLines:
    """One connection to each engine, opened again when it is lost."""

    def __init__(self, engines: Sequence[Address], told: Told) -> None:
        self._engines = engines
        self._told = told
        self.connected: set[str] = set()
        """Names of the engines that are heard now."""

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            for engine in self._engines:
                group.create_task(self._hear(engine))

    async def _hear(self, engine: Address) -> None:
        while True:
            try:
                await self._connection(engine)
            except (OSError, bencode.Malformed) as error:
                log.debug("digits of an engine are not heard", engine=engine.name, error=repr(error))
            self.connected.discard(engine.name)
            await asyncio.sleep(_AGAIN)

    async def _connection(self, engine: Address) -> None:
        reader, writer = await asyncio.open_connection(engine.host, engine.port)
        self.connected.add(engine.name)
        heard = Notifications()
        try:
            while data := await reader.read(65536):
                for said in heard.feed(data):
                    if (pressed := parse(said)) is not None:
                        self._told(pressed)
        finally:
            writer.close()


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
