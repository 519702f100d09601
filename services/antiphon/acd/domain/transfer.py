"""Handing work over: to a queue, to a person, or back to line when its agent has vanished.

The item keeps its life (id, versions, attributes) and, unless asked otherwise, its place: the original key. Whoever
hands work over is spared it for a while, or a transfer to one's own queue would come straight back.
"""

from antiphon.acd.domain.effects import Back, WorkRequeued
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.inputs import WorkTransferred
from antiphon.acd.domain.item import Item, ItemState, Step, Turn
from antiphon.acd.domain.lifecycle import spare
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.offering import recall, return_to_line
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.routing import ANYBODY, begin_limit, begin_plan


def transfer(floor: Floor, fact: WorkTransferred, now: Millis) -> None:
    """Hand over a conversation, or redirect work that still waits or rings."""
    item = floor.item(fact.item_id)
    if fact.to_queue is None and fact.to_agent is None:
        raise Refusal(Reason.INVALID, item=item.item_id, to="neither queue nor agent")
    if not item.queues and fact.to_queue is None:
        raise Refusal(Reason.INVALID, item=item.item_id, to="direct work goes on to a queue only")
    queue = floor.queue(fact.to_queue or item.queue_id)
    if fact.to_agent is not None:
        floor.agent(fact.to_agent)
    if item.state is not ItemState.WAITING and not item.may(Turn.RETURNED):
        raise Refusal(Reason.ILLEGAL_TRANSITION, item=item.item_id, state=item.state, turn=Turn.RETURNED)
    from_agent = item.agent_id
    detach(floor, item, now)
    if from_agent is not None:
        spare(floor, item, from_agent, now + floor.policy.pass_ms)
    if fact.to_agent is not None and item.shunned.get(fact.to_agent) is not None:
        item.shunned = {agent_id: until for agent_id, until in item.shunned.items() if agent_id != fact.to_agent}
    item.queues = (queue.queue_id,)
    if not fact.keep_place:
        item.enqueued_at = now
        item.points, item.due_ms = item.priority + queue.settings.weight, queue.settings.due_ms
        floor.rekey(item)
    steps = ANYBODY if fact.to_agent is None else (Step(only=fact.to_agent, lasts_ms=fact.wait_ms), *ANYBODY)
    begin_plan(floor, item, steps, now)
    begin_limit(floor, item, now)
    _requeue(floor, item, from_agent, Back.TRANSFERRED, now)


def lose_lease(floor: Floor, item: Item, now: Millis) -> None:
    """Nobody vouches for the conversation: the customer waits again, at his old place."""
    from_agent = item.agent_id
    detach(floor, item, now)
    begin_plan(floor, item, ANYBODY, now)
    _requeue(floor, item, from_agent, Back.LEASE_LOST, now)


def detach(floor: Floor, item: Item, now: Millis) -> None:
    """Take the item out of the hands, or the line, it is in."""
    if item.in_line:
        floor.unwait(item)
    elif item.offers:
        recall(floor, item)
    elif item.agent_id is not None:
        agent = floor.agents[item.agent_id]
        agent.talk_ms += now - item.accepted_at
        agent.end_contact(now)
        floor.let_go(agent, item)


def _requeue(floor: Floor, item: Item, from_agent: str | None, why: Back, now: Millis) -> None:
    in_line = item.state is ItemState.WAITING
    position = floor.wait(item) if in_line else return_to_line(floor, item, now)
    floor.tell(WorkRequeued(item.item_id, item.queue_id, position, from_agent, why))
