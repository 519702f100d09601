"""RTP streams of a recording: which packets belong together, what was lost, how much the rest trembled. Pure."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from antiphon.media.audio.g711 import PCMA, PCMU
from antiphon.media.quality import Quality, rated
from antiphon.media.recording.pcap import Datagram

Pause = tuple[float, float]
"""From and to, seconds since 1970."""

_RTCP = range(192, 224)
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet; `sequence` counts on over the wrap."""

    at: float
    sequence: int
    time: int
    kind: int
    payload: bytes


@dataclass(slots=True)
class Stream:
    """What one source sent to one port of the engine, in the order of sequence, each packet once."""

    port: int
    ssrc: int
    packets: list[Packet] = field(default_factory=list)
    jitter: float = 0.0
    _transit: float | None = None
    _seen: set[int] = field(default_factory=set)
    _highest: int = -1

    def add(self, datagram: Datagram, opus: frozenset[int]) -> None:
        """Takes a packet that is known to be RTP."""
        data = datagram.payload
        short, time = struct.unpack_from("!HI", data, 2)
        sequence = self._unwrapped(short)
        if sequence in self._seen:
            return
        kind = data[1] & 0x7F
        packet = Packet(datagram.at, sequence, time, kind, _payload(data))
        self._seen.add(sequence)
        self.packets.append(packet)
        if kind in (PCMA, PCMU) or kind in opus:
            self._tremble(packet, 48000 if kind in opus else 8000)

    def _unwrapped(self, short: int) -> int:
        if self._highest < 0:
            self._highest = short + 0x10000  # room below, for packets that overtook the first
            return self._highest
        ahead = (short - self._highest) & 0xFFFF
        sequence = self._highest + (ahead if ahead < 0x8000 else ahead - 0x10000)
        self._highest = max(self._highest, sequence)
        return sequence

    def _tremble(self, packet: Packet, clock: int) -> None:
        """Interarrival jitter of RFC 3550 in seconds. A jump of the sender's clock is not jitter."""
        transit = packet.at - packet.time / clock
        if self._transit is not None and abs(transit - self._transit) < 1.0:
            self.jitter += (abs(transit - self._transit) - self.jitter) / 16
        self._transit = transit

    def quality(self, pauses: Sequence[Pause]) -> Quality:
        """Loss and jitter, and the MOS that follows. What was not written during a pause is not lost."""
        ordered = sorted(self._seen)
        missing = ordered[-1] - ordered[0] + 1 - len(ordered) if ordered else 0
        by_number = {packet.sequence: packet for packet in self.packets}
        for before, after in itertools.pairwise(ordered):
            if after - before > 1 and _overlaps(by_number[before].at, by_number[after].at, pauses):
                missing -= after - before - 1
        return rated(Quality(len(ordered), missing, round(1000 * self.jitter, 2)))


def _overlaps(start: float, end: float, pauses: Sequence[Pause]) -> bool:
    return any(begin < end and start < stop for begin, stop in pauses)


def _payload(data: bytes) -> bytes:
    """What the packet carries, without header, extension and padding."""
    start = 12 + 4 * (data[0] & 0x0F)
    if data[0] & 0x10 and len(data) >= start + 4:
        start += 4 + 4 * struct.unpack_from("!H", data, start + 2)[0]
    end = len(data) - data[-1] if data[0] & 0x20 else len(data)
    return data[start:end]


def streams(packets: Iterable[Datagram], ports: Mapping[int, int], opus: frozenset[int]) -> list[Stream]:
    """The streams that came in at these ports (all when none are named), in order of their first packet. A stray source
    of a few packets is left out."""
    found: dict[tuple[int, int], Stream] = {}
    for datagram in packets:
        data = datagram.payload
        if len(data) < 12 or data[0] >> 6 != 2 or data[1] in _RTCP:
            continue
        if ports and datagram.target not in ports:
            continue
        key = datagram.target, struct.unpack_from("!I", data, 8)[0]
        found.setdefault(key, Stream(*key)).add(datagram, opus)
    kept = [stream for stream in found.values() if len(stream.packets) >= _FEWEST]
    for stream in kept:
        stream.packets.sort(key=lambda packet: packet.sequence)
    return kept
