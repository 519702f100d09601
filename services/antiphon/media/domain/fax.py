"""A fax: what became of it, and the order in which its sound is heard. Pure.

QUEUED → CALLING → SENDING → DELIVERED | FAILED        a fax of ours
RECEIVING → RECEIVED | PARTIAL                          a fax for us; without any page there is none
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")
LATEST = 6
"""Packets that are waited for one that is missing: 120 ms."""
JUMP = 100
"""A number further away than this belongs to another stream."""


class Status(Enum):
    """Where a fax is."""

    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    RECEIVED = "received"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Result:
    """How T.30 ended. `why` is empty when the other side has confirmed every page."""

    sent: int
    received: int
    why: str = ""
    ident: str = ""
    """What the other machine says it is: nobody has checked it."""
    bit_rate: int = 0

    def of_sent(self, pages: int) -> Status:
        """Delivered is what was confirmed to the last page."""
        return Status.DELIVERED if not self.why and self.sent >= pages else Status.FAILED

    def of_received(self) -> Status | None:
        """None when nothing came that could be kept."""
        if self.received < 1:
            return None
        return Status.PARTIAL if self.why else Status.RECEIVED


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be sent."""

    fax_id: str
    number: str
    caller_id: str
    person_id: str
    pages: int


class InOrder(Generic[T]):
    """Packets in the order in which they were sent. A modem counts every sample, so nothing is left out to catch up and
    nothing is heard twice; what does not come while `LATEST` others do is lost."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._waiting: dict[int, T] = {}

    def push(self, sequence: int, packet: T) -> Iterator[T | None]:
        """What can be heard now: packets, and None in the place of each one that is lost."""
        if self._next is None:
            self._next = sequence
        ahead = (sequence - self._next) & 0xFFFF
        if JUMP < ahead < 0x10000 - JUMP:
            self._waiting.clear()
            self._next = sequence
        elif ahead >= 0x8000:
            return  # late, or twice
        self._waiting[sequence] = packet
        while self._waiting and (self._next in self._waiting or len(self._waiting) >= LATEST):
            yield self._waiting.pop(self._next, None)
            self._next = (self._next + 1) & 0xFFFF
