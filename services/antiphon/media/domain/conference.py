"""Who is in a conference and what becomes of it when somebody leaves."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum

LARGEST = 12
"""Parties of one conference."""


class Left(Enum):
    """What a departure means."""

    GO_ON = "go_on"
    BRIDGE = "bridge"
    END = "end"


def admits(members: Collection[str]) -> bool:
    """True when one more fits."""
    return len(members) < LARGEST


def after_leaving(remaining: Collection[str]) -> Left:
    """Two are a plain conversation again, which needs no mixer; one alone has nobody to talk to."""
    if len(remaining) > 2:
        return Left.GO_ON
    return Left.BRIDGE if len(remaining) == 2 else Left.END


class Seats:
    """Who is in a room that callers of several replicas share. One replica is the host: only there is a seat given, so
    the limit holds for all. Every other says again and again who of its callers is there; times are in seconds."""

    SILENT = 8.0
    """So long a replica may say nothing before its callers' seats are free."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}
        self._heard: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._of)

    @property
    def replicas(self) -> frozenset[str]:
        return frozenset(self._of.values())

    def sit(self, call_id: str, replica: str, now: float) -> bool:
        """False when the room is full. Who sits already may sit down again."""
        if call_id not in self._of and not admits(self._of):
            return False
        self._of[call_id] = replica
        self._heard[replica] = now
        return True

    def stand(self, call_id: str) -> None:
        """Twice is harmless."""
        self._of.pop(call_id, None)

    def said(self, replica: str, calls: Collection[str], now: float) -> frozenset[str]:
        """These callers of the replica are there: those of its whose seats are to be freed."""
        self._heard[replica] = now
        return frozenset(call for call, of in self._of.items() if of == replica and call not in calls)

    def missing(self, calls: Collection[str]) -> frozenset[str]:
        """Who of these has no seat."""
        return frozenset(calls) - self._of.keys()

    def silent(self, own: str, now: float) -> frozenset[str]:
        """Callers of replicas that have said nothing for too long: they are dead, or cut off."""
        return frozenset(
            call for call, of in self._of.items() if of != own and now - self._heard.get(of, now) > self.SILENT
        )


class Pin:
    """Digits that open a room: three attempts, each ended by the last digit or by #."""

    ATTEMPTS = 3

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._digits = ""
        self.attempts = 0

    def key(self, key: str) -> bool | None:
        """True when it was right, False when it was wrong, None while digits are missing."""
        if key != "#":
            self._digits += key
            if len(self._digits) < len(self._wanted):
                return None
        return self.given()

    def given(self) -> bool:
        """The attempt is over, also by silence."""
        given, self._digits = self._digits, ""
        self.attempts += 1
        return given == self._wanted

    @property
    def is_hopeless(self) -> bool:
        return self.attempts >= self.ATTEMPTS
