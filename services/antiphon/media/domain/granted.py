"""What billing grants a call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Granted:
    """Seconds from the answer on that are paid, when to ask for more, and whether that helps."""

    seconds: float
    ask_after: float
    final: bool
