"""A queue: its settings, and which tiers of agents are open to its work.

Agents sit in a queue at a *level* (tier): a lower level is always preferred. With `level_delays` a higher level
sees an item only after the item has waited that long, so that the second line is spared while the first copes. A
tier also opens at once when nobody is logged in on any tier below it: a delay protects colleagues, not empty chairs.
"""

from dataclasses import dataclass

from antiphon.acd.domain.millis import SECOND, Millis
from antiphon.acd.domain.policy import NO_WRAP_UP, Delays, WrapUp

ALL_LEVELS = 1 << 30


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What the tenant chose. `weight` is in priority points; `level_delays` is ((level, ms), ...)."""

    queue_id: str
    strategy: str = "longest_idle"
    weight: int = 0
    max_waiting: int | None = None
    ring_ms: Millis | None = None
    wrap_up: WrapUp = NO_WRAP_UP
    level_delays: tuple[tuple[int, Millis], ...] = ()
    delays: Delays | None = None  # the tenant's when None
    ring_more_ms: Millis = 10 * SECOND  # strategies that ring several: how often newly free agents join


@dataclass(slots=True, eq=False)
class Queue:
    """A queue on the floor. `manned_level` is the lowest tier with anybody logged in."""

    settings: QueueSettings
    manned_level: int = 0

    @property
    def queue_id(self) -> str:
        return self.settings.queue_id

    def open_level(self, waited: Millis) -> tuple[int, Millis | None]:
        """The highest tier open to an item that waited so long, and the wait at which the next one opens."""
        for level, delay in sorted(self.settings.level_delays):
            if level > self.manned_level and delay > waited:
                return level - 1, delay
        return ALL_LEVELS, None
