"""The seal of a call's record: what a switch and billing compute by themselves and compare.

The line that is sealed is told to other switches in `common/v1/tally.proto`; it never changes.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

LENGTH = 16


@dataclass(frozen=True, slots=True)
class Sealed:
    """What of a record is worth money. Instants are nanoseconds since 1970."""

    switch: str
    key: str
    session_id: str
    called: str
    answered: int | None
    ended: int | None
    free: bool


def seal(secret: bytes, it: Sealed) -> bytes:
    """Its seal, by the key that both sides share."""
    answered = "" if it.answered is None else it.answered
    ended = "" if it.ended is None else it.ended
    line = f"{it.switch}/{it.key}|{it.session_id}|{it.called}|{answered}|{ended}|{it.free:d}"
    return hmac.digest(secret, line.encode(), "sha256")[:LENGTH]
