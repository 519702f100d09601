"""What a campaign learns while it dials, and forgets slowly, because lists and hours differ.

`Learned` is fed with facts (`resolved`, `talked`, `wrapped`, `answered`) and read by the pacer. Starting from a prior
it is useful from the first dial on; each observation takes a little weight from those before it.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from antiphon.dialer.domain.floor import Floats

PRIOR_HUMAN, PRIOR_OTHER = 4.0, 12.0
MEMORY, MEMORY_PER_AGENT, LONGEST_MEMORY = 100, 5, 375
"""The answer rate follows the last so many answers: more of them where many agents make them come faster."""
KEEPS = 0.999
LIMIT = 0.03
"""The law's share of abandoned calls where a policy pack says nothing else."""
GAIN = 0.75
SPARE = 6.0
"""So many abandoned calls under the limit ten agents steer; the spare is luck's, and it makes a beginning careful."""
SMALL = 150
"""Answers by which ten agents' share is known well enough to steer by; before, `room` is a bound."""
_RESCALE = 1e12
_CONNECTS, _FEWEST_CONNECTS, _LATELY = 50, 5, 300.0
"""So many connections are remembered, for so many seconds; fewer say nothing."""


class AnswerRate:
    """The share of dials that a person answers: a beta distribution that forgets."""

    __slots__ = ("human", "other")

    def __init__(self, human: float = PRIOR_HUMAN, other: float = PRIOR_OTHER) -> None:
        self.human = human
        self.other = other

    def observe(self, human: bool, memory: int = MEMORY) -> None:
        """One dial came to its end; the dials of the last `memory` answers count."""
        prior, fades = PRIOR_HUMAN / (PRIOR_HUMAN + PRIOR_OTHER), self.mean / memory
        self.human += human - fades * (self.human - prior)
        self.other += (not human) - fades * (self.other - (1 - prior))

    @property
    def mean(self) -> float:
        return self.human / (self.human + self.other)

    @property
    def variance(self) -> float:
        total = self.human + self.other
        return self.human * self.other / (total * total * (total + 1))


class Lasting:
    """How long something lasts: a histogram of one-second bins that forgets, begun with a lognormal guess."""

    __slots__ = ("_below", "_newest", "_stale", "_weights", "keeps")

    def __init__(self, mean: float, cv: float, weight: float, seconds: int, keeps: float = KEEPS) -> None:
        self.keeps = keeps
        sigma = math.sqrt(math.log1p(cv * cv))
        mu = math.log(mean) - sigma * sigma / 2
        edges = [0.0] + [_normal_below((math.log(edge) - mu) / sigma) for edge in range(1, seconds)] + [1.0]
        self._weights: Floats = weight * np.diff(np.array(edges))
        self._newest = 1.0
        """The weight of the newest observation: growing it is the same as shrinking all others."""
        self._below: Floats = np.empty(0)
        self._stale = True

    def observe(self, seconds: float) -> None:
        """Something lasted so long; longer than the histogram counts as its last bin, less than nothing (a
        clock that was set back) as its first."""
        self._newest /= self.keeps
        self._weights[min(max(int(seconds), 0), self._weights.size - 1)] += self._newest
        self._stale = True
        if self._newest > _RESCALE:
            self._weights /= self._newest
            self._newest = 1.0

    @property
    def below(self) -> Floats:
        """below[k]: the chance that it lasts less than k seconds; the last is 1. Do not change it."""
        if self._stale:
            summed = np.zeros(self._weights.size + 1)
            np.cumsum(self._weights, out=summed[1:])
            summed /= summed[-1]
            self._below = summed
            self._stale = False
        return self._below


class Tally:
    """The law's counter, and how daring the pacer may be because of it.

    `daring` is the logit of the risk that is taken with a single dial. Each live answer raises it a little, each
    abandoned one lowers it much, in the proportion of the limit: so the share converges to it. The surplus over what is
    steered for, `SPARE` calls under the limit, corrects at once.
    """

    __slots__ = ("abandoned", "answered", "daring", "limit")

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit
        """The share of abandoned calls that may not be exceeded."""
        self.answered = 0
        self.abandoned = 0
        self.daring = -3.0

    def observe(self, abandoned: bool) -> None:
        """A person answered and got an agent in time, or did not."""
        self.answered += 1
        self.abandoned += abandoned
        step = -0.1 * (1 - self.limit) if abandoned else 0.1 * self.limit
        self.daring = min(0.0, max(-12.0, self.daring + step))

    @property
    def rate(self) -> float:
        return self.abandoned / self.answered if self.answered else 0.0

    @property
    def room(self) -> int:
        """How many of the calls in the air may be abandoned, and the share is still within the limit. Less than one:
        it has been reached, or too few have answered to know."""
        return math.floor((self.limit * self.answered - self.abandoned) / (1 - self.limit) + 1e-9)

    def is_small(self, agents: int) -> bool:
        """So few have answered that one more abandoned is much of the share."""
        return self.answered < SMALL * _scale(agents)

    def risk(self, agents: int) -> float:
        """The chance of abandonment that one more dial may bring."""
        surplus = (self.abandoned - self.limit * self.answered) / _scale(agents) + SPARE
        return 1 / (1 + math.exp(GAIN * min(20.0, max(-8.0, surplus)) - self.daring))


class Connects:
    """How long people waited for an agent who was found, lately: the lag of the plant, and of agents' hands."""

    __slots__ = ("_took",)

    def __init__(self) -> None:
        self._took: deque[tuple[float, float]] = deque(maxlen=_CONNECTS)

    def observe(self, seconds: float, now: float) -> None:
        self._took.append((now, seconds))

    def quantile(self, share: float, now: float) -> float:
        """So long or less in this share of them; 0 while few are known."""
        took = sorted(seconds for at, seconds in self._took if now - at <= _LATELY)
        return took[min(int(len(took) * share), len(took) - 1)] if len(took) >= _FEWEST_CONNECTS else 0.0


class Learned:
    """All that a campaign knows of its list, its agents and its day."""

    __slots__ = ("agents", "connects", "human_rings", "other_rings", "rate", "talk", "tally", "wrap")

    def __init__(self, limit: float = LIMIT, agents: int = 0) -> None:
        self.agents = agents
        """How many work in the campaign."""
        self.rate = AnswerRate()
        self.talk = Lasting(120, 1.0, 10, 1800)
        self.wrap = Lasting(20, 0.8, 10, 600)
        self.human_rings = Lasting(10, 0.5, 20, 60)
        self.other_rings = Lasting(20, 0.5, 20, 60)
        self.tally = Tally(limit)
        self.connects = Connects()

    def answered(self, abandoned: bool) -> None:
        """A person answered, and had an agent in time or not."""
        self.tally.observe(abandoned)

    def resolved(self, human: bool, rang: float) -> None:
        """A dial ended after so many seconds: a person answered, or anything else happened."""
        self.rate.observe(human, min(LONGEST_MEMORY, max(MEMORY, MEMORY_PER_AGENT * self.agents)))
        (self.human_rings if human else self.other_rings).observe(rang)


def _scale(agents: int) -> float:
    """How much more luck there is in what more agents do."""
    return math.sqrt(max(1.0, agents / 10))


def _normal_below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
