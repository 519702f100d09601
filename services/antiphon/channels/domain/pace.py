"""How fast and how often: token buckets for providers and visitors, back-off for what did not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MAX_ATTEMPTS = 8
_FIRST = timedelta(seconds=1)
_LONGEST = timedelta(minutes=2)


@dataclass(slots=True)
class Bucket:
    """`burst` at once, then `rate` a second. Times are seconds of any steady clock."""

    rate: float
    burst: float
    level: float | None = None
    """Negative while paused; None before the first use."""
    at: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until one may pass; 0 means now. Takes nothing."""
        level = self._level(now)
        return 0.0 if level >= 1 - 1e-9 else (1 - level) / self.rate

    def take(self, now: float) -> bool:
        """Takes one when it may pass."""
        if self.wait(now) > 0:
            return False
        self.level = self._level(now) - 1
        return True

    def pause(self, now: float, seconds: float) -> None:
        """Nothing passes for so long: the provider said so."""
        self.level = min(self._level(now), 1 - seconds * self.rate)

    def _level(self, now: float) -> float:
        """What has gathered until now."""
        before = self.burst if self.level is None else self.level
        self.level = min(self.burst, before + (max(0.0, now - self.at) * self.rate if self.level is not None else 0.0))
        self.at = max(self.at, now)
        return self.level


def backoff(attempts: int) -> timedelta:
    """The pause after the n-th failed attempt: 1, 2, 4 … seconds, at most two minutes."""
    return min(_FIRST * int(2 ** max(0, attempts - 1)), _LONGEST)


def gives_up(attempts: int) -> bool:
    """True when a person has to look."""
    return attempts >= MAX_ATTEMPTS
