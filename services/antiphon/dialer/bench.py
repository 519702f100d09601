"""How fast the dialler decides. `antiphon dialer bench` prints it; `run()` gives it as data.

CPU time of this process stands beside the clock, because the clock also counts whoever shares the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns, process_time_ns

from antiphon.dialer.domain.floor import Decision, Floor, Mode
from antiphon.dialer.domain.learning import Learned
from antiphon.dialer.domain.pacing import State, decide
from antiphon.dialer.simulation.shift import Shift
from antiphon.dialer.simulation.world import People, World

Row = dict[str, str | int | float]
SECONDS = 1800


def run() -> list[Row]:
    """Every figure."""
    return [pacing(agents) for agents in (10, 25, 50, 200)]


def pacing(agents: int) -> Row:
    """Decisions of the first half hour of a simulated day, the cold first minute included."""
    cpu: list[int] = []
    wall: list[int] = []

    def policy(floor: Floor, learned: Learned, now: float) -> Decision:
        before, at = perf_counter_ns(), process_time_ns()
        decision = decide(State(Mode.PREDICTIVE, floor, learned), now)
        cpu.append(process_time_ns() - at)
        wall.append(perf_counter_ns() - before)
        return decision

    Shift(agents, People(World(), 1), policy).run(SECONDS)
    return {"what": "pacing decision", "agents": agents, **_percentiles(cpu, "cpu"), **_percentiles(wall, "wall")}


def timed(work: Callable[[], object], times: int) -> Row:
    """The same figures of anything."""
    cpu: list[int] = []
    wall: list[int] = []
    for _ in range(times):
        before, at = perf_counter_ns(), process_time_ns()
        work()
        cpu.append(process_time_ns() - at)
        wall.append(perf_counter_ns() - before)
    return {**_percentiles(cpu, "cpu"), **_percentiles(wall, "wall")}


def _percentiles(nanoseconds: list[int], which: str) -> Row:
    ordered = sorted(nanoseconds)
    return {
        f"{which}_p50_ms": round(ordered[len(ordered) // 2] / 1e6, 4),
        f"{which}_p99_ms": round(ordered[int(len(ordered) * 0.99)] / 1e6, 4),
    }
