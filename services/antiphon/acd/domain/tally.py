"""The day's figures of each queue, counted from the same effects that the world is told.

Counters begin again at the tenant's midnight, which the caller computes (`day`: an opaque label such as "2026-11-21").
Formulas (GLOSSARY.md): service level = answered_in_time ÷ (answered + abandoned).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from antiphon.acd.domain.effects import Effect, WorkAbandoned, WorkAccepted, WorkCompleted, WorkOverflowed, WorkQueued
from antiphon.acd.domain.millis import SECOND, Millis
from antiphon.acd.domain.queue import Way

DEFAULT_TARGET: Millis = 20 * SECOND


@dataclass(slots=True)
class Counters:
    """One queue, one day."""

    entered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    overflowed: int = 0


_MEMORY: Millis = 24 * 3_600 * SECOND
"""Waiting remembered for the rate of leaving: at twice as much, both sums are halved, so that old days fade."""


@dataclass(slots=True)
class Pace:
    """How fast a queue works, over the last dozens of items: for the estimated wait. Survives midnight."""

    handle_ms: Millis = 0  # moving average of talk and wrap-up; 0: unknown
    waited_ms: Millis = 0  # customer time in line
    left: int = 0  # thousandths of customers who left during that time

    def handled(self, took: Millis) -> None:
        self.handle_ms = took if not self.handle_ms else (19 * self.handle_ms + took) // 20

    def waited(self, lasted: Millis, *, left: bool) -> None:
        self.waited_ms += lasted
        self.left += 1_000 * left
        if self.waited_ms > 2 * _MEMORY:
            self.waited_ms, self.left = self.waited_ms // 2, self.left // 2


@dataclass(slots=True)
class Tally:
    """All queues of a tenant on one day."""

    day: str = ""
    queues: dict[str, Counters] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)

    def note(self, effect: Effect, *, day: str, home_queue: str, target: Millis) -> None:
        """Counts one effect; `home_queue` is the queue of the effect's item. Others are ignored."""
        if day != self.day:
            self.day, self.queues = day, {}
        match effect:
            case WorkQueued():
                self.of(effect.queue_id).entered += 1
            case WorkAccepted():
                if not home_queue:
                    return  # direct work came to no queue
                counters = self.of(home_queue)
                counters.answered += 1
                self.pace(home_queue).waited(effect.waited_ms, left=False)
                if effect.waited_ms <= target:
                    counters.answered_in_time += 1
            case WorkAbandoned():
                self.of(effect.queue_id).abandoned += 1
                self.pace(effect.queue_id).waited(effect.waited_ms, left=True)
            case WorkCompleted() if home_queue:
                self.pace(home_queue).handled(effect.talk_ms + effect.wrap_ms)
            case WorkOverflowed(way=way) if way is not Way.CALLBACK:
                self.of(effect.queue_id).overflowed += 1
            case _:
                return

    def of(self, queue_id: str) -> Counters:
        """The counters of a queue, zeros at first."""
        return self.queues.setdefault(queue_id, Counters())

    def pace(self, queue_id: str) -> Pace:
        """The pace of a queue, unknown at first."""
        return self.paces.setdefault(queue_id, Pace())

    def dump(self) -> dict[str, Any]:
        """Plain data for the snapshot."""
        return asdict(self)

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Tally:
        """The inverse of `dump`."""
        counters = {queue: Counters(**row) for queue, row in data["queues"].items()}
        return cls(data["day"], counters, {queue: Pace(**row) for queue, row in data.get("paces", {}).items()})
