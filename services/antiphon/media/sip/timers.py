"""Pulled timers: the core says when it wants to be woken and never looks at a clock. Seconds; RFC 3261 17."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

T1 = 0.5
T2 = 4.0
T4 = 5.0
GIVE_UP = 64 * T1


class Timer:
    """One appointment; `cancel` may be called at any time, also twice."""

    __slots__ = ("_timers", "at", "ring")

    def __init__(self, timers: Timers, at: float, ring: Callable[[], None]) -> None:
        self._timers = timers
        self.at = at
        self.ring: Callable[[], None] | None = ring

    def cancel(self) -> None:
        """Never rings any more."""
        if self.ring is not None:
            self.ring = None
            self._timers.dropped()


class Timers:
    """A heap of appointments; cancelled ones are swept when they are the majority."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, Timer]] = []
        self._numbers = count()
        self._cancelled = 0

    def __len__(self) -> int:
        return len(self._heap) - self._cancelled

    def advance(self, now: float) -> None:
        """Time never goes back."""
        self.now = max(self.now, now)

    def after(self, seconds: float, ring: Callable[[], None]) -> Timer:
        """Makes an appointment."""
        timer = Timer(self, self.now + seconds, ring)
        heapq.heappush(self._heap, (timer.at, next(self._numbers), timer))
        return timer

    def next_deadline(self) -> float | None:
        """When to call `ring_due`; None while nothing is due ever."""
        while self._heap and self._heap[0][2].ring is None:
            heapq.heappop(self._heap)
            self._cancelled -= 1
        return self._heap[0][0] if self._heap else None

    def ring_due(self) -> None:
        """Rings what is due now, in order, also what the rung ones add for now."""
        while (at := self.next_deadline()) is not None and at <= self.now:
            timer = heapq.heappop(self._heap)[2]
            ring, timer.ring = timer.ring, None
            if ring is not None:
                ring()

    def dropped(self) -> None:
        """A timer was cancelled: sweep when most of the heap is dead."""
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].ring is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0
