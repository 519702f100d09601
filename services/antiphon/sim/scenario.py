"""What is simulated: queues, who contacts us, who works, for how long. Frozen data; `loading` makes it from TOML.

Times are milliseconds. A scenario starts at a time of day (`starts_ms`, for shifts and for the axis); inside the
simulation time counts from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from antiphon.sim.chance import FOR_EVER, NOTHING, Duration, Millis
from antiphon.sim.words import span

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Channel(StrEnum):
    """The four ways in which work occupies an agent."""

    VOICE = "voice"
    CHAT = "chat"
    EMAIL = "email"
    TASK = "task"

    @property
    def urgent(self) -> bool:
        """Somebody holds the line: voice and chat park an agent's letters and tasks."""
        return self in (Channel.VOICE, Channel.CHAT)


class Formula(StrEnum):
    """What a service level divides by. Always stated beside the figure."""

    ALL = "all"
    WITHOUT_SHORT = "without_short"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Target:
    """Service level: `share` answered within `within_ms`."""

    share: float = 0.8
    within_ms: Millis = 20 * SECOND
    formula: Formula = Formula.ALL
    short_ms: Millis = 5 * SECOND

    def in_words(self) -> str:
        """The formula, for the report."""
        within = f"answered within {span(self.within_ms)}"
        match self.formula:
            case Formula.ALL:
                return f"{within} ÷ offered (abandoned, turned away and never served included)"
            case Formula.WITHOUT_SHORT:
                return f"{within} ÷ (offered − abandoned within {span(self.short_ms)})"
            case _:
                return f"{within} ÷ answered"


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """A queue. `changes` are (moment, strategy): the strategy may be switched while the day runs."""

    name: str
    strategy: str = "longest_idle"
    target: Target = Target()
    changes: tuple[tuple[Millis, str], ...] = ()
    level_delays: tuple[tuple[int, Millis], ...] = ()
    max_waiting: int | None = None
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Bursts:
    """Markov-modulated arrivals: now and then the rate is multiplied by `factor`, on average for `lasts_ms`.

    `share` of all time is burst. The rate outside is lowered so that the mean stays what the profile says."""

    factor: float
    share: float
    lasts_ms: Millis

    @property
    def calm_factor(self) -> float:
        """What the rate is multiplied by outside bursts."""
        return (1 - self.share * self.factor) / (1 - self.share)


@dataclass(frozen=True, slots=True)
class Retries:
    """Who gives up tries again with `chance`, after a while, at most `most` times."""

    chance: float
    after: Duration
    most: int = 3


@dataclass(frozen=True, slots=True)
class Demand:
    """People who contact one queue by one channel. `profile` is contacts per interval, from the start."""

    name: str
    queue: str
    channel: Channel
    profile: tuple[float, ...]
    interval_ms: Millis
    handling: Duration
    wrap_up: Duration = NOTHING
    patience: Duration = FOR_EVER
    answer: Duration = NOTHING
    variation: float = 0.0  # coefficient of variation of the whole day's level
    bursts: Bursts | None = None
    retries: Retries | None = None
    priority: int = 0
    skills: tuple[tuple[str, int], ...] = ()
    drag: float = 0.0  # how much each other conversation of the agent prolongs this one


@dataclass(frozen=True, slots=True)
class Shift:
    """Times of day, every day. `breaks` are (time of day, length); a break waits for the contact to end."""

    from_ms: Millis
    to_ms: Millis
    breaks: tuple[tuple[Millis, Millis], ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """Agents alike. No shifts: they are always there. `pace` multiplies handling times (0.8 is quick)."""

    name: str
    agents: int
    seats: tuple[tuple[str, int], ...]  # (queue, level)
    skills: tuple[tuple[str, int], ...] = ()
    capacity: tuple[tuple[str, int], ...] = ()
    shifts: tuple[Shift, ...] = ()
    pace: float = 1.0
    conversion: float = 0.0  # share of answered contacts that end in a sale
    misses: float = 0.0  # share of offers that ring out
    back_after_ms: Millis = MINUTE  # until one who missed an offer is ready again


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole experiment. Contacts that come in [warm_up, lasts) are counted, and followed to their end."""

    name: str
    lasts_ms: Millis
    queues: tuple[QueuePlan, ...]
    demands: tuple[Demand, ...]
    teams: tuple[Team, ...]
    starts_ms: Millis = 0
    warm_up_ms: Millis = 0
    interval_ms: Millis = 30 * MINUTE  # of the report
    seed: int = 1
    replications: int = 10
    ring_ms: Millis = 20 * SECOND
    voice_interrupts_chat: bool = False
    about: str = field(default="", compare=False)

    def queue(self, name: str) -> QueuePlan:
        return next(queue for queue in self.queues if queue.name == name)

    def with_strategy(self, strategy: str) -> Scenario:
        """The same day, every queue under one strategy."""
        queues = tuple(replace(queue, strategy=strategy, changes=()) for queue in self.queues)
        return replace(self, queues=queues)


Breaks = tuple[tuple[Millis, Millis], ...]


def days_of(shift: Shift, scenario: Scenario) -> Iterator[tuple[Millis, Millis, Breaks]]:
    """Begin, end and breaks (moment, length) of the shift on every day the scenario touches, in simulated time."""
    for day in range(-1, (scenario.starts_ms + scenario.lasts_ms) // DAY + 1):
        midnight = day * DAY - scenario.starts_ms
        begin, end = midnight + shift.from_ms, midnight + shift.to_ms
        if end > 0 and begin < scenario.lasts_ms:
            breaks = tuple((midnight + at, length) for at, length in shift.breaks if midnight + at >= 0)
            yield max(0, begin), end, breaks
