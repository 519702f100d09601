"""RTP and RTCP packets (RFC 3550), telephone events (RFC 4733), and what a receiver counts. No sockets, no clock."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

EVENTS = "0123456789*#ABCD"
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_BLOCK = struct.Struct("!IIIIII")
NTP = 2_208_988_800


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    def encode(self) -> bytes:
        """As it goes on the wire."""
        second = self.payload_type | (0x80 if self.marker else 0)
        return _HEADER.pack(0x80, second, self.sequence & 0xFFFF, self.timestamp & 0xFFFFFFFF, self.ssrc) + self.payload

    @classmethod
    def parse(cls, data: bytes) -> Packet | None:
        """None for what is no RTP."""
        if len(data) < 12 or data[0] >> 6 != 2:
            return None
        first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
        begin = 12 + 4 * (first & 15)
        if first & 0x10 and len(data) >= begin + 4:
            begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
        end = len(data) - (data[-1] if first & 0x20 else 0)
        if begin > end:
            return None
        return cls(second & 0x7F, sequence, timestamp, ssrc, data[begin:end], bool(second & 0x80))


def event(digit: str, duration: int, *, end: bool, volume: int = 10) -> bytes:
    """The payload of a telephone event; `duration` in samples so far."""
    return _EVENT.pack(EVENTS.index(digit), (0x80 if end else 0) | volume, min(duration, 0xFFFF))


def read_event(payload: bytes) -> tuple[str, bool, int] | None:
    """(digit, is it the end, duration in samples); None if it is no digit."""
    if len(payload) < 4:
        return None
    number, flags, duration = _EVENT.unpack_from(payload)
    return (EVENTS[number], bool(flags & 0x80), duration) if number < len(EVENTS) else None


@dataclass(slots=True)
class Reception:
    """What arrived of one source: packets, losses, jitter (RFC 3550 A.3, A.8)."""

    packets: int = 0
    octets: int = 0
    ssrc: int = 0
    jitter: float = 0.0  # in samples
    sources: int = 0
    _base: int = -1
    _highest: int = 0
    _transit: float | None = None
    _reported: tuple[int, int] = field(default=(0, 0))

    def take(self, packet: Packet, arrived: float, rate: int = 8000) -> None:
        """Counts a packet; `arrived` in seconds of any clock."""
        if packet.ssrc != self.ssrc or self._base < 0:
            self.sources += 1
            self.ssrc, self._base, self._highest = packet.ssrc, packet.sequence, packet.sequence
            self.packets, self._transit, self._reported = 0, None, (0, 0)
        step = (packet.sequence - self._highest) & 0xFFFF
        if step < 0x8000:
            self._highest += step
        self.packets += 1
        self.octets += len(packet.payload)
        transit = arrived * rate - packet.timestamp
        if self._transit is not None:
            self.jitter += (min(abs(transit - self._transit), 8000.0) - self.jitter) / 16
        self._transit = transit

    @property
    def expected(self) -> int:
        """How many there should have been."""
        return 0 if self._base < 0 else self._highest - self._base + 1

    @property
    def lost(self) -> int:
        """How many are missing."""
        return max(0, self.expected - self.packets)

    def block(self, last_sr: int = 0, delay: float = 0.0) -> bytes:
        """The report block about this source since the last one."""
        expected, packets = self._reported
        self._reported = (self.expected, self.packets)
        due, came = self.expected - expected, self.packets - packets
        fraction = max(0, min(255, 256 * (due - came) // due)) if due > 0 else 0
        lost = (fraction << 24) | min(self.lost, 0x7FFFFF)
        waited = int(delay * 65536) if last_sr else 0
        return _BLOCK.pack(self.ssrc, lost, self._highest & 0xFFFFFFFF, int(self.jitter), last_sr, waited & 0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Report:
    """What the other side says it receives of us."""

    ssrc: int
    fraction_lost: float
    lost: int
    jitter: int
    last_sr: int
    delay: float


def sender_report(ssrc: int, seconds: float, timestamp: int, sent: tuple[int, int], block: bytes = b"") -> bytes:
    """A sender report; `seconds` since 1970, `sent` = (packets, octets)."""
    whole = int(seconds)
    ntp = (whole + NTP) & 0xFFFFFFFF, int((seconds - whole) * 2**32)
    body = struct.pack("!IIIIII", ssrc, *ntp, timestamp & 0xFFFFFFFF, sent[0], sent[1]) + block
    return struct.pack("!BBH", 0x80 | bool(block), 200, len(body) // 4) + body + _description(ssrc)


def receiver_report(ssrc: int, block: bytes = b"") -> bytes:
    """A receiver report of one who sends nothing."""
    body = struct.pack("!I", ssrc) + block
    return struct.pack("!BBH", 0x80 | bool(block), 201, len(body) // 4) + body + _description(ssrc)


def _description(ssrc: int) -> bytes:
    text = struct.pack("!I", ssrc) + b"\x01\x05phone\x00"
    text += b"\x00" * (-len(text) % 4)
    return struct.pack("!BBH", 0x81, 202, len(text) // 4) + text


def read_reports(data: bytes) -> tuple[list[Report], int]:
    """The report blocks of a compound packet, and the middle of the last sender report's NTP time (0: none)."""
    reports: list[Report] = []
    middle, at = 0, 0
    while at + 8 <= len(data) and data[at] >> 6 == 2:
        count, kind = data[at] & 31, data[at + 1]
        end = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
        begin = at + (28 if kind == 200 else 8)
        if kind == 200 and end >= at + 28:
            middle = int.from_bytes(data[at + 10 : at + 14], "big")
        if kind in {200, 201}:
            for number in range(count):
                offset = begin + 24 * number
                if offset + 24 <= min(end, len(data)):
                    reports.append(_report(data, offset))
        at = end
    return reports, middle


def _report(data: bytes, offset: int) -> Report:
    ssrc, lost, _, jitter, last_sr, delay = _BLOCK.unpack_from(data, offset)
    return Report(ssrc, (lost >> 24) / 256, lost & 0xFFFFFF, jitter, last_sr, delay / 65536)
