"""A call as stereo sound: the customer left, everybody else right, each where it was said.

    made = stereo(datagrams(pcap.read_bytes()), {customer_port: LEFT, agent_port: RIGHT}, pauses=pauses)
    files.write(folder / "call.opus", made.sound, made.rate)

A packet's place follows its RTP time, anchored to its arrival; so jitter is not heard, a lost packet is 20 ms of
silence, and a sender whose clock jumps (a new phone, a pause) is anchored anew. A pcap that was cut off by a full disk
gives what is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from antiphon.kit.errors import DomainError
from antiphon.media.audio import g711
from antiphon.media.audio.g711 import PCMA, PCMU, Pcm
from antiphon.media.audio.resample import resample
from antiphon.media.ng.reasons import Reason
from antiphon.media.quality import Quality
from antiphon.media.recording import opus as opus_packets
from antiphon.media.recording.pcap import Datagram
from antiphon.media.recording.streams import Packet, Pause, Stream, streams

LEFT, RIGHT = 0, 1
_DRIFT = 0.3
"""Seconds by which RTP time and arrival may disagree before the stream is anchored anew."""
_LONGEST = 24 * 3600


class Paused(Enum):
    """What becomes of the time in which recording was paused."""

    SILENCED = "silenced"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Track:
    """The figures of one stream of the recording."""

    port: int
    channel: int
    seconds: float
    quality: Quality


@dataclass(frozen=True, slots=True)
class Stereo:
    """The recording: samples (n, 2), their rate, when it began (seconds since 1970), and its streams."""

    sound: NDArray[np.int16]
    rate: int
    began_at: float
    tracks: tuple[Track, ...]

    @property
    def seconds(self) -> float:
        return float(self.sound.shape[0] / self.rate)


def stereo(
    packets: Iterable[Datagram],
    channels: Mapping[int, int],
    *,
    pauses: Sequence[Pause] = (),
    paused: Paused = Paused.SILENCED,
    opus: frozenset[int] = frozenset(),
    unheard: Mapping[int, Sequence[Pause]] = MappingProxyType({}),
) -> Stereo:
    """The recording of these packets. `channels` says for each port of the engine (`Leg.port`) which side it is;
    without it the first to speak is left. `opus` are the payload types that are Opus: the recording is 16 kHz then,
    else 8 kHz. `unheard` says by port when a leg was muted or on hold: the engine writes down what it said to nobody,
    and that is no part of the conversation. Raises DomainError(RECORDING_EMPTY) when there is no sound in it."""
    found = streams(packets, channels, opus)
    found = [stream for stream in found if any(_is_sound(packet, opus) for packet in stream.packets)]
    if not found:
        raise DomainError(Reason.RECORDING_EMPTY)
    sides = channels or _by_appearance(found)
    rate = 16000 if any(packet.kind in opus for stream in found for packet in stream.packets) else 8000
    began = min(packet.at for stream in found for packet in stream.packets)
    lines = [(stream, _line(stream, began, rate, opus)) for stream in found]
    sound = np.zeros((max(line.size for _, line in lines), 2), dtype=np.int16)
    for stream, line in lines:
        for start, end in unheard.get(stream.port, ()):
            line[_span(start, end, began, rate)] = 0
        column = sound[: line.size, sides[stream.port]]
        column[:] = np.clip(column.astype(np.int32) + line, -32768, 32767)
    tracks = tuple(Track(stream.port, sides[stream.port], _seconds(stream), stream.quality(pauses)) for stream in found)
    return Stereo(_without(sound, rate, began, pauses, paused), rate, began, tracks)


def _is_sound(packet: Packet, opus: frozenset[int]) -> bool:
    return packet.kind in (PCMA, PCMU) or packet.kind in opus


def _by_appearance(found: Sequence[Stream]) -> dict[int, int]:
    ports = list(dict.fromkeys(stream.port for stream in sorted(found, key=lambda stream: stream.packets[0].at)))
    return {port: LEFT if index == 0 else RIGHT for index, port in enumerate(ports)}


def _seconds(stream: Stream) -> float:
    times = [packet.at for packet in stream.packets]
    return max(times) - min(times)


def _line(stream: Stream, began: float, rate: int, opus: frozenset[int]) -> Pcm:
    """The sound of one stream on the time line of the recording."""
    spoken = [packet for packet in stream.packets if _is_sound(packet, opus)]
    pieces = _decoded(spoken, rate, opus)
    places: list[tuple[int, Pcm]] = []
    anchor: tuple[float, int] | None = None
    for packet, piece in zip(spoken, pieces, strict=True):
        clock = 48000 if packet.kind in opus else 8000
        arrived = packet.at - began
        if anchor is not None:
            # signed, for a late packet lies before the anchor
            passed = ((packet.time - anchor[1] + 0x80000000) & 0xFFFFFFFF) - 0x80000000
            said = anchor[0] + passed / clock
        if anchor is None or abs(said - arrived) > _DRIFT:
            anchor, said = (arrived, packet.time), arrived
        if 0 <= said < _LONGEST:
            places.append((round(said * rate), piece))
    line = np.zeros(max((at + piece.size for at, piece in places), default=0), dtype=np.int16)
    for at, piece in places:
        line[at : at + piece.size] = piece
    return line


def _decoded(packets: Sequence[Packet], rate: int, opus: frozenset[int]) -> list[Pcm]:
    """The sound of each packet at the recording's rate. A stream is decoded as a whole, for codecs have memory and the
    filter has slopes; the pieces are cut afterwards."""
    wide = iter(opus_packets.decode([packet.payload for packet in packets if packet.kind in opus]))
    raw = [
        (next(wide), opus_packets.RATE) if packet.kind in opus else (g711.decode(packet.payload, packet.kind), 8000)
        for packet in packets
    ]
    out: list[Pcm] = [np.zeros(0, dtype=np.int16)] * len(raw)
    for source in {each for _, each in raw}:
        numbers = [number for number, (_, each) in enumerate(raw) if each == source]
        joined = resample(np.concatenate([raw[number][0] for number in numbers]), source, rate)
        edges = np.cumsum([0, *(raw[number][0].size for number in numbers)]) * rate // source
        for number, start, end in zip(numbers, edges, edges[1:], strict=False):
            out[number] = joined[start:end]
    return out


def _span(start: float, end: float, began: float, rate: int) -> slice:
    """The samples between two moments."""
    return slice(max(0, round((start - began) * rate)), max(0, round((end - began) * rate)))


def _without(
    sound: NDArray[np.int16], rate: int, began: float, pauses: Sequence[Pause], paused: Paused
) -> NDArray[np.int16]:
    """The recording with nothing in its pauses, or without them."""
    kept = np.ones(sound.shape[0], dtype=bool)
    for start, end in pauses:
        kept[_span(start, end, began, rate)] = False
    if paused is Paused.CUT:
        return sound[kept]
    sound[~kept] = 0
    return sound
