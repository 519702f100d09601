"""What a supervisor decides by hand: this item to that agent, this queue empty."""

from antiphon.acd.domain.capacity import fits
from antiphon.acd.domain.effects import Back, WorkAccepted, WorkRequeued
from antiphon.acd.domain.floor import Floor, waited
from antiphon.acd.domain.inputs import QueueEmptied, WorkAssigned, WorkTransferred
from antiphon.acd.domain.item import Item, ItemState, Turn
from antiphon.acd.domain.lifecycle import connect
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.offering import recall
from antiphon.acd.domain.queue import Way
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.routing import open_tiers, overflow
from antiphon.acd.domain.transfer import detach, transfer

_MOVABLE = (ItemState.WAITING, ItemState.OFFERED, ItemState.CONNECTED)


def assign(floor: Floor, fact: WorkAssigned, now: Millis) -> None:
    """The agent has it at once, whoever had it before; his room counts, his skills and queues do not."""
    item, agent = floor.item(fact.item_id), floor.agent(fact.agent_id)
    if item.agent_id == agent.agent_id and item.state is ItemState.CONNECTED:
        return
    if item.state not in _MOVABLE or not item.queues:
        raise Refusal(Reason.ILLEGAL_TRANSITION, item=item.item_id, state=item.state, turn=Turn.TAKEN)
    rings_him = any(offer.agent_id == agent.agent_id for offer in item.offers)
    if not agent.logged_in or not (rings_him or fits(agent, item.cls, floor.policy)):
        raise Refusal(Reason.NO_ROOM, agent=agent.agent_id, state=agent.state, load=agent.load)
    from_agent = item.agent_id
    detach(floor, item, now)
    if item.state is not ItemState.WAITING:
        item.move(Turn.RETURNED)
        floor.widening.pop(item.item_id, None)
    if from_agent is not None:
        floor.tell(WorkRequeued(item.item_id, item.queue_id, 1, from_agent, Back.ASSIGNED))
    item.move(Turn.TAKEN)
    item.version += 1
    item.won = item.version
    floor.hold(agent, item)
    connect(floor, item, agent.agent_id, now)
    floor.tell(WorkAccepted(item.item_id, item.version, agent.agent_id, waited(item, now), pulled=True))


def empty(floor: Floor, fact: QueueEmptied, now: Millis) -> None:
    """Send on everybody who waits or rings in the queue; guests from other queues only lose this one."""
    floor.queue(fact.queue_id)
    if fact.to.way is Way.QUEUE:
        floor.queue(fact.to.queue_id)
        if fact.to.queue_id == fact.queue_id:
            raise Refusal(Reason.INVALID, queue=fact.queue_id, to="itself")
    for item in [item for item in floor.items.values() if item.in_line or item.offers]:
        if item.queue_id == fact.queue_id:
            _send_on(floor, item, fact, now)
        elif fact.queue_id in item.queues and item.in_line:
            floor.unwait(item)
            floor.touch(item)
            item.queues = tuple(queue_id for queue_id in item.queues if queue_id != fact.queue_id)
            open_tiers(floor, item, now)
            floor.wait(item)


def _send_on(floor: Floor, item: Item, fact: QueueEmptied, now: Millis) -> None:
    if fact.to.way is Way.QUEUE:
        transfer(floor, WorkTransferred(item.item_id, fact.to.queue_id), now)
        return
    if item.offers:
        recall(floor, item)
        item.move(Turn.RETURNED)
        floor.wait(item)
    overflow(floor, item, fact.to, now)
