"""Eight hours of one policy: dials in, what became of them out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from antiphon.dialer.domain.floor import Decision, Floats, Floor
from antiphon.dialer.domain.learning import Learned
from antiphon.dialer.domain.predictive import PATIENCE
from antiphon.dialer.simulation.world import SHIFT, People

Policy = Callable[[Floor, Learned, float], Decision]
RESOLVED, TALKED, WRAPPED = range(3)
SAMPLE = 300
"""Seconds between two points of the day's curves."""


@dataclass(slots=True)
class Outcome:
    """What a shift came to."""

    agents: int
    dials: int = 0
    answered: int = 0
    abandoned: int = 0
    busy_seconds: float = 0.0
    abandoned_by: list[float] = field(default_factory=list)
    """The share of abandoned calls so far, at each sample."""
    busy_by: list[float] = field(default_factory=list)
    """The share of working time in each sample."""

    @property
    def utilization(self) -> float:
        """Talk and wrap-up as a share of the agents' time."""
        return self.busy_seconds / (self.agents * SHIFT)

    @property
    def abandon_rate(self) -> float:
        """Abandoned of all calls that a person answered."""
        return self.abandoned / self.answered if self.answered else 0.0


class Shift:
    """A day in the making. Events between two seconds happen in their order, decisions on the second."""

    def __init__(self, agents: int, people: People, policy: Policy) -> None:
        self.idle = agents
        self.people = people
        self.policy = policy
        self.learned = Learned(agents=agents)
        self.outcome = Outcome(agents)
        self.ringing: dict[int, float] = {}
        self.talking: dict[int, float] = {}
        self.wrapping: dict[int, float] = {}
        self.waiting: deque[float] = deque()
        self._events: list[tuple[float, int, int, bool]] = []
        self._number = 0

    def run(self, seconds: int = SHIFT) -> Outcome:
        """Lives the day, or its beginning."""
        for second in range(seconds):
            self._until(float(second))
            decision = self.policy(self.floor(), self.learned, float(second))
            for _ in range(decision.count):
                self._dial(second)
            if (second + 1) % SAMPLE == 0:
                self._sample()
        self._until(float(seconds))
        self._still_at_work(float(seconds))
        return self.outcome

    def floor(self) -> Floor:
        """What the pacer sees."""
        return Floor(self.idle, len(self.waiting), _array(self.ringing), _array(self.talking), _array(self.wrapping))

    def _until(self, now: float) -> None:
        events = self._events
        while events and events[0][0] <= now:
            at, number, kind, human = heappop(events)
            self._give_up(at)
            if kind == RESOLVED:
                self._resolved(number, human, at)
            elif kind == TALKED:
                self._talked(number, at)
            else:
                began = self.wrapping.pop(number)
                self.learned.wrap.observe(at - began)
                self._work(began, at)
                self._free(at)
        self._give_up(now)

    def _dial(self, second: int) -> None:
        human, rings = self.people.dial(second)
        self.outcome.dials += 1
        self._number += 1
        self.ringing[self._number] = float(second)
        heappush(self._events, (second + rings, self._number, RESOLVED, human))

    def _resolved(self, number: int, human: bool, at: float) -> None:
        self.learned.resolved(human, at - self.ringing.pop(number))
        if not human:
            return
        self.outcome.answered += 1
        if self.idle:
            self.idle -= 1
            self._connect(at)
        else:
            self.waiting.append(at)

    def _connect(self, at: float) -> None:
        self.learned.answered(False)
        self._number += 1
        self.talking[self._number] = at
        heappush(self._events, (at + next(self.people.talk), self._number, TALKED, False))

    def _talked(self, number: int, at: float) -> None:
        began = self.talking.pop(number)
        self.learned.talk.observe(at - began)
        self._work(began, at)
        self.wrapping[number] = at
        heappush(self._events, (at + next(self.people.wrap), number, WRAPPED, False))

    def _free(self, at: float) -> None:
        if self.waiting:
            self.waiting.popleft()
            self._connect(at)
        else:
            self.idle += 1

    def _give_up(self, now: float) -> None:
        while self.waiting and self.waiting[0] + PATIENCE <= now:
            self.waiting.popleft()
            self.outcome.abandoned += 1
            self.learned.answered(True)

    def _work(self, began: float, ended: float) -> None:
        self.outcome.busy_seconds += ended - began

    def _still_at_work(self, now: float) -> None:
        """Conversations that the end of the shift cuts were work as well."""
        for began in (*self.talking.values(), *self.wrapping.values()):
            self._work(began, now)

    def _sample(self) -> None:
        self.outcome.abandoned_by.append(self.outcome.abandon_rate)
        busy = self.outcome.agents - self.idle
        self.outcome.busy_by.append(busy / self.outcome.agents)


def _array(of: dict[int, float]) -> Floats:
    return np.fromiter(of.values(), np.float64, len(of))
