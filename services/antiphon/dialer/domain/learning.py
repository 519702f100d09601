"""What a campaign learns while it dials, and forgets slowly, because lists and hours differ.

`Learned` is fed with facts (`resolved`, `talked`, `wrapped`, `answered`) and read by the pacer. Starting from a prior
it is useful from the first dial on; each observation takes a little weight from those before it.
"""

from __future__ import annotations

import math

import numpy as np

from antiphon.dialer.domain.floor import Floats

PRIOR_HUMAN, PRIOR_OTHER = 4.0, 12.0
MEMORY, MEMORY_PER_AGENT, LONGEST_MEMORY = 100, 5, 375
"""The answer rate follows the last so many answers: more of them where many agents make them come faster."""
KEEPS = 0.999
LIMIT = 0.03
"""The law's share of abandoned calls where a policy pack says nothing else."""
AIR = 0.0025
"""How far under the limit ten agents steer."""
GAIN = 0.75
_RESCALE = 1e12


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
        """Something lasted so long; longer than the histogram counts as its last bin."""
        self._newest /= self.keeps
        self._weights[min(int(seconds), self._weights.size - 1)] += self._newest
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
    abandoned one lowers it much, in the proportion of the target: so the share converges to it. The surplus over the
    target corrects at once.
    """

    __slots__ = ("abandoned", "answered", "daring", "limit")

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit
        """The share of abandoned calls that may not be exceeded."""
        self.answered = 0
        self.abandoned = 0
        self.daring = -3.0

    def target(self, agents: int) -> float:
        """The share to steer for: under the limit by more, the fewer calls a day there are for luck to even out."""
        return self.limit - AIR * (self.limit / LIMIT) * math.sqrt(10 / max(5, agents))

    def observe(self, abandoned: bool, agents: int) -> None:
        """A person answered and got an agent in time, or did not."""
        self.answered += 1
        self.abandoned += abandoned
        target = self.target(agents)
        step = -0.1 * (1 - target) if abandoned else 0.1 * target
        self.daring = min(0.0, max(-12.0, self.daring + step))

    @property
    def rate(self) -> float:
        return self.abandoned / self.answered if self.answered else 0.0

    def risk(self, agents: int) -> float:
        """The chance of abandonment that one more dial may bring."""
        surplus = (self.abandoned - self.target(agents) * self.answered) / math.sqrt(max(1.0, agents / 10))
        return 1 / (1 + math.exp(GAIN * min(20.0, max(-8.0, surplus)) - self.daring))


class Learned:
    """All that a campaign knows of its list, its agents and its day."""

    __slots__ = ("agents", "human_rings", "other_rings", "rate", "talk", "tally", "wrap")

    def __init__(self, limit: float = LIMIT, agents: int = 0) -> None:
        self.agents = agents
        """How many work in the campaign."""
        self.rate = AnswerRate()
        self.talk = Lasting(120, 1.0, 10, 1800)
        self.wrap = Lasting(20, 0.8, 10, 600)
        self.human_rings = Lasting(10, 0.5, 20, 60)
        self.other_rings = Lasting(20, 0.5, 20, 60)
        self.tally = Tally(limit)

    def answered(self, abandoned: bool) -> None:
        """A person answered, and had an agent in time or not."""
        self.tally.observe(abandoned, self.agents)

    def resolved(self, human: bool, rang: float) -> None:
        """A dial ended after so many seconds: a person answered, or anything else happened."""
        self.rate.observe(human, min(LONGEST_MEMORY, max(MEMORY, MEMORY_PER_AGENT * self.agents)))
        (self.human_rings if human else self.other_rings).observe(rang)


def _normal_below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
