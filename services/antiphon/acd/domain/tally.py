"""The day's figures of each queue, counted from the same effects that the world is told.

Counters begin again at the tenant's midnight, which the caller computes (`day`: an opaque label such as "2026-11-21").
Formulas (GLOSSARY.md): service level = answered_in_time ÷ (answered + abandoned).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from antiphon.acd.domain.effects import Effect, WorkAbandoned, WorkAccepted, WorkQueued
from antiphon.acd.domain.millis import SECOND, Millis

DEFAULT_TARGET: Millis = 20 * SECOND


@dataclass(slots=True)
class Counters:
    """One queue, one day."""

    entered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0


@dataclass(slots=True)
class Tally:
    """All queues of a tenant on one day."""

    day: str = ""
    queues: dict[str, Counters] = field(default_factory=dict)

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
                if effect.waited_ms <= target:
                    counters.answered_in_time += 1
            case WorkAbandoned():
                self.of(effect.queue_id).abandoned += 1
            case _:
                return

    def of(self, queue_id: str) -> Counters:
        """The counters of a queue, zeros at first."""
        return self.queues.setdefault(queue_id, Counters())

    def dump(self) -> dict[str, Any]:
        """Plain data for the snapshot."""
        return asdict(self)

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Tally:
        """The inverse of `dump`."""
        return cls(data["day"], {queue: Counters(**counters) for queue, counters in data["queues"].items()})
