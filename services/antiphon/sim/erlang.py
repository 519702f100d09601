"""What Erlang's formulas promise of a queue, in any one unit of time: the formulas are those of workforce management
(`wfm/domain/queueing.py`, with their sources), which the simulator is held against.

Units: `arrivals`, `service` and `impatience` are rates per that unit, `wait` is in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.wfm.domain import queueing


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a formula promises in the steady state. `wait` is over all customers, those who gave up included."""

    waits: float  # share of customers who have to wait
    abandons: float
    wait: float
    service_level: float  # answered within the target ÷ offered
    occupancy: float


def erlang_c(agents: int, arrivals: float, service: float, within: float = 0.0) -> Waiting:
    """M/M/N: everybody waits as long as it takes. Unstable (ρ ≥ 1): waits for ever."""
    load = arrivals / service
    return _waiting(queueing.erlang_c(agents, load, 1 / service, within), agents, load)


def erlang_a(agents: int, arrivals: float, service: float, impatience: float, within: float = 0.0) -> Waiting:
    """M/M/N+M: everybody gives up after an exponential patience with rate `impatience`; 0 is Erlang C."""
    if impatience <= 0:
        return erlang_c(agents, arrivals, service, within)
    load = arrivals / service
    return _waiting(queueing.erlang_a(agents, load, 1 / service, 1 / impatience, within), agents, load)


def _waiting(queue: queueing.Queue, agents: int, load: float) -> Waiting:
    waits, abandons, level, wait = (float(measure) for measure in queue)
    return Waiting(waits, abandons, wait, level, min(1.0, (1 - abandons) * load / agents))
