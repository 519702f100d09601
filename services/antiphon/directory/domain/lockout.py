"""The lock-out: five failures in a row lock a sign-in name for 30 s, each further one for twice as long, up to 1 h.

An attempt is counted before the password is checked, so that a thousand guesses at once are still only five; a success
forgets everything, and an attempt that was no guess is given back (`given_back`). Unknown names are locked like known
ones: the lock tells nobody which names exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from antiphon.kit.errors import DomainError

from .reasons import Reason

FREE = 5
SHORTEST = timedelta(seconds=30)
LONGEST = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Lockout:
    """What is remembered of a sign-in name."""

    failures: int = 0
    locked_until: datetime | None = None
    last_at: datetime | None = None


def attempted(state: Lockout, now: datetime) -> Lockout:
    """The state with one more attempt counted as failed. Raises LOCKED, and then nothing changes."""
    if state.last_at and now - state.last_at > FORGOTTEN_AFTER:
        state = Lockout()
    if state.locked_until and now < state.locked_until:
        seconds = -(-(state.locked_until - now) // timedelta(seconds=1))
        raise DomainError(Reason.LOCKED, retry_after=seconds)
    failures = state.failures + 1
    return Lockout(failures, now + length(failures) if failures >= FREE else None, now)


def given_back(state: Lockout) -> Lockout:
    """The state without its last attempt, which was no guess: the password was right."""
    return Lockout(max(state.failures - 1, 0), None, state.last_at)


def length(failures: int) -> timedelta:
    """How long the lock after so many failures lasts."""
    doublings = max(failures - FREE, 0)
    return LONGEST if doublings > 16 else min(SHORTEST * (1 << doublings), LONGEST)
