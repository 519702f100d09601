"""Does the simulation agree with Erlang? Cases with a known answer, measured through the real ACD core.

Each case is simulated as independent runs; each measure has a Student-t interval over them. One measure in twenty lies
outside its own 95 % interval by chance alone, so a case is judged by its measures together: it agrees when all lie in
intervals that hold *jointly* with 95 % (Bonferroni: each at 1 − 5 %/k). Both verdicts are printed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from antiphon.sim import lean
from antiphon.sim.centre import Centre
from antiphon.sim.chance import FOR_EVER, Duration, Shape
from antiphon.sim.confidence import LEVEL, Interval, interval
from antiphon.sim.erlang import erlang_a, erlang_c
from antiphon.sim.scenario import HOUR, SECOND, Channel, Demand, QueuePlan, Scenario, Target, Team


@dataclass(frozen=True, slots=True)
class Case:
    """Poisson arrivals an hour, exponential handling and patience with these means in seconds (0: infinite)."""

    agents: int
    rate: float
    handling_s: float
    patience_s: float = 0
    within_s: float = 20

    @property
    def name(self) -> str:
        return f"{'A' if self.patience_s else 'C'} {self.agents} agents, {self.rate * self.handling_s / 3600:.3g} erl"


CASES = (
    Case(14, 200, 180),
    Case(5, 60, 240),
    Case(3, 40, 180),
    Case(30, 480, 180),
    Case(1, 10, 180),
    Case(10, 200, 180, 120),
    Case(12, 300, 180, 60),
    Case(20, 400, 180, 180),
    Case(6, 80, 240, 30),
    Case(50, 1_100, 180, 90),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of one case. `joint` is the wider interval that holds for all measures of the case together."""

    case: str
    measure: str
    theory: float
    simulated: Interval
    joint: Interval

    @property
    def within(self) -> bool:
        return self.simulated.covers(self.theory)

    @property
    def within_joint(self) -> bool:
        return self.joint.covers(self.theory)


Run = Callable[[Scenario, int], dict[str, float]]


def check(
    runs: int,
    contacts: int,
    cases: Sequence[Case] = CASES,
    *,
    seed: int = 1,
    run: Run | None = None,
    progress: Callable[[], None] = lambda: None,
) -> list[Comparison]:
    """Simulate every case `runs` times with about so many counted contacts each, through the core unless told."""
    rows = []
    for case in cases:
        scenario = scenario_of(case, contacts)
        found = []
        for number in range(runs):
            found.append((run or through_core)(scenario, seed + number))
            progress()
        rows += _compare(case, found)
    return rows


MUST_AGREE = 8
"""Of the ten cases. Each may disagree by chance in one check of twenty, so three of ten happens once in a hundred."""


def agreeing(rows: Sequence[Comparison]) -> list[str]:
    """The cases of which every measure lies within the joint interval."""
    cases = dict.fromkeys(row.case for row in rows)
    return [case for case in cases if all(row.within_joint for row in rows if row.case == case)]


def scenario_of(case: Case, contacts: int) -> Scenario:
    """The case as a scenario: until the empty start is forgotten, then about `contacts` contacts."""
    counted = contacts / case.rate * HOUR
    warm_up = _warm_up_s(case) * SECOND
    lasts = round(warm_up + counted)
    patience = Duration(Shape.EXPONENTIAL, round(case.patience_s * SECOND)) if case.patience_s else FOR_EVER
    demand = Demand(
        name=case.name,  # the streams of chance are named after it: cases are independent of each other
        queue="line",
        channel=Channel.VOICE,
        profile=(case.rate * lasts / HOUR,),
        interval_ms=lasts,
        handling=Duration(Shape.EXPONENTIAL, round(case.handling_s * SECOND)),
        patience=patience,
    )
    team = Team("team", case.agents, (("line", 1),), capacity=(("voice", 1),))
    queue = QueuePlan("line", target=Target(within_ms=round(case.within_s * SECOND)))
    return Scenario(case.name, lasts, (queue,), (demand,), (team,), warm_up_ms=round(warm_up), interval_ms=lasts)


def _warm_up_s(case: Case) -> float:
    """Several relaxation times: of M/M/N it is 1 ÷ (√(Nμ) − √λ)², with impatience the longer of the two means."""
    if case.patience_s:
        return 6 * max(case.patience_s, case.handling_s)
    return 6 / (math.sqrt(case.agents / case.handling_s) - math.sqrt(case.rate / 3600)) ** 2


def through_core(scenario: Scenario, seed: int) -> dict[str, float]:
    """One run with the ACD core."""
    (cell,) = Centre(scenario, seed).run().cells.values()
    waited = (cell.waited_ms + cell.abandoned_after_ms) / cell.offered / SECOND
    return {
        "service level": cell.in_time / cell.offered,
        "abandoned": cell.abandoned / cell.offered,
        "mean wait": waited,
    }


def on_lean_path(scenario: Scenario, seed: int) -> dict[str, float]:
    """One run without it. The wait of those who give up is not measured there, so only the shares are compared."""
    line = lean.run(scenario, seed)
    return {"service level": line.in_time / line.counted, "abandoned": line.abandoned / line.counted}


def _compare(case: Case, runs: Sequence[dict[str, float]]) -> list[Comparison]:
    theory = {measure: value for measure, value in theory_of(case).items() if measure in runs[0]}
    joint = 1 - (1 - LEVEL) / len(theory)
    rows = []
    for measure, value in theory.items():
        found = [run[measure] for run in runs]
        rows.append(Comparison(case.name, measure, value, interval(found), interval(found, joint)))
    return rows


def theory_of(case: Case) -> dict[str, float]:
    """In seconds and shares."""
    rates = case.agents, case.rate / 3600, 1 / case.handling_s
    if case.patience_s:
        a = erlang_a(*rates, 1 / case.patience_s, case.within_s)
        return {"service level": a.service_level, "abandoned": a.abandons, "mean wait": a.wait}
    c = erlang_c(*rates, case.within_s)
    return {"service level": c.service_level, "mean wait": c.wait}
