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
