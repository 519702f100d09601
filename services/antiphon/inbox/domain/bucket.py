"""Token buckets: so many at once, so many a second; time is a parameter."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """Holds at most `burst` tokens and gains `rate` a second."""

    rate: float
    burst: float
    left: float
    at: float

    def take(self, now: float) -> bool:
        """True when there was a token."""
        self.left = min(self.burst, self.left + max(0.0, now - self.at) * self.rate)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Buckets:
    """One bucket for each name; the longest unused are forgotten (they are full again by then)."""

    def __init__(self, rate: float, burst: float, limit: int = 50_000) -> None:
        self._rate, self._burst, self._limit = rate, burst, limit
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, name: str, now: float) -> bool:
        bucket = self._buckets.pop(name, None) or Bucket(self._rate, self._burst, self._burst, now)
        self._buckets[name] = bucket
        if len(self._buckets) > self._limit:
            self._buckets.popitem(last=False)
        return bucket.take(now)
