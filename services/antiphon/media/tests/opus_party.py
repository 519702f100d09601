"""A party that speaks Opus: sends a tone that libsndfile encoded, decodes what it hears."""

from __future__ import annotations

import asyncio
import io
import struct

import numpy as np
import soundfile

from antiphon.media.anchor.sdp import codecs, port_of
from antiphon.media.audio import tones
from antiphon.media.audio.resample import resample
from antiphon.media.recording import opus

SSRC = 0xABCD


def ogg_packets(data: bytes) -> list[bytes]:
    """The packets of an Ogg Opus stream, without its two headers."""
    out, part, at = [], b"", 0
    while at < len(data):
        count = data[at + 26]
        lacing = data[at + 27 : at + 27 + count]
        at += 27 + count
        for size in lacing:
            part += data[at : at + size]
            at += size
            if size < 255:
                out.append(part)
                part = b""
    return out[2:]


def encoded(hertz: int, seconds: float) -> list[bytes]:
    """A tone as Opus packets of 20 ms."""
    buffer = io.BytesIO()
    soundfile.write(buffer, tones.tone(hertz, seconds=seconds, rate=48000), 48000, format="OGG", subtype="OPUS")
    return ogg_packets(buffer.getvalue())


class OpusParty(asyncio.DatagramProtocol):
    """Opened by `open`, closed by `close`; understands only Opus."""

    def __init__(self, hertz: int) -> None:
        self.kind = 0
        self._packets = encoded(hertz, 2.0)
        self._heard: list[bytes] = []
        self._address = ("", 0)
        self._transport: asyncio.DatagramTransport | None = None
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, hertz: int) -> OpusParty:
        party = cls(hertz)
        loop = asyncio.get_running_loop()
        party._transport, _ = await loop.create_datagram_endpoint(lambda: party, local_addr=("127.0.0.1", 0))
        party._address = party._transport.get_extra_info("sockname")
        return party

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._transport is not None:
            self._transport.close()

    def answer(self, host: str, offer: bytes) -> bytes:
        """Sends to the offering port from now on; the answer takes Opus and nothing else."""
        self.kind = next(codec.payload_type for codec in codecs(offer) if codec.name == "OPUS")
        self._task = asyncio.get_running_loop().create_task(self._speak((host, port_of(offer))))
        own, port = self._address
        return (
            f"v=0\r\no=- 1 1 IN IP4 {own}\r\ns=-\r\nc=IN IP4 {own}\r\nt=0 0\r\nm=audio {port} RTP/AVP {self.kind}\r\n"
            f"a=rtpmap:{self.kind} opus/48000/2\r\na=sendrecv\r\na=ptime:20\r\n"
        ).encode()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if len(data) > 12 and data[1] & 0x7F == self.kind:
            self._heard.append(data[12:])

    def purity(self, hertz: int) -> float:
        """How much of what was heard last is this tone."""
        pieces = opus.decode(self._heard)[-25:]
        return tones.purity(resample(np.concatenate(pieces), 48000, 8000), hertz) if len(pieces) == 25 else 0.0

    async def _speak(self, target: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        due, number, time = loop.time(), 0, 0
        while True:
            packet = self._packets[5 + number % (len(self._packets) - 10)]
            header = struct.pack("!BBHII", 0x80, self.kind, number & 0xFFFF, time & 0xFFFFFFFF, SSRC)
            assert self._transport is not None
            self._transport.sendto(header + packet, target)
            length = opus.duration(packet)
            number, time, due = number + 1, time + length, due + length / 48000
            await asyncio.sleep(max(0.0, due - loop.time()))
