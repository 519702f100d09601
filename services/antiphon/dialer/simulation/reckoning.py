"""What several days of one policy come to: means with their confidence, and whether the goals were reached."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtrit

from antiphon.dialer.domain.learning import LIMIT
from antiphon.dialer.simulation.study import GOALS, PREDICTIVE, Run

DAYS_WITHIN = 0.95
"""The share of days that must stay within the limit."""


@dataclass(frozen=True, slots=True)
class Figure:
    """mean ± half at 95 %; half is NaN for a single day."""

    mean: float
    half: float

    def text(self, digits: int) -> str:
        """In per cent."""
        doubt = "" if math.isnan(self.half) else f" ±{self.half * 100:.{digits}f}"
        return f"{self.mean * 100:.{digits}f}{doubt}"


@dataclass(frozen=True, slots=True)
class Summary:
    """All days of one policy."""

    policy: str
    runs: Sequence[Run]

    @property
    def utilization(self) -> Figure:
        return figure([run.outcome.utilization for run in self.runs])

    @property
    def abandons(self) -> Figure:
        return figure([run.outcome.abandon_rate for run in self.runs])

    @property
    def days_within(self) -> float:
        return sum(run.outcome.abandon_rate <= LIMIT for run in self.runs) / len(self.runs)

    @property
    def verdict(self) -> str:
        """Whether the goals of the predictive pacer are reached; empty for others."""
        if self.policy != PREDICTIVE:
            return ""
        goal = GOALS.get(self.runs[0].agents)
        missed = []
        if goal is not None and self.utilization.mean < goal:
            missed.append(f"utilisation under {goal:.1%}")
        if self.abandons.mean > LIMIT:
            missed.append("abandons over 3 %")
        if self.days_within < DAYS_WITHIN:
            missed.append("too many days over 3 %")
        return ", ".join(missed) or ("reached" if goal is not None else "within 3 %")


def figure(values: Sequence[float]) -> Figure:
    """The mean and its 95 % confidence by Student's t."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return Figure(mean, math.nan)
    spread = statistics.stdev(values) / math.sqrt(len(values))
    return Figure(mean, float(stdtrit(len(values) - 1, 0.975)) * spread)


def summaries(runs: Sequence[Run]) -> list[Summary]:
    """One for each policy, in the order they were run."""
    names = dict.fromkeys(run.policy for run in runs)
    return [Summary(name, [run for run in runs if run.policy == name]) for name in names]
