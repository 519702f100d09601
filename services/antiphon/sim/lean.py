"""The lean path: one line, agents alike, first come first served, without the ACD core.

For such a centre nobody need be moved about: a customer's wait is how long the soonest free agent still needs, and he
gives up if that is longer than his patience (Kiefer & Wolfowitz 1955, with abandonment: Baccelli & Hebuterne 1981).
One heap operation a customer, so a million customers take seconds. It is exact, and it meets the same customers as
`centre` with the same seed: `tests/test_lean.py` compares their sums of waits to the millisecond. Use it to search for
numbers of agents; who gets which call, and everything else, needs the core.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapreplace

from antiphon.sim.arrivals import arrivals
from antiphon.sim.chance import NOTHING, Sampler, Shape, stream
from antiphon.sim.reading import BadScenario, Reason
from antiphon.sim.scenario import Channel, Scenario


@dataclass(slots=True)
class Line:
    """What came of it."""

    contacts: int = 0
    counted: int = 0
    answered: int = 0
    abandoned: int = 0
    in_time: int = 0
    waited_ms: int = 0  # of the answered
    worked_ms: int = 0  # agents' time for the answered


def check(scenario: Scenario) -> None:
    """Refuse what this path cannot simulate, and say why."""
    demands, teams = scenario.demands, scenario.teams
    queue = scenario.queue(demands[0].queue)
    reasons = {
        "demand": len(demands) == 1 or "must be one only",
        "team": len(teams) == 1 or "must be one only",
        "demand[1].channel": demands[0].channel is Channel.VOICE or "must be voice",
        "demand[1].retries": demands[0].retries is None or "are not possible",
        "demand[1].answer": demands[0].answer is NOTHING or "must be at once",
        "demand[1].skills": not demands[0].skills or "are not possible",
        "team[1].shift": not teams[0].shifts or "is not possible; agents are always there",
        "team[1].capacity": dict(teams[0].capacity).get("voice", 1) > 0 or "must let them take calls",
        "queue[1].level_delay": not queue.level_delays or "is not possible",
        "team[1].misses": teams[0].misses == 0 or "must be 0",
        "team[1].agents": teams[0].agents > 0 or "must be at least 1",
        "queue[1].max_waiting": queue.max_waiting is None or "is not possible",
    }
    for key, verdict in reasons.items():
        if isinstance(verdict, str):
            raise BadScenario(Reason.CONTRADICTION, key, f"{verdict} on the lean path; leave --lean out")


def run(scenario: Scenario, seed: int) -> Line:
    """One day. The customers are those `Centre(scenario, seed)` meets."""
    check(scenario)
    demand, team = scenario.demands[0], scenario.teams[0]
    draw = {name: stream(seed, demand.name, name) for name in ("patience", "handling", "wrap_up")}
    climate = stream(seed, demand.name, "climate")
    comes = arrivals(demand, scenario.lasts_ms, stream(seed, demand.name, "arrivals"), climate)
    talk = demand.handling.sampler(draw["handling"])
    wrap = demand.wrap_up.sampler(draw["wrap_up"])
    never = demand.patience.shape is Shape.INFINITE
    patience: Sampler = (lambda: 1 << 60) if never else demand.patience.sampler(draw["patience"])
    within = scenario.queue(demand.queue).target.within_ms
    start, pace = scenario.warm_up_ms, team.pace
    free = [0] * team.agents  # when each agent is free; already a heap
    contacts = counted = answered = in_time = waited_ms = worked_ms = 0
    for came in comes:
        contacts += 1
        works = talk()
        if pace != 1:
            works = int(works * pace)
        works += wrap()
        wait = free[0] - came
        if wait < 0:
            wait = 0
        gone = wait > patience()
        if not gone:
            heapreplace(free, came + wait + works)
        if came >= start:
            counted += 1
            if not gone:
                answered += 1
                waited_ms += wait
                worked_ms += works
                in_time += wait <= within
    return Line(contacts, counted, answered, counted - answered, in_time, waited_ms, worked_ms)
