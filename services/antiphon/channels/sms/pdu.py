"""SMPP 3.4 on the wire: the handful of PDUs that a bound client needs. Pure.

Written here and not taken from a library, because the usual ones answer `deliver_sm` before the application has seen
it; the answer is a promise that the message is stored, and only we know when that is true.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum

HEADER = 16
MAX_PDU = 70_000


class Command(IntEnum):
    GENERIC_NACK = 0x80000000
    BIND_TRANSMITTER = 0x00000002
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    BIND_TRANSCEIVER = 0x00000009
    ENQUIRE_LINK = 0x00000015


ANSWER = 0x80000000
OK, INVALID_COMMAND, APPLICATION_BUSY = 0x00, 0x03, 0x64
UDH_PRESENT = 0x40
RECEIPTED_ID, MESSAGE_STATE, PAYLOAD = 0x001E, 0x0427, 0x0424
SAR_REF, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F


@dataclass(frozen=True, slots=True)
class Pdu:
    command: int
    status: int
    sequence: int
    body: bytes = b""

    def encode(self) -> bytes:
        return struct.pack(">IIII", HEADER + len(self.body), self.command, self.status, self.sequence) + self.body


@dataclass(frozen=True, slots=True)
class Address:
    digits: str
    ton: int = 0
    npi: int = 0


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """What submit_sm and deliver_sm carry."""

    source: Address
    destination: Address
    data: bytes
    coding: int = 0
    esm_class: int = 0
    registered: int = 0
    tlvs: dict[int, bytes] = field(default_factory=dict)

    @property
    def is_receipt(self) -> bool:
        """esm_class 5.2.12: a delivery receipt of the SMSC, or one on the way there."""
        return self.esm_class & 0x3C in (0x04, 0x20)

    def encode(self) -> bytes:
        out = b"\0" + _address(self.source) + _address(self.destination)
        out += bytes((self.esm_class, 0, 0)) + b"\0\0" + bytes((self.registered, 0, self.coding, 0))
        out += bytes((len(self.data),)) + self.data
        return out + b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in self.tlvs.items())


def header(raw: bytes) -> tuple[int, int, int, int]:
    """Length, command, status, sequence. Raises ValueError when it cannot be a PDU."""
    length, command, status, sequence = struct.unpack(">IIII", raw)
    if not HEADER <= length <= MAX_PDU:
        raise ValueError(f"a PDU of {length} octets")
    return length, command, status, sequence


def bind(system_id: str, password: str) -> bytes:
    """The body of a bind."""
    return _text(system_id) + _text(password) + b"\0" + bytes((0x34, 0, 0)) + b"\0"


def parse(body: bytes) -> ShortMessage:
    """The body of submit_sm or deliver_sm. Raises ValueError."""
    it = _Cursor(body)
    it.text()
    source, destination = it.address(), it.address()
    esm_class, _protocol, _priority = it.octets(3)
    it.text(), it.text()
    registered, _replace, coding, _canned = it.octets(4)
    data = it.octets(it.octets(1)[0])
    tlvs = it.tlvs()
    return ShortMessage(source, destination, data or tlvs.get(PAYLOAD, b""), coding, esm_class, registered, tlvs)


def message_id(body: bytes) -> str:
    """The first text of a body: the id in submit_sm_resp."""
    return body.split(b"\0", 1)[0].decode("latin-1")


def _text(value: str) -> bytes:
    return value.encode("latin-1", "replace").replace(b"\0", b"") + b"\0"


def _address(one: Address) -> bytes:
    return bytes((one.ton, one.npi)) + _text(one.digits)


class _Cursor:
    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def octets(self, count: int) -> bytes:
        if self.at + count > len(self.body):
            raise ValueError("the PDU is cut short")
        self.at += count
        return self.body[self.at - count : self.at]

    def text(self) -> str:
        end = self.body.find(b"\0", self.at)
        if end < 0:
            raise ValueError("a text without its end")
        found, self.at = self.body[self.at : end], end + 1
        return found.decode("latin-1")

    def address(self) -> Address:
        ton, npi = self.octets(2)
        return Address(self.text(), ton, npi)

    def tlvs(self) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        while self.at < len(self.body):
            tag, length = struct.unpack(">HH", self.octets(4))
            found[tag] = self.octets(length)
        return found
