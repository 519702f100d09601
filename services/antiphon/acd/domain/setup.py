"""What the tenant sets up: rules, queues, agents. A change holds from the next decision, without a restart.

Checked first, changed afterwards: a refused configuration has changed nothing.
"""

from antiphon.acd.domain.agent import Agent, AgentState, Seat, as_capacity
from antiphon.acd.domain.capacity import Rooms
from antiphon.acd.domain.effects import AgentGone
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.inputs import (
    AgentConfigured,
    AgentRemoved,
    PolicySet,
    QueueConfigured,
    QueueRemoved,
    QueuesChosen,
)
from antiphon.acd.domain.item import FINISHED, Item
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.offering import recall_from
from antiphon.acd.domain.queue import Queue, QueueSettings
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.routing import check_manned, open_tiers, stop_waiting_for
from antiphon.acd.domain.strategy import CATALOGUE


def set_policy(floor: Floor, fact: PolicySet, now: Millis) -> None:
    """New rules: everything waiting is put in its new order, everybody's room is measured again."""
    waiting = [item for item in floor.items.values() if item.in_line]
    for item in waiting:
        floor.unwait(item)
    floor.policy = fact.policy
    floor.rooms = Rooms(fact.policy)
    floor.touch(*floor.items.values())
    for item in floor.items.values():
        floor.rekey(item)
    for item in waiting:
        floor.wait(item)
    for agent in floor.agents.values():
        floor.stir_agent(agent)


def configure_queue(floor: Floor, fact: QueueConfigured, now: Millis) -> None:
    """Create or change a queue. The weight counts for items that come from now on."""
    settings = fact.settings
    _check_queue(settings)
    known = floor.queues.get(settings.queue_id)
    if known is None:
        floor.queues[settings.queue_id] = Queue(settings)
        floor.index.open_queue(settings.queue_id, settings.strategy)
        return
    if known.settings == settings:
        return
    for item in floor.ringing.get(settings.queue_id, {}).values():
        floor.stir_ring(item)
    index = floor.index.queues[settings.queue_id]
    waiting = tuple(index.line)
    for item in waiting:
        floor.unwait(item)
    floor.index.open_queue(settings.queue_id, settings.strategy)
    known.settings = settings
    check_manned(floor, settings.queue_id, now)
    floor.touch(*waiting)
    for item in waiting:
        open_tiers(floor, item, now)
        floor.wait(item)


def _check_queue(settings: QueueSettings) -> None:
    if settings.strategy not in CATALOGUE:
        raise Refusal(Reason.UNKNOWN_STRATEGY, strategy=settings.strategy)
    if not settings.queue_id:
        raise Refusal(Reason.INVALID, queue_id=settings.queue_id)
    durations = [settings.ring_ms, settings.wrap_up.limit_ms, settings.due_ms, settings.sticky_ms]
    durations += [settings.max_wait_ms, *(delay for _, delay in settings.level_delays)]
    if any(duration is not None and duration < 0 for duration in durations):
        raise Refusal(Reason.INVALID, queue=settings.queue_id, durations=durations)


def remove_queue(floor: Floor, fact: QueueRemoved, now: Millis) -> None:
    """Remove a queue nobody's work refers to; its members lose the seat."""
    queue_id = fact.queue_id
    floor.queue(queue_id)
    for item in floor.items.values():
        if item.state not in FINISHED and _refers(item, queue_id):
            raise Refusal(Reason.IN_USE, queue=queue_id, item=item.item_id)
    floor.touch(*floor.agents.values())
    for agent in floor.agents.values():
        agent.roster = tuple(seat for seat in agent.roster if seat.queue_id != queue_id)
    for agent, _ in tuple(floor.index.queues[queue_id].members.values()):
        _reseat(floor, agent, tuple(seat for seat in agent.seats if seat.queue_id != queue_id))
    floor.index.close_queue(queue_id)
    del floor.queues[queue_id]


def _refers(item: Item, queue_id: str) -> bool:
    return queue_id in item.queues or any(queue_id in step.add_queues for step in item.steps)


def configure_agent(floor: Floor, fact: AgentConfigured, now: Millis) -> None:
    """Create an agent, OFFLINE, or change one. Offers already made to him stand."""
    for seat in fact.seats:
        floor.queue(seat.queue_id)
    if len({seat.queue_id for seat in fact.seats}) != len(fact.seats):
        raise Refusal(Reason.INVALID, agent=fact.agent_id, seats="two seats in one queue")
    capacity = as_capacity(fact.capacity)
    if min(capacity) < 0:
        raise Refusal(Reason.INVALID, agent=fact.agent_id, capacity=capacity)
    agent = floor.agents.get(fact.agent_id)
    if agent is None:
        floor.agent_count += 1
        agent = floor.agents[fact.agent_id] = Agent(fact.agent_id, floor.agent_count, since=now)
        floor.index.seat(agent)
    agent.skills = dict(fact.skills)
    agent.capacity = capacity
    agent.roster = tuple(fact.seats)
    _take_seats(floor, agent, now)


def choose_queues(floor: Floor, fact: QueuesChosen, now: Millis) -> None:
    """Log in to some of his queues, or to all. Offers already made to him stand."""
    agent = floor.agent(fact.agent_id)
    known = {seat.queue_id for seat in agent.roster}
    for queue_id in fact.queue_ids or ():
        if queue_id not in known:
            raise Refusal(Reason.NOT_A_MEMBER, agent=agent.agent_id, queues=queue_id)
    if agent.chosen != fact.queue_ids:
        agent.chosen = fact.queue_ids
        _take_seats(floor, agent, now)


def _take_seats(floor: Floor, agent: Agent, now: Millis) -> None:
    """Sit down where he may and wants to work."""
    left = tuple(seat.queue_id for seat in agent.seats)
    chosen = agent.chosen
    _reseat(floor, agent, tuple(seat for seat in agent.roster if chosen is None or seat.queue_id in chosen))
    for queue_id in dict.fromkeys((*left, *(seat.queue_id for seat in agent.seats))):
        check_manned(floor, queue_id, now)


def _reseat(floor: Floor, agent: Agent, seats: tuple[Seat, ...]) -> None:
    """Give the agent other seats; items waiting for him alone keep waiting."""
    private = floor.index.waiting_only_for(agent)
    for item in private:
        floor.unwait(item)
    floor.index.unseat(agent)
    agent.seats = seats
    floor.index.seat(agent)
    for item in private:
        floor.wait(item)
    floor.stir_agent(agent)


def remove_agent(floor: Floor, fact: AgentRemoved, now: Millis) -> None:
    """Remove an agent who is in no conversation."""
    agent = floor.agent(fact.agent_id)
    if agent.active:
        raise Refusal(Reason.IN_USE, agent=agent.agent_id, held=tuple(agent.held))
    agent.state = AgentState.OFFLINE
    recall_from(floor, agent, now)
    stop_waiting_for(floor, agent, now, for_good=True)
    floor.index.unseat(agent)
    floor.forget_agent(agent)
    for item in floor.items.values():
        if item.only == agent.agent_id:
            item.only = None
            floor.touch(item)
    for seat in agent.seats:
        check_manned(floor, seat.queue_id, now)
    floor.tell(AgentGone(agent.agent_id))
