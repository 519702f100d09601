"""A text as the short messages that carry it: 160 septets or 70 UCS-2 units in one, 153 or 67 in each of several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from antiphon.channels.sms.alphabet import GSM, LATIN, UCS2, is_gsm, octets_of
from antiphon.channels.sms.pdu import SAR_NUMBER, SAR_REF, SAR_TOTAL, UDH_PRESENT, ShortMessage

MOST = 255
_SINGLE = {GSM: 160, LATIN: 140, UCS2: 140}
_PART = {GSM: 153, LATIN: 134, UCS2: 134}


@dataclass(frozen=True, slots=True)
class Segments:
    coding: int
    parts: tuple[bytes, ...]
    """With their headers."""

    @property
    def esm_class(self) -> int:
        return UDH_PRESENT if len(self.parts) > 1 else 0


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of which message."""

    ref: int
    total: int
    number: int


def segments(text: str, ref: int, alphabet: str = "gsm7") -> Segments:
    """The messages of a text. Raises ValueError when there would be more than 255."""
    coding = _coding(text, alphabet)
    units = list(_units(text, coding))
    if sum(map(len, units)) <= _SINGLE[coding]:
        return Segments(coding, (b"".join(units),))
    bodies = _fill(units, _PART[coding])
    if len(bodies) > MOST:
        raise ValueError("a text of more than 255 parts")
    parts = [bytes((5, 0, 3, ref & 0xFF, len(bodies), n)) + body for n, body in enumerate(bodies, 1)]
    return Segments(coding, tuple(parts))


def opened(message: ShortMessage) -> tuple[Place | None, bytes]:
    """Where a received part belongs, by its header (23.040, 9.2.3.24) or sar_*; and its text's octets."""
    data, place = message.data, None
    if message.esm_class & UDH_PRESENT and data and len(data) > data[0]:
        head, data = data[1 : data[0] + 1], data[data[0] + 1 :]
        place = _concatenation(head)
    if place is None and SAR_REF in message.tlvs:
        place = Place(*(int.from_bytes(message.tlvs.get(tag, b"")) for tag in (SAR_REF, SAR_TOTAL, SAR_NUMBER)))
    if place is None or not 1 <= place.number <= place.total <= MOST or place.total == 1:
        return None, data
    return place, data


def _concatenation(head: bytes) -> Place | None:
    at = 0
    while at + 2 <= len(head):
        kind, size = head[at], head[at + 1]
        value = head[at + 2 : at + 2 + size]
        if kind == 0x00 and len(value) == 3:
            return Place(value[0], value[1], value[2])
        if kind == 0x08 and len(value) == 4:
            return Place(int.from_bytes(value[:2]), value[2], value[3])
        at += 2 + size
    return None


def _coding(text: str, alphabet: str) -> int:
    if alphabet == "latin1":
        return LATIN if all(ord(char) < 256 for char in text) else UCS2
    return GSM if is_gsm(text) else UCS2


def _units(text: str, coding: int) -> Iterator[bytes]:
    """What must stay together: a character, with its escape or its surrogate."""
    for char in text:
        if coding == GSM:
            yield octets_of(char) or b"?"
        elif coding == LATIN:
            yield char.encode("latin-1")
        else:
            yield char.encode("utf-16-be", "replace")


def _fill(units: list[bytes], most: int) -> list[bytes]:
    bodies = [b""]
    for unit in units:
        if len(bodies[-1]) + len(unit) > most:
            bodies.append(b"")
        bodies[-1] += unit
    return bodies
