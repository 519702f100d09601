"""Direct work: an internal or outbound call takes an agent's capacity without ever having been in a queue.

It is an ordinary item that nobody waited for: connected at once, with a lease, ended like any conversation, and no
wrap-up because no queue asks for one. So an agent who dials out is not offered a customer at the same time.
"""

from antiphon.acd.domain.capacity import fits
from antiphon.acd.domain.channel import class_of
from antiphon.acd.domain.effects import WorkAccepted
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.inputs import WorkOccupied
from antiphon.acd.domain.item import Item, Turn
from antiphon.acd.domain.lifecycle import connect
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.offering import recall_from
from antiphon.acd.domain.reasons import Reason, Refusal


def occupy(floor: Floor, fact: WorkOccupied, now: Millis) -> None:
    """The agent is in a conversation of his own; the same id again is the same conversation."""
    agent = floor.agent(fact.agent_id)
    known = floor.items.get(fact.item_id)
    if known is not None:
        if known.queues or (known.agent_id, known.channel) != (fact.agent_id, fact.channel):
            raise Refusal(Reason.DUPLICATE, item=fact.item_id, channel=known.channel, agent=known.agent_id)
        return
    cls = class_of(fact.channel)
    if not fact.force and not fits(agent, cls, floor.policy):
        raise Refusal(Reason.NO_ROOM, agent=agent.agent_id, state=agent.state, load=agent.load)
    if fact.force:
        recall_from(floor, agent, now)
    floor.item_count += 1
    item = floor.items[fact.item_id] = Item(
        item_id=fact.item_id,
        seq=floor.item_count,
        queues=(),
        channel=fact.channel,
        cls=cls,
        priority=0,
        skills=(),
        contact_id=fact.contact_id,
        attributes=fact.attributes,
        enqueued_at=now,
        version=1,
        won=1,
    )
    item.move(Turn.TAKEN)
    floor.hold(agent, item)
    connect(floor, item, agent.agent_id, now)
    floor.tell(WorkAccepted(item.item_id, item.version, agent.agent_id, 0))
