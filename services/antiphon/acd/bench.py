"""How fast the brain decides, beside a naive rescan in the same run.

A *decision* is an input after which the brain has to look for a match: work arrives, or an agent has room again. The
measured loop is a busy contact centre in balance: every release makes an agent pull from the backlog, he accepts, and
a new item arrives; accepting is timed with the decision it belongs to. Arrivals join the backlog or find the free
agent, as the case says. The naive rescan only looks for the pair, at every waiting item and every agent: it keeps no
state, tells nothing and accepts nothing. So the ratio flatters the rescan, and on a small team the rescan wins.

`decisions_per_s` counts seconds of the processor, the loop around the decisions included, so that it says what one core
does whatever else the machine is busy with; `wall_per_s` and the percentiles are by the clock on the wall.

`antiphon acd bench` prints the table and a plot of the cost of a decision against the number of agents; `run()` gives
the table as data.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter, process_time

from antiphon.acd.domain.agent import AgentState, Seat
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.effects import Effect, WorkOffered
from antiphon.acd.domain.inputs import (
    AgentConfigured,
    AgentStateSet,
    Input,
    OfferAccepted,
    QueueConfigured,
    WorkEnqueued,
    WorkReleased,
)
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.queue import QueueSettings
from antiphon.acd.memory import collect_seldom

Row = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class BenchCase:
    """A size and a traffic. `backlog` 0: agents wait for work instead of work for agents."""

    case: str
    agents: int
    queues: int
    backlog: int
    decisions: int = 40_000
    naive_decisions: int = 20
    most_queues: int = 6
    skilled_share: float = 0.0
    priorities: int = 1


CASES = (
    BenchCase("backlog", 10_000, 200, 50_000),
    BenchCase("backlog", 2_000, 200, 50_000),
    BenchCase("backlog", 500, 200, 50_000),
    BenchCase("backlog, priorities, a third with skills", 10_000, 200, 50_000, skilled_share=0.33, priorities=10),
    BenchCase("agents waiting", 10_000, 200, 0),
    BenchCase("one team", 50, 5, 100),
)


class Centre:
    """A brain in motion: releases, accepts and arrivals in balance."""

    def __init__(self, case: BenchCase) -> None:
        self.case = case
        self.rng = random.Random(1)  # noqa: S311 - a repeatable load, not a secret
        self.brain = Brain()
        self.now: Millis = 1_700_000_000_000
        self.number = 0
        self.talking: list[tuple[str, str]] = []
        for queue in range(case.queues):
            self.tell(QueueConfigured(QueueSettings(f"q{queue}")))
        for agent in range(case.agents):
            seats = self.rng.sample(range(case.queues), self.rng.randint(1, min(case.most_queues, case.queues)))
            skills = {skill: self.rng.randint(1, 5) for skill in ("de", "en", "fr") if self.rng.random() < 0.6}
            seated = tuple(Seat(f"q{queue}", self.rng.randint(1, 3), self.rng.randint(1, 9)) for queue in seats)
            self.tell(AgentConfigured(f"a{agent}", seated, skills))
            self.tell(AgentStateSet(f"a{agent}", AgentState.READY))
        self._fill()

    def _fill(self) -> None:
        """Busy nearly everybody and build the backlog; or busy a fifth, so that there is something to release."""
        target = self.case.backlog or -1
        while True:
            effects = self.tell(self.arrival())
            self.accept(effects)
            waiting = self.number - len(self.talking)
            if target < 0 and len(self.talking) >= self.case.agents // 5:
                return
            if 0 < target <= waiting:
                return

    def tell(self, fact: Input) -> list[Effect]:
        self.now += 1
        return self.brain.handle(fact, now=self.now)

    def arrival(self) -> WorkEnqueued:
        self.number += 1
        rng, case = self.rng, self.case
        skills = {rng.choice(("de", "en", "fr")): rng.randint(1, 3)} if rng.random() < case.skilled_share else {}
        priority = rng.randrange(case.priorities)
        return WorkEnqueued(f"i{self.number}", f"q{rng.randrange(case.queues)}", "voice", priority, skills)

    def departure(self) -> WorkReleased:
        """Somebody's conversation ends."""
        at = self.rng.randrange(len(self.talking))
        self.talking[at], self.talking[-1] = self.talking[-1], self.talking[at]
        return WorkReleased(*self.talking.pop())

    def accept(self, effects: list[Effect]) -> int:
        """Accept what was offered."""
        offers = [effect for effect in effects if isinstance(effect, WorkOffered)]
        for offer in offers:
            self.tell(OfferAccepted(offer.item_id, offer.version, offer.agent_id))
            self.talking.append((offer.item_id, offer.agent_id))
        return len(offers)


def run(cases: Sequence[BenchCase] = CASES) -> list[Row]:
    """Measure each case: one row. `times_naive` is the ratio to the rescan, both by processor time."""
    return [_measure(case) for case in cases]


CHUNK = 1_000  # facts are drawn outside what is timed, so many at once


def _measure(case: BenchCase) -> Row:
    centre = Centre(case)
    naive = _naive_cost(case, centre)
    times: list[float] = []
    offers, cpu = 0, 0.0
    with collect_seldom():
        for _ in range(case.decisions // CHUNK):
            arrivals = [centre.arrival() for _ in range(CHUNK // 2)]
            began = process_time()
            for arrival in arrivals:
                for fact in (centre.departure(), arrival):
                    start = perf_counter()
                    offers += centre.accept(centre.tell(fact))
                    times.append(perf_counter() - start)
            cpu += process_time() - began
    return _row(case, times, cpu) | {"offers": offers, "times_naive": round(naive * len(times) / cpu, 1)}


def _naive_cost(case: BenchCase, centre: Centre) -> float:
    """Processor seconds of a decision that is found by looking at everybody and everything in the same centre."""
    agents = list(centre.brain.floor.agents.values())
    items = [item for item in centre.brain.floor.items.values() if item.in_line]
    began = process_time()
    for _ in range(case.naive_decisions):
        free = [agent for agent in agents if agent.state is AgentState.READY and not any(agent.load)]
        items.sort(key=lambda item: (item.key, item.seq))
        if items:
            free = free or agents[:1]
        for item in items:
            able = [a for a in free if any(seat.queue_id == item.queue_id for seat in a.seats)]
            if able:
                min(able, key=lambda a: (a.idle_since, a.seq))
                break
        else:
            min(free, key=lambda a: (a.idle_since, a.seq), default=None)
    return (process_time() - began) / case.naive_decisions


def _row(case: BenchCase, times: list[float], cpu: float) -> Row:
    ordered = sorted(times)
    return {
        "case": case.case,
        "agents": case.agents,
        "queues": case.queues,
        "backlog": case.backlog,
        "decisions_per_s": round(len(times) / cpu),
        "p50_us": round(ordered[len(ordered) // 2] * 1e6, 1),
        "p99_us": round(ordered[int(len(ordered) * 0.99)] * 1e6, 1),
        "longest_ms": round(ordered[-1] * 1e3, 1),
        "wall_per_s": round(len(times) / sum(times)),
    }


def cost_by_agents(rows: Sequence[Row]) -> list[tuple[int, float]]:
    """(agents, processor microseconds of a decision) of the cases that differ in nothing but the number of agents."""
    same = [row for row in rows if row["case"] == "backlog"]
    return sorted((int(row["agents"]), 1e6 / float(row["decisions_per_s"])) for row in same)


def plot(rows: Sequence[Row]) -> str:
    """The cost of a decision against the number of agents, as text."""
    costs = cost_by_agents(rows)
    most = max(cost for _, cost in costs)
    bars = [f"{agents:>7,} agents {'█' * round(40 * cost / most)} {cost:.1f} µs" for agents, cost in costs]
    return "\n".join(["Processor time of a decision, backlog of 50,000 in 200 queues:", *bars])


def page(rows: Sequence[Row]) -> str:
    """The same as a page of HTML with an SVG, to be kept beside the table."""
    costs = cost_by_agents(rows)
    most = max(cost for _, cost in costs)
    bars = "".join(
        f'<text x="90" y="{24 * n + 17}" text-anchor="end">{agents:,}</text>'
        f'<rect x="100" y="{24 * n + 4}" width="{400 * cost / most:.0f}" height="16"/>'
        f'<text x="{400 * cost / most + 108:.0f}" y="{24 * n + 17}">{cost:.1f} µs</text>'
        for n, (agents, cost) in enumerate(costs)
    )
    style = "svg{font:13px sans-serif}rect{fill:#36c}table{border-collapse:collapse}td,th{padding:.2em .8em}"
    svg = f'<svg viewBox="0 0 620 {24 * len(costs) + 8}" width="620" role="img">{bars}</svg>'
    head = "".join(f"<th>{name}</th>" for name in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{value}</td>' for value in row.values())}</tr>" for row in rows)
    title = "Processor time of a decision against the number of agents"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
        f"<h1>{title}</h1>{svg}<table><tr>{head}</tr>{body}</table></html>"
    )
