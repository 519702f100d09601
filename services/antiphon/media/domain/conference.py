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
