"""How much of everything one core takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once; the session timer (`session_expires` 0: none of our own); how long a call may ring; how often
    100 is said again to a caller who has no answer yet (0: never), so that a proxy before us knows that we live.
    Seconds."""

    transactions: int = 20_000
    calls: int = 5_000
    forks: int = 12
    session_expires: int = 1800
    session_minimum: int = 90
    unanswered: float = 3600.0
    reassure: float = 0.0
