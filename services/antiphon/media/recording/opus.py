"""Opus packets to sound: they are put into an Ogg container in memory, which libsndfile reads.

The length of each packet is told by its first byte (RFC 6716, 3.1), so every packet's sound is known apart and can be
placed by its RTP time.
"""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import soundfile

from antiphon.media.audio.g711 import Pcm

RATE = 48000
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_FRAME_MS = (10, 20, 40, 60) * 3 + (10, 20) * 2 + (2.5, 5, 10, 20) * 4


def duration(packet: bytes) -> int:
    """Samples at 48 kHz in this packet; 0 when it makes no sense."""
    if not packet:
        return 0
    frames = {0: 1, 1: 2, 2: 2}.get(packet[0] & 3) or (packet[1] & 0x3F if len(packet) > 1 else 0)
    samples = int(_FRAME_MS[packet[0] >> 3] * RATE / 1000) * frames
    return samples if samples <= 5760 else 0


def decode(packets: Sequence[bytes]) -> list[Pcm]:
    """The sound of each packet, mono at 48 kHz. Packets that make no sense are empty."""
    lengths = [duration(packet) for packet in packets]
    good = [packet for packet, length in zip(packets, lengths, strict=True) if length]
    if not good:
        return [np.zeros(0, dtype=np.int16) for _ in packets]
    samples, _ = soundfile.read(io.BytesIO(b"".join(_ogg(good))), dtype="int16")
    total = sum(lengths)
    sound = np.zeros(total, dtype=np.int16)
    sound[: min(total, samples.shape[0])] = samples[:total]
    edges = np.cumsum([0, *lengths])
    return [sound[start:end] for start, end in itertools.pairwise(edges)]


def _ogg(packets: Sequence[bytes]) -> Iterator[bytes]:
    yield _page(0, 0, 2, b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 0, RATE, 0, 0))
    yield _page(1, 0, 0, b"OpusTags" + struct.pack("<I8sI", 8, b"antiphon", 0))
    position = 0
    for number, packet in enumerate(packets):
        position += duration(packet)
        yield _page(number + 2, position, 4 if number == len(packets) - 1 else 0, packet)


def _page(number: int, position: int, flags: int, packet: bytes) -> bytes:
    lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    header = struct.pack("<4sBBqIII", b"OggS", 0, flags, position, 1, number, 0) + bytes([len(lacing)]) + lacing
    checksum = struct.pack("<I", _checksum(header + packet))
    return header[:22] + checksum + header[26:] + packet


def _checksum(data: bytes) -> int:
    """Ogg's CRC-32 is zlib's with all bits in the other order and without the inversions."""
    value = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)
