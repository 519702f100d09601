"""The media side of a phone call: two sockets, a frame every 20 ms, and what comes back."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections import deque
from dataclasses import dataclass
from typing import Any

from antiphon.media.phone import rtp, sound, srtp
from antiphon.media.phone.sound import FRAME, RATE, Samples, Silence, Sound, Tone

PERIOD = 0.02
TIMESTAMP_MASK = 0xFFFFFFFF


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, received: Any) -> None:
        self._received = received

    def datagram_received(self, data: bytes, address: tuple[Any, ...]) -> None:
        self._received(data)


@dataclass(slots=True)
class Digit:
    """One digit on its way: as an event (RFC 4733) or as its two tones in the audio."""

    key: str
    frames: int
    tone: Tone | None = None
    done: int = 0
    timestamp: int = 0


class Line:
    """Sends and receives on one RTP port (RTCP: the next). `remote`, `codec`, `sends` may change at any time."""

    def __init__(self, rtcp_every: float = 5.0) -> None:
        self.port = 0
        self.remote: tuple[str, int] | None = None
        self.codec = "PCMU"
        self.payload_types = {"PCMU": 0, "PCMA": 8}
        self.event_type = 101
        self.sends = True
        self.key = srtp.new_key()
        """Ours, for calls with SRTP; it is in use while `sealing` is set."""
        self.sealing: srtp.Context | None = None
        self.opening: srtp.Context | None = None
        self.sound: Sound = Silence()
        self.sent = 0
        self.reception = rtp.Reception()
        self.digits: asyncio.Queue[str] = asyncio.Queue()
        self.reports: list[rtp.Report] = []
        self.round_trip = 0.0
        self.recording: list[Samples] = []
        self._ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(15)
        self._timestamp = secrets.randbits(31)
        self._octets = 0
        self._keys: deque[Digit] = deque()
        self.pressed = asyncio.Event()
        self._last_event: int | None = None
        self._rtcp_every = rtcp_every
        self._last_sr, self._last_sr_at = 0, 0.0
        self._sockets: list[asyncio.DatagramTransport] = []
        self._next = 0.0
        self._next_report = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    async def open(self, host: str) -> None:
        """Binds an even port and the odd one after it, and begins to send as soon as `remote` is known."""
        loop = asyncio.get_running_loop()
        for _ in range(50):
            pair = _pair(host)
            if pair is None:
                continue
            for one, received in zip(pair, (self._heard, self._reported), strict=True):
                transport, _ = await loop.create_datagram_endpoint(lambda to=received: _Socket(to), sock=one)  # type: ignore[misc]
                self._sockets.append(transport)
            self.port = int(pair[0].getsockname()[1])
            self._next = loop.time()
            self._next_report = self._next + self._rtcp_every
            self._tick()
            return
        raise OSError("no pair of ports is free")

    def secure(self, key: bytes | None) -> None:
        """From now on with SRTP, the other side's key being this one; None: without."""
        if key is None:
            self.sealing = self.opening = None
            return
        self.sealing = self.sealing or srtp.Context(self.key)
        if self.opening is None or self.opening.key != key:
            self.opening = srtp.Context(key)

    def close(self) -> None:
        """Ends sending and receiving."""
        if self._alarm is not None:
            self._alarm.cancel()
        for transport in self._sockets:
            transport.close()
        self._sockets.clear()

    # -- sending

    def press(self, keys: str, *, in_band: bool = False, milliseconds: int = 100) -> None:
        """Sends digits one after the other, with a pause as long as a digit."""
        frames = max(2, milliseconds // 20)
        for key in keys:
            rtp.EVENTS.index(key)
            self.pressed.clear()
            self._keys.append(Digit(key, frames, Tone(*sound.KEYS[key], level=0.25) if in_band else None))

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._next <= now:
            self._send_frame()
            self._next += PERIOD
        if now >= self._next_report:
            self._next_report = now + self._rtcp_every
            self._send_report(now)
        self._alarm = loop.call_at(self._next, self._tick)

    def _send_frame(self) -> None:
        self._timestamp += FRAME
        if self.remote is None or not self.sends or not self._sockets:
            return
        if self._keys:
            self._send_digit(self._keys[0])
        else:
            self._send_audio(self.sound.frame())

    def _send_audio(self, samples: Samples) -> None:
        self._send(self.payload_types[self.codec], self._timestamp, sound.encode(samples, self.codec))

    def _send_digit(self, digit: Digit) -> None:
        digit.done += 1
        if digit.done > digit.frames:
            self._send_audio(Silence().frame())
        elif digit.tone is not None:
            self._send_audio(digit.tone.frame())
        else:
            digit.timestamp = digit.timestamp or self._timestamp
            last = digit.done == digit.frames
            payload = rtp.event(digit.key, digit.done * FRAME, end=last)
            for _ in range(3 if last else 1):
                self._send(self.event_type, digit.timestamp, payload, marker=digit.done == 1)
        if digit.done >= 2 * digit.frames:
            self._keys.popleft()
            if not self._keys:
                self.pressed.set()

    def _send(self, kind: int, timestamp: int, payload: bytes, *, marker: bool = False) -> None:
        assert self.remote is not None
        self._sequence += 1
        packet = rtp.Packet(kind, self._sequence, timestamp, self._ssrc, payload, marker or self.sent == 0)
        data = packet.encode()
        self._sockets[0].sendto(self.sealing.protect(data) if self.sealing is not None else data, self.remote)
        self.sent += 1
        self._octets += len(payload)

    def _send_report(self, now: float) -> None:
        if self.remote is None or not self._sockets or self.sealing is not None:
            return  # reports would have to be SRTCP
        block = self.reception.block(self._last_sr, now - self._last_sr_at) if self.reception.packets else b""
        if self.sent and self.sends:
            data = rtp.sender_report(self._ssrc, now, self._timestamp, (self.sent, self._octets), block)
        else:
            data = rtp.receiver_report(self._ssrc, block)
        self._sockets[1].sendto(data, (self.remote[0], self.remote[1] + 1))

    # -- receiving

    def _heard(self, data: bytes) -> None:
        plain = self.opening.unprotect(data) if self.opening is not None else data
        packet = rtp.Packet.parse(plain) if plain is not None else None
        if packet is None:
            return
        self.reception.take(packet, asyncio.get_running_loop().time(), RATE)
        if packet.payload_type == self.event_type:
            self._event(packet)
            return
        for name, number in self.payload_types.items():
            if number == packet.payload_type:
                self.recording.append(sound.decode(packet.payload, name))

    def _event(self, packet: rtp.Packet) -> None:
        found = rtp.read_event(packet.payload)
        if found is not None and found[1] and packet.timestamp != self._last_event:
            self._last_event = packet.timestamp
            self.digits.put_nowait(found[0])

    def _reported(self, data: bytes) -> None:
        if self.opening is not None:
            return
        reports, middle = rtp.read_reports(data)
        now = asyncio.get_running_loop().time()
        if middle:
            self._last_sr, self._last_sr_at = middle, now
        for report in reports:
            if report.ssrc == self._ssrc:
                self.reports.append(report)
                if report.last_sr:
                    sent = int((now + rtp.NTP) * 65536) & TIMESTAMP_MASK
                    trip = ((sent - report.last_sr) & TIMESTAMP_MASK) / 65536 - report.delay
                    self.round_trip = trip if 0 <= trip < 10 else self.round_trip

    def heard(self, seconds: float = 1.0) -> Samples:
        """The last that was heard, at most so long."""
        frames = max(1, int(seconds / PERIOD))
        return sound.joined(self.recording[-frames:])


def _pair(host: str) -> list[socket.socket] | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    first, second = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
    try:
        first.bind((host, 0))
        port = first.getsockname()[1]
        if port % 2:
            raise OSError("an odd port")
        second.bind((host, port + 1))
    except OSError:
        first.close()
        second.close()
        return None
    for one in (first, second):
        one.setblocking(False)
    return [first, second]
