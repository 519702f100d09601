"""A queue: its settings, and which tiers of agents are open to its work.

Agents sit in a queue at a *level* (tier): a lower level is always preferred. With `level_delays` a higher level
sees an item only after the item has waited that long, so that the second line is spared while the first copes. A
tier also opens at once when nobody is logged in on any tier below it: a delay protects colleagues, not empty chairs.
"""

from dataclasses import dataclass
from enum import StrEnum

from antiphon.acd.domain.millis import SECOND, Millis
from antiphon.acd.domain.policy import NO_WRAP_UP, Delays, WrapUp

ALL_LEVELS = 1 << 30


class Way(StrEnum):
    """What becomes of work that a queue cannot, or shall no longer, keep."""

    REFUSE = "refuse"  # the channel is told to say goodbye
    QUEUE = "queue"  # another queue takes it as well
    VOICEMAIL = "voicemail"  # the channel takes a message
    CALLBACK = "callback"  # the customer hangs up, his place in line stays


@dataclass(frozen=True, slots=True)
class Overflow:
    """A way, and the queue if the way is another queue."""

    way: Way = Way.REFUSE
    queue_id: str = ""


REFUSED = Overflow()


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What the tenant chose. `weight` is in priority points; `level_delays` is ((level, ms), ...).

    With `due_ms` the queue is routed by service level: its items count as if they had come that much later, so that of
    two queues the one whose promise is nearer its end is served first."""

    queue_id: str
    strategy: str = "longest_idle"
    weight: int = 0
    max_waiting: int | None = None
    ring_ms: Millis | None = None
    wrap_up: WrapUp = NO_WRAP_UP
    level_delays: tuple[tuple[int, Millis], ...] = ()
    delays: Delays | None = None  # the tenant's when None
    due_ms: Millis = 0
    sticky_ms: Millis = 0  # how long a customer waits for the agent he had last; 0: not at all
    closed: bool = False  # takes nothing new; who waits is still served
    when_full: Overflow = REFUSED
    when_closed: Overflow = REFUSED
    when_unmanned: Overflow | None = None  # nobody is logged in; None: wait all the same
    max_wait_ms: Millis | None = None
    when_late: Overflow = REFUSED  # after max_wait_ms
    ring_more_ms: Millis = 10 * SECOND  # strategies that ring several: how often newly free agents join


@dataclass(slots=True, eq=False)
class Queue:
    """A queue on the floor. `manned_level` is the lowest tier with anybody logged in."""

    settings: QueueSettings
    manned_level: int = 0

    @property
    def queue_id(self) -> str:
        return self.settings.queue_id

    @property
    def open(self) -> bool:
        """Whether it takes whoever comes: nothing needs to be looked at."""
        settings = self.settings
        return settings.max_waiting is None and settings.when_unmanned is None and not settings.closed

    @property
    def plain(self) -> bool:
        """Whether all its tiers are open at once and it sets no limit to waiting: nothing needs to be timed."""
        settings = self.settings
        return settings.max_wait_ms is None and not settings.level_delays

    def open_level(self, waited: Millis) -> tuple[int, Millis | None]:
        """The highest tier open to an item that waited so long, and the wait at which the next one opens."""
        for level, delay in sorted(self.settings.level_delays):
            if level > self.manned_level and delay > waited:
                return level - 1, delay
        return ALL_LEVELS, None
