"""Many days instead of one: replications, their averages with confidence, and strategies side by side.

Replication k of every strategy lives through the same customers (seed + k), so differences are taken day by day and
their intervals are far narrower than those of the strategies themselves (paired t).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context

from antiphon.sim.centre import Centre
from antiphon.sim.confidence import Interval, interval
from antiphon.sim.scenario import Channel, Formula, Scenario, Target
from antiphon.sim.tally import Cell, CellKey, Outcome

Progress = Callable[[], None]
Figures = dict[str, Interval]

TOTAL = "all"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the summary. `strategy` is empty where strategies are not told apart."""

    queue: str
    channel: str
    strategy: str
    target: Target
    figures: Figures
    waits: tuple[int, ...] = ()  # of the answered on all days, by `WAIT_STEPS`


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One team: occupancy and contacts over its agents."""

    team: str
    agents: int
    occupancy: Interval
    contacts: Interval  # of an agent


@dataclass(frozen=True, slots=True)
class Study:
    """A scenario and what came of it."""

    scenario: Scenario
    outcomes: tuple[Outcome, ...]

    @property
    def contacts(self) -> int:
        return sum(outcome.contacts for outcome in self.outcomes)

    def rows(self) -> list[Row]:
        """One per queue and channel, and the total when there are several."""
        pairs = dict.fromkeys((queue, channel) for outcome in self.outcomes for queue, channel, _ in outcome.cells)
        rows = [self._row(queue, channel, "") for queue, channel in pairs]
        return [*rows, self.total()] if len(rows) > 1 else rows

    def by_strategy(self) -> list[Row]:
        """Each queue's contacts split by the strategy in force when they came, then the queue's total (clause D08)."""
        rows = []
        for queue in self.scenario.queues:
            keys = [key for key in self.outcomes[0].cells if key[0] == queue.name]
            for strategy in dict.fromkeys(key[2] for key in keys):
                rows.append(self._row(queue.name, None, strategy))
            if keys:
                rows.append(self._row(queue.name, None, ""))
        return rows

    def total(self) -> Row:
        """All queues and channels together; in time means in the time of each contact's own queue."""
        return self._row(None, None, "")

    def occupancy(self) -> Interval:
        """Time with work held ÷ time signed in without breaks, over all agents."""
        return interval([o.busy_ms() / o.staffed_ms() for o in self.outcomes if o.staffed_ms()])

    def spread(self) -> Interval:
        """How unevenly work is shared out: the standard deviation of the agents' occupancies."""
        return interval([_deviation([a.occupancy for a in o.agents if a.occupancy is not None]) for o in self.outcomes])

    def teams(self) -> list[TeamRow]:
        rows = []
        for team in self.scenario.teams:
            days = [[agent for agent in o.agents if agent.team == team.name] for o in self.outcomes]
            staffed = [(sum(a.busy_ms for a in day), sum(a.staffed_ms for a in day)) for day in days]
            occupancy = interval([busy / here for busy, here in staffed if here])
            contacts = interval([sum(a.contacts for a in day) / len(day) for day in days if day])
            rows.append(TeamRow(team.name, team.agents, occupancy, contacts))
        return rows

    def _row(self, queue: str | None, channel: Channel | None, strategy: str) -> Row:
        plans = [plan for plan in self.scenario.queues if queue in (None, plan.name)]
        target = plans[0].target if len({plan.target for plan in plans}) == 1 else Target(formula=Formula.ALL)

        def chosen(key: CellKey) -> bool:
            return queue in (None, key[0]) and channel in (None, key[1]) and strategy in ("", key[2])

        sums = [_sum(outcome, chosen, queue) for outcome in self.outcomes]
        waits = tuple(map(sum, zip(*(cell.waits for cell in sums), strict=True)))
        return Row(
            queue or TOTAL, channel.value if channel else TOTAL, strategy, target, _averages(sums, target), waits
        )


def _sum(outcome: Outcome, chosen: Callable[[CellKey], bool], queue: str | None) -> Cell:
    total = Cell()
    for key, cell in outcome.cells.items():
        if chosen(key):
            total.add(cell)
    if queue is None:
        total.held_ms, total.staffed_ms = outcome.busy_ms(), outcome.staffed_ms()
    return total


def _averages(cells: Sequence[Cell], target: Target) -> Figures:
    days = [cell.figures(target) for cell in cells]
    return {name: interval([value for day in days if (value := day[name]) is not None]) for name in days[0]}


def _deviation(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values) if values else 0.0
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values)) if values else 0.0


def replicate(scenario: Scenario, replications: int, progress: Progress = lambda: None, jobs: int = 1) -> Study:
    """Simulate so many independent days, in so many processes."""
    seeds = range(scenario.seed, scenario.seed + replications)
    return Study(scenario, tuple(_live([(scenario, seed) for seed in seeds], progress, jobs)))


def _live(days: Sequence[tuple[Scenario, int]], progress: Progress, jobs: int) -> list[Outcome]:
    """Live through these days. However many processes, the outcomes and their order are the same."""
    outcomes = []
    with ExitStack() as stack:
        lived: Iterable[Outcome] = map(_day, days)
        if min(jobs, len(days)) > 1:
            context = get_context("spawn")  # nothing of this process, least of all its threads, is copied
            lived = stack.enter_context(ProcessPoolExecutor(min(jobs, len(days)), context)).map(_day, days)
        for outcome in lived:
            outcomes.append(outcome)
            progress()
    return outcomes


def _day(day: tuple[Scenario, int]) -> Outcome:
    scenario, seed = day
    return Centre(scenario, seed).run()


# ---------------------------------------------------------------- strategies side by side

MEASURES: dict[str, str] = {
    "service_level": "Service level",
    "answer_rate": "Answered",
    "asa_s": "Average wait",
    "longest_wait_s": "Longest wait",
    "aht_s": "Handling time",
    "conversion": "Calls to sales",
    "spread": "Unevenness between agents",
}
"""What strategies are compared by (clause D08: answer rate, wait, handling time, conversion) and how fair they are."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A strategy's study and its differences from the first contender on the same days."""

    strategy: str
    study: Study
    figures: Figures
    differences: Figures


def compare(
    scenario: Scenario,
    strategies: Sequence[str],
    replications: int,
    progress: Progress = lambda: None,
    jobs: int = 1,
) -> list[Contender]:
    """The same customers under each strategy."""
    scenarios = [scenario.with_strategy(strategy) for strategy in strategies]
    seeds = range(scenario.seed, scenario.seed + replications)
    outcomes = _live([(each, seed) for each in scenarios for seed in seeds], progress, jobs)
    contenders: list[Contender] = []
    base: list[dict[str, float | None]] = []
    for number, (strategy, each) in enumerate(zip(strategies, scenarios, strict=True)):
        study = Study(each, tuple(outcomes[number * replications : (number + 1) * replications]))
        days = [_measured(study, outcome) for outcome in study.outcomes]
        base = base or days
        figures = {name: interval([v for day in days if (v := day[name]) is not None]) for name in MEASURES}
        differences = {name: _paired(days, base, name) for name in MEASURES}
        contenders.append(Contender(strategy, study, figures, differences))
    return contenders


def _measured(study: Study, outcome: Outcome) -> dict[str, float | None]:
    one = Study(study.scenario, (outcome,))
    figures: dict[str, float | None] = {
        name: None if math.isnan(value.mean) else value.mean for name, value in one.total().figures.items()
    }
    return figures | {"spread": one.spread().mean}


def _paired(days: Sequence[dict[str, float | None]], base: Sequence[dict[str, float | None]], name: str) -> Interval:
    pairs = [(day[name], other[name]) for day, other in zip(days, base, strict=True)]
    return interval([mine - theirs for mine, theirs in pairs if mine is not None and theirs is not None])
