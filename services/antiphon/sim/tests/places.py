"""Small contact centres for tests: nobody comes by chance, everybody is told when to come and how long to stay."""

from dataclasses import replace
from random import Random

from antiphon.sim.centre import Centre
from antiphon.sim.chance import FOR_EVER, NOTHING, Duration, Shape
from antiphon.sim.people import Contact, Draws
from antiphon.sim.scenario import HOUR, MINUTE, SECOND, Channel, Demand, QueuePlan, Retries, Scenario, Target, Team
from antiphon.sim.tally import Cell

QUIET = (0.0,)


def always(seconds: float) -> Duration:
    return Duration(Shape.DETERMINISTIC, round(seconds * SECOND))


def place(*, channel: Channel = Channel.VOICE, agents: int = 1, **other: object) -> Scenario:
    """One queue, one demand nobody of which comes by himself, agents who are always there."""
    demand = Demand("people", "q", channel, QUIET, 2 * HOUR, always(60))
    team = Team("team", agents, (("q", 1),), capacity=(("voice", 1), ("chat", 3), ("email", 1), ("task", 1)))
    queue = QueuePlan("q", target=Target(0.8, 20 * SECOND))
    scenario = Scenario("test", 2 * HOUR, (queue,), (demand,), (team,), interval_ms=10 * MINUTE)
    return replace(scenario, **other)  # type: ignore[arg-type]


class Visitors:
    """Sends customers by hand. Times in seconds."""

    def __init__(self, scenario: Scenario, seed: int = 1) -> None:
        self.centre = Centre(scenario, seed)
        self._number = 1_000

    def comes(
        self,
        at: float,
        talk: float = 60,
        *,
        wrap: float = 0,
        patience: float | None = None,
        answer: float = 0,
        demand: int = 0,
    ) -> Contact:
        """A customer of this demand comes."""
        self._number += 1
        kind = replace(
            self.centre.scenario.demands[demand],
            handling=always(talk),
            wrap_up=always(wrap) if wrap else NOTHING,
            patience=FOR_EVER if patience is None else always(patience),
            answer=always(answer) if answer else NOTHING,
        )
        rng = Random(1)
        contact = Contact(self._number, 0, kind, Draws(kind, rng, rng, rng, rng))
        self.centre.expect(round(at * SECOND), contact)
        return contact

    def cell(self) -> Cell:
        """Live through it; the only cell, or the sum of all."""
        total = Cell()
        for cell in self.centre.run().cells.values():
            total.add(cell)
        return total


RETRIES = Retries(1.0, always(300), 2)
