"""Time as a parameter.

Business time is always passed in: a service asks its `Clock` once per request and hands `now` down. Only this file
reads the machine's clock. Input/output time-outs belong to the event loop and do not go through here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

Millis: TypeAlias = int
"""Milliseconds since the Unix epoch: the instant of hot paths, where datetime arithmetic is too slow."""

Clock: TypeAlias = Callable[[], datetime]
"""Returns the present as an aware UTC datetime."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def system_clock() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


def to_millis(at: datetime) -> Millis:
    """Whole milliseconds since the epoch, exact for every datetime (no float in between)."""
    return (at - EPOCH) // _MILLISECOND


def from_millis(at: Millis) -> datetime:
    """The inverse of `to_millis`."""
    return EPOCH + timedelta(milliseconds=at)


class SettableClock:
    """A clock for tests: stands still until told to move, and may jump both ways."""

    def __init__(self, at: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **duration: float) -> datetime:
        """Moves by `timedelta(**duration)` and returns the new present."""
        self.at += timedelta(**duration)
        return self.at
