"""Counting what happened: plain counters per cell, and the span arithmetic of time.

A *cell* is (queue, channel, strategy in force when the contact came). Cells add up: the contacts of a queue split by
strategy total to all its contacts, whatever was switched when (clause D08).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, fields

from antiphon.sim.chance import Millis
from antiphon.sim.scenario import Channel, Formula, Scenario, Target

WAIT_STEPS: tuple[Millis, ...] = tuple(1_000 * s for s in (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240,
                                                          300, 450, 600, 900, 1_800, 3_600))  # fmt: skip
"""The waits at which the distribution is reported."""


@dataclass(slots=True, eq=False)
class Cell:
    """Counters of contacts; sums in milliseconds. offered = answered + abandoned + turned_away + unserved."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    turned_away: int = 0
    unserved: int = 0  # still waiting when everybody had gone home
    in_time: int = 0
    short_abandons: int = 0
    retries: int = 0  # of the offered: those who had given up before
    sales: int = 0
    waited_ms: int = 0  # of the answered
    longest_ms: int = 0
    abandoned_after_ms: int = 0
    talk_ms: int = 0
    wrap_ms: int = 0
    held_ms: int = 0  # agents' time with at least one of these
    staffed_ms: int = 0  # the time of the agents who may take these
    waits: list[int] = field(default_factory=lambda: [0] * (len(WAIT_STEPS) + 1))  # answered, by WAIT_STEPS

    def answer(self, waited: Millis, *, in_time: bool) -> None:
        """One was answered."""
        self.answered += 1
        self.in_time += in_time
        self.waited_ms += waited
        if waited > self.longest_ms:
            self.longest_ms = waited
        self.waits[bisect_left(WAIT_STEPS, waited)] += 1

    def lose(self, waited: Millis, short_ms: Millis, *, turned_away: bool) -> None:
        """One went unanswered: turned away by a full queue, or he gave up."""
        if turned_away:
            self.turned_away += 1
            return
        self.abandoned += 1
        self.abandoned_after_ms += waited
        self.longest_ms = max(self.longest_ms, waited)
        self.short_abandons += waited <= short_ms

    def add(self, other: Cell) -> None:
        """Add the contacts of another cell; times of agents add up where the agents do."""
        for each in fields(self):
            name = each.name
            mine, its = getattr(self, name), getattr(other, name)
            if name == "waits":
                self.waits = [a + b for a, b in zip(mine, its, strict=True)]
            else:
                setattr(self, name, max(mine, its) if name in ("longest_ms", "staffed_ms") else mine + its)

    def service_level(self, target: Target) -> float | None:
        """Answered in time ÷ what the target's formula counts; None: there was nothing to count."""
        match target.formula:
            case Formula.ALL:
                counted = self.offered
            case Formula.WITHOUT_SHORT:
                counted = self.offered - self.short_abandons
            case _:
                counted = self.answered
        return self.in_time / counted if counted else None

    def figures(self, target: Target) -> dict[str, float | None]:
        """What the report shows, by name; times in seconds, shares in 0..1."""
        answered = self.answered or None
        return {
            "offered": float(self.offered),
            "answered": float(self.answered),
            "abandoned": float(self.abandoned),
            "turned_away": float(self.turned_away),
            "unserved": float(self.unserved),
            "retries": float(self.retries),
            "answer_rate": self.answered / self.offered if self.offered else None,
            "abandon_rate": self.abandoned / self.offered if self.offered else None,
            "service_level": self.service_level(target),
            "asa_s": self.waited_ms / answered / 1000 if answered else None,
            "longest_wait_s": self.longest_ms / 1000,
            "aht_s": (self.talk_ms + self.wrap_ms) / answered / 1000 if answered else None,
            "occupancy": self.held_ms / self.staffed_ms if self.staffed_ms else None,
            "conversion": self.sales / answered if answered else None,
        }


CellKey = tuple[str, Channel, str]


@dataclass(slots=True)
class Span:
    """Contacts that came in one interval of the day."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    in_time: int = 0


@dataclass(slots=True)
class AgentTime:
    """One agent's day."""

    agent_id: str
    team: str
    contacts: int = 0
    busy_ms: int = 0
    staffed_ms: int = 0

    @property
    def occupancy(self) -> float | None:
        """Time with work held ÷ time signed in without breaks."""
        return self.busy_ms / self.staffed_ms if self.staffed_ms else None


@dataclass(slots=True)
class Outcome:
    """One replication: everything counted in it."""

    seed: int
    cells: dict[CellKey, Cell] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    busy: list[Millis] = field(default_factory=list)  # agents' time with work held, by interval
    staffed: list[Millis] = field(default_factory=list)  # agents' time signed in without breaks, by interval
    agents: list[AgentTime] = field(default_factory=list)
    contacts: int = 0  # all that were simulated, warm-up included

    def busy_ms(self) -> int:
        return sum(agent.busy_ms for agent in self.agents)

    def staffed_ms(self) -> int:
        return sum(agent.staffed_ms for agent in self.agents)


class Window:
    """The part of the day that counts, cut into the report's intervals."""

    __slots__ = ("end", "interval", "start")

    def __init__(self, scenario: Scenario) -> None:
        self.start, self.end, self.interval = scenario.warm_up_ms, scenario.lasts_ms, scenario.interval_ms

    @property
    def intervals(self) -> int:
        return -(-self.end // self.interval)

    def clip(self, since: Millis, until: Millis) -> Millis:
        """How much of [since, until) counts."""
        return max(0, min(until, self.end) - max(since, self.start))

    def spread(self, totals: list[Millis], since: Millis, until: Millis) -> Millis:
        """Add the part that counts to the intervals it lies in; returns its length."""
        at, until = max(since, self.start), min(until, self.end)
        length = until - at
        while at < until:
            number = at // self.interval
            cut = min(until, (number + 1) * self.interval)
            totals[number] += cut - at
            at = cut
        return max(0, length)
