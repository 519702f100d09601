"""The two kinds of people in a contact centre, as the simulation sees them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from random import Random

from antiphon.sim.chance import Millis, Sampler, Shape, lot, stream
from antiphon.sim.scenario import Demand, Team
from antiphon.sim.tally import AgentTime, Cell, Span


class Stage(IntEnum):
    """Where a contact is."""

    WAITING = 0
    TALKING = 1
    WRAPPING = 2
    OVER = 3


class Lot(IntEnum):
    """What lots are drawn for."""

    SALE = 1
    RETRY = 2
    AGAIN = 3
    MISS = 4


class Draws:
    """The samplers of one demand, each on its own stream."""

    __slots__ = ("answer", "patience", "talk", "wrap")

    def __init__(self, demand: Demand, patience: Random, talk: Random, wrap: Random, answer: Random) -> None:
        never = demand.patience.shape is Shape.INFINITE
        self.patience: Sampler | None = None if never else demand.patience.sampler(patience)
        self.talk = demand.handling.sampler(talk)
        self.wrap = demand.wrap_up.sampler(wrap)
        self.answer = demand.answer.sampler(answer)


class Contact:
    """One attempt of one customer. Everything of chance about it is known when it comes."""

    __slots__ = (
        "agent", "answer_ms", "attempt", "came", "cell", "counted", "demand", "ends_at", "item_id", "number",
        "patience_ms", "span", "stage", "talk_ms", "wrap_ms",
    )  # fmt: skip

    came: Millis
    counted: bool  # not so in the warm-up
    cell: Cell
    span: Span
    agent: Worker

    def __init__(self, number: int, attempt: int, demand: Demand, draws: Draws) -> None:
        self.number, self.attempt, self.demand = number, attempt, demand
        self.item_id = f"{number}.{attempt}" if attempt else str(number)
        self.talk_ms = draws.talk()
        self.wrap_ms = draws.wrap()
        self.patience_ms = draws.patience() if draws.patience is not None else None
        self.answer_ms = draws.answer()
        self.stage = Stage.WAITING
        self.ends_at: Millis = -1  # when talking ends, if the calendar's entry is right; -1: it is parked


class Source:
    """The customers of one demand, in the order in which they come. `number` is unique in the whole centre."""

    __slots__ = ("_draws", "_number", "_step", "comes", "demand")

    def __init__(self, demand: Demand, seed: int, index: int, sources: int, comes: Iterator[Millis]) -> None:
        self.demand, self.comes = demand, comes
        self._number, self._step = index, sources
        names = ("patience", "handling", "wrap_up", "answer")
        self._draws = Draws(demand, *(stream(seed, demand.name, name) for name in names))

    def customer(self) -> Contact:
        """The next one."""
        self._number += self._step
        return Contact(self._number, 0, self.demand, self._draws)


def again(seed: int, gone: Contact) -> tuple[Millis, Contact] | None:
    """When and as what a customer who gave up comes back; None: he does not. No stream is touched."""
    retries = gone.demand.retries
    if retries is None or gone.attempt >= retries.most:
        return None
    if lot(seed, gone.number, Lot.RETRY + 8 * gone.attempt) >= retries.chance:
        return None
    own = Random(lot(seed, gone.number, Lot.AGAIN + 8 * gone.attempt))
    later = retries.after.draw(own)
    return later, Contact(gone.number, gone.attempt + 1, gone.demand, Draws(gone.demand, own, own, own, own))


class Worker:
    """An agent: what he holds, and what he means to do as soon as he is free."""

    __slots__ = (
        "agent_id", "break_ms", "busy_since", "held", "here", "here_since", "in_cells", "leaving", "on_duty", "team",
        "time", "urgent",
    )  # fmt: skip

    def __init__(self, agent_id: str, team: Team) -> None:
        self.agent_id, self.team = agent_id, team
        self.time = AgentTime(agent_id, team.name)
        self.on_duty = False  # his shift runs
        self.here = False  # and he is not on a break
        self.here_since: Millis = 0
        self.leaving = False  # takes nothing more; goes when he is free
        self.break_ms: Millis = 0  # for how long
        self.held: dict[str, Contact] = {}
        self.urgent = 0  # voice and chat among the held
        self.busy_since: Millis = 0
        self.in_cells: dict[Cell, list[int]] = {}  # cell -> how many held, since when at least one
