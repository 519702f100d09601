"""Reads pcap files, whole or cut off in the middle: what is there is read, what is broken ends it. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

_HEADER, _RECORD = 24, 16
_ETHERNET, _RAW = 1, (12, 101, 228, 229)
_MAGICS = {0xA1B2C3D4: 1e6, 0xA1B23C4D: 1e9}
_LARGEST = 65_535
_UDP = 17


Data: TypeAlias = "bytes | bytearray | memoryview"


@dataclass(frozen=True, slots=True)
class Datagram:
    """One UDP packet: when it arrived (seconds since 1970), the ports, what it held."""

    at: float
    source: int
    target: int
    payload: bytes


def datagrams(data: Data) -> Iterator[Datagram]:
    """All UDP packets, in the order of the file."""
    if len(data) < _HEADER:
        return
    for order in "<>":
        (magic,) = struct.unpack_from(f"{order}I", data)
        if magic in _MAGICS:
            (link,) = struct.unpack_from(f"{order}I", data, 20)
            yield from _records(data, order, _MAGICS[magic], link)


def _records(data: Data, order: str, fraction: float, link: int) -> Iterator[Datagram]:
    at = _HEADER
    while at + _RECORD <= len(data):
        seconds, part, length, _ = struct.unpack_from(f"{order}IIII", data, at)
        at += _RECORD
        if length > _LARGEST or at + length > len(data):
            return  # cut off, or no longer a pcap
        found = _datagram(bytes(data[at : at + length]), link)
        at += length
        if found is not None:
            yield Datagram(seconds + part / fraction, *found)


def _datagram(frame: bytes, link: int) -> tuple[int, int, bytes] | None:
    if link == _ETHERNET:
        packet = frame[14:]
    elif link in _RAW:
        packet = frame
    else:
        return None
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20 and packet[9] == _UDP:
        at = 4 * (packet[0] & 0x0F)
    elif version == 6 and len(packet) >= 40 and packet[6] == _UDP:
        at = 40
    else:
        return None
    if len(packet) < at + 8:
        return None
    source, target = struct.unpack_from("!HH", packet, at)
    return source, target, packet[at + 8 :]
