"""Several policies on the same days, and what comes out of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from antiphon.dialer.domain.floor import Decision, Floor, Mode
from antiphon.dialer.domain.learning import Learned
from antiphon.dialer.domain.pacing import State, decide
from antiphon.dialer.domain.peers import CAP, Adaptive, AdaptivePeer
from antiphon.dialer.simulation.shift import Outcome, Policy, Shift
from antiphon.dialer.simulation.world import SHIFT, People, World

PREDICTIVE, PROGRESSIVE, RATIO = "predictive", "progressive", "best_ratio"
POLICIES = (PREDICTIVE, RATIO, Adaptive.HARD.value, Adaptive.TAPERED.value, PROGRESSIVE)
GOALS = {10: 0.80, 25: 0.88, 50: 0.925, 200: 0.97}
"""The utilisation to reach, by agents."""
_NARROWINGS = 6
_LEAST_LINES, _MOST_LINES = 1.0, 12.0


@dataclass(frozen=True, slots=True)
class Run:
    """One policy, one day."""

    policy: str
    agents: int
    seed: int
    world: World
    outcome: Outcome
    lines_per_agent: float = 0.0
    """What `best_ratio` found."""

    @property
    def row(self) -> dict[str, str | int | float]:
        """What `--json` prints."""
        found = self.outcome
        row: dict[str, str | int | float] = {
            "policy": self.policy,
            "agents": self.agents,
            "seed": self.seed,
            "utilization": round(found.utilization, 6),
            "abandon_rate": round(found.abandon_rate, 6),
            "dials": found.dials,
            "answered": found.answered,
            "abandoned": found.abandoned,
        }
        return row | ({"lines_per_agent": round(self.lines_per_agent, 2)} if self.lines_per_agent else {})


@dataclass(frozen=True, slots=True)
class Case:
    """One run that is to be made."""

    policy: str
    agents: int
    seed: int
    world: World


def runs(cases: Sequence[Case], jobs: int = 1) -> Iterator[Run]:
    """Every case, in order; with several processes at once where `jobs` says so."""
    if jobs == 1:
        yield from map(simulate, cases)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(simulate, cases)


def simulate(case: Case) -> Run:
    """One day of one policy. The same case gives the same run in any process."""
    if case.policy == RATIO:
        return _best_ratio(case)
    return Run(case.policy, case.agents, case.seed, case.world, _live(case, _policy(case.policy)))


def _live(case: Case, policy: Policy) -> Outcome:
    return Shift(case.agents, People(case.world, case.seed), policy).run()


def _policy(name: str) -> Policy:
    if name in (Adaptive.HARD, Adaptive.TAPERED):
        return partial(_peer, AdaptivePeer(Adaptive(name), SHIFT))
    return partial(_ours, Mode(name), 1.0)


def _ours(mode: Mode, lines_per_agent: float, floor: Floor, learned: Learned, now: float) -> Decision:
    return decide(State(mode, floor, learned, lines_per_agent=lines_per_agent), now)


def _peer(peer: AdaptivePeer, floor: Floor, learned: Learned, now: float) -> Decision:
    return peer.decide(floor, learned.tally, now)


def _best_ratio(case: Case) -> Run:
    """The fixed ratio that would have been best on this very day, which nobody knows beforehand."""
    low, high = _LEAST_LINES, _MOST_LINES
    best, found = low, _live(case, partial(_ours, Mode.POWER, low))
    for _ in range(_NARROWINGS):
        middle = (low + high) / 2
        outcome = _live(case, partial(_ours, Mode.POWER, middle))
        if outcome.abandon_rate <= CAP:
            low, best, found = middle, middle, outcome
        else:
            high = middle
    return Run(RATIO, case.agents, case.seed, case.world, found, best)
