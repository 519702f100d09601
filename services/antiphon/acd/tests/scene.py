"""A small stage for ACD tests: people and queues as text, things that happen as verbs, time in seconds.

scene = Scene("q", "A q", "B q:2")        # queue q; agent A on level 1, B on level 2
scene.ready("A", "B").calls("i1").offers  # [("i1", "A")]
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from antiphon.acd.domain.agent import AgentState, Seat
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.effects import AgentStateChanged, Effect, WorkOffered
from antiphon.acd.domain.inputs import (
    AgentConfigured,
    AgentStateSet,
    Input,
    OfferAccepted,
    OfferDeclined,
    QueueConfigured,
    TimePassed,
    WorkEnqueued,
    WorkReleased,
)
from antiphon.acd.domain.policy import Policy
from antiphon.acd.domain.queue import QueueSettings

E = TypeVar("E")


class Scene:
    """A brain and its clock. Every verb returns the scene; `effects` and `offers` are those of the last verb."""

    def __init__(self, queues: str = "q", *agents: str, policy: Policy | None = None, **settings: Any) -> None:
        self.brain = Brain(policy)
        self.now = 0
        self.effects: list[Effect] = []
        for queue_id in queues.split():
            self.tell(QueueConfigured(QueueSettings(queue_id, **settings)))
        for agent in agents:
            self.agent(agent)

    def agent(
        self, text: str, skills: Mapping[str, int] | None = None, capacity: Mapping[str, int] | None = None
    ) -> "Scene":
        """`A q1 q2:2 q3:1:5`: agent A, level 1 in q1, level 2 in q2, level 1 and position 5 in q3."""
        agent_id, *seats = text.split()
        parts = [seat.split(":") for seat in seats]
        seated = tuple(Seat(p[0], *(int(number) for number in p[1:])) for p in parts)
        return self.tell(AgentConfigured(agent_id, seated, skills or {}, capacity or {}))

    def tell(self, *facts: Input) -> "Scene":
        """Let things happen, one after another, at the present moment."""
        self.effects = [effect for fact in facts for effect in self.brain.handle(fact, now=self.now)]
        return self

    def at(self, seconds: float) -> "Scene":
        """Move the clock without a tick."""
        self.now = round(seconds * 1000)
        return self

    def tick(self, seconds: float) -> "Scene":
        """Move the clock and fire what is due."""
        return self.at(seconds).tell(TimePassed())

    def ready(self, *agents: str) -> "Scene":
        return self.tell(*(AgentStateSet(agent_id, AgentState.READY) for agent_id in agents))

    def state(self, agent_id: str, state: AgentState, reason: str = "") -> "Scene":
        return self.tell(AgentStateSet(agent_id, state, reason))

    def calls(self, *items: str, queue: str = "q", **wishes: Any) -> "Scene":
        return self.tell(*(WorkEnqueued(item_id, queue, **wishes) for item_id in items))

    def accepts(self, agent_id: str, item_id: str) -> "Scene":
        return self.tell(OfferAccepted(item_id, self.version(item_id), agent_id))

    def declines(self, agent_id: str, item_id: str, reason: str = "") -> "Scene":
        return self.tell(OfferDeclined(item_id, self.version(item_id), agent_id, reason))

    def hangs_up(self, agent_id: str, item_id: str) -> "Scene":
        return self.tell(WorkReleased(item_id, agent_id))

    def version(self, item_id: str) -> int:
        return self.brain.floor.items[item_id].version

    def told(self, kind: type[E]) -> list[E]:
        """The effects of this kind from the last verb."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def offers(self) -> list[tuple[str, str]]:
        return [(offer.item_id, offer.agent_id) for offer in self.told(WorkOffered)]

    def item_state(self, item_id: str) -> str:
        return self.brain.floor.items[item_id].state.value

    def agent_state(self, agent_id: str) -> str:
        return self.brain.floor.agents[agent_id].state.value

    def states_told(self) -> dict[str, str]:
        return {change.agent_id: change.state.value for change in self.told(AgentStateChanged)}
