"""The real ACD core behind six verbs. The only file of the simulator that knows it.

Every verb lets one thing happen to the brain and returns the offers that follow. Nothing is copied from the core and
nothing is decided here: who waits, who is asked and in which order is what the service would do with the same inputs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from antiphon.acd.domain.agent import AgentState, Seat
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.effects import Effect, OfferEnd, OfferEnded, WorkOffered
from antiphon.acd.domain.inputs import (
    AgentConfigured,
    AgentStateSet,
    Input,
    OfferAccepted,
    QueueConfigured,
    TimePassed,
    WorkEnqueued,
    WorkReleased,
    WorkWithdrawn,
    WrapUpEnded,
)
from antiphon.acd.domain.policy import VOICE_ALONE, VOICE_MAY_INTERRUPT_CHAT, Policy, WrapUp, WrapUpMode
from antiphon.acd.domain.queue import QueueSettings
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.strategy import CATALOGUE
from antiphon.sim.chance import Millis
from antiphon.sim.scenario import Demand, QueuePlan, Scenario, Team

STRATEGIES: dict[str, str] = {name: entry.title for name, entry in CATALOGUE.items()}
"""Every strategy the core knows, with its title."""

READY, NOT_READY, OFFLINE = AgentState.READY, AgentState.NOT_READY, AgentState.OFFLINE

_NEVER = 1 << 50


class Offered(NamedTuple):
    """An agent is asked to take an item."""

    item_id: str
    agent_id: str
    version: int


class Acd:
    """One brain, set up as the scenario says."""

    def __init__(self, scenario: Scenario) -> None:
        self._brain = Brain(
            Policy(
                blocked_by=VOICE_MAY_INTERRUPT_CHAT if scenario.voice_interrupts_chat else VOICE_ALONE,
                ring_ms=(scenario.ring_ms,) * 4,
                lease_ms=(_NEVER,) * 4,  # nobody dies here
                wrap_lease_ms=_NEVER,
                offline_grace_ms=_NEVER,
                remember=16,
            )
        )
        self._wraps_up = {demand.queue for demand in scenario.demands if demand.wrap_up.mean_ms}
        for queue in scenario.queues:
            self.set_up_queue(queue, queue.strategy, 0)
        self.next_deadline = self._brain.next_deadline

    # ------------------------------------------------------------ setting up

    def set_up_queue(self, queue: QueuePlan, strategy: str, now: Millis) -> list[Offered]:
        """Create a queue, or switch its strategy."""
        settings = QueueSettings(
            queue.name,
            strategy=strategy,
            weight=queue.weight,
            max_waiting=queue.max_waiting,
            wrap_up=WrapUp(WrapUpMode.OPTIONAL if queue.name in self._wraps_up else WrapUpMode.NONE),
            level_delays=queue.level_delays,
        )
        return self._tell(QueueConfigured(settings), now)

    def set_up_agent(self, agent_id: str, team: Team, position: int) -> None:
        """Seat an agent; sequential strategies rank agents by `position`, teams in the order of the file."""
        seats = tuple(Seat(queue, level, position) for queue, level in team.seats)
        self._tell(AgentConfigured(agent_id, seats, dict(team.skills), dict(team.capacity)), 0)

    # ------------------------------------------------------------ what happens

    def enqueue(self, item_id: str, demand: Demand, now: Millis) -> list[Offered] | None:
        """A customer waits; None: the queue is full and turned him away."""
        skills = dict(demand.skills) if demand.skills else {}
        try:
            return self._tell(WorkEnqueued(item_id, demand.queue, demand.channel.value, demand.priority, skills), now)
        except Refusal as refusal:
            if refusal.reason is Reason.QUEUE_FULL:
                return None
            raise

    def accept(self, offer: Offered, now: Millis) -> list[Offered] | None:
        """The agent takes it; None: too late, the offer is gone."""
        try:
            return self._tell(OfferAccepted(offer.item_id, offer.version, offer.agent_id), now)
        except Refusal as refusal:
            if refusal.reason in (Reason.OFFER_GONE, Reason.UNKNOWN_ITEM):
                return None
            raise

    def release(self, item_id: str, agent_id: str, now: Millis) -> list[Offered]:
        """The conversation is over."""
        return self._tell(WorkReleased(item_id, agent_id), now)

    def end_wrap_up(self, item_id: str, agent_id: str, now: Millis) -> list[Offered]:
        return self._tell(WrapUpEnded(item_id, agent_id), now)

    def withdraw(self, item_id: str, now: Millis) -> list[Offered]:
        """The customer gave up."""
        return self._tell(WorkWithdrawn(item_id), now)

    def set_state(self, agent_id: str, state: AgentState, reason: str, now: Millis) -> list[Offered]:
        return self._tell(AgentStateSet(agent_id, state, reason), now)

    def tick(self, now: Millis) -> tuple[list[Offered], list[str]]:
        """Time passed; also who missed an offer and is NOT_RESPONDING now."""
        effects = self._brain.handle(TimePassed(), now=now)
        missed = [e.agent_id for e in effects if isinstance(e, OfferEnded) and e.how is OfferEnd.RANG_OUT]
        return _offers(effects), missed

    def wraps_up(self, queue: str) -> bool:
        """Whether the queue leaves its agents in wrap-up until they end it."""
        return queue in self._wraps_up

    def _tell(self, fact: Input, now: Millis) -> list[Offered]:
        return _offers(self._brain.handle(fact, now=now))


def _offers(effects: Iterable[Effect]) -> list[Offered]:
    return [Offered(e.item_id, e.agent_id, e.version) for e in effects if type(e) is WorkOffered]
