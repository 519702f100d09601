"""Whether a new call is taken in: not while we are late, nor while too many are being set up already.

Who is turned away here calls again, or another replica takes the call at once; who is let in when there is no time for
him waits together with everybody else, for the late are never on time again while more come than can be served. Calls
that are there go on: only those that begin are asked about.
"""

from __future__ import annotations

from dataclasses import dataclass

EVERY = 0.05
"""Seconds between two ticks."""
CALM = 0.5
"""Seconds of punctuality after which calls are taken in again."""


@dataclass(slots=True)
class Admission:
    """`latest`: seconds that a tick may be late. `most`: calls that may be set up at once. Times are a loop's."""

    latest: float
    most: int
    refused: int = 0
    lag: float = 0.0
    """How late the last tick was."""
    _due: float = float("inf")
    _late_until: float = float("-inf")
    _busy_until: float = float("-inf")

    def tick(self, now: float) -> None:
        """The loop came to its regular look at the clock."""
        self.lag = max(0.0, now - self._due)
        self._note(now)
        self._due = now + EVERY

    def admits(self, now: float, setting_up: int) -> bool:
        """Asked for every call that begins, when it is read. `setting_up`: calls that are neither answered nor over."""
        self._note(now)  # the tick itself may be overdue
        if now >= self._late_until and setting_up < self.most:
            return True
        self.refused += 1
        self._busy_until = now + CALM
        return False

    def is_busy(self, now: float) -> bool:
        """True while calls are turned away, and for a moment after."""
        return now < max(self._late_until, self._busy_until)

    def _note(self, now: float) -> None:
        if now - self._due > self.latest:
            self._late_until = now + CALM
